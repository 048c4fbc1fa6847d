"""Which faces of a photo move, and why the others do not."""

from collections.abc import Sequence

from nostalgia.errors import UsageError
from nostalgia.options import AnimateOptions
from nostalgia.scene.report import FaceChoice
from nostalgia.types import Face


def select_faces(faces: Sequence[Face], options: AnimateOptions) -> list[FaceChoice]:
    """Every face with the reason why it stays still; no reason where it moves.

    Faces that somebody chose by number, gave a driver of their own, or drew a box round, move
    however small or turned they are.

    Raises:
        UsageError: `options.faces` is not "all", "largest" or numbers of faces that are there.
    """
    reasons = _reasons(faces, options)
    return [FaceChoice(face, reason=reasons[face.number]) for face in faces]


def _reasons(faces: Sequence[Face], options: AnimateOptions) -> dict[int, str]:
    """Why each face stays still, by its number; empty where it moves."""
    if options.face_box is not None:
        return {face.number: "" for face in faces}
    if options.faces == "all":
        return {
            face.number: "" if face.number in options.face_drivers else _unfit(face, options)
            for face in faces
        }
    if options.faces == "largest":
        fit = [face for face in faces if not _unfit(face, options)]
        chosen = {face.number for face in sorted(fit, key=lambda face: -face.height_px)[:1]}
        return {
            face.number: "" if face.number in chosen else _unfit(face, options) or "not chosen"
            for face in faces
        }
    numbers = _numbers(options.faces, len(faces))
    return {face.number: "" if face.number in numbers else "not chosen" for face in faces}


def _unfit(face: Face, options: AnimateOptions) -> str:
    """Why a face would not look well in motion, and what moves it all the same."""
    anyhow = f"choose it with --faces {face.number} to move it all the same"
    if face.height_px < options.min_face_px:
        least = options.min_face_px
        return f"too small ({face.height_px:.0f} pixels, at least {least:.0f}); {anyhow}"
    if abs(face.pose.yaw) > options.max_yaw_deg:
        turned, most = abs(face.pose.yaw), options.max_yaw_deg
        return f"turned too far ({turned:.0f} degrees, at most {most:.0f}); {anyhow}"
    return ""


def _numbers(text: str, count: int) -> set[int]:
    try:
        numbers = {int(part) for part in text.split(",")}
    except ValueError as exc:
        raise UsageError(
            f"faces must be all, largest or numbers such as 1,3, not {text!r}"
        ) from exc
    beyond = sorted(number for number in numbers if not 1 <= number <= count)
    if beyond and count:
        raise UsageError(
            f"there is no face {beyond[0]}: the photo has {count}, see nostalgia faces PHOTO"
        )
    return numbers
