"""Directories of a TIFF file, its sub-directories too, and the page that is the picture.

Pillow takes the first page, whatever it is: a thumbnail, a mask, the preview of a raw file. This
module reads what the file says about each. Nothing is trusted: counts and loops are bounded.
"""

import io
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import IO

from nostalgia.photo.kinds import RAW
from nostalgia.photo.refusal import RefusedError, refused
from nostalgia.photo.spliced import SplicedFile, whole

Number = int | float

SUBFILE, OLD_SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = (
    254,
    255,
    256,
    257,
    258,
    259,
    262,
)
FILL_ORDER, OFFSETS, ORIENTATION, CHANNELS, ROWS_PER_STRIP, COUNTS = 266, 273, 274, 277, 278, 279
PLANAR, PREDICTOR, COLOUR_MAP, TILE_WIDTH, TILE_HEIGHT = 284, 317, 320, 322, 323
TILE_OFFSETS, TILE_COUNTS, SUB_DIRECTORIES, INK_SET, EXTRA, SAMPLE_FORMAT = (
    324,
    325,
    330,
    332,
    338,
    339,
)
JPEG_OFFSET, PROFILE, CFA_PATTERN, DNG_VERSION = 513, 34675, 33422, 50706
_KEPT = frozenset((
    SUBFILE, OLD_SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER, OFFSETS,
    ORIENTATION, CHANNELS, ROWS_PER_STRIP, COUNTS, PLANAR, PREDICTOR, COLOUR_MAP, TILE_WIDTH,
    TILE_HEIGHT, TILE_OFFSETS, TILE_COUNTS, SUB_DIRECTORIES, INK_SET, EXTRA, SAMPLE_FORMAT,
    JPEG_OFFSET, PROFILE, CFA_PATTERN, DNG_VERSION,
))  # fmt: skip

_TYPES = {
    1: "B", 2: "B", 3: "H", 4: "I", 6: "b", 7: "B", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I",
    16: "Q", 17: "q", 18: "Q",
}  # fmt: skip
_REDUCED, _MASK, _OLD_REDUCED = 1, 4, 2
_MOST_PAGES, _MOST_VALUES, _DEEPEST = 2000, 1 << 22, 3
_MASK_COLOURS = 4
_RAW_COLOURS = (32803, 34892)
"""Photometric interpretations of a sensor's colours: a mosaic, and linear."""
_RAW_COMPRESSIONS = (262, 32767, 32769, 32770, 34713, 65000, 65535)
"""Compressions of Kodak, Sony, Epson, Samsung, Nikon, Kodak and Pentax."""
_THUMBNAIL_PX = 512
"""Longest side of a first page that a larger one of the same shape makes a thumbnail."""
_SAME_SHAPE, _LARGER = 0.03, 1.5


@dataclass(frozen=True, slots=True)
class Page:
    """One directory.

    tags: number -> values. number: in the chain, from 0; that of its parent for a sub-directory
    (is_part). byte_order: "<" or ">". borrowed: tags that are its parent's.
    """

    tags: dict[int, tuple[Number, ...]] = field(repr=False)
    offset: int
    number: int
    is_part: bool
    byte_order: str
    borrowed: frozenset[int] = frozenset()

    def value(self, tag: int, default: int) -> int:
        """The first value of a tag as a whole number."""
        values = self.tags.get(tag)
        return int(values[0]) if values else default

    def values(self, tag: int) -> tuple[int, ...]:
        """All values of a tag as whole numbers."""
        return tuple(int(value) for value in self.tags.get(tag, ()))

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height as stored; 0 if missing."""
        return self.value(WIDTH, 0), self.value(HEIGHT, 0)

    @property
    def pixels(self) -> int:
        """Number of pixels."""
        return self.size_wh[0] * self.size_wh[1]

    @property
    def photometric(self) -> int:
        """Meaning of the colours; -1 if missing."""
        return self.value(PHOTOMETRIC, -1)

    @property
    def is_first(self) -> bool:
        """True if a reader that knows one page only reads this one."""
        return self.number == 0 and not self.is_part

    @property
    def is_reduced(self) -> bool:
        """True if the page says that it is a smaller version of another one."""
        reduced = self.value(SUBFILE, 0) & _REDUCED
        return bool(reduced) or self.value(OLD_SUBFILE, 0) == _OLD_REDUCED

    @property
    def is_mask(self) -> bool:
        """True if the page says which parts of another one are to be seen."""
        return bool(self.value(SUBFILE, 0) & _MASK) or self.photometric == _MASK_COLOURS

    @property
    def is_raw(self) -> bool:
        """True if the page holds what a camera's sensor saw."""
        return (
            self.photometric in _RAW_COLOURS
            or CFA_PATTERN in self.tags
            or self.value(COMPRESSION, 1) in _RAW_COMPRESSIONS
        )


def picture_page(file: IO[bytes], oddities: list[str]) -> Page | None:
    """The page that is the picture; None if the file's structure is broken.

    file: a TIFF file. oddities: a clause is added if there are several pictures of which none is
    marked as a copy.

    Raises:
        RefusedError: it is a camera's raw file, or has no page of full resolution.
    """
    file.seek(0)
    pages = list(_pages(file))
    file.seek(0)
    if not pages:
        return None
    if DNG_VERSION in pages[0].tags or any(page.is_raw for page in pages):
        raise RefusedError(f"{RAW.phrase}, in which only a preview could be read: {RAW.remedy}")
    pictures = [page for page in pages if page.pixels and not page.is_mask]
    full = [page for page in pictures if not page.is_reduced]
    if not full:
        if not pictures:
            return None
        raise refused("a TIFF that holds only a reduced copy of its picture", "scan it again")
    chosen = _largest_version(full)
    if chosen.number == full[0].number and len({page.number for page in full}) > 1:
        oddities.append("it contains several pictures: the first one was used")
    if chosen.number != full[0].number:
        oddities.append("its first picture is small: a larger one of the same shape was used")
    return _with_missing(chosen, pages[0])


