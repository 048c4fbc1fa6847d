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
from nostalgia.scene.stacking import drawing_order
from nostalgia.types import Advice, FaceChoice, FaceCrop, Float32, PixelBox, UInt8

_Part = tuple[slice, slice]
"""Rows and columns of a crop."""

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
"""How steeply one person loses places to which the other has the better claim."""

_FACE_RIM = 0.1
"""Rim round the outline of a face over which its claim of a face fades out, face heights."""

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

    Nobody is moved by who is drawn before or after them, as `drawing_order` says.
    """
    order = drawing_order(sources)
    nearness = {index: place for place, index in enumerate(order)}
    cutouts: list[Cutout | None] = []
    for index, source in enumerate(sources):
        known = [other for other in order if other != index and sources[other].person is not None]
        further = [sources[other] for other in known if nearness[other] < nearness[index]]
        nearer = [sources[other] for other in known if nearness[other] > nearness[index]]
        cutouts.append(_cutout(source, further, nearer))
    return tuple(cutouts)


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


def _cutout(
    source: FaceCrop, further: Sequence[FaceCrop], nearer: Sequence[FaceCrop]
) -> Cutout | None:
    """The cutout of a person among those who are known and drawn before and after them."""
    if source.person is None:
        return None
    near = [(other, _shared(other, source), 1) for other in nearer]
    far = [(other, _shared(other, source), -1) for other in further]
    left = [
        (at, 1 - _taken(other, source, at, lead), lead)
        for other, at, lead in (*near, *far)
        if at is not None
    ]
    person = source.person.copy()
    for at, share, _ in left:
        person[at] = np.rint(person[at] * share).astype(np.uint8)
    own = replace(source, person=person)
    away = _away(own, _PERSON)
    cover = _cover(away)
    hidden = smoothstep(1 - (_away(own, _TRACE) - _LOST) / _HAZE)
    hidden *= smoothstep((_GROWN + _FADE - away) / _RIM)
    for at, share, lead in left:
        cover[at] = np.rint(cover[at] * share).astype(np.uint8)
        if lead < 0:
            hidden[at] *= share
    hidden *= cover > 0
    x0, y0, x1, y1 = source.inside_xyxy
    part, behind = (slice(y0, y1), slice(x0, x1)), source.pixels.copy()
    behind[part] = plate_behind(source.pixels[part], hidden[part], source.face_height_px)
    alone = not further and not nearer
    return Cutout(cover, behind, None if alone else np.rint(hidden * ALONE).astype(np.uint8))


def _taken(other: FaceCrop, source: FaceCrop, at: _Part, lead: int) -> Float32:
    """Share of each pixel of a crop's part that another person takes from its own.

    lead: 1 if the other is nearer, and has what both claim alike; -1 if they are further away, and
    have what they claim much more.
    """
    theirs, own = _claim(other, source, at), _claim(source, source, at)
    ahead = np.clip(lead + _AHEAD * (theirs - own), 0, 1)
    return np.asarray(_share_of(other, source, at) * ahead, np.float32)


def _claim(face: FaceCrop, source: FaceCrop, at: _Part) -> Float32:
    """How sure a matte is of each pixel of a crop's part: less far from its face, more within it.

    Mattes spill over where people touch. Nobody is cut out of a head by a matte that is sure of the
    same place from further away, and nobody's matte out of a face, unless it is seen before it:
    there the matte of that face is not sure.
    """
    rows, columns = at
    (x, y), (to_x, to_y) = crop_corner(face), crop_corner(source)
    corner = np.array([x - to_x - columns.start, y - to_y - rows.start], np.float32)
    points = np.asarray(face.landmarks[:, :2] + corner, np.float32)
    middle, unit = points.mean(axis=0), np.float32(face.face_height_px)
    height, width = rows.stop - rows.start, columns.stop - columns.start
    line_x, line_y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    far = ((line_x - middle[0]) ** 2 + (line_y[:, None] - middle[1]) ** 2) / unit**2
    weight = 1 / (1 + far) + _in_face(points, (height, width), face.face_height_px)
    return np.asarray(_share_of(face, source, at) * weight, np.float32)


def _in_face(points: Float32, shape: tuple[int, int], face_height_px: float) -> Float32:
    """1 inside the outline of a face, 0 beyond a rim round it: float32 of that shape."""
    outside = np.ones(shape, np.uint8)
    hull = cv2.convexHull(np.ascontiguousarray(points[list(FACE_OVAL)]))
    cv2.fillConvexPoly(outside, np.rint(hull).astype(np.int32), (0,))
    if outside.all():
        return np.zeros(shape, np.float32)
    away = np.asarray(cv2.distanceTransform(outside, cv2.DIST_L2, 5), np.float32)
    return np.asarray(smoothstep(1 - away / np.float32(_FACE_RIM * face_height_px)), np.float32)


def _shared(other: FaceCrop, source: FaceCrop) -> _Part | None:
    """The part of a crop that another one shows too."""
    (x, y), (to_x, to_y) = crop_corner(other), crop_corner(source)
    left, top = max(x - to_x, 0), max(y - to_y, 0)
    right = min(x - to_x + other.size_px, source.size_px)
    bottom = min(y - to_y + other.size_px, source.size_px)
    if left >= right or top >= bottom:
        return None
    return slice(top, bottom), slice(left, right)


def _share_of(face: FaceCrop, source: FaceCrop, at: _Part) -> Float32:
    """The matte of a face at a part of another crop, within both: float32, 0..1."""
    assert face.person is not None
    (x, y), (to_x, to_y) = crop_corner(face), crop_corner(source)
    rows, columns = (
        slice(line.start + shift, line.stop + shift)
        for line, shift in zip(at, (to_y - y, to_x - x), strict=True)
    )
    return np.asarray(face.person[rows, columns] * np.float32(1 / ALONE), np.float32)


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
