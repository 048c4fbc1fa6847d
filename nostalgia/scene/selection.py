"""Choice of the faces that are animated, and the reasons why the others stay still."""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

from nostalgia.errors import FaceError, Remedy, UsageError, counted, option
from nostalgia.faces.doubts import is_unreadable
from nostalgia.faces.finder import PROBABLE_SCORE, SURE_SCORE
from nostalgia.files import display_name
from nostalgia.options import AnimateOptions
from nostalgia.types import Face, FaceChoice, Photo, Stillness, StillReason

EVIDENT_SHARE = 0.3
"""Least height of the only face of a photo, in its shorter side, to be restored though it scores as
possibly none."""

FACES_COMMAND = "`nostalgia faces PHOTO` lists them"


def select_faces(faces: Sequence[Face], options: AnimateOptions) -> list[FaceChoice]:
    """Every face, with the reason why it stays still if it does.

    Faces that are chosen by number, have their own driver, or were marked by a box are
    animated however small or turned they are.

    Raises:
        UsageError: `options.faces` is not "all", "largest" or numbers of existing faces.
    """
    reasons = _reasons(faces, options)
    return [FaceChoice(face, still=reasons[face.number]) for face in faces]


def with_evident_face(
    choices: Sequence[FaceChoice], options: AnimateOptions, size_wh: tuple[int, int]
) -> tuple[FaceChoice, ...]:
    """The choices; what is possibly not a face counts as one if it is large and nothing else is.

    So look blurred, grainy and scratched portraits. What was taken for a face in pictures without
    people was small, or its features were hard to locate.

    size_wh: width and height of the photo.
    """
    if len(choices) != 1 or choices[0].still is None or not is_doubtful(choices[0].face):
        return tuple(choices)
    (choice,) = choices
    large = choice.face.height_px >= EVIDENT_SHARE * min(size_wh)
    if not large or _unfit(replace(choice.face, score=PROBABLE_SCORE), options) is not None:
        return tuple(choices)
    return (replace(choice, still=None),)


def require_moving(photo: Photo, choices: Sequence[FaceChoice], wanted: str = "animated") -> None:
    """Refuse a photo in which no face can be animated, or whatever else is `wanted`.

    Raises:
        FaceError: there is no face, or all of them stay still.
    """
    if not choices:
        raise FaceError(
            f"no face was found in {display_name(photo.path)}",
            Remedy(f"mark one with {option('face_box')}"),
        )
    still = [choice for choice in choices if choice.still is not None]
    if len(still) < len(choices):
        return
    small = [c for c in still if c.still and c.still.reason == StillReason.TOO_SMALL]
    best = max(small or still, key=lambda choice: choice.face.height_px)
    listed = [best, *(choice for choice in still if choice not in small and choice is not best)]
    reasons = [f"face {c.face.number}: {c.still.text}" for c in listed if c.still]
    if len(small) > 1:
        reasons[0] += f", and {counted(len(small) - 1, 'other is', 'others are')} no larger"
    larger = "scan the photo at a higher resolution, or " if small else ""
    raise FaceError(
        f"no face of {display_name(photo.path)} can be {wanted} ({'; '.join(reasons)})",
        Remedy(f"{larger}choose one with {option('faces')}", {"faces": [best.face.number]}),
    )


def require_faces(choices: Sequence[FaceChoice], options: AnimateOptions) -> tuple[str, ...]:
    """Warnings about doubtful faces, and about options of single faces that stay still.

    Raises:
        UsageError: an option is about a face that does not exist.
    """
    by_number = {choice.face.number: choice for choice in choices}
    asked = [(n, option("face_drivers", {n: name})) for n, name in options.face_drivers.items()]
    asked += [(n, option("face_strengths", {n: v})) for n, v in options.face_strengths.items()]
    for number, words in asked:
        if number not in by_number:
            raise UsageError(
                f"{words}: there is no face {number}: the photo has {len(choices)}",
                Remedy(FACES_COMMAND),
            )
    return doubts_of(choices, options) + tuple(
        f"{words} has no effect: face {number} stays still ({still.text});"
        f" choose it with {option('faces')}"
        for number, words in asked
        if (still := by_number[number].still) is not None
    )


