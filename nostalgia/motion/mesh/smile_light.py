"""The light of a smile: folds from nose to mouth, rounder cheeks, bags under the eyes.

A smile that only moves the skin looks like a smirk. How the light on smiling faces changes was
learned from press photos (an expression ratio image: Liu, Shan and Zhang, "Expressive expression
mapping with ratio images", 2001); it is laid on the mean face, ``checkpoints/smile_light.npz``, and
from there, by the landmarks, on any other.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from nostalgia.dense_motion import Shade
from nostalgia.faces.head import load_face_shape
from nostalgia.faces.topology import MOUTH_CORNERS
from nostalgia.files import checkpoint_path
from nostalgia.imaging import LUMA, read_at
from nostalgia.motion.mesh.expression import SHARP, ExpressionUnits, spread_over
from nostalgia.types import FaceCrop, Float32, Float64, PixelBox

CELLS = 125
"""Most cells of a shade per face height: those of the learned map."""

NODE_CELLS = 4
STRENGTH = 0.6
"""Share of the learned change: old photos show soft folds, and most sitters are young."""

LIGHTER = 0.5
"""Share of that where the face grows lighter: cheeks would shine, on pale prints and drawings."""

LEAST_AMOUNT = 0.004
SKIN_PX, SKIN, ALIKE = 48, (0.15, 0.9), 8.0
"""Side of the picture in which the colour of shadows is read, quantiles of luma that count as skin,
and the deviation of luma from which its colours say something."""

SLOPES = (0.4, 1.8)
_EDGE, _FAINTEST = 0.02, 0.01


@dataclass(frozen=True, slots=True)
class LearnedLight:
    """Change of the light on the mean face per amount of smile.

    change: float32 (h, w), of the logarithm. left_top: float32 (2,), place of the first cell on the
    mean face, face heights. step: of the cells, face heights.
    """

    change: Float32
    left_top: Float32
    step: float


@lru_cache(maxsize=1)
def load_smile_light() -> LearnedLight:
    """Read checkpoints/smile_light.npz (15 kB); once per process.

    Raises:
        CheckpointError: the file is missing.
    """
    with np.load(checkpoint_path("smile_light.npz"), allow_pickle=False) as file:
        change, corner = file["change"].astype(np.float32), file["left_top"].astype(np.float32)
        return LearnedLight(change, corner, float(file["step"]))


@dataclass(frozen=True, slots=True)
class SmileLight:
    """Change of the light on one face as it smiles.

    change: float32 (h, w), of the logarithm per amount of smile, over box_xyxy, crop pixels.
    colour: of the shadows of this skin, see `Shade`.
    """

    change: Float32
    box_xyxy: PixelBox
    colour: tuple[float, float, float]

    def shade(self, amount: float) -> Shade | None:
        """The light of a smile of that amount, see `unit_amounts`; None if nothing changes."""
        if amount < LEAST_AMOUNT or not self.change.any():
            return None
        return Shade(np.exp(np.float32(amount) * self.change), self.box_xyxy, self.colour)


def prepare_smile_light(source: FaceCrop, visible: NDArray[np.bool_]) -> SmileLight:
    """Lay the learned light on a face.

    visible: bool (478,), the landmarks that the camera sees.
    """
    learned = load_smile_light()
    unit = source.face_height_px
    at = source.landmarks[visible, :2]
    x0, y0 = (int(n) for n in np.floor(at.min(axis=0)))
    cell_px = max(round(unit / CELLS), 1)
    across, down = (int(n) for n in np.ceil((at.max(axis=0) - [x0, y0]) / (NODE_CELLS * cell_px)))
    centres = [(np.arange(count) + 0.5) * NODE_CELLS * cell_px for count in (across, down)]
    nodes = (np.stack(np.meshgrid(*centres), axis=-1) + [x0, y0]).astype(np.float32)
    shares = spread_over(nodes.reshape(-1, 2) / unit, at / np.float32(unit), SHARP)
    mean = load_face_shape().mean[visible, :2]
    places = (shares @ mean).reshape(nodes.shape)
    places = (places - learned.left_top) / np.float32(learned.step)
    size = (across * NODE_CELLS, down * NODE_CELLS)
    places = np.asarray(cv2.resize(places, size, interpolation=cv2.INTER_CUBIC), np.float32)
    change = read_at(learned.change, places, border=cv2.BORDER_CONSTANT)
    outline = cv2.convexHull(((at - [x0, y0]) / cell_px).astype(np.int32))
    inside = cv2.fillConvexPoly(np.zeros(change.shape, np.float32), outline, (1.0,))
    edge = cv2.blur(inside, (2 * int(_EDGE * unit / cell_px) + 1,) * 2)
    change = np.where(change > 0, np.float32(LIGHTER) * change, change)
    change = np.float32(STRENGTH) * change * np.clip(2 * edge - 1, 0, 1)
    rows, columns = (np.flatnonzero((np.abs(change) > _FAINTEST).any(axis=n)) for n in (1, 0))
    if not len(rows):
        return SmileLight(np.zeros((1, 1), np.float32), (x0, y0, x0 + 1, y0 + 1), (1.0, 1.0, 1.0))
    (left, right), (top, bottom) = ((ends[0], ends[-1] + 1) for ends in (columns, rows))
    box = (x0 + left * cell_px, y0 + top * cell_px, x0 + right * cell_px, y0 + bottom * cell_px)
    x0, y0, x1, y1 = (int(edge) for edge in box)
    change = np.asarray(change[top:bottom, left:right], np.float32)
    return SmileLight(change, (x0, y0, x1, y1), _shadow_colour(source, (x0, y0, x1, y1)))


def _shadow_colour(source: FaceCrop, box_xyxy: PixelBox) -> tuple[float, float, float]:
    """What red, green and blue of this skin change by where its luma changes by 1, see `Shade`.

    Skin is warmer in its shadows, a print as its toning is: a line through the colours of the
    cheeks. Where they are all alike, shadows are as saturated as they.
    """
    x0, y0, x1, y1 = (max(edge, 0) for edge in box_xyxy)
    cheeks = source.pixels[y0:y1, x0:x1]
    if not cheeks.size:
        return 1.0, 1.0, 1.0
    skin = cv2.resize(cheeks, (SKIN_PX, SKIN_PX), interpolation=cv2.INTER_AREA)
    colours = skin.reshape(-1, 3).astype(np.float64)
    light = colours @ LUMA
    usual = (light > np.quantile(light, SKIN[0])) & (light <= np.quantile(light, SKIN[1]))
    if not usual.any():
        return 1.0, 1.0, 1.0
    colours, light = colours[usual], light[usual]
    mean, level = colours.mean(axis=0), max(float(light.mean()), 1.0)
    spread = (colours - mean).T @ (light - level) / len(light)
    slope = (spread + ALIKE**2 * mean / level) / (light.var() + ALIKE**2)
    slope = np.clip(slope, *SLOPES)
    red, green, blue = (float(part) for part in slope / (slope @ LUMA))
    return red, green, blue


def unit_amounts(units: ExpressionUnits) -> Float64:
    """Smile in each unit of an expression, float64 (K,): lift and widening of the corners."""
    left, right = (units.deltas[:, corner].astype(np.float64) for corner in MOUTH_CORNERS)
    return np.asarray(right[:, 0] - left[:, 0] - (left[:, 1] + right[:, 1]) / 2, np.float64)
