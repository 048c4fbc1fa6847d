"""`nostalgia faces`: the faces of a photo as a table, as JSON, or as a picture with boxes."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nostalgia.cli.animate_options import DEFAULT_ORDER, Order, OrderOption
from nostalgia.cli.console import print_result, print_status
from nostalgia.cli.errors import one_line, wants_traceback, with_exit_codes
from nostalgia.cli.outputs import refuse_to_overwrite, write_bytes
from nostalgia.errors import BatchIncomplete, NostalgiaError, UsageError
from nostalgia.files import printable_name
from nostalgia.options import DetectionOptions

if TYPE_CHECKING:
    from nostalgia.types import Face, Photo


@with_exit_codes
def faces_command(
    photos: Annotated[
        list[str],
        typer.Argument(metavar="PHOTO", help="Photos to look at; - reads one from standard input."),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per line and photo.")
    ] = False,
    landmarks: Annotated[
        bool, typer.Option("--landmarks", help="With --json: the 478 landmarks of each face too.")
    ] = False,
    contact: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png", help="Write the photos with a numbered box round each face."
        ),
    ] = None,
    order: OrderOption = DEFAULT_ORDER,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the contact sheet if it is there.")
    ] = False,
) -> None:
    """List the faces in photos, numbered as `nostalgia animate` numbers them."""
    if landmarks and not as_json:
        raise UsageError("--landmarks goes with --json")
    if contact is not None:
        if contact.suffix.lower() != ".png":
            raise UsageError(
                f"the contact sheet is a PNG: {printable_name(contact)} should end in .png"
            )
        refuse_to_overwrite(contact, overwrite)
    sheet: list[tuple[Photo, Sequence[Face]]] = []
    errors: list[NostalgiaError] = []
    for photo_name in photos:
        try:
            photo, faces = _look(photo_name, order)
        except NostalgiaError as error:
            if wants_traceback():
                raise
            errors.append(error)
            _say_error(photo_name, error, as_json=as_json)
            continue
        for warning in photo.warnings:
            print_status(f"warning: {printable_name(photo_name)}: {warning}")
        _say_faces(photo_name, photo, faces, as_json=as_json, with_landmarks=landmarks)
        if contact is not None:
            sheet.append((photo, faces))
    if contact is not None and sheet:
        from nostalgia.faces.contact_sheet import contact_sheet

        write_bytes(contact, contact_sheet(sheet))
        print_status(f"contact sheet: {printable_name(contact)}")
    _end(errors, len(photos))


def _look(photo_name: str, order: Order) -> "tuple[Photo, Sequence[Face]]":
    from nostalgia import pipeline
    from nostalgia.photo import reader as photo_module

    photo = photo_module.read_photo(photo_name)
    return photo, pipeline.detect_faces(photo, DetectionOptions(order=order.value))


def _say_faces(
    photo_name: str,
    photo: "Photo",
    faces: "Sequence[Face]",
    *,
    as_json: bool,
    with_landmarks: bool,
) -> None:
    if as_json:
        from nostalgia.scene.report import face_values

        values = {
            "photo": photo_name,
            "width": photo.width,
            "height": photo.height,
            "faces": [face_values(face, with_landmarks=with_landmarks) for face in faces],
        }
        print_result(json.dumps(values))
        return
    found = "1 face" if len(faces) == 1 else f"{len(faces) or 'no'} faces"
    print_result(f"{printable_name(photo_name)}: {photo.width} x {photo.height}, {found}")
    for face in faces:
        left, top, right, bottom = (round(edge) for edge in face.box_xyxy)
        print_result(
            f"  {face.number:>2}  at {left},{top}  {right - left} x {bottom - top} px"
            f"  score {face.score:.2f}  yaw {face.pose.yaw:+.0f}  pitch {face.pose.pitch:+.0f}"
            f"  roll {face.pose.roll:+.0f} degrees"
        )


def _say_error(photo_name: str, error: NostalgiaError, *, as_json: bool) -> None:
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
        print_result(json.dumps(values))


def _end(errors: Sequence[NostalgiaError], photo_count: int) -> None:
    if errors and photo_count == 1:
        raise typer.Exit(errors[0].exit_code)
    if errors:
        raise BatchIncomplete(f"{len(errors)} of {photo_count} photos could not be read")
