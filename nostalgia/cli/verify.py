"""`nostalgia verify`: a clip compared with its photo."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nostalgia.cli.console import print_json, print_result
from nostalgia.cli.errors import with_exit_codes
from nostalgia.cli.option_parsing import read_face_box
from nostalgia.errors import InputError, counted
from nostalgia.files import printable_name

if TYPE_CHECKING:
    from nostalgia.clips.verification import Verification


@with_exit_codes
def verify_command(
    clip: Annotated[Path, typer.Argument(metavar="CLIP", help="A clip or a still picture.")],
    photo: Annotated[Path, typer.Argument(metavar="PHOTO", help="The photo it was made from.")],
    face_box: Annotated[
        str | None,
        typer.Option(
            metavar="X,Y,W,H", help="Box of the face, if the clip was made with --face-box."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compare a clip with its photo: only the faces and their surroundings may differ.

    The exit code is 0 if the clip passes, and 3 if it shows another photo, if something else moves,
    or if the two cannot be compared.
    """
    from nostalgia.scene.verify import verify

    found = verify(clip, photo, read_face_box(face_box))
    if as_json:
        print_json({"clip": str(clip), "photo": str(photo), **found.to_dict()})
    else:
        for line in _lines(found):
            print_result(line)
    if not found.is_ok:
        raise InputError(_verdict(clip, photo, found))
    if not as_json:
        print_result(_verdict(clip, photo, found))


def _lines(found: "Verification") -> list[str]:
    files = {
        True: "the clip names this file as its source",
        False: "the clip names another file as its source",
        None: "the clip does not name its source",
    }
    x0, y0, x1, y1 = found.shown_xyxy
    lines = [
        f"source         {files[found.same_file]}",
        f"compared       {counted(found.frames, 'frame', 'frames')} with {x1 - x0} x {y1 - y0}"
        f" pixels of the photo from {x0},{y0}; likeness {found.likeness:.3f}",
        f"outside faces  {found.outside_share:.0%} of the picture; {found.changed_share:.2%} of it"
        f" changed; largest difference {found.worst:.0f} grey levels, allowed"
        f" {found.threshold:.0f} (compression: {found.compression:.0f})",
    ]
    if found.worst_xyxy is not None:
        left, top, right, bottom = found.worst_xyxy
        lines += [
            f"worst place    {right - left} x {bottom - top} pixels of the clip from {left},{top},"
            f" in frame {found.worst_frame}"
        ]
    for face in found.faces:
        left, top, _, _ = (round(edge) for edge in face.box_xyxy)
        state = "moves or was restored" if face.changed else "unchanged"
        lines += [f"face {face.number:<9} at {left},{top}: {state}"]
    return lines + ([f'visible mark   "{found.label}"'] if found.label else [])


def _verdict(clip: Path, photo: Path, found: "Verification") -> str:
    name, of = printable_name(clip), printable_name(photo.name)
    return {
        "ok": f"{name}: nothing outside the faces of {of} moves",
        "no outside": f"{name}: shows {of}, but the faces and their surroundings fill the picture,"
        " so there is no background to check",
        "another photo": f"{name}: does not show {of}",
        "moved outside": f"{name}: something other than the faces of {of} moves or was changed",
    }[found.verdict]
