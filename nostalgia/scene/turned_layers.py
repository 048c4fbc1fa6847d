"""Layers of a photo that was set upright, turned back into the photo as it lies.

A frame is then drawn in the photo's own pixels, and what does not move stays as it is, bit by bit.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from nostalgia.dense_motion import DenseMotion, Fill, Painting, Shade
from nostalgia.geometry import turned_box
from nostalgia.photo.turning import (
    turned_crop,
    turned_pixel_box,
    turned_pixels,
    turned_wh,
)
from nostalgia.rendering.cutout import Cutout
from nostalgia.rendering.framing import Framing
from nostalgia.scene.layers import Layer
from nostalgia.scene.upright import Upright
from nostalgia.types import Float32


def turned_framing(framing: Framing, turn: int) -> Framing:
    """Where the shown part lies in frames that are turned; beside no still photo."""
    if turn % 360 == 0:
        return framing
    window = turned_pixel_box(framing.window_xyxy, turn, framing.frame_wh)
    return Framing(window, turned_wh(framing.frame_wh, turn))


def layers_as_given(layers: Sequence[Layer], upright: Upright) -> tuple[Layer, ...]:
    """Layers of the upright photo in the photo as it lies."""
    size_wh = (upright.photo.width, upright.photo.height)
    return tuple(turned_layer(layer, -upright.turn, size_wh) for layer in layers)


def turned_layer(layer: Layer, turn: int, photo_wh: tuple[int, int]) -> Layer:
    """A layer after the turn of its photo of this size."""
    if turn % 360 == 0:
        return layer
    size = layer.source.size_px
    return replace(
        layer,
        source=turned_crop(layer.source, turn, photo_wh),
        region_xyxy=turned_pixel_box(layer.region_xyxy, turn, (size, size)),
        motion_mask=turned_pixels(layer.motion_mask, turn),
        perform=_turned_performance(layer.perform, turn, size),
        cutout=_turned_cutout(layer.cutout, turn) if layer.cutout is not None else None,
    )


def _turned_cutout(cutout: Cutout, turn: int) -> Cutout:
    hidden = turned_pixels(cutout.hidden, turn) if cutout.hidden is not None else None
    cover, behind = (turned_pixels(each, turn) for each in (cutout.cover, cutout.behind))
    return Cutout(cover, behind, hidden)


def _turned_performance(
    perform: Callable[[], Iterator[DenseMotion]], turn: int, size_px: int
) -> Callable[[], Iterator[DenseMotion]]:
    def performed() -> Iterator[DenseMotion]:
        for motion in perform():
            yield turned_motion(motion, turn, size_px)

    return performed


def turned_motion(motion: DenseMotion, turn: int, size_px: int) -> DenseMotion:
    """A dense motion after the turn of its crop, whose side is `size_px`."""
    return DenseMotion(
        _turned_deformation(motion.deformation, turn),
        tuple(_turned_fill(fill, turn, size_px) for fill in motion.fills),
        _turned_painting(motion.painting, turn, size_px) if motion.painting else None,
        tuple(_turned_shade(shade, turn, size_px) for shade in motion.shades),
    )


def _turned_deformation(deformation: Float32, turn: int) -> Float32:
    x, y = np.moveaxis(turned_pixels(deformation, turn), -1, 0)
    for _ in range(turn // 90 % 4):
        x, y = -y, x
    return np.ascontiguousarray(np.stack([x, y], -1), np.float32)


def _turned_fill(fill: Fill, turn: int, size_px: int) -> Fill:
    x, y = fill.corner_xy
    height, width = fill.occlusion.shape
    box = turned_pixel_box((x, y, x + width, y + height), turn, (size_px, size_px))
    return Fill(turned_pixels(fill.pixels, turn), turned_pixels(fill.occlusion, turn), box[:2])


def _turned_shade(shade: Shade, turn: int, size_px: int) -> Shade:
    box = turned_pixel_box(shade.box_xyxy, turn, (size_px, size_px))
    return Shade(turned_pixels(shade.gain, turn), box, shade.colour)


def _turned_painting(painting: Painting, turn: int, size_px: int) -> Painting:
    last = size_px - 1  # the border of its box lies in the middles of pixels
    return replace(
        painting,
        pixels=turned_pixels(painting.pixels, turn),
        occlusion=turned_pixels(painting.occlusion, turn),
        box_xyxy=turned_box(painting.box_xyxy, turn, (last, last)),
    )
