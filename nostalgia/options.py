"""All options with their defaults: the only place where a default lives."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PhotoOptions:
    """How photos are read. max_pixels: refuse a picture that declares more, before decoding it."""

    max_pixels: int = 120_000_000


@dataclass(frozen=True, slots=True)
class DetectionOptions:
    """What counts as a face.

    backend: registry key. min_score: 0..1, faces below it are not reported.
    """

    backend: str = "embedded"
    min_score: float = 0.6


@dataclass(frozen=True, slots=True)
class AnimateOptions:
    """Everything that decides how a clip looks.

    faces: "all" (all faces large and frontal enough), "largest", or numbers such as "1,3".
    face_box: x, y, width, height in photo pixels, used where the detector finds nothing.
    driver: name in the bank, "auto" (matched by pose), or the path of a driving clip.
    strength: 0..2, multiplies the motion. enhance: 0..1, 0 leaves the photo untouched.
    motion: registry key of the motion backend. seed: decides all small variations.
    fps: frames per second of the clip, None = the driver's. duration_s: None = the driver's length.
    max_side: longest side of the clip in pixels, None = the photo's own size.
    format: "mp4", "gif" or "webp", None = by the suffix of the output, MP4 without one.
    """

    faces: str = "all"
    face_box: tuple[float, float, float, float] | None = None
    driver: str = "auto"
    strength: float = 1.0
    enhance: float = 0.5
    enhancement: str = "embedded"
    motion: str = "mesh"
    seed: int = 0
    fps: float | None = None
    duration_s: float | None = None
    max_side: int | None = None
    format: str | None = None
    overwrite: bool = False
    min_face_px: float = 28.0
    max_yaw_deg: float = 60.0
