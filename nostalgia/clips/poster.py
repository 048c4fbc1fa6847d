"""A JPEG of a clip's first frame, for the places that show a picture before they play a clip."""

import io
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from nostalgia.clips.writer import require_place
from nostalgia.clips.xmp import embed_xmp
from nostalgia.errors import EncodingError
from nostalgia.files import partial_path, printable_name
from nostalgia.types import UInt8

_QUALITY = 92
_DESCRIPTION, _SOFTWARE = 0x010E, 0x0131


def encode_poster(frame: UInt8, tags: Mapping[str, str]) -> bytes:
    """A frame, RGB uint8 (H, W, 3), as JPEG; what it is stands in its EXIF.

    tags: plain metadata as of the clip: description and comment are used.
    """
    exif = Image.Exif()
    exif[_DESCRIPTION] = tags.get("description", "").encode("ascii", "replace").decode()
    exif[_SOFTWARE] = "nostalgia"
    buffer = io.BytesIO()
    picture = Image.fromarray(frame)
    picture.save(buffer, "JPEG", quality=_QUALITY, subsampling=0, exif=exif)
    return buffer.getvalue()


def write_poster(path: Path, content: bytes, xmp: bytes, *, overwrite: bool) -> None:
    """Put a JPEG in place with an XMP packet in it, whole or not at all.

    Raises:
        EncodingError: it cannot be written, or is there already.
    """
    require_place(path, overwrite=overwrite)
    partial = partial_path(path)
    try:
        partial.write_bytes(content)
        embed_xmp(partial, xmp)
        partial.replace(path)
    except (OSError, ValueError) as exc:
        raise EncodingError(
            f"{printable_name(path)}: the poster cannot be written ({exc}); choose another place"
        ) from exc
    finally:
        partial.unlink(missing_ok=True)
