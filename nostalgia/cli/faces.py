"""`nostalgia faces`: the faces of a photo as a table, as JSON, or as a picture with boxes."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nostalgia.cli.console import print_json, print_result, print_status, print_warning
from nostalgia.cli.errors import one_line, wants_traceback, with_exit_codes
from nostalgia.cli.option_flags import takes_options
from nostalgia.errors import BatchIncomplete, NostalgiaError, UsageError
from nostalgia.files import printable_name, require_place, write_whole
from nostalgia.options import AnimateOptions

if TYPE_CHECKING:
    from nostalgia.scene.analysis import Analysis
    from nostalgia.types import Face, Photo


@with_exit_codes
@takes_options(only=("rotate", "order", "detection", "device"))
def faces_command(
    photos: Annotated[
        list[str],
        typer.Argument(metavar="PHOTO", help="Photos to search; - reads standard input."),
    ],
    options: AnimateOptions,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per photo, one per line.")
    ] = False,
    landmarks: Annotated[
        bool, typer.Option("--landmarks", help="Add the 478 landmarks of each face to the JSON.")
    ] = False,
    contact: Annotated[
        Path | None,
        typer.Option(metavar="FILE.png", help="Write a sheet of the photos with numbered boxes."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing contact sheet.")
    ] = False,
) -> None:
    """List the faces in photos, with the numbers that `nostalgia animate` uses."""
    if landmarks and not as_json:
        raise UsageError("--landmarks needs --json")
    if contact is not None:
        if contact.suffix.lower() != ".png":
            raise UsageError(
                f"the contact sheet is a PNG: {printable_name(contact)} should end in .png"
            )
        require_place(contact, overwrite=overwrite)
    from nostalgia.pipeline import Animator
    from nostalgia.scene.analysis import turn_warnings

    animator = Animator(options)
    sheet: list[tuple[Photo, Sequence[Face]]] = []
    errors: list[NostalgiaError] = []
    for photo_name in photos:
        try:
            analysis = animator.analyse(photo_name)
            photo, faces = analysis.photo, analysis.faces
        except NostalgiaError as error:
            if wants_traceback():
                raise
            errors.append(error)
            _print_error(photo_name, error, as_json=as_json)
            continue
        for warning in (*photo.warnings, *turn_warnings(analysis)):
            print_warning(photo_name, warning)
        _print_faces(photo_name, analysis, as_json=as_json, with_landmarks=landmarks)
        if contact is not None:
            sheet.append((photo, faces))
    if contact is not None and sheet:
        from nostalgia.faces.contact_sheet import contact_sheet

        write_whole(contact, contact_sheet(sheet), "contact sheet")
        print_status(f"contact sheet: {printable_name(contact)}")
    _end(errors, len(photos))


def _print_faces(
    photo_name: str, analysis: "Analysis", *, as_json: bool, with_landmarks: bool
) -> None:
    from nostalgia.scene.selection import is_doubtful

    photo, faces = analysis.photo, analysis.faces
    if as_json:
        values = {
            "photo": photo_name,
            "width": photo.width,
            "height": photo.height,
            "rotated_deg": photo.rotated,
            "upright_turn_deg": analysis.upright_turn,
            "faces": [
                face.to_dict(with_landmarks=with_landmarks) | {"doubtful": is_doubtful(face)}
                for face in faces
            ],
        }
        print_json(values)
        return
    count = "1 face" if len(faces) == 1 else f"{len(faces) or 'no'} faces"
    print_result(f"{printable_name(photo_name)}: {photo.width} x {photo.height}, {count}")
    for face in faces:
        left, top, right, bottom = (round(edge) for edge in face.box_xyxy)
        print_result(
            f"  {face.number:>2}  at {left},{top}  {right - left} x {bottom - top} px"
            f"  score {face.score:.2f}  yaw {face.pose.yaw:+.0f}  pitch {face.pose.pitch:+.0f}"
            f"  roll {face.pose.roll:+.0f} degrees"
            + ("  possibly not a face: it stays still" if is_doubtful(face) else "")
        )


def _print_error(photo_name: str, error: NostalgiaError, *, as_json: bool) -> None:
    print_status(f"error: {one_line(error)}")
    if as_json:
        values: dict[str, Any] = {
            "photo": photo_name,
            "width": None,
            "height": None,
            "faces": [],
            "error": one_line(error),
            "exit_code": error.exit_code,
        }
        print_json(values)


def _end(errors: Sequence[NostalgiaError], photo_count: int) -> None:
    if errors and photo_count == 1:
        raise typer.Exit(errors[0].exit_code)
    if errors:
        raise BatchIncomplete(f"{len(errors)} of {photo_count} photos could not be read")
