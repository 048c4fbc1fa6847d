"""The persons of a photo cut out, so that each moves on a layer of their own."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.errors import Remedy, option
from nostalgia.faces.matte import Matte, MatteNetwork
from nostalgia.faces.regions import reach_xyxy
from nostalgia.faces.topology import FACE_OVAL
from nostalgia.geometry import smoothstep
from nostalgia.photo.crop import crop_corner, recrop
from nostalgia.rendering.cutout import ALONE, Cutout
from nostalgia.rendering.plate import plate_behind
from nostalgia.scene.restoration import Restored
from nostalgia.types import Advice, FaceChoice, FaceCrop, Float32, PixelBox, UInt8

MOST_DOUBT = 0.22
"""Doubt of a matte beyond which it is not used. On 154 damaged crops whose heads were known, their
median IoU was 0.98 up to a doubt of 0.1, 0.93 up to 0.15 and 0.89 up to 0.2."""

_LEAST_OF_FACE = 0.9
"""Share of the face that its own matte must cover."""

_HEAD_SIDE, _HEAD_TOP, _MOST_BESIDE = 0.8, 0.95, 0.75
"""Ellipse that holds heads with hair, face heights; most of the crop outside it, above the chin,
that may belong to the person: a matte of everything separates nothing."""

_GROWN, _FADE = 0.018, 0.05
"""Face heights round the person that move with them, and over which that fades out."""

_LOST, _HAZE = 0.028, 0.04
"""The same of what the plate does not show again: rims of ears, tips of brims, wisps of hair."""

_PERSON, _TRACE = 0.25, 0.08
"""Share of a pixel from which it counts as the person's: a thin brim has no more; and from which
the plate does not show it again: the tip of a brim has that."""

_RIM = 0.02
"""Width of the outermost rim of the fading, face heights, where the plate goes over into the photo:
beyond it nothing moves."""

_AHEAD = 4.0
"""How steeply a larger face loses places to which the smaller one has the better claim."""

_REACH = 0.5
"""Face heights that any part of a person moves at most: a head turns, and an own clip shifts it."""


def separated(sources: Sequence[FaceCrop], network: MatteNetwork) -> tuple[FaceCrop, ...]:
    """The crops with their persons; without, where the network cannot tell them from the rest."""
    return tuple(_separated(source, network.find(source)) for source in sources)


def behind_as_scanned(photo: UInt8, restored: Restored) -> Restored:
    """The restored faces, but what is behind their persons is the photo's own again.

    photo: RGB uint8 (H, W, 3), before the restoration.
    """
    sources = restored.sources
    share = np.zeros(photo.shape[:2], np.uint8)
    for source in sources:
        x, y = crop_corner(source)
        x0, y0, x1, y1 = source.inside_xyxy
        part = share[y0 + y : y1 + y, x0 + x : x1 + x]
        np.maximum(part, _restored_share(source)[y0:y1, x0:x1], out=part)
    pixels = photo.copy()
    rows, columns = np.nonzero((share > 0) & (restored.pixels != photo).any(axis=-1))
    was, now = (each[rows, columns].astype(np.float32) for each in (photo, restored.pixels))
    mixed = was + share[rows, columns, None] * np.float32(1 / ALONE) * (now - was)
    pixels[rows, columns] = np.rint(mixed).astype(np.uint8)
    return replace(restored, pixels=pixels, sources=tuple(recrop(each, pixels) for each in sources))


def _restored_share(source: FaceCrop) -> UInt8:
    """Share of a face's restoration that is kept: uint8 (S, S), 0..ALONE."""
    if source.person is not None:
        return _cover(_away(source, _PERSON))
    share = np.zeros((source.size_px, source.size_px), np.uint8)
    x0, y0, x1, y1 = reach_xyxy(source.landmarks, source.face_height_px, source.size_px)
    share[y0:y1, x0:x1] = ALONE
    return share


def with_background_advice(
    choices: Sequence[FaceChoice], sources: Sequence[FaceCrop]
) -> tuple[FaceChoice, ...]:
    """The choices with advice for faces whose person is not known; sources: of those that move."""
    lost = {source.face_number for source in sources if source.person is None}
    return tuple(
        replace(choice, advice=(*choice.advice, _drags(choice.face.number)))
        if choice.face.number in lost
        else choice
        for choice in choices
    )


def _drags(number: int) -> Advice:
    return Advice(
        "background-moves",
        number,
        "hard to tell from what is behind it: the background beside the head moves a little too",
        Remedy(f"{option('turn', 0.5)} keeps the head calm", {"turn": 0.5}),
    )


def _separated(source: FaceCrop, matte: Matte) -> FaceCrop:
    if matte.doubt > MOST_DOUBT or not _plausible(source, matte.alpha):
        return source
    return replace(source, person=np.asarray(cv2.convertScaleAbs(matte.alpha, None, 255), np.uint8))


def cut_out(sources: Sequence[FaceCrop]) -> tuple[Cutout | None, ...]:
    """What of each crop moves, and what is behind it; None where the person is not known.

    A larger face is nearer to the camera: it is never moved by the one behind it.
    """
    return tuple(_cutout(source, sources) for source in sources)


