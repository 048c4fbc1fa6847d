"""EXIF orientations: pictures are turned strip by strip, straight into their place."""

from nostalgia.types import UInt8

_STRIP_PX = 1 << 21


def is_turned(orientation: int) -> bool:
    """True if width and height change places."""
    return orientation in (5, 6, 7, 8)


def as_stored(upright: UInt8, orientation: int) -> UInt8:
    """View of `upright` in the row and column order of the file (EXIF 2.3, tag 274)."""
    stored = upright.transpose(1, 0, 2) if is_turned(orientation) else upright
    if orientation in (3, 4, 6, 7):
        stored = stored[::-1]
    return stored[:, ::-1] if orientation in (2, 3, 7, 8) else stored


def strips(width: int, height: int) -> list[tuple[int, int]]:
    """First and last row (exclusive) of the strips in which a picture is converted."""
    rows = max(1, _STRIP_PX // width)
    return [(top, min(top + rows, height)) for top in range(0, height, rows)]
