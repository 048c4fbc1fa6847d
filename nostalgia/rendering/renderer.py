"""Move full-size source pixels by a dense motion; the same for every backend."""

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.dense_motion import DenseMotion, Fill, Painting, Shade
from nostalgia.geometry import common_box
from nostalgia.imaging import read_at
from nostalgia.rendering.cutout import PlacedCutout
from nostalgia.rendering.field import CELL_PX, CellField, CropPlace, FieldRefiner, shift_px
from nostalgia.rendering.planes import Picture, Plane
from nostalgia.types import Float32, PixelBox, UInt8

STRIP_PIXELS = 1_000_000
"""Pixels of a region that are rendered at a time, which limits the memory."""

_OUTLINE_STRIP_PX = 192
"""Rows of a strip of a person's outline, which is much narrower at the head than below."""

_KERNEL_PX = 4
_LEAST_SHIFT_PX = 1 / 64
"""`remap` rounds places to 1/32 pixel: below this nothing moves."""
_GRAIN_TILE_PX, _GRAIN_SIGMA_PX = 256, 0.6


class FaceRenderer:
    """Renders the frames of one face.

    The deformation is refined as a cubic B-spline, and one `remap` per plane fetches the samples:
    bicubic (as sharp as the photo to 1 %, measured as Laplacian energy, and six times as fast as
    Lanczos), linear for chroma. Where nothing moves the frame is left alone.

    Args:
        place: the face's crop in the picture.
        strip_pixels: pixels to render at a time.
        cutout: the part of the crop that moves over what is behind it; None: all of it moves.
    """

    def __init__(
        self,
        place: CropPlace,
        strip_pixels: int = STRIP_PIXELS,
        cutout: PlacedCutout | None = None,
    ) -> None:
        self.place = place
        self._cutout = cutout
        width = max(place.box_xyxy[2] - place.box_xyxy[0], 1)
        if cutout is not None:
            strip_pixels = min(strip_pixels, width * _OUTLINE_STRIP_PX)
        self._strip_px = max(strip_pixels // width // CELL_PX, 1) * CELL_PX
        self._refiner: FieldRefiner | None = None

    def render(self, frame: Picture, source: Picture, motion: DenseMotion) -> list[PixelBox]:
        """Move the source's pixels into the frame, in place.

        Args:
            frame: the picture to draw into, which shows the source where nothing moves.
            source: the picture whose pixels move, of the same size and planes. The fills are laid
                on it meanwhile; afterwards it is as before.
            motion: deformation, fills and painting of this frame.

        Returns:
            The boxes of the frame that were drawn.
        """
        shift = shift_px(motion.deformation, self.place.size_px)
        drawn_on = motion.fills or motion.shades or motion.painting is not None
        if not drawn_on and not shift.any():
            return []
        if self._refiner is None:
            self._refiner = FieldRefiner(self.place, len(shift), frame.align_px)
        field = self._refiner.refined(shift)
        fills = [self._placed(fill) for fill in motion.fills]
        shades = [self._shifted(shade) for shade in motion.shades]
        boxes = [source.aligned(_box(fill)) for fill in fills]
        boxes += [source.aligned(shade.box_xyxy) for shade in shades]
        below = [source.cut(box) for box in boxes]
        try:
            for fill in fills:
                source.lay(fill)
            for shade in shades:
                source.shade(shade)
            drawn = self._moving_boxes(frame, field, motion, boxes)
            within = self._cutout.within(field) if self._cutout is not None else None
            for box in drawn:
                solid = (0, 0) if within is None else _longest_run(within, field, box)
                for number, into in enumerate(frame.planes):
                    self._render_box(number, into, source.planes[number], motion, field, box, solid)
        finally:
            for box, kept in zip(boxes, below, strict=True):
                source.paste(kept, (0, 0, *kept.size_wh), box[:2])
        return drawn

    def _placed(self, fill: Fill) -> Fill:
        """The fill with its corner in pixels of the picture."""
        (x, y), (left, top) = self.place.corner_xy, fill.corner_xy
        return Fill(fill.pixels, fill.occlusion, (left + x, top + y))

    def _shifted(self, shade: Shade) -> Shade:
        """The shade with its box in pixels of the picture."""
        (x, y), (x0, y0, x1, y1) = self.place.corner_xy, shade.box_xyxy
        return replace(shade, box_xyxy=(x0 + x, y0 + y, x1 + x, y1 + y))

    def _moving_boxes(
        self, frame: Picture, field: CellField, motion: DenseMotion, laid: list[PixelBox]
    ) -> list[PixelBox]:
        """The parts of the region that may change: strips of rows of cells, as wide as needed."""
        x0, y0, x1, y1 = frame.aligned(self.place.box_xyxy)
        moving = field.moving(_LEAST_SHIFT_PX)
        changed = [*laid]
        if motion.painting is not None:
            changed.append(_reach_of(motion.painting, self.place.corner_xy))
        for box in changed:
            moving[field.cells_of(box)] = True
        if self._cutout is not None:
            moving &= self._cutout.near(field)
        boxes = []
        first = field.box_of(*(each.start for each in reversed(field.cells_of((x0, y0, x1, y1)))))
        for top in range(first[1], y1, self._strip_px):
            strip = (x0, max(top, y0), x1, min(top + self._strip_px, y1))
            columns = np.flatnonzero(moving[field.cells_of(strip)].any(axis=0))
            if len(columns):
                left, right = (first[0] + int(columns[i]) * CELL_PX for i in (0, -1))
                boxes.append((max(left, x0), strip[1], min(right + CELL_PX, x1), strip[3]))
        return boxes

    def _render_box(
        self,
        number: int,
        into: Plane,
        of: Plane,
        motion: DenseMotion,
        field: CellField,
        box: PixelBox,
        solid: tuple[int, int],
    ) -> None:
        """Render a box of plane `number`; solid: its columns that show nothing but the layer."""
        x0, y0, x1, y1 = into.box(box)
        height, width, _ = of.samples.shape
        cutout = self._cutout.planes[number] if self._cutout is not None else None
        source = cutout.box_xyxy if cutout else (0, 0, width, height)
        if self.place.source_xyxy is not None:
            source = common_box(source, of.inner(self.place.source_xyxy))
        first_x, first_y, last_x, last_y = source
        reach = field.reach_px // of.step_px + _KERNEL_PX
        left, right = _within(x0 - reach, x1 + reach, first_x, last_x)
        top, bottom = _within(y0 - reach, y1 + reach, first_y, last_y)
        patch = of.samples[top:bottom, left:right]
        if motion.painting is None and of.step_px == 2 and _is_uniform(patch):
            return
        places = field.places(box, of.step_px, (left, top))
        interpolation = cv2.INTER_CUBIC if of.step_px == 1 else cv2.INTER_LINEAR
        part = into.samples[y0:y1, x0:x1]
        moved = np.asarray(read_at(patch, places, interpolation), np.uint8).reshape(part.shape)
        if motion.painting is not None:
            corner_x, corner_y = self.place.corner_xy
            first = (x0 * of.step_px - corner_x, y0 * of.step_px - corner_y)
            _lay_painting(Plane(moved, of.step_px, of.from_rgb), motion.painting, first)
        if cutout is None:
            part[...] = moved
            return
        start_solid, end_solid = (column // of.step_px - x0 for column in solid)
        part[:, start_solid:end_solid] = moved[:, start_solid:end_solid]
        for start, stop in ((0, start_solid), (end_solid, x1 - x0)):
            if start < stop:
                beside = (x0 + start, y0, x0 + stop, y1)
                seen, there = moved[:, start:stop], places[:, start:stop]
                cutout.compose(part[:, start:stop], beside, seen, there, (left, top, right, bottom))


def _longest_run(within: NDArray[np.bool_], field: CellField, box: PixelBox) -> tuple[int, int]:
    """The longest run of columns of a box, in pixels, whose cells are all within the layer."""
    rows, columns = field.cells_of(box)
    solid = within[rows, columns].all(axis=0).astype(np.int8)
    edges = np.flatnonzero(np.diff(solid, prepend=0, append=0))
    if not len(edges):
        return box[0], box[0]
    longest = int(np.argmax(edges[1::2] - edges[::2]))
    first, last = (
        min(max(field.box_of(columns.start + int(edge), 0)[0], box[0]), box[2])
        for edge in edges[2 * longest : 2 * longest + 2]
    )
    return first, last


def _within(start: int, stop: int, first: int, last: int) -> tuple[int, int]:
    """The part of a stretch between `first` and `last`; the nearest sample if there is none."""
    start = min(max(start, first), last - 1)
    return start, max(min(stop, last), start + 1)


def _is_uniform(chroma: UInt8) -> bool:
    """True if all samples (h, w, 2) are equal, as in a grey photo: then nothing is moved."""
    pairs = chroma.view(np.uint16)
    return bool((pairs[::32, ::32] == pairs[0, 0]).all() and (pairs == pairs[0, 0]).all())


def _box(fill: Fill) -> PixelBox:
    (x, y), (height, width) = fill.corner_xy, fill.occlusion.shape
    return x, y, x + width, y + height


def _reach_of(painting: Painting, corner_xy: tuple[int, int]) -> PixelBox:
    """The painting's box and the cell around it, over which interpolation fades it out."""
    (x0, y0, x1, y1), (rows, columns) = painting.box_xyxy, painting.occlusion.shape
    cell_x, cell_y = (x1 - x0) / (columns - 1), (y1 - y0) / (rows - 1)
    x, y = corner_xy
    return (
        int(np.floor(x0 - cell_x)) + x,
        int(np.floor(y0 - cell_y)) + y,
        int(np.ceil(x1 + cell_x)) + x + 1,
        int(np.ceil(y1 + cell_y)) + y + 1,
    )


def _lay_painting(moved: Plane, painting: Painting, corner_xy: tuple[int, int]) -> None:
    """Lay the painting over moved samples, whose corner is at corner_xy of the crop, in place."""
    x0, y0, x1, y1 = painting.box_xyxy
    rows, columns = painting.occlusion.shape
    step_x, step_y = (columns - 1) / (x1 - x0), (rows - 1) / (y1 - y0)
    middle = (moved.step_px - 1) / 2
    place = np.array(
        [
            [step_x * moved.step_px, 0.0, (corner_xy[0] + middle - x0) * step_x],
            [0.0, step_y * moved.step_px, (corner_xy[1] + middle - y0) * step_y],
        ]
    )
    height, width, _ = moved.samples.shape
    inverse = cv2.WARP_INVERSE_MAP
    cover = 1 - np.asarray(
        cv2.warpAffine(
            painting.occlusion, place, (width, height), flags=cv2.INTER_LINEAR | inverse,
            borderMode=cv2.BORDER_CONSTANT, borderValue=1.0,
        ),
        np.float32,
    )  # fmt: skip
    if not cover.any():
        return
    values = np.asarray(cv2.transform(painting.pixels, moved.from_rgb), np.float32)
    painted = np.asarray(
        cv2.warpAffine(
            values, place, (width, height), flags=cv2.INTER_CUBIC | inverse,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.float32,
    ).reshape(moved.samples.shape)  # fmt: skip
    brightness = moved.from_rgb[:, :3].sum(axis=1)
    if painting.grain_levels > 0 and moved.step_px == 1:
        grain = _grain_at(corner_xy, (width, height))[..., None] * brightness
        painted += np.float32(painting.grain_levels) * grain
    below = moved.samples.astype(np.float32)
    mixed = below + cover[..., None] * (painted - below)
    moved.samples[...] = np.rint(np.clip(mixed, 0, 255)).astype(np.uint8)


@cache
def _grain_tile() -> Float32:
    """Tileable grain, float32 (256, 256) of standard deviation 1; the same at every call."""
    noise = np.random.default_rng(0).standard_normal((_GRAIN_TILE_PX, _GRAIN_TILE_PX))
    around = np.pad(noise.astype(np.float32), 8, mode="wrap")
    soft = np.asarray(cv2.GaussianBlur(around, (0, 0), _GRAIN_SIGMA_PX), np.float32)[8:-8, 8:-8]
    return np.asarray(soft / soft.std(), np.float32)


def _grain_at(corner_xy: tuple[int, int], size_wh: tuple[int, int]) -> Float32:
    columns = np.arange(corner_xy[0], corner_xy[0] + size_wh[0]) % _GRAIN_TILE_PX
    rows = np.arange(corner_xy[1], corner_xy[1] + size_wh[1]) % _GRAIN_TILE_PX
    return _grain_tile()[np.ix_(rows, columns)]
