"""Person matte: separates the person of one face from everything else in the face's crop."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.faces.topology import FACE_OVAL
from nostalgia.geometry import beside_and_along
from nostalgia.types import CHIN, FOREHEAD, FaceCrop, Float32, Float64
from nostalgia.weights.network import shipped_network

INPUT_PX = 192
"""Side of the network's input."""
SQUARE_FACE_HEIGHTS = 3.5
"""Side of the square that the network was trained on, in face heights."""

_SHIFT_BITS = 4
_REFINED_PX = 640
"""Longest side of the copy on which the photo's edges are followed."""
_RADIUS_FACE_HEIGHTS = 0.045
_EDGE_CONTRAST = 0.035
"""Deviation of the luma, 0..1, from which an edge of the photo leads that of the matte."""
_DECISION = 2.0
"""Factor of the logits: where the network wavers, half a person is worse than one or none."""
_SETTLED = 0.03
"""Answers of the network this close to 0 or 1 are 0 or 1."""
_LEVEL = np.float32(1 / 255)
_SURE = 0.25
"""Distance from 0 or 1 beyond which the network's answer does not bind the refined one."""
_HEAD_SIDE, _HEAD_TOP, _HEAD_DOWN = 0.9, 1.1, 0.35
"""Half axes of an ellipse round a head, and where it ends below the middle, face heights."""
_LARGEST_HOLE_FACE_HEIGHTS = 0.25
"""Side of the largest square hole that is filled."""

_STEP_PX, _WHOLE = 3, 0.9
"""Height of the strips in which a column above a head is looked for, pixels of the network's
square, and the share of a strip that the photo must show."""
_CROWNS, _CROWN = (-0.7, -1.25), -0.85
"""Where a column above a head may begin, face heights below the middle of the face, and where it
does if it is as wide as the head."""
_CROWN_RADIUS = 0.45
"""Radius of a crown, face heights: a column is cut off along it."""
_COLUMN_TOP, _COLUMN_SIDE = -1.5, 0.9
"""What reaches no higher may be a hat; what is further beside the head is no column above it."""
_LEAST_COLUMN, _MOST_COLUMN, _NARROWEST = 0.1, 0.7, 1.3
"""Width of a column, face heights: top hats are wider than the most; and how much wider than at its
narrowest it is where it begins."""
_IN_COLUMN = 0.3
"""Least share of a pixel that counts: columns often fade out towards the crop's border."""


@dataclass(frozen=True, slots=True, eq=False)
class Matte:
    """Where a person is in the crop of its face.

    alpha: float32 (S, S), 0..1, 1 = person, at the crop's own size; beyond the photo it repeats the
    border. doubt: 0..1, how far the network is from one clear answer about the head: 1 - IoU of its
    answers for the crop and for the mirror image, as probabilities.
    """

    alpha: Float32
    doubt: float


class MatteNetwork:
    """Matte network of checkpoints/person_matte.onnx; keeps no state between calls."""

    def __init__(self, predict: Callable[[Float32], Sequence[Float32]]) -> None:
        """Find mattes with any network.

        predict: maps squares of 3.5 face heights round a face, float32 (B, 4, 192, 192), 0..1, red,
        green, blue and `face_plane`, to matte logits, float32 (B, 192, 192), and more that is
        not used.
        """
        self._predict = predict

    @classmethod
    def load(cls) -> "MatteNetwork":
        """Load the network that ships.

        Raises:
            CheckpointError: the file is missing or damaged.
        """
        return cls(shipped_network("person-matte").run)

    def find(self, source: FaceCrop) -> Matte:
        """Find the person of a crop's face.

        The mean of the results for the crop and for its mirror image, without what is not connected
        to the face, refined along the edges of the crop's own pixels.
        """
        square, scale = _network_square(source)
        logits = self._predict(np.stack([square, square[..., ::-1]]))[0]
        answers = logits[0], logits[1][:, ::-1]
        logit = (answers[0] + answers[1]) / 2
        share = 1 / (1 + np.exp(-_DECISION * logit))
        settled = np.clip((share - _SETTLED) / (1 - 2 * _SETTLED), 0, 1)
        coarse = _tidied(np.asarray(settled, np.float32), square[3] > 0.5)
        points = _in_square(source, scale)
        coarse = _without_column(coarse, points, _photo_in_square(source, scale))
        alpha = _refined(source, _on_crop(coarse, scale, source.size_px))
        doubt = _doubt(*answers, _head(points))
        return Matte(_padded(alpha, source.inside_xyxy), doubt)