def reach_of(
    cutout: Cutout, region_xyxy: PixelBox, face_height_px: float, nodes: int
) -> tuple[PixelBox, NDArray[np.bool_]]:
    """Where a person may come to in a performance: at most _REACH face heights from their place.

    Args:
        cutout: the person.
        region_xyxy: crop pixels that the motion may change.
        face_height_px: forehead to chin.
        nodes: of a grid over the crop, along each side.

    Returns:
        The part of the region within reach, and the nodes within reach, bool (nodes, nodes).
    """
    size = len(cutout.cover)
    small = cv2.resize(cutout.cover, (nodes, nodes), interpolation=cv2.INTER_AREA) > 0
    step = (size - 1) / (nodes - 1)
    reach = int(np.ceil(_REACH * face_height_px / step)) + 1
    near = cv2.dilate(small.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)) > 0
    x0, y0, x1, y1 = region_xyxy
    rows, columns = np.flatnonzero(near.any(1)), np.flatnonzero(near.any(0))
    if not len(rows):
        return region_xyxy, np.asarray(near)
    left, top = max(x0, int(columns[0] * step)), max(y0, int(rows[0] * step))
    right, bottom = (int(np.ceil((line[-1] + 1) * step)) for line in (columns, rows))
    return (left, top, max(min(x1, right), left + 1), max(min(y1, bottom), top + 1)), near


def _cutout(source: FaceCrop, sources: Sequence[FaceCrop]) -> Cutout | None:
    if source.person is None:
        return None
    away = _away(source, _PERSON)
    cover = _cover(away)
    for other in sources:
        if other.face_height_px > source.face_height_px and other.person is not None:
            cover = _without(cover, other, source)
    hidden = smoothstep(1 - (_away(source, _TRACE) - _LOST) / _HAZE)
    hidden *= smoothstep((_GROWN + _FADE - away) / _RIM) * (cover > 0)
    x0, y0, x1, y1 = source.inside_xyxy
    part, behind = (slice(y0, y1), slice(x0, x1)), source.pixels.copy()
    behind[part] = plate_behind(source.pixels[part], hidden[part], source.face_height_px)
    share = np.rint(hidden * ALONE).astype(np.uint8) if len(sources) > 1 else None
    return Cutout(cover, behind, share)


def _without(cover: UInt8, nearer: FaceCrop, source: FaceCrop) -> UInt8:
    """Cover (S, S) of a source without a nearer person, where that one's claim is as good.

    Mattes spill over where people touch: nobody is cut out of a head by a matte that is sure of the
    same place from further away.
    """
    assert nearer.person is not None and source.person is not None
    theirs = _moved(nearer.person, nearer, source) * np.float32(1 / ALONE)
    own = source.person * np.float32(1 / ALONE)
    claims = theirs / (1 + _far(nearer, source)), own / (1 + _far(source, source))
    ahead = np.clip(1 + _AHEAD * (claims[0] - claims[1]), 0, 1)
    return np.rint(cover * (1 - theirs * ahead)).astype(np.uint8)


def _far(face: FaceCrop, source: FaceCrop) -> Float32:
    """Squared distance from a face at each pixel of a crop: float32 (S, S), its face heights."""
    corners = (np.array(crop_corner(each), np.float32) for each in (face, source))
    x, y = face.landmarks[:, :2].mean(axis=0) + next(corners) - next(corners)
    line = np.arange(source.size_px, dtype=np.float32)
    away = (line - x) ** 2 + (line[:, None] - y) ** 2
    return np.asarray(away / np.float32(face.face_height_px) ** 2, np.float32)


def _cover(away: Float32) -> UInt8:
    """Share of each pixel that moves with the person: uint8 (S, S), 0..ALONE.

    away: float32 (S, S), distance from the person, face heights.
    """
    share = smoothstep(1 - (away - _GROWN) / _FADE)
    return np.rint(share * ALONE).astype(np.uint8)


def _away(source: FaceCrop, least: float) -> Float32:
    """Distance of each pixel from the person: float32 (S, S), face heights.

    least: share of a pixel from which it counts as the person's.
    """
    assert source.person is not None
    person = (source.person >= ALONE * least).astype(np.uint8)
    away = cv2.distanceTransform(1 - person, cv2.DIST_L2, 5)
    return np.asarray(away, np.float32) / np.float32(source.face_height_px)


def _moved(values: UInt8, of: FaceCrop, to: FaceCrop) -> UInt8:
    """An array over one crop, in the pixels of another; 0 beyond the first."""
    (x, y), (to_x, to_y) = crop_corner(of), crop_corner(to)
    out = np.zeros((to.size_px, to.size_px), np.uint8)
    left, top = max(x - to_x, 0), max(y - to_y, 0)
    right = min(x - to_x + of.size_px, to.size_px)
    bottom = min(y - to_y + of.size_px, to.size_px)
    if left < right and top < bottom:
        dx, dy = to_x - x, to_y - y
        out[top:bottom, left:right] = values[top + dy : bottom + dy, left + dx : right + dx]
    return out


def _plausible(source: FaceCrop, alpha: Float32) -> bool:
    """True if a matte covers the face and leaves a background beside the head."""
    size, unit = source.size_px, source.face_height_px
    k = min(1.0, 128 / size)
    side = max(round(size * k), 8)
    small = np.asarray(cv2.resize(alpha, (side, side), interpolation=cv2.INTER_AREA), np.float32)
    oval = source.landmarks[list(FACE_OVAL), :2] * np.float32(side / size)
    face = np.zeros((side, side), np.uint8)
    cv2.fillConvexPoly(face, np.rint(cv2.convexHull(oval)).astype(np.int32), (1,))
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    centre = oval.mean(axis=0)
    u, v = (x - centre[0]) / (unit * side / size), (y - centre[1]) / (unit * side / size)
    beside = (np.hypot(u / _HEAD_SIDE, v / _HEAD_TOP) > 1) & (v < 0.4)
    x0, y0, x1, y1 = (edge * side / size for edge in source.inside_xyxy)
    beside &= (x >= x0) & (x < x1) & (y >= y0) & (y < y1)
    covered = float(small[face > 0].mean()) if face.any() else 0.0
    elsewhere = float(small[beside].mean()) if beside.any() else 0.0
    return covered >= _LEAST_OF_FACE and elsewhere <= _MOST_BESIDE
