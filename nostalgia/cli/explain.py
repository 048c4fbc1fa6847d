"""`nostalgia explain`: the driver of each face, the reason for it, and what will look bad."""

import shlex
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from nostalgia.cli.console import print_json, print_result, print_warning
from nostalgia.cli.errors import with_exit_codes
from nostalgia.cli.option_flags import DEFAULTS, takes_options
from nostalgia.cli.wording import flag_wording, in_flags
from nostalgia.declarations import declared
from nostalgia.errors import FaceError, counted
from nostalgia.files import printable_name
from nostalgia.options import AnimateOptions

if TYPE_CHECKING:
    from nostalgia.faces.expression import FaceExpression
    from nostalgia.scene.explain import ClipEstimate, Explanation, FaceExplanation
    from nostalgia.types import Advice, HeadPose

COLUMNS = 80
BEST = 5
"""Drivers in the table of a face, unless all are asked for."""

NOT_STRAIGHT_DEG = 3.0
HEADING = f"{'':<24}{'yaw':>7}{'pitch':>7}{'roll':>7}{'range':>7}{'mood':>7}{'rare':>7}{'total':>8}"
LEGEND = (
    "yaw, pitch, roll: difference between the driver's first pose and the face; range: penalty for"
    " turns that go too far; mood: for a performance that does not suit the expression; rare: for"
    " drivers that should not appear often. All in degrees; the lowest total fits best."
)


