"""Values of any depth, as scanners and laboratories write them, as upright 8-bit sRGB.

8-bit transforms serve every depth: a value between two levels gets a colour between theirs.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from nostalgia.photo.colour_profiles import srgb_transform, transformed
from nostalgia.photo.orientation import as_stored, is_turned, strips
from nostalgia.photo.refusal import refused
from nostalgia.types import Float32, UInt8

_SPECK = 1e-4
"""Share of the values that may be beyond white, such as a scanner's hot pixels."""
_SPARE_BITS, _SPARE_BITS_INVERTED = 2, 4
"""Least number of unused upper bits that tells a scanner of fewer bits from a dark picture."""
_LEAST_BITS = 8
_STRETCHED = "its values have an unusual range: they were stretched"
_CODES = 255.0


@dataclass(frozen=True, slots=True)
class Samples:
    """A picture as it is stored: not turned, not converted.

    values: (H, W, C), unsigned or signed integers, or floating point. mode: "L", "RGB", "CMYK" or
    "LAB" (L 0..1, a and b shifted by 128, over 255). bits: used by each unsigned integer.
    alpha: what the channel behind the colours is. white_is_zero: grey from white to black.
    """

    values: NDArray[Any]
    mode: Literal["L", "RGB", "CMYK", "LAB"]
    bits: int = 16
    alpha: Literal["", "straight", "premultiplied"] = ""
    white_is_zero: bool = False

    @property
    def colours(self) -> int:
        """Number of channels that are colours."""
        return {"L": 1, "CMYK": 4}.get(self.mode, 3)


def samples_of(image: Image.Image) -> Samples:
    """The values of a loaded grey picture of more than 8 bits; one of them may be transparent."""
    values = np.asarray(image)
    if image.mode == "I" and values.size and values.min() >= 0:
        values = values.astype(np.uint32)
    bits = 16 if values.max(initial=0) < 1 << 16 else 32
    clear = image.info.get("transparency")
    if not isinstance(clear, int) or bits != 16:
        return Samples(values[..., None], "L", bits)
    alpha = np.where(values == clear, 0, (1 << bits) - 1).astype(values.dtype)
    return Samples(np.stack([values, alpha], -1), "L", bits, "straight")


def rgb_of_samples(
    samples: Samples, profile: bytes | None, orientation: int
) -> tuple[UInt8, list[str]]:
    """Upright pixels, RGB uint8 (H, W, 3), and one clause per oddity.

    profile: ICC profile of the file. orientation: 1..8 as in EXIF.

    Raises:
        RefusedError: the values have no range.
    """
    black, white, oddities = sample_range(samples)
    to_srgb, more = srgb_transform(profile, samples.mode)
    height, width = samples.values.shape[:2]
    alpha = samples.alpha and _has_alpha(samples)
    if samples.alpha and not alpha:
        oddities.append("it is entirely transparent: the transparency was ignored")
    shape = (width, height, 3) if is_turned(orientation) else (height, width, 3)
    pixels = np.empty(shape, np.uint8)
    stored = as_stored(pixels, orientation)
    for top, bottom in strips(width, height):
        part = samples.values[top:bottom]
        shares = _shares(part[..., : samples.colours], black, white)
        if samples.white_is_zero:
            shares = 1 - shares
        opaque = _opacity(part[..., samples.colours], samples.bits) if alpha else None
        if opaque is not None and samples.alpha == "premultiplied":
            shares = np.minimum(shares / np.maximum(opaque, 1e-6), 1)
        rgb = _rgb(shares, samples.mode, to_srgb)
        if opaque is not None:
            rgb = rgb * opaque + _CODES * (1 - opaque)
        stored[top:bottom] = np.rint(rgb)
    return pixels, oddities + more


def _shares(values: NDArray[Any], black: float, white: float) -> Float32:
    """Values as shares of the way from black to white: float32, 0..1."""
    finite = np.nan_to_num(values.astype(np.float32), nan=black, posinf=white, neginf=black)
    return np.asarray(np.clip((finite - black) * (1 / (white - black)), 0, 1), np.float32)


def _opacity(values: NDArray[Any], bits: int) -> Float32:
    most = 1.0 if values.dtype.kind == "f" else float((1 << bits) - 1)
    return _shares(values[..., None], 0.0, most)


def _has_alpha(samples: Samples) -> bool:
    return bool((samples.values[..., samples.colours] > 0).any())


