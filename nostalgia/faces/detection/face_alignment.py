"""Faces found by S3FD, the detector of the package face-alignment, with weights from disk.

Zhang et al., "S3FD: Single Shot Scale-invariant Face Detector", 2017.
"""

from typing import Any, Self

import cv2
import numpy as np

from nostalgia.compute import checked_device
from nostalgia.faces.face_alignment_package import (
    box_of_ours,
    importing,
    reading,
    stored_weights,
)
from nostalgia.options import DetectionOptions
from nostalgia.types import FaceBox, Float32, UInt8

WEIGHTS = "face-alignment-s3fd"
CACHED = ("s3fd-619a316812.pth",)
CANDIDATE_SCORE = 0.3
"""Low, because the mesh network judges candidates again."""
_SAME_FACE = 0.3
"""Intersection over union above which two boxes are one face; the package's own figure."""


class FaceAlignmentDetector:
    """Finds faces with S3FD; keeps no state between calls.

    Its memory and time grow with the pixels, and faces larger than about 500 pixels escape it (as
    its maker says: face-alignment issue 201). So a photo is looked at twice, `LARGEST_SIDE_PX`
    long at most, and `SMALL_SIDE_PX` long for faces that fill it.
    """

    name = "face-alignment"
    LARGEST_SIDE_PX = 1024
    SMALL_SIDE_PX = 480
    SMALLEST_SIDE_PX = 64

    def __init__(self, s3fd: Any) -> None:
        self._s3fd = s3fd

    @classmethod
    def load(cls, options: DetectionOptions) -> Self:
        """Read the weights from the store, or from where face-alignment has put them before.

        Raises:
            CheckpointError: they are missing or cannot be used; they are never fetched here.
            BackendError: the package is not installed, or there is no such device.
        """
        device = checked_device(options.device)
        path = stored_weights(WEIGHTS, CACHED)
        with importing():
            from face_alignment.detection.sfd import FaceDetector
        with reading(path, WEIGHTS):
            s3fd = FaceDetector(
                device=device, path_to_detector=str(path), filter_threshold=CANDIDATE_SCORE
            )
        return cls(s3fd)

    def detect(self, photo: UInt8) -> list[FaceBox]:
        """Find the faces of a photo.

        Args:
            photo: RGB uint8 (H, W, 3).

        Returns:
            Faces by falling score, the softmax of S3FD; boxes from the top of the forehead to the
            chin, in photo pixels, clipped to the photo. No points: S3FD tells none.
        """
        height, width = photo.shape[:2]
        sides = [min(max(height, width), self.LARGEST_SIDE_PX)]
        if sides[0] > self.SMALL_SIDE_PX:
            sides.append(self.SMALL_SIDE_PX)
        found = np.concatenate([self._look(photo, side) for side in sides])
        faces = []
        for candidate in _best_of_each(found):
            x0, y0, x1, y1 = np.clip(
                box_of_ours((candidate[0], candidate[1], candidate[2], candidate[3])),
                0,
                [width, height, width, height],
            ).tolist()
            if min(x1 - x0, y1 - y0) >= 1:
                faces.append(FaceBox((x0, y0, x1, y1), float(candidate[4])))
        return faces

    def _look(self, photo: UInt8, long_side: int) -> Float32:
        """Boxes and scores of the photo at a size: float32 (N, 5), photo pixels, xyxy and score."""
        height, width = photo.shape[:2]
        scale = long_side / max(height, width)
        small = np.ascontiguousarray(photo)
        if scale < 1:
            size = (max(1, round(width * scale)), max(1, round(height * scale)))
            small = np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_AREA), np.uint8)
        padded = _at_least(small, self.SMALLEST_SIDE_PX)
        found = np.asarray(self._s3fd.detect_from_image(padded), np.float32).reshape(-1, 5)
        stretch = np.array([width / small.shape[1], height / small.shape[0]] * 2, np.float32)
        found[:, :4] *= stretch
        return found[np.isfinite(found).all(axis=1)]


def _at_least(pixels: UInt8, side: int) -> UInt8:
    """The picture, with black added below and beside where it is narrower than S3FD can halve."""
    height, width = pixels.shape[:2]
    below, beside = max(side - height, 0), max(side - width, 0)
    if not below and not beside:
        return pixels
    padded = cv2.copyMakeBorder(pixels, 0, below, 0, beside, cv2.BORDER_CONSTANT, value=(0, 0, 0))
    return np.asarray(padded, np.uint8)


def _best_of_each(found: Float32) -> Float32:
    """One row per face, by falling score."""
    kept: list[Float32] = []
    for row in found[np.argsort(-found[:, 4], kind="stable")]:
        if all(_overlap(row, other) <= _SAME_FACE for other in kept):
            kept.append(row)
    return np.array(kept, np.float32).reshape(-1, 5)


def _overlap(a: Float32, b: Float32) -> float:
    """Intersection over union."""
    sides = np.maximum(np.minimum(a[2:4], b[2:4]) - np.maximum(a[:2], b[:2]), 0)
    shared = float(sides.prod())
    areas = [float((row[2:4] - row[:2]).prod()) for row in (a, b)]
    return shared / max(sum(areas) - shared, 1e-6)