@with_exit_codes
@takes_options(without=("audio", "format", "label"))
def explain_command(
    photo: Annotated[
        str, typer.Argument(metavar="PHOTO", help="The photo; - reads standard input.")
    ],
    options: AnimateOptions,
    show_all: Annotated[
        bool, typer.Option("--all", help="Show every driver in the tables, not only the best five.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show which driver each face would get and why, and what will look bad; renders nothing."""
    from nostalgia import pipeline

    explanation = pipeline.explain(photo, options)
    command = _command(photo, options)
    for warning in explanation.warnings:
        print_warning(photo, warning)
    if as_json:
        values = explanation.to_dict(flag_wording) | {"photo": photo, "command": command}
        print_json(values)
    else:
        for line in _lines(photo, explanation, command, BEST if not show_all else None):
            print_result(line)
    if explanation.clip is None:
        raise FaceError(
            f"no face of {printable_name(photo)} can be animated; choose one with --faces"
        )


def _command(photo: str, options: AnimateOptions) -> str:
    """The command that makes the clip."""
    words = ["nostalgia", "animate", shlex.quote(photo)]
    for name in declared(AnimateOptions):
        value = getattr(options, name)
        if value == getattr(DEFAULTS, name):
            continue
        if name == "face_box":
            x0, y0, x1, y1 = value
            value = [x0, y0, x1 - x0, y1 - y0]
        words.append(flag_wording(name, value))
    words += ["-o clip.mp4"] if photo == "-" else []
    return printable_name(" ".join(words), limit=4096)


def _lines(photo: str, explanation: "Explanation", command: str, best: int | None) -> Iterator[str]:
    read, faces = explanation.photo, explanation.faces
    count = "1 face" if len(faces) == 1 else f"{len(faces)} faces"
    yield f"{printable_name(photo)}: {read.width} x {read.height} pixels, {count}"
    for face in faces:
        yield ""
        yield from _face_lines(face, best)
    yield ""
    if any(face.choice.match and face.choice.match.scores for face in faces):
        yield from _wrapped(LEGEND)
        yield ""
    yield from _advice_lines(explanation.advice)
    if explanation.clip is not None:
        yield from _wrapped(f"The clip: {_clip_words(explanation.clip)}", "  ")
        yield f"  {command}"


def _face_lines(explained: "FaceExplanation", best: int | None) -> Iterator[str]:
    choice, face = explained.choice, explained.choice.face
    left, top, right, bottom = (round(edge) for edge in face.box_xyxy)
    yield (
        f"Face {face.number}: at {left},{top}, {right - left} x {bottom - top} pixels,"
        f" score {face.score:.2f}"
    )
    yield from _wrapped(
        f"Head {_pose_words(face.pose)}; {_expression_words(explained.expression)}.", "  ", "  "
    )
    if choice.match is None:
        reason = choice.still.text if choice.still else "without a driver"
        yield from _wrapped(f"It stays still, as it is {reason}.", "  ", "  ")
        if choice.still and choice.still.remedy.text:
            yield from _wrapped(f"{in_flags(choice.still.remedy.text)}.", "  -> ", "     ")
    else:
        name = _driver_name(choice.match.driver.name, choice.match.driver.mirrored)
        yield from _wrapped(f"Driver: {name} ({choice.match.why}).", "  ", "  ")
        yield from _table(explained, best)
    yield from _advice_lines(choice.advice, "  ")


def _table(explained: "FaceExplanation", best: int | None) -> Iterator[str]:
    match = explained.choice.match
    if match is None or not match.scores:  # a driving clip has no rivals
        return
    chosen = (match.driver.name, match.driver.mirrored)
    rows = list(explained.scores[:best])
    rows += [s for s in explained.scores if (s.name, s.mirrored) == chosen and s not in rows]
    yield HEADING
    for score in rows:
        mark = "*" if (score.name, score.mirrored) == chosen else " "
        yield (
            f"  {mark} {_driver_name(score.name, score.mirrored):<20.20}"
            f"{score.yaw:>+7.1f}{score.pitch:>+7.1f}{score.roll:>+7.1f}"
            f"{score.beyond:>7.1f}{score.expression:>7.1f}{score.penalty:>7.1f}"
            f"{score.distance:>8.1f}"
        )


def _advice_lines(advice: "Sequence[Advice]", indent: str = "") -> Iterator[str]:
    for item in advice:
        text = item.text[:1].upper() + item.text[1:]
        yield from _wrapped(f"! {text}.", indent, f"{indent}  ")
        remedy = in_flags(item.remedy.text)
        yield from _wrapped(f"{remedy}.", f"{indent}  -> ", f"{indent}     ")


def _wrapped(text: str, first: str = "", rest: str | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        COLUMNS,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _driver_name(name: str, mirrored: bool) -> str:
    return f"{name}, mirrored" if mirrored else name


def _pose_words(pose: "HeadPose") -> str:
    """A pose as the viewer sees it: "turned 12 degrees to the left, raised 8 degrees"."""
    parts = []
    if abs(pose.yaw) >= NOT_STRAIGHT_DEG:
        parts.append(f"turned {abs(pose.yaw):.0f} degrees to the {_side(pose.yaw)}")
    if abs(pose.pitch) >= NOT_STRAIGHT_DEG:
        parts.append(f"{'raised' if pose.pitch > 0 else 'lowered'} {abs(pose.pitch):.0f} degrees")
    if abs(pose.roll) >= NOT_STRAIGHT_DEG:
        parts.append(f"tilted {abs(pose.roll):.0f} degrees to the {_side(pose.roll)}")
    return ", ".join(parts) or "straight"


def _side(angle: float) -> str:
    return "right" if angle > 0 else "left"


def _expression_words(expression: "FaceExpression") -> str:
    words = {
        "smiling": expression.smiling,
        "mouth open": expression.mouth_open,
        "eyes narrow or shut": expression.eyes_half_closed or expression.eyes_closed,
    }
    return ", ".join(word for word, applies in words.items() if applies) or "plain expression"


def _clip_words(clip: "ClipEstimate") -> str:
    size = f"{clip.size_kib / 1024:.1f} MB" if clip.size_kib >= 1024 else f"{clip.size_kib:.0f} kB"
    took = (
        counted(max(round(clip.seconds), 1), "second", "seconds")
        if clip.seconds < 90
        else f"{clip.seconds / 60:.0f} minutes"
    )
    return (
        f"{clip.duration_s:.1f} seconds"
        f" ({counted(clip.frames, 'frame', 'frames')} at {clip.fps:g} per second),"
        f" {clip.width} x {clip.height}{_level_words(clip.level)}; about {size}, made in about"
        f" {took}. The command:"
    )


def _level_words(level: str | None) -> str:
    from nostalgia.clips.levels import level_words, playback_words

    return "" if level is None else f", {level_words(level)} ({playback_words(level)})"
