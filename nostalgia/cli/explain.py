"""`nostalgia explain`: which driver each face would get and why, and what will look bad."""

import json
import shlex
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nostalgia.cli import animate_options as given
from nostalgia.cli.animate_options import DEFAULTS
from nostalgia.cli.console import print_result, print_status
from nostalgia.cli.errors import with_exit_codes
from nostalgia.cli.option_parsing import read_face_box, read_per_face
from nostalgia.errors import FaceError
from nostalgia.files import printable_name
from nostalgia.option_rules import check_options
from nostalgia.options import AnimateOptions

if TYPE_CHECKING:
    from nostalgia.scene.advice import Advice
    from nostalgia.scene.explain import ClipEstimate, Explanation, FaceExplanation
    from nostalgia.types import HeadPose

COLUMNS = 80
BEST = 5
"""Drivers in the table of a face, unless all are asked for."""

NOT_STRAIGHT_DEG = 3.0
HEADING = f"{'':<24}{'yaw':>7}{'pitch':>7}{'roll':>7}{'range':>7}{'mood':>7}{'rare':>7}{'total':>8}"
LEGEND = (
    "yaw, pitch, roll: how the driver's first pose differs from the face; range: penalty for"
    " turns that lead too far; mood: for a performance that does not suit the face's expression;"
    " rare: of drivers that are not for every day. All in degrees; the least total fits best."
)