def _with_missing(page: Page, first: Page) -> Page:
    """The page, with the orientation and profile of the first one if it has none as its part."""
    if not page.is_part or page.number != first.number:
        return page
    missing = {
        tag: first.tags[tag]
        for tag in (ORIENTATION, PROFILE)
        if tag in first.tags and tag not in page.tags
    }
    return replace(page, tags={**page.tags, **missing}, borrowed=frozenset(missing))


def _largest_version(full: list[Page]) -> Page:
    """The first picture, in the largest of the sizes in which the file holds it.

    Its sub-directories hold the same picture, and larger pages of its shape do if it is small.
    """
    chosen = full[0]
    for page in full[1:]:
        is_same = page.number == full[0].number or max(full[0].size_wh) <= _THUMBNAIL_PX
        if is_same and _is_larger(page, chosen):
            chosen = page
    return chosen


def _is_larger(page: Page, than: Page) -> bool:
    across, down = (a / b for a, b in zip(page.size_wh, than.size_wh, strict=True))
    return min(across, down) >= _LARGER and abs(across / down - 1) < _SAME_SHAPE


def _pages(file: IO[bytes]) -> Iterator[Page]:
    """The pages in reading order, each followed by its sub-directories."""
    head = file.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        return
    big = struct.unpack(order + "H", head[2:4])[0] == 43
    reader = _Reader(file, order, big)
    offset = struct.unpack(order + ("Q" if big else "I"), head[8:16] if big else head[4:8])[0]
    number = 0
    while offset and (page := reader.page(offset, number, is_part=False)) is not None:
        yield from reader.with_parts(page)
        number, offset = number + 1, reader.following


class _Reader:
    """Reads directories; each only once, so that loops end."""

    def __init__(self, file: IO[bytes], order: str, big: bool) -> None:
        self._file, self._order, self._big = file, order, big
        self._length = file.seek(0, os.SEEK_END)
        self._seen: set[int] = set()
        self.following = 0

    def with_parts(self, page: Page, depth: int = 1) -> Iterator[Page]:
        following = self.following
        yield page
        for offset in page.values(SUB_DIRECTORIES) if depth < _DEEPEST else ():
            part = self.page(offset, page.number, is_part=True)
            while part is not None:
                after = self.following
                yield from self.with_parts(part, depth + 1)
                part = self.page(after, page.number, is_part=True) if after else None
        self.following = following

    def page(self, offset: int, number: int, *, is_part: bool) -> Page | None:
        """The directory at an offset; None if it is broken or was read before."""
        if offset in self._seen or len(self._seen) >= _MOST_PAGES:
            return None
        self._seen.add(offset)
        try:
            tags, self.following = self._directory(offset)
        except (struct.error, OSError, OverflowError, ValueError):
            return None
        return Page(tags, offset, number, is_part, self._order)

    def _directory(self, offset: int) -> tuple[dict[int, tuple[Number, ...]], int]:
        count_code, entry_bytes, offset_code = ("Q", 20, "Q") if self._big else ("H", 12, "I")
        self._file.seek(offset)
        count = self._unpack(count_code, self._file.read(struct.calcsize(count_code)))
        if not 0 < count <= 1 << 16:
            raise ValueError("an impossible number of entries")
        entries = self._file.read(count * entry_bytes)
        following = self._unpack(offset_code, self._file.read(struct.calcsize(offset_code)), 0)
        tags = {}
        for start in range(0, len(entries) - entry_bytes + 1, entry_bytes):
            entry = entries[start : start + entry_bytes]
            tag, kind = struct.unpack(self._order + "HH", entry[:4])
            if tag in _KEPT and kind in _TYPES:
                values = self._values(kind, entry[4:], offset_code)
                if values:
                    tags[tag] = values
        return tags, following

    def _unpack(self, code: str, content: bytes, default: int | None = None) -> int:
        if default is not None and len(content) < struct.calcsize(code):
            return default
        return int(struct.unpack(self._order + code, content)[0])

    def _values(self, kind: int, entry: bytes, offset_code: str) -> tuple[Number, ...]:
        width = struct.calcsize(offset_code)
        count, inline = self._unpack(offset_code, entry[:width]), entry[width:]
        code = _TYPES[kind]
        length = count * struct.calcsize(code)
        if count > _MOST_VALUES or length > self._length:
            return ()
        if length > width:
            self._file.seek(self._unpack(offset_code, inline))
            inline = self._file.read(length)
        return struct.unpack(f"{self._order}{count}{code}", inline[:length])


def from_page(file: IO[bytes], page: Page) -> IO[bytes]:
    """The file as if it began with a page of it, for a reader that takes the first."""
    file.seek(0)
    head = file.read(4)
    place, code = (8, "Q") if struct.unpack(page.byte_order + "H", head[2:4])[0] == 43 else (4, "I")
    file.seek(0)
    start = file.read(place) + struct.pack(page.byte_order + code, page.offset)
    return io.BufferedReader(SplicedFile(file, [start, whole(file)[len(start) :]]))