def _rgb(shares: Float32, mode: str, to_srgb: ImageCms.ImageCmsTransform | None) -> Float32:
    """Colours as sRGB: float32 (h, w, 3), 0..255."""
    if to_srgb is not None:
        return _interpolated(shares, mode, to_srgb)
    if mode == "CMYK":
        return np.asarray(_CODES * (1 - shares[..., :3]) * (1 - shares[..., 3:]), np.float32)
    return np.asarray(np.broadcast_to(shares * _CODES, (*shares.shape[:2], 3)), np.float32)


def _interpolated(shares: Float32, mode: str, to_srgb: ImageCms.ImageCmsTransform) -> Float32:
    """An 8-bit transform for values between its levels: one more look-up for each channel."""
    codes = shares * _CODES
    below = np.minimum(np.floor(codes), _CODES - 1)
    rest = codes - below
    base = below.astype(np.uint8)
    first = _looked_up(base, mode, to_srgb)
    found = first.copy()
    for channel in range(codes.shape[2]):
        above = base.copy()
        above[..., channel] += 1
        found += rest[..., channel, None] * (_looked_up(above, mode, to_srgb) - first)
    return np.asarray(np.clip(found, 0, _CODES), np.float32)


def _looked_up(codes: UInt8, mode: str, to_srgb: ImageCms.ImageCmsTransform) -> Float32:
    height, width = codes.shape[:2]
    if mode == "LAB":  # Pillow takes a and b as numbers with a sign
        codes = codes ^ np.array([0, 128, 128], np.uint8)
    picture = Image.frombytes(mode, (width, height), codes.tobytes())
    return transformed(picture, to_srgb).astype(np.float32)


def sample_range(samples: Samples) -> tuple[float, float, list[str]]:
    """Values of black and of white, and one clause per oddity.

    Raises:
        RefusedError: the values have no range.
    """
    values = samples.values[..., : samples.colours]
    if samples.mode == "LAB":
        return 0.0, 1.0, []
    if values.dtype.kind == "f":
        return _float_range(values)
    if values.dtype.kind == "i":
        low, high = min(int(values.min()), 0), int(values.max())
        if not low < high:
            raise refused("a picture whose values are all alike and below zero")
        return float(low), float(high), [_STRETCHED]
    return _integer_range(samples, values)


def _integer_range(samples: Samples, values: NDArray[Any]) -> tuple[float, float, list[str]]:
    """0, and the full scale of the bits that are used, where many are spare."""
    full = float((1 << samples.bits) - 1)
    if samples.bits not in (16, 32) or samples.mode == "CMYK":
        return 0.0, full, []
    used = _brightest(values).bit_length()
    step = samples.bits // 8
    used = max(_LEAST_BITS, -(-used // step) * step)
    spare = _SPARE_BITS_INVERTED if samples.white_is_zero else _SPARE_BITS
    if used > samples.bits - spare or not values.any():
        return 0.0, full, []
    fill = f"its values fill {used} of {samples.bits} bits: they were stretched"
    return 0.0, float((1 << used) - 1), [fill]


def _brightest(values: NDArray[Any]) -> int:
    """The largest value that is no speck."""
    specks = int(values.size * _SPECK)
    if values.dtype.itemsize > 2:
        return int(np.partition(values.ravel(), values.size - 1 - specks)[-1 - specks])
    counts = np.zeros(1 << 16, np.int64)
    for top, bottom in strips(values.shape[1] * values.shape[2], values.shape[0]):
        counts += np.bincount(values[top:bottom].ravel(), minlength=1 << 16)
    return int(np.flatnonzero(np.cumsum(counts[::-1])[::-1] > specks)[-1])


def _float_range(values: NDArray[Any]) -> tuple[float, float, list[str]]:
    """0..1 or 0..255 where nearly all values fit, else their own range."""
    finite = values[np.isfinite(values)]
    broken = values.size - finite.size
    oddities = [f"{broken} of its values are not finite numbers"] if broken else []
    if not finite.size:
        raise refused("a picture without a finite value")
    low, high = float(finite.min()), float(finite.max())
    beyond = float(np.mean((finite < 0) | (finite > 1)))
    if beyond <= _BEYOND:
        clipped = ["some of its values are beyond black or white: they were clipped"]
        return 0.0, 1.0, [*oddities, *(clipped if beyond else [])]
    if low >= 0 and high <= _CODES and float(np.mean(finite > 1)) > 1 / 2:
        return 0.0, _CODES, oddities
    if not low < high:
        raise refused("a picture whose values are all alike and beyond white")
    return low, high, [*oddities, _STRETCHED]


_BEYOND = 0.02
"""Share of floating point values that may be beyond black and white."""
