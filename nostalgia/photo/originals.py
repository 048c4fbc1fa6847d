"""The samples of a photo's file as they are: its own depth, colours and transparency, upright.

`read_photo` makes 8-bit sRGB of everything, which is right for measuring and showing. A picture
that is saved again keeps what its file had: a change that was computed in sRGB is carried over to
the file's own samples, and a sample without a change stays as it is, bit by bit.
"""

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from nostalgia.errors import InputError
from nostalgia.files import display_name
from nostalgia.photo.colour_profiles import inverse_transform, srgb_transform, transformed
from nostalgia.photo.decoding import DECODING_ERRORS, orientation_of
from nostalgia.photo.enlarging import enlarged_pixels
from nostalgia.photo.metadata import NO_METADATA, Metadata, read_metadata
from nostalgia.photo.opening import Opened, deep_png
from nostalgia.photo.orientation import as_stored, is_turned, strips
from nostalgia.photo.reader import opened_photo
from nostalgia.photo.samples import Samples, sample_range, samples_of
from nostalgia.photo.turning import turned_pixels
from nostalgia.types import Photo, UInt8

_CODES = 255.0
_DEPTHS = (8, 16)
_COLOURS = {"L": 1, "LA": 1, "RGB": 3, "RGBA": 3}
_DEEP = 16


@dataclass(frozen=True, slots=True, eq=False)
class Original:
    """A photo's samples, and what its file says beside them.

    samples: uint8 or uint16 (H, W, C), upright; C is 1 or 3 colours and possibly transparency.
    profile: ICC profile of the samples; None for sRGB. step: what one level of 255 is in them,
    negative where they grow from white to black. turned: True if the file holds them turned.
    oddities: what could not be kept, one clause each.
    """

    samples: NDArray[Any] = field(repr=False)
    profile: bytes | None = field(default=None, repr=False)
    step: float = 1.0
    metadata: Metadata = field(default=NO_METADATA, repr=False)
    turned: bool = False
    oddities: tuple[str, ...] = ()

    @property
    def colours(self) -> int:
        """Number of channels that are colours: 1 or 3."""
        return 3 if self.samples.shape[2] >= 3 else 1

    @property
    def bits(self) -> int:
        """Bits of a sample: 8 or 16."""
        return 8 * int(self.samples.dtype.itemsize)


def read_original(source: Path | bytes | None, photo: Photo) -> Original:
    """The samples of a photo in its own depth and colours.

    Samples of a kind that cannot be written again (CMYK, Lab, floating point, other depths) become
    those of the photo, 8-bit sRGB, and `oddities` says so.

    Args:
        source: the photo's file, or its bytes; None for a photo without a file.
        photo: read from it, all of its pixels.

    Raises:
        InputError: the file cannot be read, or is not the one that was read.
    """
    if source is None:
        return Original(photo.pixels)
    oddities: list[str] = []
    with opened_photo(source, display_name(photo.path)) as (file, opened):
        _require_same(file, photo)
        if opened.image is not None and opened.image.format == "PNG":
            opened.image.load()  # its EXIF data may stand behind its pixels
        metadata = read_metadata(file, opened, oddities)
        try:
            found = _native(opened, photo)
        except DECODING_ERRORS:
            found = None
    if found is None:
        oddities.append("its kind of colours cannot be kept: it was converted to 8-bit sRGB")
        found = Original(photo.pixels)
        metadata = replace(metadata, png_colours=())
    return replace(found, metadata=metadata, oddities=tuple(oddities))


def _require_same(file: IO[bytes], photo: Photo) -> None:
    file.seek(0)
    if hashlib.file_digest(file, "sha256").hexdigest() != photo.sha256:  # type: ignore[arg-type]
        raise InputError(
            f"{display_name(photo.path)}: the file was changed while it was read; try again"
        )
    file.seek(0)


def _native(opened: Opened, photo: Photo) -> Original | None:
    """The samples as they are stored, turned upright; None for kinds that cannot be kept."""
    if opened.samples is not None:
        return _of_samples(opened.samples(), opened, photo)
    image = opened.image
    assert image is not None
    if (colour_type := _deep_png_colours(opened)) is not None:
        return _of_samples(deep_png(opened.file, colour_type), opened, photo)
    if image.mode.startswith("I;16") or image.mode == "I":
        image.load()
        return _of_samples(samples_of(image), opened, photo)
    plain = image.mode in ("L", "RGB") and "transparency" not in image.info
    to_srgb, problems = srgb_transform(opened.profile, image.mode)
    profile = None if problems else opened.profile
    if plain and to_srgb is None:  # the photo's own pixels are those of the file
        turned = photo.rotated != 0 or orientation_of(opened, []) != 1
        colours = photo.pixels if image.mode == "RGB" else photo.pixels[..., :1]
        return Original(colours, profile, turned=turned)
    image.load()
    image = _without_palette(image)
    if image.mode not in _COLOURS:
        return None
    values = np.asarray(image)
    values = values[..., None] if values.ndim == 2 else values
    return _upright(values, image.mode.endswith("A"), opened, photo, profile)


