"""Frames of a scene, drawn as pictures of any planes; only what moves is drawn again."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import cv2
import numpy as np

from nostalgia.dense_motion import DenseMotion
from nostalgia.photo.crop import crop_corner
from nostalgia.rendering.cutout import PlacedCutout
from nostalgia.rendering.field import CropPlace
from nostalgia.rendering.label import Label
from nostalgia.rendering.planes import Picture
from nostalgia.rendering.renderer import FaceRenderer
from nostalgia.scene.layers import Layer
from nostalgia.scene.scene import Scene
from nostalgia.types import PixelBox, UInt8

PictureOf = Callable[[UInt8], Picture]
"""Makes a picture of RGB uint8 (H, W, 3) pixels; a side may become larger by one pixel."""


def draw(
    scene: Scene, picture_of: PictureOf, label: Label | None = None, buffers: int = 0
) -> Iterator[Picture]:
    """Every frame of the clip as it is shown; each call starts afresh.

    A thread computes the motion of the next frame while one is drawn.

    Args:
        scene: what is drawn.
        picture_of: chooses the planes: `Picture` for RGB.
        label: the visible mark.
        buffers: number of pictures that are used in turn: a frame is overwritten when so many have
            followed it, and must not be changed. 0: every frame has memory of its own.
    """
    stage = _Stage(scene, picture_of, label, buffers)
    performance = zip(*(layer.perform() for layer in scene.layers), strict=True)
    with ThreadPoolExecutor(1, "nostalgia-motion") as worker:
        upcoming = worker.submit(next, performance)
        for number in range(scene.timeline.performed):
            motions = upcoming.result()
            if number + 1 < scene.timeline.performed:
                upcoming = worker.submit(next, performance)
            yield stage.frame(motions, scene.timeline.faded(number))
    if scene.timeline.resting:
        rest = stage.at_rest()
        for _ in range(scene.timeline.resting):
            yield rest if buffers else rest.copy()


class _Stage:
    """Pictures of one clip.

    A frame is drawn at the size of the scene's pixels. It is shown as it is, or a window of it is
    placed in a larger picture.
    """

    def __init__(
        self, scene: Scene, picture_of: PictureOf, label: Label | None, buffers: int
    ) -> None:
        self._scene, self._picture_of = scene, picture_of
        self._label, self._buffers = label, buffers
        self._rest = self._worked_on(scene.pixels)
        self._photo: Picture | None = None
        self._faces = [(layer, self._renderer(layer)) for layer in scene.layers]
        self._behind = self._rest.copy() if any(layer.overlaps for layer in scene.layers) else None
        self._changing = [self._rest.aligned(face.place.box_xyxy) for _, face in self._faces]
        self._shown_rest, self._window = self._rest, None
        if not scene.framing.shows_frames:
            shown = scene.framing.show(scene.pixels, scene.photo.pixels)
            self._shown_rest, self._window = picture_of(shown), self._shown_window()
        self._frames: list[tuple[Picture, list[PixelBox]]] = []
        self._number = 0

    def frame(self, motions: Sequence[DenseMotion], faded: float) -> Picture:
        """Every layer moved, over the ones behind it.

        faded: 0..1, share to which the restoration has faded into the photo as it was read.
        """
        shown, changed = self._next_buffer()
        rest = self._faded(faded) if faded > 0 else self._rest
        if self._window is None:
            if faded > 0:
                shown.pixels[...] = rest.pixels
            changed += self._draw_layers(shown, rest, motions)
            if faded > 0:
                changed.append((0, 0, *shown.size_wh))
        else:
            frame = rest.copy()
            self._draw_layers(frame, rest, motions)
            for box in [self._window.box_xyxy] if faded > 0 else self._changing:
                self._window.show(frame, box, shown)
        if self._label is not None:
            shown.lay(self._label.fill)
        return shown

    def at_rest(self) -> Picture:
        """The photo as it was read, as it is shown."""
        photo = self._scene.photo.pixels
        shown = self._picture_of(self._scene.framing.show(photo, photo))
        if self._label is not None:
            shown = shown.copy()
            shown.lay(self._label.fill)
        return shown

    def _draw_layers(
        self, frame: Picture, rest: Picture, motions: Sequence[DenseMotion]
    ) -> list[PixelBox]:
        drawn: list[PixelBox] = []
        for (layer, renderer), motion in zip(self._faces, motions, strict=True):
            source = rest
            if layer.overlaps and self._behind is not None:
                source = self._behind
                source.paste(frame, source.aligned(renderer.place.crop_xyxy))
            drawn += renderer.render(frame, source, motion)
        return drawn

    def _next_buffer(self) -> tuple[Picture, list[PixelBox]]:
        """A picture that shows the scene at rest, and a list for the boxes drawn on it."""
        if len(self._frames) < self._buffers or not self._buffers:
            fresh: tuple[Picture, list[PixelBox]] = (self._shown_rest.copy(), [])
            if self._buffers:
                self._frames.append(fresh)
            return fresh
        shown, drawn = self._frames[self._number % self._buffers]
        self._number += 1
        for box in drawn:
            shown.paste(self._shown_rest, box)
        drawn.clear()
        if self._label is not None:
            shown.paste(self._shown_rest, shown.aligned(self._label.place_xyxy))
        return shown, drawn

    def _faded(self, faded: float) -> Picture:
        if self._photo is None:
            self._photo = self._worked_on(self._scene.photo.pixels)
        mixed = cv2.addWeighted(self._rest.pixels, 1 - faded, self._photo.pixels, faded, 0)
        return Picture(np.asarray(mixed, np.uint8), self._rest.planar)

    def _worked_on(self, pixels: UInt8) -> Picture:
        before_x, before_y = self._scene.framing.phase_xy
        if before_x or before_y:
            pixels = np.pad(pixels, ((before_y, 0), (before_x, 0), (0, 0)), mode="edge")
        picture = self._picture_of(pixels)
        return picture.copy() if picture.pixels is self._scene.pixels else picture

    def _renderer(self, layer: Layer) -> FaceRenderer:
        place = self._place(layer)
        if layer.cutout is None:
            return FaceRenderer(place)
        placed = PlacedCutout(layer.cutout, place, self._rest, self._picture_of)
        return FaceRenderer(place, cutout=placed)

    def _place(self, layer: Layer) -> CropPlace:
        (x, y), (before_x, before_y) = crop_corner(layer.source), self._scene.framing.phase_xy
        corner = (x + before_x, y + before_y)
        source = layer.source
        place = CropPlace(corner, source.size_px, layer.region_xyxy, source.inside_xyxy)
        x0, y0, x1, y1 = self._rest.inside(place.box_xyxy)  # nothing changes beyond a print
        x, y = corner
        return replace(place, region_xyxy=(x0 - x, y0 - y, x1 - x, y1 - y))

    def _shown_window(self) -> "_Window":
        framing = self._scene.framing
        (before_x, before_y), (x0, y0, x1, y1) = framing.phase_xy, framing.window_xyxy
        whole = (x0 + before_x, y0 + before_y, x1 + before_x, y1 + before_y)
        left, top, _, _ = framing.moving_xyxy
        return _Window(self._rest.inside(whole), (left - whole[0], top - whole[1]))


@dataclass(frozen=True, slots=True)
class _Window:
    """The part of a frame that is shown, and how far it is moved to its place in what is shown."""

    box_xyxy: PixelBox
    moved_xy: tuple[int, int]

    def show(self, frame: Picture, box_xyxy: PixelBox, shown: Picture) -> None:
        """Copy the part of an aligned box that is shown."""
        x0, y0 = (max(a, b) for a, b in zip(box_xyxy[:2], self.box_xyxy[:2], strict=True))
        x1, y1 = (min(a, b) for a, b in zip(box_xyxy[2:], self.box_xyxy[2:], strict=True))
        if x0 < x1 and y0 < y1:
            shown.paste(frame, (x0, y0, x1, y1), (x0 + self.moved_xy[0], y0 + self.moved_xy[1]))
