"""`nostalgia batch`: a folder, a table or a family tree in, an album out."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from nostalgia.cli import animate_options as given
from nostalgia.cli import backend_options as backend
from nostalgia.cli import batch_options as batch
from nostalgia.cli.animate_options import DEFAULTS
from nostalgia.cli.batch_reel import reel_command
from nostalgia.cli.console import ProgressCallback, print_result, print_status, progress_bar
from nostalgia.cli.errors import with_exit_codes
from nostalgia.errors import BatchIncomplete, UsageError
from nostalgia.files import printable_name
from nostalgia.options import AnimateOptions

if TYPE_CHECKING:
    from nostalgia.album.batch.request import BatchRequest
    from nostalgia.album.batch.summary import Finished

GOES_ON = "what is done is safe; the same command goes on where this one stopped"


class _RunByDefault(TyperGroup):
    """`nostalgia batch INPUT` is `nostalgia batch run INPUT`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, "--help", "-h"):
            args = ["run", *args]
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed


batch_app = typer.Typer(
    cls=_RunByDefault,
    no_args_is_help=True,
    help="Animate a folder of photos or a whole family tree into an album.",
)


@batch_app.command("run")
@with_exit_codes
def run_command(
    source: batch.SourceArgument,
    output: batch.OutputOption = None,
    glob: batch.GlobOption = batch.DEFAULTS.glob,
    media: batch.MediaOption = None,
    dry_run: batch.DryRunOption = False,
    limit: batch.LimitOption = batch.DEFAULTS.limit,
    consent: batch.ConsentOption = None,
    include_living: batch.IncludeLivingOption = batch.DEFAULTS.include_living,
    reason: batch.ReasonOption = batch.DEFAULTS.reason,
    jobs: batch.JobsOption = batch.DEFAULTS.jobs,
    executor: batch.ExecutorOption = batch.DEFAULTS.executor,
    ray_address: batch.RayAddressOption = batch.DEFAULTS.ray_address,
    title: batch.TitleOption = batch.DEFAULTS.album_title,
    label: batch.LabelOption = batch.DEFAULTS.options.label,
    faces: given.FacesOption = DEFAULTS.faces,
    driver: batch.DriverOption = DEFAULTS.driver,
    strength: batch.StrengthOption = DEFAULTS.strength,
    smile: given.SmileOption = DEFAULTS.smile,
    blink: given.BlinkOption = DEFAULTS.blink,
    turn: given.TurnOption = DEFAULTS.turn,
    gaze: given.GazeOption = DEFAULTS.gaze,
    enhance: given.EnhanceOption = DEFAULTS.enhance,
    seed: given.SeedOption = DEFAULTS.seed,
    fps: given.FpsOption = DEFAULTS.fps,
    duration: given.DurationOption = DEFAULTS.duration_s,
    loop: given.LoopOption = DEFAULTS.loop,
    once_then_still: given.OnceOption = DEFAULTS.once_then_still,
    crop: given.CropOption = given.DEFAULT_CROP,
    side_by_side: given.SideBySideOption = DEFAULTS.side_by_side,
    max_side: given.MaxSideOption = DEFAULTS.max_side,
    preview: given.PreviewOption = DEFAULTS.preview,
    clip_format: given.FormatOption = None,
    detection: backend.DetectionOption = DEFAULTS.detection,
    enhancement: backend.EnhancementOption = DEFAULTS.enhancement,
    enhancement_checkpoint: backend.EnhancementCheckpointOption = None,
    fidelity: backend.FidelityOption = DEFAULTS.fidelity,
    motion: backend.MotionOption = DEFAULTS.motion,
    checkpoint: backend.CheckpointOption = None,
    device: backend.DeviceOption = DEFAULTS.device,
    quiet: batch.QuietOption = False,
) -> None:
    """Animate the photos of a folder, a CSV or a family tree; `run` may be left out."""
    from nostalgia.album.batch.planning import names_clip
    from nostalgia.album.batch.request import BatchRequest

    options = AnimateOptions(
        faces=faces,
        driver=str(Path(driver).absolute()) if names_clip(driver) else driver,
        strength=strength,
        smile=smile,
        blink=blink,
        turn=turn,
        gaze=gaze,
        enhance=enhance,
        enhancement=enhancement,
        enhancement_checkpoint=_path_word(enhancement_checkpoint),
        fidelity=fidelity,
        detection=detection,
        motion=motion,
        checkpoint=_path_word(checkpoint),
        device=device,
        seed=seed,
        fps=fps,
        duration_s=duration,
        loop=loop,
        once_then_still=once_then_still,
        crop=crop.value,
        side_by_side=side_by_side,
        preview=preview,
        max_side=max_side,
        format=clip_format.value if clip_format else None,
        label=label,
    )
    request = BatchRequest(
        source=source.resolve() if ".." in source.parts else source,
        output=output or Path(),
        glob=glob,
        media=tuple(media or ()),
        options=options,
        jobs=jobs,
        limit=limit,
        consent=_consent(consent or []),
        include_living=include_living,
        reason=reason,
        executor=executor,
        ray_address=ray_address,
        album_title=title,
    )
    if output is None:
        request = replace(request, output=_beside(request))
    if dry_run:
        _show_plan(request)
    else:
        _run(request, quiet=quiet)