def _deep_png_colours(opened: Opened) -> int | None:
    """Colour type of a PNG of 16 bits of which Pillow keeps 8; None for any other picture."""
    if opened.image is None or opened.image.format != "PNG":
        return None
    opened.file.seek(0)
    depth, colours = opened.file.read(26)[24:26]
    return colours if depth == _DEEP and colours != 0 else None


def _without_palette(image: Image.Image) -> Image.Image:
    """The picture with its colours and its transparency as channels."""
    if image.mode == "1":
        image = image.convert("L")
    if "transparency" in image.info or image.mode == "PA":
        return image.convert("LA" if image.mode == "L" else "RGBA")
    return image.convert("RGB") if image.mode == "P" else image


def _of_samples(samples: Samples, opened: Opened, photo: Photo) -> Original | None:
    whole_numbers = samples.values.dtype.kind == "u" and samples.bits in _DEPTHS
    if not whole_numbers or samples.mode not in _COLOURS or samples.alpha == "premultiplied":
        return None
    profile = None if srgb_transform(opened.profile, samples.mode)[1] else opened.profile
    black, white, _ = sample_range(samples)
    step = (white - black) / _CODES * (-1 if samples.white_is_zero else 1)
    kept = samples.colours + bool(samples.alpha)
    values = samples.values[..., :kept].astype(f"u{samples.bits // 8}", copy=False)
    original = _upright(values, bool(samples.alpha), opened, photo, profile)
    return replace(original, step=step)


def _upright(
    values: NDArray[Any], has_alpha: bool, opened: Opened, photo: Photo, profile: bytes | None
) -> Original:
    """Stored samples, turned as the photo was."""
    if has_alpha and not values[..., -1].any():  # entirely transparent, which the reader ignored
        values = values[..., :-1]
    orientation = orientation_of(opened, [])
    height, width, channels = values.shape
    shape = (width, height, channels) if is_turned(orientation) else values.shape
    upright = np.empty(shape, values.dtype)
    as_stored(upright, orientation)[...] = values
    turned = orientation != 1 or photo.rotated != 0
    return Original(turned_pixels(upright, photo.rotated), profile, turned=turned)


def with_changes(original: Original, before: UInt8, after: UInt8, scale: int = 1) -> NDArray[Any]:
    """The samples with the changes of a version of the photo: uint8 or uint16 (H, W, C).

    Samples under pixels that are alike in both pictures are those of the original.

    Args:
        original: of the photo.
        before: RGB uint8 (H, W, 3), the photo in sRGB, enlarged by `scale`.
        after: the same, changed.
        scale: by which the samples are enlarged first.
    """
    samples = enlarged_pixels(original.samples, scale)
    if samples.dtype == before.dtype and np.array_equal(samples, before):
        return after  # nothing to carry over: the file's samples are the photo's pixels
    samples = samples.copy() if samples is original.samples else samples
    inverse = inverse_transform(original.profile, "L" if original.colours == 1 else "RGB")
    most = np.iinfo(samples.dtype).max
    for top, bottom in strips(samples.shape[1], samples.shape[0]):
        old, new = before[top:bottom], after[top:bottom]
        changed = (old != new).any(axis=2)
        if not changed.any():
            continue
        shift = _shift(old[changed], new[changed], original.colours, inverse) * original.step
        part = samples[top:bottom, :, : original.colours]
        values = np.rint(part[changed] + shift)
        part[changed] = np.clip(values, 0, most).astype(samples.dtype)
    return samples


def _shift(
    old: UInt8, new: UInt8, colours: int, inverse: ImageCms.ImageCmsTransform | None
) -> NDArray[np.float32]:
    """Levels (N, colours) in the file's colours between two rows of sRGB colours (N, 3)."""
    first, second = (_native_levels(each, colours, inverse) for each in (old, new))
    return np.asarray(second - first, np.float32)


def _native_levels(
    colours_srgb: UInt8, colours: int, inverse: ImageCms.ImageCmsTransform | None
) -> NDArray[np.float32]:
    row = np.ascontiguousarray(colours_srgb[None])
    if inverse is not None:
        found = transformed(Image.fromarray(row), inverse)
        return np.asarray(found.reshape(-1, colours), np.float32)
    if colours == 1:
        # In floating point, so that half a level of a colour still counts at 16 bits.
        grey = cv2.cvtColor(row.astype(np.float32), cv2.COLOR_RGB2GRAY)
        return np.asarray(grey.reshape(-1, 1), np.float32)
    return np.asarray(row[0], np.float32)
