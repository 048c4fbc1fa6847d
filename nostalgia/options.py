"""Every option with its default, range and description: declared here and nowhere else.

The command line, the documentation and any page read the declarations through `declared`; the
classes check their values when they are made, so that no wrong value travels further.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Final, Literal, TypedDict

from nostalgia.declarations import (
    check_choice,
    check_declared,
    check_number,
    declare,
    declared,
    plain_box,
    plain_value,
)
from nostalgia.errors import Remedy, UsageError, option

FACES, MOTION, RESTORATION, CLIP = "Faces", "Motion", "Restoration", "Clip"
EXPERT = "Backends (expert)"

AUTO: Final = "auto"

_TUNING = (0.0, 2.0)
_SHARE = (0.0, 1.0)
_ORDERS = ("left-right", "largest")


@dataclass(frozen=True, slots=True)
class PhotoOptions:
    """Options of reading a photo. max_pixels: refuse a larger picture before it is decoded."""

    max_pixels: int = 120_000_000


@dataclass(frozen=True, slots=True)
class DetectionOptions:
    """Options of face detection.

    backend: registry key. device: torch device of a learned backend.
    min_score: 0..1, faces below it are not reported. order: numbering of the faces, "left-right"
    or "largest" (the largest is face 1).
    """

    backend: str = "embedded"
    device: str = "cpu"
    min_score: float = 0.6
    order: Literal["left-right", "largest"] = "left-right"

    def __post_init__(self) -> None:
        """Check the score and the order."""
        check_number(option("min_score"), self.min_score, _SHARE)
        check_choice(option("order"), self.order, _ORDERS)


@dataclass(frozen=True, slots=True)
class AnimateOptions:
    """Everything that determines the look of a clip; `declared` describes each option.

    Raises:
        UsageError: a value is out of its range, or two options contradict each other.
    """

    faces: str | int | Sequence[int] = declare(
        "all",
        "Faces to work on: numbers as listed by `nostalgia faces`, all that are large and frontal"
        " enough, or the largest.",
        FACES,
        metavar="1,3|all|largest",
    )
    face_box: tuple[float, float, float, float] | None = declare(
        None,
        "Bounding box of a face that the detector misses, in pixels.",
        FACES,
        metavar="X,Y,W,H",
        albums=False,
    )
    rotate: Literal["auto", "90", "180", "270", 90, 180, 270] | None = declare(
        None,
        "Turn the photo first, in degrees clockwise; auto sets one upright that lies on its side.",
        FACES,
        choices=("auto", "90", "180", "270"),
        shown_default="as it is",
    )
    order: Literal["left-right", "largest"] = declare(
        "left-right",
        "How faces are numbered: from left to right, or largest first.",
        FACES,
        choices=_ORDERS,
    )
    min_face_px: float = declare(
        28.0, "`all` leaves out smaller faces.", FACES, on_command_line=False
    )
    max_yaw_deg: float = declare(
        60.0, "`all` leaves out faces turned further than this.", FACES, on_command_line=False
    )
    driver: str = declare(
        "auto",
        "Whose motion to use: a driver's name, auto (chosen to suit the face), or your own driving"
        " clip.",
        MOTION,
        metavar="NAME|auto|CLIP",
        per_face="face_drivers",
    )
    face_drivers: Mapping[int, str] = declare({}, "Drivers of single faces.", MOTION, albums=False)
    strength: float = declare(
        1.0,
        "Strength of the motion; 1 = as recorded.",
        MOTION,
        limits=_TUNING,
        per_face="face_strengths",
    )
    face_strengths: Mapping[int, float] = declare(
        {}, "Strengths of single faces.", MOTION, albums=False
    )
    smile: float = declare(1.0, "Motion of mouth and cheeks.", MOTION, limits=_TUNING)
    blink: float = declare(1.0, "How far the lids close; 0 = no blinks.", MOTION, limits=_TUNING)
    turn: float = declare(1.0, "Motion of the head.", MOTION, limits=_TUNING)
    gaze: float = declare(1.0, "Motion of the eyes.", MOTION, limits=_TUNING)
    seed: int = declare(
        0,
        "Seed of the small variations; the same seed gives the same clip.",
        MOTION,
        metavar="NUMBER",
        limits=(0, 2**63 - 1),
    )
    enhance: float = declare(
        0.8, "Restoration strength; 0 disables it.", RESTORATION, limits=_SHARE
    )
    fps: float | None = declare(
        None, "Frames per second.", CLIP, limits=(1.0, 120.0), shown_default="the driver's"
    )
    duration_s: float | None = declare(
        None,
        "Length in seconds.",
        CLIP,
        flag="duration",
        metavar="SECONDS",
        limits=(0.1, 600.0),
        shown_default="the driver's",
    )
    loop: int = declare(1, "Number of times to play the performance.", CLIP, limits=(1, 100))
    once_then_still: bool = declare(
        False,
        "Play the performance once, then rest on the unretouched photo for two seconds or until"
        " the duration is over.",
        CLIP,
    )
    crop: Literal["auto", "photo", "face"] | None = declare(
        None,
        "Show the whole photo, a square around the animated faces (around the largest if they are"
        " far apart), or auto: the whole photo if all heads are large enough, else a nearer view.",
        CLIP,
        choices=("auto", "photo", "face"),
        shown_default="photo; auto in albums",
    )
    side_by_side: bool = declare(
        False, "Show the still photo beside the moving one (above it if the photo is wide).", CLIP
    )
    audio: str | None = declare(
        None,
        "Sound file for an MP4; cut at the end of the clip.",
        CLIP,
        metavar="FILE",
        is_file=True,
        albums=False,
    )
    size: Literal["share", "uhd", "full"] | None = declare(
        None,
        "Largest size of the clip: share plays everywhere (HD), uhd on computers and recent phones"
        " (4K), full is the photo's own.",
        CLIP,
        choices=("share", "uhd", "full"),
        shown_default="uhd; share in albums",
    )
    max_side: int | None = declare(
        None,
        "Longest side of the clip in pixels, if less than its size allows.",
        CLIP,
        metavar="PIXELS",
        limits=(16, 65_535),
        shown_default="no other limit",
    )
    preview: bool = declare(
        False, "Make a quick, small preview of the liveliest second (at most 480 pixels).", CLIP
    )
    format: Literal["mp4", "gif", "webp"] | None = declare(
        None,
        "File format of the clip.",
        CLIP,
        choices=("mp4", "gif", "webp"),
        shown_default="from the output's suffix, else mp4",
    )
    label: bool = declare(
        False, "Put a small visible mark on the clip that says that it is animated.", CLIP
    )
    detection: str = declare(
        "embedded", "Face detector: embedded or face-alignment.", EXPERT, metavar="NAME"
    )
    enhancement: str = declare(
        "embedded", "Face restorer: embedded or gfpgan.", EXPERT, metavar="NAME"
    )
    enhancement_checkpoint: str | None = declare(
        None,
        "Weights of the face restorer, instead of the stored ones.",
        EXPERT,
        metavar="FILE",
        is_file=True,
    )
    fidelity: float = declare(
        0.5, "How much of the photo's own light and shape gfpgan keeps.", EXPERT, limits=_SHARE
    )
    motion: str = declare("mesh", "Motion backend: mesh or fomm.", EXPERT, metavar="NAME")
    checkpoint: str | None = declare(
        None,
        "Weights of the motion backend, such as vox-cpk.pth.tar, instead of the stored ones.",
        EXPERT,
        metavar="FILE",
        is_file=True,
    )
    motion_options: Mapping[str, str | float | bool] = declare(
        {},
        "Options of the motion backend, such as smoothing=0.3 for fomm.",
        EXPERT,
        flag="motion-option",
        metavar="KEY=VALUE",
    )
    device: str = declare(
        "cpu", "Device of the learned networks: cpu, cuda or mps.", EXPERT, metavar="NAME"
    )

    @property
    def face_selection(self) -> str:
        """`faces` in its one form: "all", "largest" or numbers such as "1,3"."""
        return str(self.faces)

    def __post_init__(self) -> None:
        """Bring every value into one plain form, and check it."""
        plain = {
            "faces": _plain_faces(self.faces),
            "face_box": plain_box("face_box", self.face_box),
        }
        plain["rotate"] = None if self.rotate is None else str(self.rotate)
        for name in declared(self):
            value = plain[name] if name in plain else plain_value(getattr(self, name))
            object.__setattr__(self, name, value)
        check_declared(self)
        _check_motion_options(self)
        _check_single_faces(self)
        _check_length(self)


class OptionChanges(TypedDict, total=False):
    """Single options of `AnimateOptions` as keyword arguments; a test compares the two."""

    faces: str | int | Sequence[int]
    face_box: tuple[float, float, float, float] | None
    rotate: Literal["auto", "90", "180", "270", 90, 180, 270] | None
    order: Literal["left-right", "largest"]
    min_face_px: float
    max_yaw_deg: float
    driver: str
    face_drivers: Mapping[int, str]
    strength: float
    face_strengths: Mapping[int, float]
    smile: float
    blink: float
    turn: float
    gaze: float
    seed: int
    enhance: float
    fps: float | None
    duration_s: float | None
    loop: int
    once_then_still: bool
    crop: Literal["auto", "photo", "face"] | None
    side_by_side: bool
    audio: str | None
    size: Literal["share", "uhd", "full"] | None
    max_side: int | None
    preview: bool
    format: Literal["mp4", "gif", "webp"] | None
    label: bool
    detection: str
    enhancement: str
    enhancement_checkpoint: str | None
    fidelity: float
    motion: str
    checkpoint: str | None
    motion_options: Mapping[str, str | float | bool]
    device: str


def _plain_faces(faces: Any) -> str:
    """`faces` as text; the photo decides which numbers make sense."""
    if isinstance(faces, str):
        return faces
    numbers = [faces] if isinstance(faces, Integral) else faces
    numbers = list(numbers) if isinstance(numbers, Iterable) else []
    if not numbers or not all(isinstance(number, Integral) for number in numbers):
        raise UsageError(
            f"{option('faces')} must be all, largest or numbers such as 1,3, not {faces!r}"
        )
    return ",".join(map(str, numbers))


def _check_motion_options(options: AnimateOptions) -> None:
    for name, value in options.motion_options.items():
        if not isinstance(value, str | int | float | bool):
            raise UsageError(
                f"{option('motion_options')} accepts words, numbers and True or False, not"
                f" {name}={value!r}"
            )


def _check_single_faces(options: AnimateOptions) -> None:
    for face, strength in options.face_strengths.items():
        _check_face(option("face_strengths", {face: strength}), face)
        check_number(f"{option('strength')} of face {face}", strength, _TUNING)
    for face, driver in options.face_drivers.items():
        _check_face(option("face_drivers", {face: driver}), face)
        if not driver:
            example = option("face_drivers", {face: "smile"})
            raise UsageError(f"face {face} needs the name of a driver, such as {example}")


def _check_face(name: str, face: int) -> None:
    if not isinstance(face, Integral) or face < 1:
        raise UsageError(f"{name}: faces are numbered from 1; `nostalgia faces` lists them")


def _check_length(options: AnimateOptions) -> None:
    if options.loop > 1 and options.duration_s is not None:
        raise UsageError(
            f"{option('loop')} and {option('duration_s')} both set the length of the clip",
            Remedy("leave one of them out"),
        )
    if options.loop > 1 and options.once_then_still:
        raise UsageError(
            f"{option('once_then_still')} plays the performance once",
            Remedy(f"leave out {option('loop')} or {option('once_then_still')}"),
        )
