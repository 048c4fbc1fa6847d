"""The network's paint where the photo cannot be trusted, in the photo's own tone and grain."""

import cv2
import numpy as np

from nostalgia.dense_motion import Painting
from nostalgia.imaging import read_at
from nostalgia.types import Float32, PixelBox

LEAST_DISTRUST = 0.03
"""Below this distrust of the moved photo nothing is painted."""

_LEAST_TRUST_AT_REST = 0.1
_TONE_SIGMA_PX = 10.0
_GREY_LEVELS = 2.0
_MOST_CONTRAST = 1.3


def distrust(occlusion: Float32, at_rest: Float32) -> Float32:
    """Loss of the network's trust in the moved photo against the photo at rest: 0..1, same shape.

    Distrust at rest is the network's bias: there the photo shows itself, and nothing is hidden.

    Args:
        occlusion: float32 (h, w), 0..1, 1 = trusted, of this frame.
        at_rest: the same when the source drives itself.
    """
    lost = (at_rest - occlusion) / np.maximum(at_rest, np.float32(_LEAST_TRUST_AT_REST))
    shown = np.clip(lost, 0.0, 1.0)
    return np.where(shown < LEAST_DISTRUST, np.float32(0), shown).astype(np.float32)


def paint_lost(
    picture: Float32,
    source: Float32,
    places: Float32,
    lost: Float32,
    square_xyxy: PixelBox,
    grain_levels: float,
) -> Painting:
    """Paint the network's picture where the photo is lost, in the photo's brightness and colour.

    Args:
        picture: float32 (S, S, 3), RGB, 0..255, of the network.
        source: the same of the face at rest.
        places: float32 (S, S, 2), x then y, pixels of the source that the frame shows.
        lost: float32 (S, S), the distrust (see `distrust`), 0 on the border.
        square_xyxy: the square's box in the crop.
        grain_levels: grain of the photo, see `grain_of`.
    """
    moved = np.asarray(read_at(source, places), np.float32)
    toned = match_tone(picture, moved, 1 - lost)
    return Painting(toned, 1 - lost, pixel_box(square_xyxy, picture.shape[0]), grain_levels)


def places_of(shift: Float32, side_px: int) -> Float32:
    """Return the pixels of the source that a frame shows, x then y: float32 (side_px, side_px, 2).

    shift: float32 (h, w, 2), [-1, 1] over the square's cells (align_corners=True).
    """
    height, width = shift.shape[:2]
    fine = np.asarray(cv2.resize(shift, (side_px, side_px)), np.float32)
    reach = np.array([(width - 1) / width, (height - 1) / height], np.float32) * side_px / 2
    line = np.arange(side_px, dtype=np.float32)
    return np.asarray(np.stack(np.meshgrid(line, line), axis=-1) + fine * reach, np.float32)


def match_tone(painted: Float32, moved: Float32, trust: Float32) -> Float32:
    """Match the painted picture to the light and colour of the moved photo around it.

    A grey photo gets grey paint. The contrast is matched where both pictures are visible; then
    their difference, blurred and weighted by trust, is added.

    Args:
        painted: float32 (S, S, 3), RGB, 0..255.
        moved: the same of the moved photo.
        trust: float32 (S, S), 0..1, in the moved photo.
    """
    if float(np.ptp(moved, axis=2).max()) < _GREY_LEVELS:
        painted = np.repeat(painted.mean(axis=2, keepdims=True), 3, axis=2)
    weight = np.maximum(trust, 1e-3) ** 2
    contrast = _spread(moved, weight) / max(_spread(painted, weight), 1e-3)
    painted = painted * np.float32(np.clip(contrast, 1 / _MOST_CONTRAST, _MOST_CONTRAST))
    size = (0, 0)
    spread = cv2.GaussianBlur((moved - painted) * weight[..., None], size, _TONE_SIGMA_PX)
    gathered = cv2.GaussianBlur(weight, size, _TONE_SIGMA_PX)
    corrected = painted + spread / np.maximum(gathered, 1e-6)[..., None]
    return np.asarray(np.clip(corrected, 0, 255), np.float32)


def _spread(picture: Float32, weight: Float32) -> float:
    """Weighted standard deviation of a picture's luma."""
    luma = picture.mean(axis=2)
    mean = float((luma * weight).sum() / weight.sum())
    return float(np.sqrt(((luma - mean) ** 2 * weight).sum() / weight.sum()))


def pixel_box(square_xyxy: PixelBox, side_px: int) -> tuple[float, float, float, float]:
    """Box of the centres of the outermost pixels of a picture of side_px that fills the square."""
    x0, y0, x1, y1 = square_xyxy
    half_x, half_y = 0.5 * (x1 - x0) / side_px, 0.5 * (y1 - y0) / side_px
    return x0 + half_x - 0.5, y0 + half_y - 0.5, x1 - half_x - 0.5, y1 - half_y - 0.5


def grain_of(face: Float32, side_px: int) -> float:
    """Grain, in levels, that an enlargement from side_px to the face's own size does not have.

    Measured on the quieter third of the fine detail, so that lashes and wrinkles do not count.

    Args:
        face: float32 (h, w), luma of the face at the photo's own size, 0..255.
        side_px: side of the network's picture.
    """
    if face.shape[0] <= side_px:
        return 0.0
    small = cv2.resize(face, (side_px, side_px), interpolation=cv2.INTER_AREA)
    coarse = cv2.resize(small, face.shape[::-1], interpolation=cv2.INTER_CUBIC)
    local = cv2.blur((face - coarse) ** 2, (15, 15))
    return float(np.sqrt(np.percentile(local, 33)))
