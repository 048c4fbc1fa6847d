"""Everything known about a clip before its first frame."""

from dataclasses import dataclass

from nostalgia.rendering.framing import Framing
from nostalgia.scene.casting import Casting
from nostalgia.scene.layers import Layer
from nostalgia.scene.timeline import Timeline
from nostalgia.scene.view import Cut
from nostalgia.types import FaceChoice, Photo, PixelBox, UInt8


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that is known before the first frame.

    photo: as it was read, reduced, and cut to what the shown faces need. pixels: RGB uint8
    (H, W, 3), that photo with its animated faces restored. size_wh, choices, shown_xyxy: the size
    of the whole photo as read, every face found in it, and what the clip shows, in its pixels.
    layers: in `drawing_order`, so that the nearest head is drawn last. upright_turn:
    degrees clockwise that would set the photo upright.
    """

    photo: Photo
    pixels: UInt8
    size_wh: tuple[int, int]
    choices: tuple[FaceChoice, ...]
    shown_xyxy: PixelBox
    framing: Framing
    casting: Casting
    timeline: Timeline
    layers: tuple[Layer, ...]
    warnings: tuple[str, ...] = ()
    upright_turn: int = 0

    @property
    def needs_photo(self) -> bool:
        """True if frames show the photo as it was read, so that its pixels must be kept."""
        return self.framing.layout != "alone" or self.timeline.frames > self.timeline.performed


@dataclass(frozen=True, slots=True)
class Plan:
    """Decisions before any pixel changes. cut, casting: None if no face is animated."""

    choices: tuple[FaceChoice, ...]
    cut: Cut | None
    casting: Casting | None
    warnings: tuple[str, ...]
