"""EXIF data of a photo, corrected for a new picture in its place.

Only what would be wrong is changed, byte for byte, so that notes of the camera's maker, which know
their own place, stay readable: the orientation (the pixels are upright now), the size, and the
thumbnail, which shows the old picture and is disconnected.
"""

import struct
from dataclasses import dataclass

_ORDERS = {b"II": "<", b"MM": ">"}
_WIDTH, _HEIGHT, _ORIENTATION, _EXIF = 256, 257, 274, 34665
_EXIF_WIDTH, _EXIF_HEIGHT = 40962, 40963
_SHORT, _LONG = 3, 4
_ENTRY_BYTES = 12
_MOST_ENTRIES = 1000
_SHORT_LIMIT = 1 << 16
UPRIGHT = 1


@dataclass(slots=True)
class _Block:
    """The bytes of EXIF data, and their order."""

    data: bytearray
    order: str

    def number(self, code: str, place: int) -> int:
        return int(struct.unpack_from(self.order + code, self.data, place)[0])

    def entries(self, start: int) -> dict[int, int]:
        """Tag -> place of its entry."""
        count = self.number("H", start)
        if not 0 < count <= _MOST_ENTRIES:
            raise ValueError("an impossible number of entries")
        places = range(start + 2, start + 2 + count * _ENTRY_BYTES, _ENTRY_BYTES)
        return {self.number("H", place): place for place in places}

    def put(self, entry: int | None, value: int) -> None:
        """Replace the single number of an entry, if it is there and can hold the value."""
        if entry is None or self.number("I", entry + 4) != 1:
            return
        kind = self.number("H", entry + 2)
        if kind == _LONG:
            struct.pack_into(self.order + "I", self.data, entry + 8, value)
        elif kind == _SHORT and value < _SHORT_LIMIT:
            struct.pack_into(self.order + "HH", self.data, entry + 8, value, 0)


def corrected_exif(exif: bytes, size_wh: tuple[int, int]) -> bytes | None:
    """EXIF data of an upright picture of a new size; None if they are damaged.

    exif: from the byte order on, without the name in front of it. size_wh: width and height.
    """
    order = _ORDERS.get(exif[:2])
    if order is None:
        return None
    block = _Block(bytearray(exif), order)
    width, height = size_wh
    try:
        start = block.number("I", 4)
        entries = block.entries(start)
        following = start + 2 + block.number("H", start) * _ENTRY_BYTES
        block.put(entries.get(_ORIENTATION), UPRIGHT)
        block.put(entries.get(_WIDTH), width)
        block.put(entries.get(_HEIGHT), height)
        if (pointer := entries.get(_EXIF)) is not None:
            within = block.entries(block.number("I", pointer + 8))
            block.put(within.get(_EXIF_WIDTH), width)
            block.put(within.get(_EXIF_HEIGHT), height)
        if following + 4 <= len(block.data):  # the directory of the thumbnail
            struct.pack_into(block.order + "I", block.data, following, 0)
    except (struct.error, ValueError):
        return None
    return bytes(block.data)
