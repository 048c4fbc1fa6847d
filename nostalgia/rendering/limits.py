"""Limits to the size of a clip: its longest side, and the blocks that a player has to decode."""

from dataclasses import dataclass

MACROBLOCK_PX = 16
"""Side of the blocks of H.264, in which limits of players are stated."""


def macroblocks(size_wh: tuple[int, int]) -> int:
    """Number of macroblocks that cover a picture of this width and height."""
    width, height = size_wh
    return -(-width // MACROBLOCK_PX) * -(-height // MACROBLOCK_PX)


@dataclass(frozen=True, slots=True)
class SizeLimit:
    """Largest size of a clip; None sets no limit. side_px: of its longest side, pixels."""

    side_px: int | None = None
    macroblocks: int | None = None

    def allows(self, size_wh: tuple[int, int]) -> bool:
        """True for a width and height within the limits."""
        return (self.side_px is None or max(size_wh) <= self.side_px) and (
            self.macroblocks is None or macroblocks(size_wh) <= self.macroblocks
        )

    def largest_scale(self, size_wh: tuple[int, int]) -> float:
        """Factor, at most 1, above which no reduction of this width and height is allowed."""
        width, height = size_wh
        scale = 1.0
        if self.side_px is not None:
            scale = min(scale, self.side_px / max(size_wh))
        if self.macroblocks is not None:
            area_px = self.macroblocks * MACROBLOCK_PX**2
            scale = min(scale, (area_px / (width * height)) ** 0.5)
        return scale

    def within(self, side_px: int | None) -> "SizeLimit":
        """The limit with a longest side of at most `side_px` too."""
        sides = [side for side in (self.side_px, side_px) if side is not None]
        return SizeLimit(min(sides, default=None), self.macroblocks)
