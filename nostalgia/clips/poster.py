"""A JPEG of a clip's first frame, for places that show a picture before they play a clip."""

import io
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from nostalgia.clips.xmp import embed_xmp
from nostalgia.errors import EncodingError
from nostalgia.files import printable_name, require_place, whole_file
from nostalgia.types import UInt8

_QUALITY = 92
_DESCRIPTION, _SOFTWARE = 0x010E, 0x0131


def encode_poster(frame: UInt8, tags: Mapping[str, str]) -> bytes:
    """Encode a frame, RGB uint8 (H, W, 3), as a JPEG with a description in its EXIF.

    tags: plain metadata of the clip, of which the description is used.
    """
    exif = Image.Exif()
    exif[_DESCRIPTION] = tags.get("description", "").encode("ascii", "replace").decode()
    exif[_SOFTWARE] = "nostalgia"
    buffer = io.BytesIO()
    picture = Image.fromarray(frame)
    picture.save(buffer, "JPEG", quality=_QUALITY, subsampling=0, exif=exif)
    return buffer.getvalue()


def write_poster(path: Path, content: bytes, xmp: bytes, *, overwrite: bool) -> None:
    """Write a JPEG with an XMP packet in it, whole or not at all.

    Raises:
        EncodingError: it cannot be written, or already exists.
    """
    require_place(path, overwrite=overwrite)
    try:
        with whole_file(path, "poster") as partial:
            partial.write_bytes(content)
            embed_xmp(partial, xmp)
    except ValueError as exc:
        raise EncodingError(
            f"{printable_name(path)}: the poster cannot be written ({exc})"
        ) from exc