def face_plane(points: Float32, side_px: int) -> Float32:
    """The place of the face for the network: float32 (side_px, side_px), 1 inside its outline.

    points: float32 (478, 2 or more), pixels of that square.
    """
    outline = np.clip(points[list(FACE_OVAL), :2], -side_px, 2 * side_px)
    plane = np.zeros((side_px, side_px), np.uint8)
    hull = cv2.convexHull(np.round(outline * (1 << _SHIFT_BITS)).astype(np.int32))
    cv2.fillConvexPoly(plane, hull, 1, cv2.LINE_8, _SHIFT_BITS)
    return plane.astype(np.float32)


def _network_square(source: FaceCrop) -> tuple[Float32, float]:
    """Input float32 (4, 192, 192) and its scale, input pixels per crop pixel.

    The middle of the crop, or the crop with its border repeated: what the photo shows of 3.5 face
    heights round the face.
    """
    side = max(round(INPUT_PX * source.size_px / (SQUARE_FACE_HEIGHTS * source.face_height_px)), 1)
    scale = side / source.size_px
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(source.pixels, (side, side), interpolation=how)
    places = np.clip(np.arange(INPUT_PX) - (INPUT_PX - side) // 2, 0, side - 1)
    pixels = small[np.ix_(places, places)].astype(np.float32) / 255
    plane = face_plane(_in_square(source, scale), INPUT_PX)
    return np.dstack([pixels, plane]).transpose(2, 0, 1), scale


def _in_square(source: FaceCrop, scale: float) -> Float32:
    """The landmarks in pixels of the network's square: float32 (478, 2)."""
    corner = (INPUT_PX - round(source.size_px * scale)) // 2
    return np.asarray(
        (source.landmarks[:, :2] + 0.5) * np.float32(scale) - 0.5 + corner, np.float32
    )


def _photo_in_square(source: FaceCrop, scale: float) -> NDArray[np.bool_]:
    """Which pixels of the network's square the photo covers."""
    corner = (INPUT_PX - round(source.size_px * scale)) // 2
    x0, y0, x1, y1 = (edge * scale + corner for edge in source.inside_xyxy)
    line = np.arange(INPUT_PX) + 0.5
    rows, columns = (line > y0) & (line < y1), (line > x0) & (line < x1)
    return np.asarray(rows[:, None] & columns)


def _in_face(points: Float32) -> tuple[Float64, Float64]:
    """Places of the network's square beside and below the middle of the face, face heights."""
    line = np.arange(INPUT_PX, dtype=np.float64)
    return beside_and_along(*np.meshgrid(line, line), points[[FOREHEAD, CHIN], :2])


def _head(points: Float32) -> NDArray[np.bool_]:
    """An ellipse round face, hair and hat, down to the chin, in the network's square.

    Shoulders hardly move, and crossed arms or a neighbour's sleeve are hard to tell apart.
    """
    u, v = _in_face(points)
    return np.asarray((np.hypot(u / _HEAD_SIDE, v / _HEAD_TOP) < 1) & (v < _HEAD_DOWN))


def _without_column(coarse: Float32, points: Float32, photo: NDArray[np.bool_]) -> Float32:
    """Without a pillar or a door frame that stands on the head and leaves the picture.

    Hats end before, and are as wide as the head where they begin.
    """
    u, v = _in_face(points)
    unit = max(float(np.hypot(*(points[CHIN] - points[FOREHEAD])[:2])), 1.0)
    step = _STEP_PX / unit
    near = photo & (np.abs(u) < _COLUMN_SIDE) & (v < _CROWNS[0])
    strips = np.floor((_CROWNS[0] - v) / step + 1e-3).astype(int)
    seen = np.bincount(strips[near])
    taken = np.bincount(strips[near & (coarse > _IN_COLUMN)], minlength=len(seen))
    whole = np.flatnonzero(seen >= _WHOLE * seen.max(initial=0))
    if not len(whole) or _CROWNS[0] - (whole[-1] + 1) * step > _COLUMN_TOP:
        return coarse
    widths = taken[: whole[-1] + 1] / (_STEP_PX * unit)
    low = widths[: round((_CROWNS[0] - _CROWNS[1]) / step)]
    if low.min() > _MOST_COLUMN:
        return coarse
    first = int(np.flatnonzero(low <= _NARROWEST * low.min())[0])
    first = first or round((_CROWNS[0] - _CROWN) / step)
    if widths[first:].min() < _LEAST_COLUMN:
        return coarse
    begins, half = _CROWNS[0] - first * step, min(widths[first] / 2, _CROWN_RADIUS)
    middle = float(u[near & (strips == first) & (coarse > _IN_COLUMN)].mean())
    bow = np.sqrt(np.maximum(_CROWN_RADIUS**2 - (u - middle) ** 2, _CROWN_RADIUS**2 - half**2))
    crown = begins - bow + np.sqrt(_CROWN_RADIUS**2 - half**2)
    return np.asarray(coarse * np.clip((v - crown) / step, 0, 1), np.float32)


def _doubt(logits: Float32, mirrored: Float32, head: NDArray[np.bool_]) -> float:
    """1 - IoU of two answers inside the head, as probabilities: a half here is no clear answer."""
    one, other = (1 / (1 + np.exp(-each[head])) for each in (logits, mirrored))
    both = one * other
    return float(1 - both.sum() / max(float((one + other - both).sum()), 1e-6))


def _on_crop(coarse: Float32, scale: float, size_px: int) -> Float32:
    """The network's matte on the crop, at the size of the copy that is refined."""
    copy_px = min(size_px, _REFINED_PX)
    k = copy_px / (size_px * scale)
    corner = (INPUT_PX - round(size_px * scale)) // 2
    shift = (0.5 - corner) * k - 0.5
    return np.asarray(
        cv2.warpAffine(
            coarse, np.array([[k, 0, shift], [0, k, shift]]), (copy_px, copy_px),
            flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE,
        ),
        np.float32,
    )  # fmt: skip


def _tidied(coarse: Float32, face: NDArray[np.bool_]) -> Float32:
    """Without patches apart from the face, and without small holes."""
    kept = coarse.copy()
    _, parts = cv2.connectedComponents((coarse > 0.5).astype(np.uint8))
    own = np.unique(parts[face & (parts > 0)])
    kept[(parts > 0) & ~np.isin(parts, own)] = 0
    unit = INPUT_PX / SQUARE_FACE_HEIGHTS
    number, parts, facts, _ = cv2.connectedComponentsWithStats((coarse <= 0.5).astype(np.uint8))
    for part in range(1, number):
        x, y, width, height, area = facts[part]
        within = x > 0 and y > 0 and x + width < INPUT_PX and y + height < INPUT_PX
        if within and area < (_LARGEST_HOLE_FACE_HEIGHTS * unit) ** 2:
            kept[parts == part] = 1
    return kept


def _refined(source: FaceCrop, coarse: Float32) -> Float32:
    """Matte at the crop's size whose edges follow the photo's.

    Guided filter of the luma (He, Sun and Tang, "Guided Image Filtering", 2013, equations 5 to 8);
    its coefficients are found on a reduced copy and enlarged (He and Sun, "Fast Guided Filter",
    2015).
    """
    luma = cv2.cvtColor(source.pixels, cv2.COLOR_RGB2GRAY)
    side, size = coarse.shape[0], source.size_px
    reduced = cv2.resize(luma, (side, side), interpolation=cv2.INTER_AREA)
    guide = np.asarray(reduced, np.float32) / np.float32(255)
    reach = max(round(_RADIUS_FACE_HEIGHTS * source.face_height_px * side / size), 1)

    def mean(plane: Float32) -> Float32:
        return np.asarray(cv2.blur(plane, (2 * reach + 1, 2 * reach + 1)), np.float32)

    middle, level = mean(guide), mean(coarse)
    spread = mean(guide * guide) - middle * middle + np.float32(_EDGE_CONTRAST**2)
    slope = np.asarray((mean(guide * coarse) - middle * level) / spread, np.float32)
    offset = np.asarray(level - slope * middle, np.float32)
    planes = [
        mean(slope) / np.float32(255),
        mean(offset),
        np.clip((coarse - (1 - _SURE)) / _SURE, 0, 1),
        np.clip(coarse / _SURE, 0, 1),
    ]
    if size != side:
        planes = [cv2.resize(p, (size, size), interpolation=cv2.INTER_LINEAR) for p in planes]
    slopes, offsets, least, most = planes
    alpha = np.asarray(cv2.multiply(luma, slopes, dtype=cv2.CV_32F), np.float32)
    alpha += offsets
    alpha = np.asarray(cv2.min(cv2.max(alpha, least), most), np.float32)
    # Rounding must not leave a trace of the background inside, nor of the person outside.
    alpha *= np.float32(1 + 2 * _LEVEL)
    alpha -= np.float32(_LEVEL)
    return np.clip(alpha, 0, 1, out=alpha)


def _padded(alpha: Float32, inside_xyxy: tuple[int, int, int, int]) -> Float32:
    """The matte with its border repeated beyond the photo."""
    x0, y0, x1, y1 = inside_xyxy
    size = alpha.shape[0]
    if (x0, y0, x1, y1) == (0, 0, size, size):
        return alpha
    part, sides = alpha[y0:y1, x0:x1], (y0, size - y1, x0, size - x1)
    return np.asarray(cv2.copyMakeBorder(part, *sides, cv2.BORDER_REPLICATE), np.float32)
