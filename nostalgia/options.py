"""All options with their defaults: the only place where a default lives."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PhotoOptions:
    """How photos are read. max_pixels: refuse a picture that declares more, before decoding it."""

    max_pixels: int = 120_000_000


@dataclass(frozen=True, slots=True)
class DetectionOptions:
    """What counts as a face.

    backend: registry key. min_score: 0..1, faces below it are not reported.
    order: how faces are numbered, "left-right" or "largest" (the largest is face 1).
    device: what a learned backend runs on, as torch calls it.
    """

    backend: str = "embedded"
    device: str = "cpu"
    min_score: float = 0.6
    order: str = "left-right"


@dataclass(frozen=True, slots=True)
class FommOptions:
    """How the First Order Motion Model is run.

    output: "native" warps the photo's own pixels at their own size and paints only what they cannot
    show; "network" shows the network's own picture of 256 pixels. movement: "relative" to the
    driver's first frame, or "absolute". adapt_scale: shifts as large as the source's face is
    against the driver's. align_corners: of `grid_sample`; True as the released weights were
    trained, False as the original code samples on torch 1.3 and later. smoothing: 0..1, how much
    trembling is taken out of the driver's keypoints. precision: of the decoder, "float32",
    "bfloat16", or "auto": bfloat16 where the processor computes in it.
    landmarks: who finds the 68 points of the best-frame search in a driving clip, registry key.
    """

    output: str = "native"
    movement: str = "relative"
    adapt_scale: bool = True
    align_corners: bool = True
    smoothing: float = 0.5
    precision: str = "auto"
    landmarks: str = "mesh"


@dataclass(frozen=True, slots=True)
class AnimateOptions:
    """Everything that decides how a clip looks.

    faces: "all" (all faces large and frontal enough), "largest", or numbers such as "1,3".
    face_box: x, y, width, height in photo pixels, used where the detector finds nothing.
    order: how faces are numbered, see `DetectionOptions`.
    driver: name in the bank, "auto" (matched by pose), or the path of a driving clip.
    face_drivers: face number -> driver, for faces that shall not take `driver`.
    strength: 0..2, multiplies the motion. face_strengths: face number -> strength.
    smile, blink, turn, gaze: 0..2 each, multiply one kind of motion: the expression of the mouth
    and cheeks, how far the lids close, the head, the eyes.
    enhance: 0..1, 0 leaves the photo untouched. enhancement: registry key of the enhancer.
    fidelity: 0..1, how much of the photo's own light and shape an enhancer that paints must keep.
    enhancement_checkpoint: file of its weights, None = as `nostalgia checkpoints` keeps them.
    detection: registry key of the face detector. motion: registry key of the motion backend.
    checkpoint: file of the motion backend's weights, None = as `nostalgia checkpoints` keeps them.
    fomm: see `FommOptions`. device: what learned backends run on, as torch calls it.
    seed: decides all small variations.
    fps: frames per second of the clip, None = the driver's. duration_s: None = the driver's length.
    loop: how often the performance is played, 1 and more. once_then_still: play it once and rest
    on the photo itself. crop: "photo", or "face" for a square round the moving faces.
    side_by_side: the still photo beside the moving one. audio: path of a sound file to add.
    poster: path of a JPEG of the first frame. preview: one second, small, fast.
    max_side: longest side of the clip in pixels, None = the photo's own size.
    format: "mp4", "gif" or "webp", None = by the suffix of the output, MP4 without one.
    label: write a small visible mark that says that the clip is animated.
    """

    faces: str = "all"
    face_box: tuple[float, float, float, float] | None = None
    order: str = "left-right"
    driver: str = "auto"
    face_drivers: Mapping[int, str] = field(default_factory=dict)
    strength: float = 1.0
    face_strengths: Mapping[int, float] = field(default_factory=dict)
    smile: float = 1.0
    blink: float = 1.0
    turn: float = 1.0
    gaze: float = 1.0
    enhance: float = 0.5
    enhancement: str = "embedded"
    enhancement_checkpoint: str | None = None
    fidelity: float = 0.5
    detection: str = "embedded"
    motion: str = "mesh"
    checkpoint: str | None = None
    fomm: FommOptions = field(default_factory=FommOptions)
    device: str = "cpu"
    seed: int = 0
    fps: float | None = None
    duration_s: float | None = None
    loop: int = 1
    once_then_still: bool = False
    crop: str = "photo"
    side_by_side: bool = False
    audio: str | None = None
    poster: str | None = None
    preview: bool = False
    max_side: int | None = None
    format: str | None = None
    label: bool = False
    overwrite: bool = False
    min_face_px: float = 28.0
    max_yaw_deg: float = 60.0


@dataclass(frozen=True, slots=True)
class ReelOptions:
    """What the joined reel of an album looks like.

    width, height: of the reel in pixels, even; clips are fitted into it. fps: frames per second.
    card_s: how long a title card is shown, fade_s: how long one picture fades into the next, both
    in seconds. font: path of a TrueType or OpenType file for the cards, None = the best of those
    on this computer. overwrite: replace a reel that is there already.
    """

    width: int = 1280
    height: int = 720
    fps: float = 25.0
    card_s: float = 3.0
    fade_s: float = 0.6
    font: str | None = None
    overwrite: bool = False