@with_exit_codes
def explain_command(
    photo: Annotated[
        str,
        typer.Argument(metavar="PHOTO", help="The photo; - reads it from standard input."),
    ],
    faces: given.FacesOption = DEFAULTS.faces,
    face_box: given.FaceBoxOption = None,
    order: given.OrderOption = given.DEFAULT_ORDER,
    driver: given.DriverOption = None,
    seed: given.SeedOption = DEFAULTS.seed,
    show_all: Annotated[
        bool, typer.Option("--all", help="Every driver in the tables, not the best five.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say which driver each face would get and why, and what will look bad. Renders nothing."""
    from nostalgia.photo import reader as photo_module
    from nostalgia.scene import explain as explaining

    drivers = read_per_face("--driver", driver or [])
    options = AnimateOptions(
        faces=faces,
        face_box=read_face_box(face_box),
        order=order.value,
        driver=DEFAULTS.driver if drivers.general is None else drivers.general,
        face_drivers=drivers.by_face,
        seed=seed,
    )
    check_options(options)
    read = photo_module.read_photo(photo)
    explanation = explaining.explain(read, options)
    command = _command(photo, options)
    for warning in explanation.warnings:
        print_status(f"warning: {printable_name(photo)}: {warning}")
    if as_json:
        print_result(json.dumps(_values(photo, explanation, command)))
    else:
        for line in _lines(photo, explanation, command, BEST if not show_all else None):
            print_result(line)
    if explanation.clip is None:
        raise FaceError(f"no face of {printable_name(photo)} can move: choose one with --faces")


def _command(photo: str, options: AnimateOptions) -> str:
    """What to type for the clip that was explained."""
    words = ["nostalgia", "animate", photo]
    for name in ("faces", "order", "driver", "seed"):
        if getattr(options, name) != getattr(DEFAULTS, name):
            words += [f"--{name}", str(getattr(options, name))]
    if options.face_box is not None:
        words += ["--face-box", ",".join(f"{edge:g}" for edge in options.face_box)]
    words += ["-o", "clip.mp4"] if photo == "-" else []
    for number, driver in options.face_drivers.items():
        words += ["--driver", f"{number}={driver}"]
    return printable_name(shlex.join(words), limit=4096)


def _lines(photo: str, explanation: "Explanation", command: str, best: int | None) -> Iterator[str]:
    read, faces = explanation.photo, explanation.faces
    found = "1 face" if len(faces) == 1 else f"{len(faces)} faces"
    yield f"{printable_name(photo)}: {read.width} x {read.height} pixels, {found}"
    for face in faces:
        yield ""
        yield from _face_lines(face, best)
    yield ""
    if any(face.match and face.match.scores for face in faces):
        yield from _wrapped(LEGEND)
        yield ""
    yield from _advice_lines(explanation.advice)
    if explanation.clip is not None:
        yield from _wrapped(f"The clip: {_clip_words(explanation.clip)}", "  ")
        yield f"  {command}"


def _face_lines(explained: "FaceExplanation", best: int | None) -> Iterator[str]:
    face = explained.face
    left, top, right, bottom = (round(edge) for edge in face.box_xyxy)
    yield (
        f"Face {face.number}: at {left},{top}, {right - left} x {bottom - top} pixels,"
        f" score {face.score:.2f}"
    )
    yield from _wrapped(f"Head {_pose_words(face.pose)}; {_state_words(explained)}.", "  ", "  ")
    if explained.match is None:
        yield from _wrapped(f"It stays still: {explained.reason}.", "  ", "  ")
        yield f"  To move it all the same: {explained.how_to_move}"
    else:
        name = _driver_name(explained.match.driver.name, explained.match.driver.mirrored)
        yield from _wrapped(f"Driver: {name} ({explained.match.why}).", "  ", "  ")
        yield from _table(explained, best)
    yield from _advice_lines(explained.advice, "  ")


def _table(explained: "FaceExplanation", best: int | None) -> Iterator[str]:
    match = explained.match
    if match is None or not match.scores:  # a driving clip competes with nobody
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
            f"{score.beyond:>7.1f}{score.expression:>7.1f}{score.reluctance:>7.1f}"
            f"{score.distance:>8.1f}"
        )


def _advice_lines(advice: "Sequence[Advice]", indent: str = "") -> Iterator[str]:
    for item in advice:
        said = item.text[:1].upper() + item.text[1:]
        yield from _wrapped(f"! {said}.", indent, f"{indent}  ")
        yield from _wrapped(f"{item.what_to_do}.", f"{indent}  -> ", f"{indent}     ")


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
    """A pose as the viewer sees it: "turned 12 degrees to the left, tilted 4 to the right"."""
    parts = []
    if abs(pose.yaw) >= NOT_STRAIGHT_DEG:
        parts.append(f"turned {abs(pose.yaw):.0f} degrees to the {_side(pose.yaw)}")
    if abs(pose.pitch) >= NOT_STRAIGHT_DEG:
        parts.append(f"{abs(pose.pitch):.0f} {'up' if pose.pitch > 0 else 'down'}")
    if abs(pose.roll) >= NOT_STRAIGHT_DEG:
        parts.append(f"tilted {abs(pose.roll):.0f} to the {_side(pose.roll)}")
    return ", ".join(parts) or "straight"


def _side(angle: float) -> str:
    return "right" if angle > 0 else "left"


def _state_words(explained: "FaceExplanation") -> str:
    state = explained.state
    said = {
        "smiling": state.smiling,
        "mouth open": state.mouth_open,
        "eyes narrow or shut": state.eyes_half_closed or state.eyes_closed,
    }
    return ", ".join(word for word, applies in said.items() if applies) or "plain expression"


def _clip_words(clip: "ClipEstimate") -> str:
    size = f"{clip.size_kib / 1024:.1f} MB" if clip.size_kib >= 1024 else f"{clip.size_kib:.0f} kB"
    took = (
        f"{clip.seconds:.0f} seconds" if clip.seconds < 90 else f"{clip.seconds / 60:.0f} minutes"
    )
    return (
        f"{clip.duration_s:.1f} seconds ({clip.frames} frames at {clip.fps:g} per second),"
        f" {clip.width} x {clip.height}; roughly {size}, made in {took} or so, by"
    )


def _values(photo: str, explanation: "Explanation", command: str) -> dict[str, Any]:
    read, clip = explanation.photo, explanation.clip
    return {
        "photo": photo,
        "width": read.width,
        "height": read.height,
        "faces": [_face_values(face) for face in explanation.faces],
        "advice": [_advice_values(item) for item in explanation.advice],
        "clip": None
        if clip is None
        else {
            "frames": clip.frames,
            "fps": clip.fps,
            "duration_s": round(clip.duration_s, 3),
            "width": clip.width,
            "height": clip.height,
            "size_kib_about": round(clip.size_kib),
            "seconds_about": round(clip.seconds, 1),
            "memory_mib_about": round(clip.memory_mib),
        },
        "command": command,
        "warnings": list(explanation.warnings),
    }


def _face_values(explained: "FaceExplanation") -> dict[str, Any]:
    from nostalgia.scene.report import face_values, match_values, score_values

    state = explained.state
    values: dict[str, Any] = face_values(explained.face)
    return values | {
        "height_px": round(explained.face.height_px, 1),
        "state": {
            "smile": round(state.smile, 4),
            "mouth_opening": round(state.mouth_opening, 4),
            "eye_opening": [round(opening, 4) for opening in state.eye_opening],
            "words": list(state.words),
        },
        "moves": explained.match is not None,
        "reason": explained.reason,
        "how_to_move": explained.how_to_move,
        "driver": match_values(explained.match) if explained.match else None,
        "scores": [score_values(score) for score in explained.scores],
        "advice": [_advice_values(item) for item in explained.advice],
    }


def _advice_values(advice: "Advice") -> dict[str, str]:
    return {"kind": advice.kind, "text": advice.text, "what_to_do": advice.what_to_do}
