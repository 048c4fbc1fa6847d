"""Colour spaces as ICC profiles, whichever way a file describes its own; transforms to sRGB.

PNG, HEIC and AVIF may name a colour space by the numbers of ITU-T H.273, or by its gamma and
primaries, in place of a profile. Those are made into a profile, so that one way leads to sRGB.
"""

import io
import struct
from functools import cache

import numpy as np
from PIL import Image, ImageCms

from nostalgia.photo.refusal import refused
from nostalgia.types import Float64, UInt8

Chromaticities = tuple[float, float, float, float, float, float, float, float]
"""x, y of white, red, green and blue: the order of the PNG chunk cHRM."""

BROKEN_PROFILE = "its colour profile is broken: it was read as sRGB"
_MODE_OF_PROFILE = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab ": "LAB"}
_SAME_LEVELS = 3
"""Largest difference from sRGB, in levels of 255, of a profile that counts as sRGB."""
_SAME_GAMMA, _SAME_CHROMATICITY = 0.05, 0.003
_SRGB_GAMMA = 1 / 2.2
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
"""g, a, b, c, d of the parametric curve (a x + b)^g, c x below d."""
_D65, _C, _E = (0.3127, 0.3290), (0.310, 0.316), (1 / 3, 1 / 3)
_SRGB = (*_D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
_SMPTE_C = (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070)
_PRIMARIES: dict[int, Chromaticities] = {
    1: _SRGB, 2: _SRGB, 6: _SMPTE_C, 7: _SMPTE_C,
    4: (*_C, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),
    5: (*_D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    8: (*_C, 0.681, 0.319, 0.243, 0.692, 0.145, 0.049),
    9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    10: (*_E, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0),
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    22: (*_D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),
}  # fmt: skip
"""By the colour primaries of ITU-T H.273; 2 is "unspecified"."""

_CURVES: dict[int, tuple[float, ...]] = {
    # The curves of video differ from that of sRGB for recording only; pictures are shown alike.
    **dict.fromkeys((1, 2, 6, 7, 13, 14, 15), _SRGB_CURVE),
    4: (2.2,),
    5: (2.8,),
    8: (1.0,),
}
"""By the transfer characteristics of ITU-T H.273."""
_HDR = {16: "PQ", 18: "HLG"}

_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
_D50_XYZ = np.array([0.9642, 1.0, 0.8249])


def profile_of_gamma(gamma: float | None, chromaticities: Chromaticities | None) -> bytes | None:
    """ICC profile of a gamma and primaries; None if they are those of sRGB, or impossible.

    gamma: exponent with which the values were written, such as 0.45455; None: the curve of sRGB.
    """
    like_srgb = gamma is None or abs(gamma / _SRGB_GAMMA - 1) < _SAME_GAMMA
    if chromaticities is None or np.allclose(chromaticities, _SRGB, atol=_SAME_CHROMATICITY):
        if like_srgb:
            return None
        chromaticities = _SRGB
    if gamma is not None and not 0.05 < gamma < 20:
        return None
    return _profile(_SRGB_CURVE if gamma is None else (1 / gamma,), chromaticities)


def profile_of_code_points(primaries: int, transfer: int) -> bytes | None:
    """ICC profile of numbers of ITU-T H.273; None if they are those of sRGB.

    Raises:
        RefusedError: the picture has a high dynamic range, or the numbers are unknown.
    """
    if transfer in _HDR:
        raise refused(
            f"a picture of high dynamic range ({_HDR[transfer]})",
            "save it with a standard range, as JPEG or PNG",
        )
    if transfer not in _CURVES or primaries not in _PRIMARIES:
        raise refused(f"a picture in a rare colour space (H.273: {primaries}, {transfer})")
    curve, chromaticities = _CURVES[transfer], _PRIMARIES[primaries]
    if (curve, chromaticities) == (_SRGB_CURVE, _SRGB):
        return None
    return _profile(curve, chromaticities)


def srgb_transform(
    profile: bytes | None, mode: str
) -> tuple[ImageCms.ImageCmsTransform | None, list[str]]:
    """Transform from a mode to sRGB; None if none is needed, and one clause per oddity.

    profile: ICC profile of the file. mode: "L", "RGB", "CMYK" or "LAB", 8 bits a channel. A grey
    picture with a profile of RGB is to be transformed as RGB: `takes_rgb` tells.
    """
    srgb = ImageCms.createProfile("sRGB")
    if mode == "LAB":
        lab = ImageCms.createProfile("LAB")
        return ImageCms.buildTransform(lab, srgb, "LAB", "RGB"), []
    if not profile or mode not in ("RGB", "L", "CMYK"):
        return None, []
    try:
        embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        found = _MODE_OF_PROFILE.get(embedded.profile.xcolor_space)
        if found != mode and (found, mode) != ("RGB", "L"):
            return None, ["its colour profile is for another kind of picture and was ignored"]
        transform = ImageCms.buildTransform(embedded, srgb, found or mode, "RGB")
        return (None if _is_srgb(transform, mode) else transform), []
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None, [BROKEN_PROFILE]


def inverse_transform(profile: bytes | None, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Transform from sRGB to the colours of a profile; None if none is needed, or possible.

    profile: ICC profile of a file. mode: "L" or "RGB", 8 bits a channel.
    """
    to_srgb, problems = srgb_transform(profile, mode)
    if profile is None or to_srgb is None or problems or to_srgb.input_mode != mode:
        return None
    try:
        embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.buildTransform(ImageCms.createProfile("sRGB"), embedded, "RGB", mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):  # such as a scanner's
        return None


def transformed(picture: Image.Image, transform: ImageCms.ImageCmsTransform) -> UInt8:
    """Picture in sRGB: RGB uint8 (H, W, 3). picture: of the mode that the transform was made for.

    A grey picture is given as RGB to a transform from RGB.
    """
    mode = transform.input_mode
    return np.asarray(
        ImageCms.applyTransform(
            picture if picture.mode == mode else picture.convert(mode), transform
        )
    )


def _is_srgb(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """True if a transform to sRGB changes nothing that could be seen, whatever its name says."""
    if mode == "CMYK":
        return False
    probe = _probe()
    picture = Image.fromarray(probe[:, :256]) if mode == "L" else Image.fromarray(probe)
    if mode == "L":
        picture = picture.convert("L")
    difference = transformed(picture, transform).astype(int) - probe[:, : picture.width]
    return bool(np.abs(difference).max() <= _SAME_LEVELS)


@cache
def _probe() -> UInt8:
    """A row of all greys, then of colours from all over the cube: RGB uint8 (1, N, 3)."""
    greys = np.repeat(np.arange(256)[:, None], 3, axis=1)
    steps = np.linspace(0, 255, 9).round()
    cube = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(-1, 3)
    return np.concatenate([greys, cube])[None].astype(np.uint8)


def _profile(curve: tuple[float, ...], chromaticities: Chromaticities) -> bytes | None:
    """ICC profile (version 4) of a display with one curve and three primaries."""
    try:
        colorants = _colorants(chromaticities)
    except (np.linalg.LinAlgError, ZeroDivisionError):
        return None
    kind = 0 if len(curve) == 1 else 3
    bodies = {
        tag: b"XYZ \0\0\0\0" + _fixed(*column)
        for tag, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), colorants.T, strict=True)
    }
    bodies[b"wtpt"] = b"XYZ \0\0\0\0" + _fixed(*_D50_XYZ)
    for tag in (b"rTRC", b"gTRC", b"bTRC"):
        bodies[tag] = b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + _fixed(*curve)
    table, data = struct.pack(">I", len(bodies)), b""
    start = 128 + 4 + 12 * len(bodies)
    for tag, body in bodies.items():
        table += tag + struct.pack(">II", start + len(data), len(body))
        data += body
    head = struct.pack(
        ">I4sI4s4s4s12x4s28x12s48x",
        *(start + len(data), b"\0" * 4, 0x04300000, b"mntr", b"RGB ", b"XYZ ", b"acsp"),
        _fixed(*_D50_XYZ),
    )
    return head + table + data


def _fixed(*values: float) -> bytes:
    """Numbers as ICC's s15Fixed16."""
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def _colorants(chromaticities: Chromaticities) -> Float64:
    """XYZ of the primaries under D50: float64 (3, 3), one column per primary.

    Raises:
        LinAlgError or ZeroDivisionError: they span no triangle.
    """
    white, red, green, blue = (
        np.array([x / y, 1.0, (1 - x - y) / y])
        for x, y in zip(chromaticities[::2], (v or 1e-9 for v in chromaticities[1::2]), strict=True)
    )
    primaries = np.stack([red, green, blue], 1)
    scaled = primaries * np.linalg.solve(primaries, white)
    cones = np.diag((_BRADFORD @ _D50_XYZ) / (_BRADFORD @ white))
    adapted = np.linalg.solve(_BRADFORD, cones @ _BRADFORD @ scaled)
    if not np.isfinite(adapted).all() or np.abs(adapted).max() > 4:
        raise np.linalg.LinAlgError("the primaries are impossible")
    return np.asarray(adapted, np.float64)