def _beside(request: "BatchRequest") -> Path:
    """The folder of a batch that was given none."""
    return request.source.absolute().parent / f"{request.input_name}.nostalgia"


def _path_word(path: Path | None) -> str | None:
    return None if path is None else str(path.absolute())


def _consent(words: Sequence[str]) -> dict[str, str]:
    """Person's id -> note.

    Raises:
        UsageError: there is no note, or two for one person.
    """
    notes: dict[str, str] = {}
    for word in words:
        person, sign, note = word.partition("=")
        if not (person and sign and note.strip()):
            raise UsageError(
                f"--consent {printable_name(word)}: wants the person's number in the tree and who"
                ' agreed, such as --consent "I9=Zoë, by e-mail, 3 May 2026"'
            )
        if person in notes:
            raise UsageError(f"--consent {printable_name(person)}=... is there twice")
        notes[person] = note.strip()
    return notes


def _show_plan(request: "BatchRequest") -> None:
    from nostalgia.album.batch.runner import preview_batch
    from nostalgia.cli.batch_tables import plan_table, plan_totals

    preview = preview_batch(request)
    _tell_of_consent(preview.plan.form)
    _warn(preview.plan.warnings)
    if preview.items:
        print_result(plan_table(preview.items))
    print_result(plan_totals(preview))


def _run(request: "BatchRequest", *, quiet: bool) -> None:
    from nostalgia.album.batch.runner import run_batch

    if request.source.is_dir() and not quiet:
        _tell_of_consent("folder")
    with _progress(request.source, quiet=quiet) as progress:
        finished = run_batch(request, progress)
    _conclude(finished, request.output, quiet=quiet)


@contextmanager
def _progress(source: Path, *, quiet: bool) -> Iterator[ProgressCallback | None]:
    try:
        with progress_bar(printable_name(source.name), quiet=quiet) as progress:
            yield progress
    except KeyboardInterrupt:
        print_status(GOES_ON)
        raise


def _tell_of_consent(form: str) -> None:
    from nostalgia.album.batch.privacy import FOLDER_WORDS

    if form == "folder":
        print_status(f"note: {FOLDER_WORDS}")


def _conclude(finished: "Finished", folder: Path, *, quiet: bool) -> None:
    """Say how a run has ended.

    Raises:
        BatchIncomplete: not everything that should have a clip has one.
    """
    from nostalgia.cli.batch_tables import (
        bystander_words,
        totals,
        unfinished_table,
        unfinished_words,
    )

    if not quiet:
        _warn(finished.warnings)
        print_status(totals(finished.counts()))
        _warn(bystander_words(finished.entries))
        if finished.tree is not None:
            said = printable_name(finished.tree, limit=4096)
            print_status(f"the tree with its clips, to keep and not to give away: {said}")
        print_result(printable_name(finished.page, limit=4096))
    if finished.is_complete:
        return
    print_status(unfinished_table(finished.entries))
    raise BatchIncomplete(unfinished_words(finished.counts(), folder))


def _warn(warnings: Sequence[str]) -> None:
    for warning in warnings:
        print_status(f"warning: {printable_name(warning, limit=400)}")


@batch_app.command("status")
@with_exit_codes
def status_command(folder: batch.FolderArgument) -> None:
    """Say how far a batch is, also while it runs."""
    from nostalgia.album.batch.runner import batch_status
    from nostalgia.cli.batch_tables import status_lines

    for line in status_lines(batch_status(folder)):
        print_result(line)


@batch_app.command("retry")
@with_exit_codes
def retry_command(
    folder: batch.FolderArgument,
    jobs: batch.RetryJobsOption = None,
    quiet: batch.QuietOption = False,
) -> None:
    """Run a batch again as it was asked for, and try once more what has failed."""
    from nostalgia.album.batch.runner import last_request, retry_batch

    request = last_request(folder)
    with _progress(request.source, quiet=quiet) as progress:
        finished = retry_batch(replace(request, jobs=jobs or request.jobs), progress)
    _conclude(finished, folder, quiet=quiet)


batch_app.command("reel")(reel_command)
