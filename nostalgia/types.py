"""The values that travel from stage to stage: frozen dataclasses without behaviour of their own.

Axes and units: images are RGB uint8 (H, W, 3). Points are x then y (then z towards the camera), in
pixels unless a field says otherwise; x grows to the right, y downwards. Angles are degrees: + yaw =
nose towards the image's right, + pitch = nose up, + roll = clockwise. "image-left" is the viewer's.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, NamedTuple, NewType

import numpy as np
from numpy.typing import NDArray

from nostalgia.errors import Remedy, Wording, python_wording, worded

UInt8 = NDArray[np.uint8]
Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

PixelBox = tuple[int, int, int, int]
"""x0, y0, x1, y1 in whole pixels, right and bottom exclusive."""

BoxXYXY = NewType("BoxXYXY", tuple[float, float, float, float])
"""x0, y0, x1, y1; right and bottom exclusive."""

BoxXYWH = NewType("BoxXYWH", tuple[float, float, float, float])
"""x, y of the top left corner, width, height."""

CHIN, FOREHEAD = 152, 10


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A whole picture, upright, in sRGB.

    pixels: RGB uint8 (H, W, 3). path: its file, None for standard input or an array. sha256: hex
    digest of the file (of the pixels without a file). warnings: oddities, one sentence each.
    own_wh: width and height in its file, where `pixels` are a reduced copy: faces and boxes are in
    pixels of the file all the same. taken: when, with a time zone; None if unknown.
    rotated: degrees clockwise by which it was turned beyond its file.
    """

    pixels: UInt8 = field(repr=False)
    path: Path | None = None
    sha256: str = ""
    warnings: tuple[str, ...] = ()
    own_wh: tuple[int, int] | None = None
    taken: datetime | None = None
    rotated: int = 0

    @property
    def width(self) -> int:
        return self.own_wh[0] if self.own_wh else int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return self.own_wh[1] if self.own_wh else int(self.pixels.shape[0])

    @property
    def scale(self) -> float:
        """Entries of `pixels` per pixel of the photo, along a side; at most 1."""
        return float(max(self.pixels.shape[:2]) / max(self.width, self.height))


@dataclass(frozen=True, slots=True)
class HeadPose:
    """Orientation of a head in degrees; see the module docstring for the signs."""

    yaw: float
    pitch: float
    roll: float

    def to_dict(self) -> dict[str, float]:
        """The angles in degrees, rounded to hundredths."""
        return {name: round(getattr(self, name), 2) for name in ("yaw", "pitch", "roll")}


@dataclass(frozen=True, slots=True)
class FaceBox:
    """Detection: box_xyxy in photo pixels (right, bottom exclusive), a score 0..1.

    points: float32 (5, 2) photo pixels, image-left before image-right: eyes, nose tip, mouth
    corners; None if the detector does not find them.
    """

    box_xyxy: tuple[float, float, float, float]
    score: float
    points: Float32 | None = None


class PartDoubts(NamedTuple):
    """How far the landmarks of each part of a face are expected to be off, on average.

    In face heights; eyes with their irises, "rest" with brows, nose and outline.
    """

    left_eye: float = 0.0
    right_eye: float = 0.0
    mouth: float = 0.0
    rest: float = 0.0


@dataclass(frozen=True, slots=True)
class Face:
    """One face of a photo. Faces are numbered from 1, in the order that was asked for.

    landmarks: float32 (478, 3), photo pixels, x then y then z (z in the same pixels, towards the
    camera, relative to the head's centre), in MediaPipe Face Mesh order; not compared. Whole
    numbers are the middles of pixels. doubts: of the landmarks; not compared.
    """

    number: int
    box_xyxy: tuple[float, float, float, float]
    score: float
    pose: HeadPose
    landmarks: Float32 = field(repr=False, compare=False)
    doubts: PartDoubts = field(default=PartDoubts(), repr=False, compare=False)

    @property
    def height_px(self) -> float:
        """Forehead to chin in photo pixels: the unit "face height"."""
        return float(np.linalg.norm(self.landmarks[CHIN] - self.landmarks[FOREHEAD]))

    def to_dict(self, *, with_landmarks: bool = False) -> dict[str, Any]:
        """The face as plain JSON values.

        Boxes and landmarks are in pixels of the upright photo, counted from its corner: the middle
        of the first pixel is at 0.5, 0.5.
        """
        values: dict[str, Any] = {
            "number": self.number,
            "box_xyxy": [round(float(edge), 1) for edge in self.box_xyxy],
            "score": round(float(self.score), 4),
            "pose_deg": self.pose.to_dict(),
        }
        if with_landmarks:
            from_corner = self.landmarks + np.array([0.5, 0.5, 0], np.float32)
            values["landmarks"] = [[round(float(v), 2) for v in point] for point in from_corner]
        return values


@dataclass(frozen=True, slots=True)
class FaceCrop:
    """A square of the photo's own pixels round one face: the source of the motion.

    pixels: RGB uint8 (S, S, 3). photo_from_crop: float64 (2, 3), maps crop pixels to photo pixels.
    landmarks: float32 (478, 3) in crop pixels. inside_xyxy: the part of the crop that the photo
    covers, in crop pixels (the rest is padding). face_height_px: forehead to chin. doubts: of the
    landmarks. person: uint8 (S, S), share of each pixel that is this person's, 255 = all of it;
    None if that is not known. enlarged: by how much the photo was enlarged before, along a side.
    """

    pixels: UInt8
    photo_from_crop: Float64
    landmarks: Float32
    pose: HeadPose
    inside_xyxy: tuple[int, int, int, int]
    face_height_px: float
    face_number: int = 1
    doubts: PartDoubts = PartDoubts()
    person: UInt8 | None = None
    enlarged: float = 1.0

    @property
    def size_px(self) -> int:
        return int(self.pixels.shape[0])


