"""The animated faces of a scene: what moves, where, and in which order they are drawn."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from nostalgia.dense_motion import DenseMotion
from nostalgia.geometry import boxes_meet
from nostalgia.motion.base import MotionBackend
from nostalgia.photo.crop import crop_corner
from nostalgia.rendering.cutout import Cutout
from nostalgia.rendering.framing import Framing
from nostalgia.scene.casting import Casting
from nostalgia.scene.cutouts import cut_out, reach_of
from nostalgia.scene.stacking import drawing_order
from nostalgia.types import Face, FaceCrop, Float32, PixelBox

_SPILL = 0.4
"""Distance beyond the shown part to which a face is rendered, face heights."""


_TWICE_FOUND = 0.4
"""Faces nearer than this, face heights from centre to centre, are one face detected twice."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One animated face: its source, where it may move, and its motion.

    region_xyxy: the part of the crop that may change, crop pixels. motion_mask: float32 (G, G)
    over the crop, exactly 0 where nothing ever moves. perform: starts the motion, one dense motion
    per frame. overlaps: True if a face drawn earlier reaches into this one's region. cutout: the
    person, who moves over what is behind; None if all of the region moves.
    """

    source: FaceCrop
    region_xyxy: PixelBox
    motion_mask: Float32
    perform: Callable[[], Iterator[DenseMotion]]
    overlaps: bool
    cutout: Cutout | None = None

    @property
    def region_in_photo(self) -> PixelBox:
        """The region in photo pixels; the backend keeps it inside the photo."""
        x, y = crop_corner(self.source)
        x0, y0, x1, y1 = self.region_xyxy
        return x0 + x, y0 + y, x1 + x, y1 + y


def prepare_layers(
    sources: Sequence[FaceCrop],
    faces: Sequence[Face],
    casting: Casting,
    framing: Framing,
    backend: MotionBackend[Any],
) -> tuple[Layer, ...]:
    """One layer per source, so that the nearest head is drawn last.

    Args:
        sources: crops of the faces that are animated.
        faces: every face of the photo, animated or not, in the pixels that the crops are cut from:
            a head must leave the one beside it alone.
        casting: one track, strength and seed per source.
        framing: the part that is shown.
        backend: computes where the pixels come from.
    """
    layers: list[Layer] = []
    cutouts = cut_out(sources)
    for index in drawing_order(sources):
        source = sources[index]
        prepared = backend.prepare(source, _neighbours(source, faces))
        perform = partial(
            backend.perform,
            prepared,
            casting.tracks[index],
            casting.strengths[index],
            casting.seeds[index],
        )
        region, mask = backend.region(prepared), backend.motion_mask(prepared)
        if (cutout := cutouts[index]) is not None:
            region, near = reach_of(cutout, region, source.face_height_px, len(mask))
            mask = mask * near
        region = _shown(region, source, framing)
        layer = Layer(source, region, mask, perform, overlaps=False, cutout=cutout)
        overlaps = any(boxes_meet(layer.region_in_photo, each.region_in_photo) for each in layers)
        layers.append(replace(layer, overlaps=overlaps))
    return tuple(layers)


def _shown(region_xyxy: PixelBox, source: FaceCrop, framing: Framing) -> PixelBox:
    """The part of a region that is shown, and a margin, which a nearer head may pull in."""
    x, y = crop_corner(source)
    spill = round(_SPILL * source.face_height_px)
    x0, y0, x1, y1 = framing.window_xyxy
    left, top = max(region_xyxy[0], x0 - spill - x), max(region_xyxy[1], y0 - spill - y)
    right, bottom = min(region_xyxy[2], x1 + spill - x), min(region_xyxy[3], y1 + spill - y)
    return left, top, max(right, left + 1), max(bottom, top + 1)


def _neighbours(source: FaceCrop, faces: Sequence[Face]) -> list[Float32]:
    """Landmarks of the other faces in the pixels of this face's crop.

    A duplicate detection of the same face, which detectors sometimes return, is not a neighbour.
    """
    corner = np.array([*crop_corner(source), 0], np.float32)
    others = [face.landmarks - corner for face in faces if face.number != source.face_number]
    centre = source.landmarks[:, :2].mean(axis=0)
    apart = [np.linalg.norm(other[:, :2].mean(axis=0) - centre) for other in others]
    least = _TWICE_FOUND * source.face_height_px
    return [other for other, gap in zip(others, apart, strict=True) if gap > least]
