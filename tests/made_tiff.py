"""TIFF files of any layout, written from scratch: directories, strips, tiles, planes."""

import struct
import zlib

import numpy as np

SHORT, LONG, UNDEFINED = 3, 4, 7
_CODES = {SHORT: "H", LONG: "I", UNDEFINED: "B"}


def packed(values, bits, order="<"):
    """Bytes of rows (H, N) of samples, each row padded to a whole byte."""
    if values.dtype.kind == "f" or bits in (8, 16, 32):
        kind = values.dtype.kind if values.dtype.kind == "f" else "u"
        return values.astype(f"{order}{kind}{bits // 8}").tobytes()
    single = (values[..., None].astype(np.uint32) >> np.arange(bits)[::-1]) & 1
    return np.packbits(single.reshape(len(values), -1).astype(np.uint8), axis=1).tobytes()


def page(pixels, photometric, bits, *, planar=False, deflate=False, tile=None, order="<", **tags):
    """Tags and data of one page. pixels: (H, W, C). tags: number as `t254=...` -> value."""
    height, width, channels = pixels.shape
    planes = [pixels[..., [c]] for c in range(channels)] if planar else [pixels]
    high, wide = tile or (7, width)
    blocks = []
    for plane in planes:
        for top in range(0, height, high):
            for left in range(0, width, wide):
                block = plane[top : top + high, left : left + wide]
                if tile:
                    missing = (high - block.shape[0], wide - block.shape[1])
                    block = np.pad(block, ((0, missing[0]), (0, missing[1]), (0, 0)))
                content = packed(block.reshape(block.shape[0], -1), bits, order)
                blocks.append(zlib.compress(content) if deflate else content)
    entries = {
        256: width, 257: height, 258: (bits,) * channels, 259: 8 if deflate else 1,
        262: photometric, 277: channels, 284: 2 if planar else 1,
    }  # fmt: skip
    if pixels.dtype.kind == "f":
        entries[339] = (3,) * channels
    if tile:
        entries |= {322: wide, 323: high}
    else:
        entries[278] = high
    entries |= {int(name[1:]): value for name, value in tags.items()}
    return entries, blocks, bool(tile)


def tiff(*pages, order="<", sub=None):
    """A TIFF file of pages as `page` makes them. sub: a page as sub-directory of the first."""
    content = bytearray((b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 0))
    sub_offset = _directory(content, sub, order)[0] if sub else None
    link = 4
    for number, each in enumerate(pages):
        entries, blocks, tiled = each
        if number == 0 and sub_offset:
            entries = {**entries, 330: sub_offset}
        offset, next_link = _directory(content, (entries, blocks, tiled), order)
        content[link : link + 4] = struct.pack(order + "I", offset)
        link = next_link
    return bytes(content)


def _directory(content, made, order):
    entries, blocks, tiled = made
    offsets = []
    for block in blocks:
        offsets.append(len(content))
        content += block
    entries = {
        **entries,
        (324 if tiled else 273): tuple(offsets),
        (325 if tiled else 279): tuple(map(len, blocks)),
    }
    rows = []
    for tag, value in sorted(entries.items()):
        kind = UNDEFINED if isinstance(value, bytes) else LONG
        if tag in (258, 259, 262, 274, 277, 284, 317, 320, 338, 339):
            kind = SHORT
        values = tuple(value) if isinstance(value, bytes | tuple | list) else (value,)
        data = struct.pack(f"{order}{len(values)}{_CODES[kind]}", *values)
        if len(data) > 4:
            content += b"\0" * (len(content) % 2)
            place, data = len(content), data
            content += data
            data = struct.pack(order + "I", place)
        rows.append(struct.pack(order + "HHI", tag, kind, len(values)) + data.ljust(4, b"\0"))
    content += b"\0" * (len(content) % 2)
    offset = len(content)
    content += struct.pack(order + "H", len(rows)) + b"".join(rows) + b"\0" * 4
    return offset, len(content) - 4
