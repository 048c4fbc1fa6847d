"""Mean face in 3-D, and head pose and scale in a picture from a fit of it.

The canonical head frame is that of the mean face: upright, facing the camera, x to the image's
right, y down, z towards the camera, lengths in face heights (forehead to chin), origin at the
mean of the 478 landmarks.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nostalgia.faces.topology import RIGID
from nostalgia.files import checkpoint_path
from nostalgia.geometry import fit_similarity, pose_from_rotation
from nostalgia.types import Float32, Float64, HeadPose

_LANDMARKS = 478

NECK_PIVOT = np.array([0.0, 0.55, -0.45])
"""Base of the neck in the canonical head frame: the point about which a head turns."""


@dataclass(frozen=True, slots=True)
class FaceShape:
    """Mean of many faces.

    mean: float32 (478, 3), canonical head frame. mirror: intp (478,), the mirror image
    of landmark i is landmark mirror[i].
    """

    mean: Float32
    mirror: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class HeadFit:
    """landmarks ~ scale_px * rotation @ canonical + translation_px.

    scale_px: pixels per face height. rotation: float64 (3, 3). translation_px: float64 (3,).
    """

    scale_px: float
    rotation: Float64
    translation_px: Float64

    @property
    def pose(self) -> HeadPose:
        """Rotation as yaw, pitch and roll."""
        return pose_from_rotation(self.rotation)

    def canonical(self, landmarks: Float32) -> Float32:
        """Transform landmarks (N, 3) from pixels to the canonical head frame (face heights)."""
        centred = (np.asarray(landmarks, np.float64) - self.translation_px) / self.scale_px
        return np.asarray(centred @ self.rotation, np.float32)


@lru_cache(maxsize=1)
def load_face_shape() -> FaceShape:
    """Read the mean face (7 kB) from checkpoints/face_shape.npz; once per process.

    Raises:
        CheckpointError: the file is missing.
    """
    with np.load(checkpoint_path("face_shape.npz"), allow_pickle=False) as file:
        return FaceShape(file["mean"].astype(np.float32), file["mirror"].astype(np.intp))


def fit_head(landmarks: Float32) -> HeadFit:
    """Fit the mean face's rigid points to landmarks float32 (478, 3) in pixels, least squares.

    Raises:
        ValueError: the landmarks are not (478, 3).
    """
    if landmarks.shape != (_LANDMARKS, 3):
        raise ValueError(f"landmarks must be (478, 3), not {landmarks.shape}")
    rigid = list(RIGID)
    scale, rotation, shift = fit_similarity(load_face_shape().mean[rigid], landmarks[rigid])
    return HeadFit(scale, rotation, shift)
