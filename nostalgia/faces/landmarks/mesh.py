"""Face-mesh network: 478 landmarks with depth, their doubts and a face score for each box."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from nostalgia.faces.head import fit_head, load_face_shape
from nostalgia.geometry import apply_affine, invert_affine
from nostalgia.types import FaceBox, Float32, Float64, PartDoubts, UInt8
from nostalgia.weights.network import shipped_network

CROP_PX = 128
"""Side of the network's input."""
CROP_FACE_HEIGHTS = 1.45
"""Side of the crop in face heights."""

_PASSES = 3
_MIRROR_X = np.array([-1, 1, 1], np.float32)
_MIRRORED_PARTS = [1, 0, 2, 3]
_MIRROR_SHIFT = np.array([CROP_PX - 1, 0, 0], np.float32)


@dataclass(frozen=True, slots=True)
class FoundMesh:
    """Result of the network for one box.

    landmarks: float32 (478, 3), photo pixels, z towards the camera. score: 0..1, of being a face.
    doubts: of the landmarks, face heights.
    """

    landmarks: Float32
    score: float
    doubts: PartDoubts = PartDoubts()


@dataclass(frozen=True, slots=True)
class _Place:
    """Square of a crop: centre x, y and side in photo pixels, roll in degrees clockwise."""

    centre_xy: tuple[float, float]
    side_px: float
    roll_deg: float

    def crop_from_photo(self) -> Float64:
        """Matrix float64 (2, 3) from photo pixels to crop pixels, face upright and centred."""
        k = CROP_PX / self.side_px
        c, s = np.cos(np.radians(self.roll_deg)) * k, np.sin(np.radians(self.roll_deg)) * k
        linear = np.array([[c, s], [-s, c]])
        shift = CROP_PX / 2 - linear @ np.array(self.centre_xy)
        return np.hstack([linear, shift[:, None]])


class MeshNetwork:
    """Landmark network of checkpoints/face_mesh.onnx; keeps no state between calls."""

    def __init__(self, predict: Callable[[Float32], Sequence[Float32]]) -> None:
        """Find landmarks with any network.

        predict: maps contrast-normalised grey crops, float32 (B, 1, 128, 128), to landmarks,
        float32 (B, 478, 3), logits of being a face, float32 (B,), and doubts, float32 (B, 4), in
        the order of `PartDoubts`. Landmarks and doubts come in crop units: x and y 0..1 over the
        crop, z in the same unit towards the camera.
        """
        self._predict = predict

    @classmethod
    def load(cls) -> "MeshNetwork":
        """Load the network that ships.

        Raises:
            CheckpointError: the file is missing or damaged.
        """
        return cls(shipped_network("face-mesh").run)

    def find(self, pixels: UInt8, boxes: Sequence[FaceBox]) -> list[FoundMesh]:
        """Find the landmarks in each box, in the same order.

        Three passes: the box gives the first crop; each pass turns the next crop upright and
        centres it; the last pass averages the results for the crop and for its mirror image.

        Args:
            pixels: RGB uint8 (H, W, 3).
            boxes: forehead to chin, in pixels of `pixels`.
        """
        grey = _grey(pixels)
        return [self._follow(grey, _place_of_box(box)) for box in boxes]

    def track(self, pixels: UInt8, previous: Float32) -> FoundMesh:
        """Find the landmarks of a face that was at `previous`, float32 (478, 3), one frame ago."""
        return self._follow(_grey(pixels), _place_of_landmarks(previous), passes=2)

    def look_at(self, pixels: UInt8, known: Float32) -> FoundMesh:
        """Find the landmarks of a face that is at `known`, float32 (478, 3), in one pass.

        For versions of one picture: each is seen in the very same crop.
        """
        return self._look(_grey(pixels), _place_of_landmarks(known), mirrored_too=False)

    def _follow(self, grey: UInt8, place: _Place, passes: int = _PASSES) -> FoundMesh:
        found = self._look(grey, place, False)
        for step in range(1, passes):
            found = self._look(grey, _place_of_landmarks(found.landmarks), step == passes - 1)
        return found

    def _look(self, grey: UInt8, place: _Place, mirrored_too: bool) -> FoundMesh:
        matrix = place.crop_from_photo()
        crop = _cut(grey, matrix, place).astype(np.float32) / 255
        crop = (crop - crop.mean()) / (crop.std() + 0.03)
        views = [crop, crop[:, ::-1]] if mirrored_too else [crop]
        shapes, logits, doubts = self._predict(np.stack(views)[:, None])
        points = shapes * CROP_PX
        if mirrored_too:
            back = (points[1] * _MIRROR_X)[load_face_shape().mirror] + _MIRROR_SHIFT
            points = (points[:1] + back) / 2
            doubts = np.asarray((doubts[:1] + doubts[1:, _MIRRORED_PARTS]) / 2, np.float32)
        photo_from_crop = invert_affine(matrix)
        xy = apply_affine(photo_from_crop, points[0, :, :2])
        z = points[0, :, 2:] * place.side_px / CROP_PX
        score = float(1 / (1 + np.exp(-logits.mean())))
        found = PartDoubts(*(float(doubt) * CROP_FACE_HEIGHTS for doubt in doubts[0]))
        return FoundMesh(np.hstack([xy, z]).astype(np.float32), score, found)


