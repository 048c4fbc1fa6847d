"""S3FD, the face detector of the package face-alignment, with weights from disk.

Zhang et al., "S3FD: Single Shot Scale-invariant Face Detector", 2017.
"""

from pathlib import Path
from typing import Any, Self

import cv2
import numpy as np

from nostalgia.faces.face_alignment_package import load_network, mesh_box
from nostalgia.geometry import intersection_over_union
from nostalgia.options import DetectionOptions
from nostalgia.types import BoxXYXY, FaceBox, Float32, UInt8

WEIGHTS = "face-alignment-s3fd"
CACHED = ("s3fd-619a316812.pth",)
CANDIDATE_SCORE = 0.3
"""Low, because the mesh network scores the candidates again."""
_SAME_FACE = 0.3
"""Intersection over union above which two boxes are one face; the package's own figure."""


class FaceAlignmentDetector:
    """Finds faces with S3FD; keeps no state between calls.

    Its memory and time grow with the pixels, and it misses faces larger than about 500 pixels (its
    author says so in face-alignment issue 201). So it runs twice on a photo: at most
    `LARGEST_SIDE_PX` long, and `SMALL_SIDE_PX` long for faces that fill the photo.
    """

    name = "face-alignment"
    LARGEST_SIDE_PX = 1024
    SMALL_SIDE_PX = 480
    SMALLEST_SIDE_PX = 64

    def __init__(self, s3fd: Any) -> None:
        self._s3fd = s3fd

    @classmethod
    def load(cls, options: DetectionOptions) -> Self:
        """Read the weights from the store, or from the cache of face-alignment.

        Raises:
            CheckpointError: the weights are missing or cannot be used; nothing is downloaded.
            BackendError: the package is not installed, or torch does not find the device.
        """

        def build(sfd: Any, path: Path) -> Any:
            return sfd.FaceDetector(
                device=options.device, path_to_detector=str(path), filter_threshold=CANDIDATE_SCORE
            )

        module = "face_alignment.detection.sfd"
        return cls(load_network(module, WEIGHTS, CACHED, options.device, build))

    def detect(self, photo: UInt8) -> list[FaceBox]:
        """Find the faces of a photo.

        Args:
            photo: RGB uint8 (H, W, 3).

        Returns:
            Faces by falling score, the softmax of S3FD; boxes from the top of the forehead to the
            chin, in photo pixels, clipped to the photo; without points, which S3FD does not find.
        """
        height, width = photo.shape[:2]
        sides = [min(max(height, width), self.LARGEST_SIDE_PX)]
        if sides[0] > self.SMALL_SIDE_PX:
            sides.append(self.SMALL_SIDE_PX)
        found = np.concatenate([self._look(photo, side) for side in sides])
        faces = []
        for candidate in _best_of_each(found):
            x0, y0, x1, y1 = np.clip(
                mesh_box(BoxXYXY((candidate[0], candidate[1], candidate[2], candidate[3]))),
                0,
                [width, height, width, height],
            ).tolist()
            if min(x1 - x0, y1 - y0) >= 1:
                faces.append(FaceBox((x0, y0, x1, y1), float(candidate[4])))
        return faces

    def _look(self, photo: UInt8, long_side: int) -> Float32:
        """Run S3FD on the reduced photo: float32 (N, 5), box xyxy in photo pixels and score."""
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
    """Pad a picture with black below and beside if it is too small for S3FD to halve."""
    height, width = pixels.shape[:2]
    below, beside = max(side - height, 0), max(side - width, 0)
    if not below and not beside:
        return pixels
    padded = cv2.copyMakeBorder(pixels, 0, below, 0, beside, cv2.BORDER_CONSTANT, value=(0, 0, 0))
    return np.asarray(padded, np.uint8)


def _best_of_each(found: Float32) -> Float32:
    """Suppress duplicates: one row per face, by falling score."""
    kept: list[Float32] = []
    for row in found[np.argsort(-found[:, 4], kind="stable")]:
        if all(intersection_over_union(row, other) <= _SAME_FACE for other in kept):
            kept.append(row)
    return np.array(kept, np.float32).reshape(-1, 5)