@dataclass(frozen=True, slots=True)
class MotionTrack:
    """The motion of a driver over T frames, relative to its start, free of whose face it was.

    rotation_deg: float32 (T, 3) yaw, pitch, roll of the head relative to frame 0.
    translation: float32 (T, 3) of the head, in face heights, relative to frame 0.
    scale: float32 (T,) apparent size relative to frame 0.
    expression: float32 (T, 478, 3) landmark deltas in the canonical head frame (the head turned to
    face the camera, upright), in face heights, relative to the neutral face, with the eyelids and
    irises left out (zero there): eye_opening and gaze describe them.
    eye_opening: float32 (T, 2) image-left, image-right eye; 1 = the performer's neutral, 0 = shut.
    mouth_opening: float32 (T,) gap of the inner lips in face heights beyond the neutral gap.
    gaze: float32 (T, 2) shift of the irises in eye widths, x then y, relative to frame 0.
    start_pose: pose of frame 0.
    signals: float32 (T, C), what a motion backend that looks at driving frames reads off them, less
    signals_start: float32 (C,), the same of the frame that stands for the photo; None if no
    backend looked. Never stored.
    """

    fps: float
    rotation_deg: Float32
    translation: Float32
    scale: Float32
    expression: Float32
    eye_opening: Float32
    mouth_opening: Float32
    gaze: Float32
    start_pose: HeadPose
    signals: Float32 | None = None
    signals_start: Float32 | None = None

    def __len__(self) -> int:
        return int(self.rotation_deg.shape[0])

    @property
    def duration_s(self) -> float:
        return len(self) / self.fps


@dataclass(frozen=True, slots=True)
class Driver:
    """An entry of the driver bank: the clip, its track and what is known about it."""

    name: str
    title: str
    gestures: tuple[str, ...]
    track: MotionTrack = field(repr=False, compare=False)
    clip_path: Path | None = None
    licence: str = ""
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class DriverScore:
    """Distance between one driver, as recorded or mirrored, and one face, in degrees.

    yaw, pitch, roll: the driver's start pose less the face's, signed. beyond: penalty for turns
    that lead further than the face can be shown. expression: penalty where the performance does
    not suit the face's own expression. penalty: the driver's own. distance: all together.
    """

    name: str
    mirrored: bool
    distance: float
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    beyond: float = 0.0
    expression: float = 0.0
    penalty: float = 0.0


@dataclass(frozen=True, slots=True)
class DriverMatch:
    """The driver of a face, and the reason for it. scores: best first. why: one sentence."""

    driver: Driver
    distance: float
    scores: tuple[DriverScore, ...] = field(default=(), repr=False)
    why: str = ""


class StillReason(StrEnum):
    """Reason why a face of a photo is not animated."""

    TOO_SMALL = "too-small"
    TURNED_TOO_FAR = "turned-too-far"
    UNREADABLE = "unreadable"
    NOT_SELECTED = "not-selected"
    DOUBTFUL = "doubtful"
    OUTSIDE_CROP = "outside-crop"


@dataclass(frozen=True, slots=True)
class Stillness:
    """Reason why a face stays still, and what would animate it. text: a phrase without options."""

    reason: StillReason
    text: str
    remedy: Remedy = field(default_factory=Remedy)


AdviceKind = Literal[
    "doubtful", "cut-off", "turned", "turned-far", "tilted", "nodded", "eyes-closed", "eyes-narrow",
    "eye-unsure", "eye-in-shadow", "glasses", "tiny-face", "tiny-eyes", "blurred", "damaged",
    "overlapping", "background-moves", "mouth-open", "smiling", "large-photo",
]  # fmt: skip
"""A code for programs; docs/python-api.md lists them all."""


@dataclass(frozen=True, slots=True)
class Advice:
    """Something that will look bad in the clip, and what can be done about it.

    kind: a code for programs. face: number of the face, None for the photo as a whole.
    text: what will look bad, without names of options.
    """

    kind: AdviceKind
    face: int | None
    text: str
    remedy: Remedy

    @property
    def changes(self) -> Mapping[str, Any]:
        """Options to change, by name; empty if no option helps."""
        return self.remedy.changes

    def to_dict(self, wording: Wording = python_wording) -> dict[str, Any]:
        """The advice as plain JSON values, with its options named by `wording`."""
        return {
            "kind": self.kind,
            "face": self.face,
            "text": self.text,
            "what_to_do": worded(self.remedy.text, wording),
            "changes": json.loads(json.dumps(dict(self.changes))),
        }


@dataclass(frozen=True, slots=True)
class FaceChoice:
    """Outcome for one face of a photo.

    still: why it is not animated, None for a face that is. match, strength: those of an animated
    face. likeness: 0..1, how much the restored face still resembles the photo's.
    """

    face: Face
    still: Stillness | None = None
    match: DriverMatch | None = None
    strength: float | None = None
    advice: tuple[Advice, ...] = ()
    likeness: float | None = None

    @property
    def moves(self) -> bool:
        """True for a face that is animated."""
        return self.still is None
