"""`nostalgia batch`: a folder, a table or a family tree in, an album out."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from nostalgia.cli import batch_options as batch
from nostalgia.cli.batch_reel import reel_command
from nostalgia.cli.console import (
    cancelled_by_interrupt,
    print_result,
    print_status,
    progress_bar,
)
from nostalgia.cli.errors import with_exit_codes
from nostalgia.cli.help import Command, Group
from nostalgia.cli.option_flags import takes_options
from nostalgia.cli.option_parsing import PerPicture
from nostalgia.cli.wording import in_flags
from nostalgia.errors import BatchIncomplete, Cancelled, UsageError
from nostalgia.files import printable_name
from nostalgia.options import AnimateOptions

if TYPE_CHECKING:
    from nostalgia.album.batch.request import BatchRequest
    from nostalgia.album.batch.summary import Finished
    from nostalgia.progress import CancelToken, ProgressCallback

RESUMES = "finished clips are safe; run the same command again to resume"


class _RunByDefault(Group):
    """`nostalgia batch INPUT` is `nostalgia batch run INPUT`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, "--help", "-h"):
            args = ["run", *args]
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Commands of the group, and options of `run`."""
        run = self.commands["run"]
        with run.make_context("run", [], parent=ctx, resilient_parsing=True) as run_context:
            options = run.shell_complete(run_context, incomplete)
        return [*super().shell_complete(ctx, incomplete), *options]


batch_app = typer.Typer(
    cls=_RunByDefault,
    no_args_is_help=True,
    subcommand_metavar="INPUT | COMMAND [ARGS]...",
    help="Animate a folder of photos or a whole family tree into an album.\n\n"
    "`nostalgia batch INPUT` is short for `nostalgia batch run INPUT`; `nostalgia batch run --help`"
    " describes its options.",
)


@batch_app.command("run", cls=Command)
@with_exit_codes
@takes_options(albums=True, defaults=batch.DEFAULTS.options)
def run_command(
    source: batch.SourceArgument,
    output: batch.OutputOption = None,
    title: batch.TitleOption = batch.DEFAULTS.album_title,
    dry_run: batch.DryRunOption = False,
    limit: batch.LimitOption = batch.DEFAULTS.limit,
    only: batch.OnlyOption = None,
    allow_fewer: batch.AllowFewerOption = batch.DEFAULTS.allow_fewer,
    jobs: batch.JobsOption = batch.DEFAULTS.jobs,
    quiet: batch.QuietOption = False,
    glob: batch.GlobOption = batch.DEFAULTS.glob,
    media: batch.MediaOption = None,
    leave_out: batch.LeaveOutOption = None,
    put_back: batch.PutBackOption = None,
    consent: batch.ConsentOption = None,
    include_living: batch.IncludeLivingOption = batch.DEFAULTS.include_living,
    all_faces: batch.AllFacesOption = batch.DEFAULTS.all_faces,
    stills: batch.StillsOption = batch.DEFAULTS.stills,
    reason: batch.ReasonOption = batch.DEFAULTS.reason,
    executor: batch.ExecutorOption = batch.DEFAULTS.executor,
    ray_address: batch.RayAddressOption = batch.DEFAULTS.ray_address,
    *,
    options: AnimateOptions,
    single: PerPicture,
) -> None:
    """Animate the photos of a folder, a CSV or a family tree; the word `run` can be left out."""
    from nostalgia.album.batch.request import BatchRequest

    options = replace(options, driver=_full_path(options.driver))
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
        all_faces=all_faces,
        stills=stills,
        only=tuple(only or ()),
        leave_out=tuple(leave_out or ()),
        put_back=tuple(put_back or ()),
        drivers={name: _full_path(driver) for name, driver in single.drivers.items()},
        strengths=single.strengths,
        allow_fewer=allow_fewer,
    )
    if output is None:
        request = replace(request, output=request.usual_output)
    if dry_run:
        _show_plan(request)
    else:
        _run(request, quiet=quiet)


def _full_path(driver: str) -> str:
    """The driver; if it is a clip, with all its folders, for later runs elsewhere."""
    from nostalgia.album.batch.planning import names_clip

    return str(Path(driver).absolute()) if names_clip(driver) else driver


def _consent(words: Sequence[str]) -> dict[str, str]:
    """Notes by the id of the person.

    Raises:
        UsageError: a note is missing, or a person has two.
    """
    notes: dict[str, str] = {}
    for word in words:
        person, sign, note = word.partition("=")
        if not (person and sign and note.strip()):
            raise UsageError(
                f"--consent {printable_name(word)}: the person's number in the tree and who agreed"
                ' are needed, such as --consent "I9=Zoë, by e-mail, 3 May 2026"'
            )
        if person in notes:
            raise UsageError(f"--consent {printable_name(person)}=... is given twice")
        notes[person] = note.strip()
    return notes


def _show_plan(request: "BatchRequest") -> None:
    from nostalgia.album.batch.preview import preview_batch
    from nostalgia.cli.batch_tables import plan_table, plan_totals

    preview = preview_batch(request)
    _remind_of_consent(preview.plan.form)
    _warn(preview.plan.warnings)
    if preview.items:
        print_result(plan_table(preview.items))
    print_result(plan_totals(preview))


def _run(request: "BatchRequest", *, quiet: bool) -> None:
    from nostalgia.album.batch.runner import run_batch

    if request.source.is_dir() and not quiet:
        _remind_of_consent("folder")
    with _watched(request.source, quiet=quiet) as (progress, cancel):
        finished = run_batch(request, progress, cancel=cancel)
    _conclude(finished, request.output, quiet=quiet, only=bool(request.only))


@contextmanager
def _watched(
    source: Path, *, quiet: bool
) -> Iterator[tuple["ProgressCallback | None", "CancelToken"]]:
    """A progress bar, and a token that the first Ctrl-C cancels."""
    try:
        with (
            progress_bar(printable_name(source.name), quiet=quiet) as progress,
            cancelled_by_interrupt() as cancel,
        ):
            yield progress, cancel
    except (KeyboardInterrupt, Cancelled):
        print_status(RESUMES)
        raise


def _remind_of_consent(form: str) -> None:
    from nostalgia.album.batch.privacy import FOLDER_WORDS

    if form == "folder":
        print_status(f"note: {FOLDER_WORDS}")


def _conclude(finished: "Finished", folder: Path, *, quiet: bool, only: bool = False) -> None:
    """Print the outcome of a run; only: True if it was to make some clips only.

    Raises:
        BatchIncomplete: some clips that should exist were not made.
    """
    from nostalgia.album.batch.choices_file import CHOICES_FILE
    from nostalgia.cli.batch_tables import (
        bystander_words,
        left_for_later,
        totals,
        unfinished_table,
        unfinished_words,
    )

    _warn(finished.notices)
    if not quiet:
        _warn(finished.warnings)
        print_status(totals(finished.counts()))
        _warn(bystander_words(finished.entries))
        if finished.tree is not None:
            name = printable_name(finished.tree, limit=4096)
            print_status(f"the tree with its clips, for you alone, not to be passed on: {name}")
        choices = folder / CHOICES_FILE
        if choices.is_file():
            name = printable_name(choices, limit=4096)
            print_status(f"to change something, edit {name}, and run the same command again")
        print_result(printable_name(finished.page, limit=4096))
    if finished.is_complete:
        return
    if only and (words := left_for_later(finished.counts())):
        if not quiet:
            print_status(words)
        return
    print_status(unfinished_table(finished.entries))
    raise BatchIncomplete(unfinished_words(finished.counts(), folder))


def _warn(warnings: Sequence[str]) -> None:
    for warning in warnings:
        print_status(f"warning: {printable_name(in_flags(warning), limit=600)}")


@batch_app.command("status", cls=Command)
@with_exit_codes
def status_command(folder: batch.FolderArgument) -> None:
    """Show the progress of a batch, even while it runs."""
    from nostalgia.album.batch.runner import batch_status
    from nostalgia.cli.batch_tables import status_lines

    for line in status_lines(batch_status(folder)):
        print_result(line)


@batch_app.command("retry", cls=Command)
@with_exit_codes
def retry_command(
    folder: batch.FolderArgument,
    jobs: batch.RetryJobsOption = None,
    quiet: batch.QuietOption = False,
) -> None:
    """Run a batch again with the same options, and retry the photos that failed."""
    from nostalgia.album.batch.runner import last_request, retry_batch

    request = last_request(folder)
    with _watched(request.source, quiet=quiet) as (progress, cancel):
        request = replace(request, jobs=jobs or request.jobs)
        finished = retry_batch(request, progress, cancel=cancel)
    _conclude(finished, folder, quiet=quiet)


batch_app.command("reel", cls=Command)(reel_command)