def doubts_of(choices: Sequence[FaceChoice], options: AnimateOptions) -> tuple[str, ...]:
    """Warnings about what moves, but is possibly not a face, and that nobody has chosen."""
    if options.face_box is not None or options.face_selection not in ("all", "largest"):
        return ()
    return tuple(
        f"face {choice.face.number} is possibly not a face (score {choice.face.score:.2f}):"
        " `nostalgia faces PHOTO` shows where it is"
        for choice in choices
        if choice.moves and choice.face.score < SURE_SCORE
    )


def _reasons(faces: Sequence[Face], options: AnimateOptions) -> dict[int, Stillness | None]:
    """Reason why each face stays still, by its number; None for those that are animated."""
    if options.face_box is not None:
        return {face.number: None for face in faces}
    if options.face_selection == "all":
        return {
            face.number: None if face.number in options.face_drivers else _unfit(face, options)
            for face in faces
        }
    chosen = _chosen(faces, options)
    unfit: dict[int, Stillness | None] = {}
    if options.face_selection == "largest":
        unfit = {face.number: _unfit(face, options) for face in faces}
    others = {face.number: unfit.get(face.number) or _not_selected(face) for face in faces}
    return {number: None if number in chosen else still for number, still in others.items()}


def _chosen(faces: Sequence[Face], options: AnimateOptions) -> set[int]:
    if options.face_selection != "largest":
        return _numbers(options.face_selection, len(faces))
    fit = [face for face in faces if _unfit(face, options) is None]
    return {face.number for face in sorted(fit, key=lambda face: -face.height_px)[:1]}


def is_doubtful(face: Face) -> bool:
    """True if what was found is possibly not a face."""
    return face.score < PROBABLE_SCORE


def _unfit(face: Face, options: AnimateOptions) -> Stillness | None:
    """Why a face would not look well in motion, and what animates it anyway."""
    if is_doubtful(face):
        text = f"possibly not a face: its score is {face.score:.2f}, at least {PROBABLE_SCORE:g} is"
        return Stillness(StillReason.DOUBTFUL, f"{text} needed", _choose_it(face))
    if face.height_px < options.min_face_px:
        least = options.min_face_px
        text = f"too small: {int(face.height_px)} pixels, at least {least:g} are needed"
        return Stillness(StillReason.TOO_SMALL, text, _choose_it(face))
    if abs(face.pose.yaw) > options.max_yaw_deg:
        turned, most = abs(face.pose.yaw), options.max_yaw_deg
        text = f"turned too far: {ceil(turned)} degrees, at most {most:g} are possible"
        return Stillness(StillReason.TURNED_TOO_FAR, text, _choose_it(face))
    if is_unreadable(face.doubts):
        text = "its features are hard to locate: turned away, hidden or unclear"
        return Stillness(StillReason.UNREADABLE, text, _choose_it(face))
    return None


def _not_selected(face: Face) -> Stillness:
    return Stillness(StillReason.NOT_SELECTED, "not selected", _choose_it(face))


def _choose_it(face: Face) -> Remedy:
    numbers = [face.number]
    return Remedy(f"{option('faces', numbers)} animates it anyway", {"faces": numbers})


def choose_also(choice: FaceChoice, choices: Sequence[FaceChoice]) -> FaceChoice:
    """The choice, whose remedy animates the face beside those that are animated already."""
    if choice.still is None:
        return choice
    numbers = sorted({each.face.number for each in choices if each.moves} | {choice.face.number})
    remedy = Remedy(f"{option('faces', numbers)} animates it anyway", {"faces": numbers})
    return replace(choice, still=replace(choice.still, remedy=remedy))


def _numbers(text: str, count: int) -> set[int]:
    try:
        numbers = {int(part) for part in text.split(",")}
    except ValueError as exc:
        raise UsageError(
            f"{option('faces')} must be all, largest or numbers such as 1,3, not {text!r}"
        ) from exc
    beyond = sorted(number for number in numbers if not 1 <= number <= count)
    if beyond and count:
        raise UsageError(
            f"there is no face {beyond[0]}: the photo has {count}", Remedy(FACES_COMMAND)
        )
    return numbers