def _grey(pixels: UInt8) -> UInt8:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def _place_of_box(box: FaceBox) -> _Place:
    x0, y0, x1, y1 = box.box_xyxy
    roll = 0.0
    if box.points is not None:
        along = box.points[1] - box.points[0]
        roll = float(np.degrees(np.arctan2(along[1], along[0])))
        roll = roll if abs(roll) > 12 else 0.0
    side = max(y1 - y0, (x1 - x0) * 1.1, 4.0) * CROP_FACE_HEIGHTS
    return _Place(((x0 + x1) / 2, (y0 + y1) / 2), side, roll)


def _place_of_landmarks(landmarks: Float32) -> _Place:
    fit = fit_head(landmarks)
    x, y = landmarks[:, :2].mean(0)
    return _Place((float(x), float(y)), max(fit.scale_px, 4.0) * CROP_FACE_HEIGHTS, fit.pose.roll)


def _cut(grey: UInt8, matrix: Float64, place: _Place) -> UInt8:
    """Cut the crop, from a reduced copy of its surroundings if the face is large."""
    reduce = int(place.side_px / CROP_PX / 1.5)
    if reduce < 2:
        return _warp(grey, matrix)
    height, width = grey.shape
    half = place.side_px * 0.75
    x0, y0 = (
        int(np.clip(c - half, 0, n - 1))
        for c, n in zip(place.centre_xy, (width, height), strict=True)
    )
    x1, y1 = (
        int(np.clip(c + half, 1, n)) for c, n in zip(place.centre_xy, (width, height), strict=True)
    )
    part = grey[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
    shrunk = cv2.resize(
        part,
        (max(part.shape[1] // reduce, 1), max(part.shape[0] // reduce, 1)),
        interpolation=cv2.INTER_AREA,
    )
    small = np.asarray(shrunk, np.uint8)
    kx, ky = part.shape[1] / small.shape[1], part.shape[0] / small.shape[0]
    photo_from_small = np.array([[kx, 0, x0 + (kx - 1) / 2], [0, ky, y0 + (ky - 1) / 2]])
    linear = matrix[:, :2] @ photo_from_small[:, :2]
    shift = matrix[:, :2] @ photo_from_small[:, 2:] + matrix[:, 2:]
    return _warp(small, np.hstack([linear, shift]))


def _warp(grey: UInt8, matrix: Float64) -> UInt8:
    warped = cv2.warpAffine(
        grey, matrix, (CROP_PX, CROP_PX), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(warped, np.uint8)
