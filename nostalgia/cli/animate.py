"""`nostalgia animate`: photos in, clips out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nostalgia.cli import animate_options as given
from nostalgia.cli import backend_options as backend
from nostalgia.cli.animate_options import DEFAULTS
from nostalgia.cli.console import print_result, print_status, progress_bar
from nostalgia.cli.errors import one_line, wants_traceback, with_exit_codes
from nostalgia.cli.option_parsing import read_face_box, read_per_face, read_strength
from nostalgia.cli.outputs import clip_paths, refuse_to_overwrite, write_json
from nostalgia.errors import BatchIncomplete, NostalgiaError, UsageError
from nostalgia.files import printable_name
from nostalgia.option_rules import check_options
from nostalgia.options import AnimateOptions, FommOptions

if TYPE_CHECKING:
    from nostalgia.pipeline import Animation


@dataclass(frozen=True, slots=True)
class Reporting:
    """What the command tells about its work. report: file for the JSON report of the whole run."""

    report: Path | None
    as_json: bool
    quiet: bool


@with_exit_codes
def animate_command(
    photos: given.PhotosArgument,
    faces: given.FacesOption = DEFAULTS.faces,
    face_box: given.FaceBoxOption = None,
    order: given.OrderOption = given.DEFAULT_ORDER,
    driver: given.DriverOption = None,
    strength: given.StrengthOption = None,
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
    audio: given.AudioOption = None,
    max_side: given.MaxSideOption = DEFAULTS.max_side,
    preview: given.PreviewOption = DEFAULTS.preview,
    detection: backend.DetectionOption = DEFAULTS.detection,
    enhancement: backend.EnhancementOption = DEFAULTS.enhancement,
    enhancement_checkpoint: backend.EnhancementCheckpointOption = None,
    fidelity: backend.FidelityOption = DEFAULTS.fidelity,
    motion: backend.MotionOption = DEFAULTS.motion,
    checkpoint: backend.CheckpointOption = None,
    device: backend.DeviceOption = DEFAULTS.device,
    fomm_output: backend.FommOutputOption = DEFAULTS.fomm.output,
    fomm_movement: backend.FommMovementOption = DEFAULTS.fomm.movement,
    fomm_adapt_scale: backend.FommAdaptScaleOption = DEFAULTS.fomm.adapt_scale,
    fomm_align_corners: backend.FommAlignCornersOption = DEFAULTS.fomm.align_corners,
    fomm_smoothing: backend.FommSmoothingOption = DEFAULTS.fomm.smoothing,
    fomm_precision: backend.FommPrecisionOption = DEFAULTS.fomm.precision,
    fomm_landmarks: backend.FommLandmarksOption = DEFAULTS.fomm.landmarks,
    output: given.OutputOption = None,
    clip_format: given.FormatOption = None,
    poster: given.PosterOption = None,
    label: given.LabelOption = DEFAULTS.label,
    overwrite: given.OverwriteOption = DEFAULTS.overwrite,
    report: given.ReportOption = None,
    as_json: given.JsonOption = False,
    quiet: given.QuietOption = False,
) -> None:
    """Animate the faces in photos."""
    drivers = read_per_face("--driver", driver or [])
    strengths = read_per_face("--strength", strength or [])
    options = AnimateOptions(
        faces=faces,
        face_box=read_face_box(face_box),
        order=order.value,
        driver=DEFAULTS.driver if drivers.general is None else drivers.general,
        face_drivers=drivers.by_face,
        strength=_strength(strengths.general),
        face_strengths={
            number: read_strength(word, f"--strength {number}={word}")
            for number, word in strengths.by_face.items()
        },
        smile=smile,
        blink=blink,
        turn=turn,
        gaze=gaze,
        enhance=enhance,
        enhancement=enhancement,
        enhancement_checkpoint=None
        if enhancement_checkpoint is None
        else str(enhancement_checkpoint),
        fidelity=fidelity,
        detection=detection,
        motion=motion,
        checkpoint=None if checkpoint is None else str(checkpoint),
        fomm=FommOptions(
            output=fomm_output,
            movement=fomm_movement,
            adapt_scale=fomm_adapt_scale,
            align_corners=fomm_align_corners,
            smoothing=fomm_smoothing,
            precision=fomm_precision,
            landmarks=fomm_landmarks,
        ),
        device=device,
        seed=seed,
        fps=fps,
        duration_s=duration,
        loop=loop,
        once_then_still=once_then_still,
        crop=crop.value,
        side_by_side=side_by_side,
        audio=None if audio is None else str(audio),
        poster=None if poster is None else str(poster),
        preview=preview,
        max_side=max_side,
        format=clip_format.value if clip_format else None,
        label=label,
        overwrite=overwrite,
    )
    check_options(options)
    _animate_all(photos, output, options, Reporting(report, as_json, quiet))


def _strength(word: str | None) -> float:
    return DEFAULTS.strength if word is None else read_strength(word, f"--strength {word}")


def _animate_all(
    photos: Sequence[str], output: str | None, options: AnimateOptions, reporting: Reporting
) -> None:
    if options.poster is not None and len(photos) > 1:
        raise UsageError("--poster names one file: animate the photos one by one to have posters")
    clips = clip_paths(photos, output, options.format)
    if reporting.report is not None:
        refuse_to_overwrite(reporting.report, options.overwrite)
    reports: list[dict[str, Any]] = []
    failed = 0
    for photo, clip in zip(photos, clips, strict=True):
        try:
            animation = _animate_one(photo, clip, options, reporting.quiet)
        except NostalgiaError as error:
            if len(photos) == 1 or wants_traceback():
                raise
            failed += 1
            print_status(f"error: {one_line(error)}")
            values: dict[str, Any] = {
                "photo": {"path": photo},
                "error": one_line(error),
                "exit_code": error.exit_code,
            }
        else:
            values = dict(animation.report.values)
            _announce(photo, animation, values, reporting)
        reports.append(values)
        if reporting.as_json:
            print_result(json.dumps(values, ensure_ascii=True))
    if reporting.report is not None:
        write_json(reporting.report, reports[0] if len(photos) == 1 else reports)
    if failed:
        raise BatchIncomplete(f"{failed} of {len(photos)} photos could not be animated")


def _animate_one(photo: str, clip: Path, options: AnimateOptions, quiet: bool) -> "Animation":
    from nostalgia import pipeline

    refuse_to_overwrite(clip, options.overwrite)  # before the work, not after it
    with progress_bar(printable_name(photo), quiet=quiet) as progress:
        return pipeline.animate(photo, clip, options, progress)


def _announce(
    photo: str, animation: "Animation", values: dict[str, Any], reporting: Reporting
) -> None:
    if reporting.quiet:
        return
    for warning in values.get("warnings", ()):
        print_status(f"warning: {printable_name(photo)}: {warning}")
    if not reporting.as_json:
        print_result(str(printable_name(animation.clip_path, limit=4096)))
