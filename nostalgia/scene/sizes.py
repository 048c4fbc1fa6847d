"""Sizes of clips by the option `size`, and the size at which a photo is worked on before that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nostalgia.clips.levels import (
    PLAYS_EVERYWHERE,
    PLAYS_WIDELY,
    SHARE_MACROBLOCKS,
    level_named,
)
from nostalgia.options import AnimateOptions
from nostalgia.rendering.framing import heads_are_large, scaled_wh, whole_view
from nostalgia.rendering.limits import MACROBLOCK_PX, SizeLimit
from nostalgia.types import Face

PREVIEW_SIDE_PX = 480
"""Longest side of a preview."""

USUAL_FPS = 30.0
"""Frame rate for which sizes are planned; above it, the levels allow smaller frames only."""

DEFAULT_SIZE: Final = "uhd"
"""Size of a clip where the option says nothing."""

ALBUM_SIZE: Final = "share"
"""The same of the clips of an album."""

ALBUM_CROP: Final = "auto"
"""What the clips of an album show where the option `crop` says nothing."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Limits of a size. level: of H.264, "" for none. picture_side_px: of a GIF or WebP."""

    side_px: int | None = None
    macroblocks: int | None = None
    level: str = ""
    picture_side_px: int | None = None

    def limit(self, fps: float, kind: str) -> SizeLimit:
        """Limit of a clip of this frame rate and kind: "mp4", "gif" or "webp"."""
        if kind != "mp4":
            return SizeLimit(self.picture_side_px)
        if not self.level or self.macroblocks is None:
            return SizeLimit(self.side_px)
        return SizeLimit(
            self.side_px, min(self.macroblocks, level_named(self.level).largest_frame(fps))
        )

    @property
    def megapixels(self) -> float | None:
        """Pixels of the largest frame at the usual rate, in millions; None without a limit."""
        return self.macroblocks and self.macroblocks * MACROBLOCK_PX**2 / 1e6


TIERS: Mapping[str, Tier] = {
    "share": Tier(1920, SHARE_MACROBLOCKS, PLAYS_EVERYWHERE, picture_side_px=640),
    "uhd": Tier(3840, 32_768, PLAYS_WIDELY, picture_side_px=960),
    "full": Tier(),
}
"""The values of the option `size`."""


def clip_limit(options: AnimateOptions, fps: float | None = None, kind: str = "mp4") -> SizeLimit:
    """Limit to the size of a clip.

    Args:
        options: `size`, `max_side` and `preview`.
        fps: rate of the clip; that of the options, else the usual one, if it is not known yet.
        kind: "mp4", "gif" or "webp".
    """
    tier = TIERS[options.size or DEFAULT_SIZE]
    limit = tier.limit(fps or options.fps or USUAL_FPS, kind).within(options.max_side)
    return limit.within(PREVIEW_SIDE_PX) if options.preview else limit


def needs_all_pixels(
    options: AnimateOptions,
    faces: Sequence[Face] | None = None,
    size_wh: tuple[int, int] = (0, 0),
) -> bool:
    """True if the clip may show more of the photo's pixels than `working_wh` leaves.

    Args:
        options: of the clip.
        faces: all faces of the photo, None if they are not known yet.
        size_wh: width and height of the photo.
    """
    if options.size == "full" or options.crop == "face":
        return True
    return options.crop == "auto" and (faces is None or not heads_are_large(faces, size_wh))


def working_wh(own_wh: tuple[int, int]) -> tuple[int, int]:
    """Size at which faces are found: that of the largest clip of the whole photo that plays widely.

    The same for every clip, so that the numbers of faces do not depend on its size.
    """
    limit = TIERS[DEFAULT_SIZE].limit(USUAL_FPS, "mp4")
    return scaled_wh(own_wh, whole_view(own_wh).scale(limit))
