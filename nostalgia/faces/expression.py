"""What a face does in the photo itself: whether it smiles, and how open its mouth and eyes are.

Read from the landmarks in the canonical head frame, so that a turned head changes little.
"""

from dataclasses import dataclass

import numpy as np

from nostalgia.faces import topology
from nostalgia.faces.head import fit_head, load_face_shape
from nostalgia.types import Float32

SMILING = 0.05
"""24 % of the 13 604 press photos that taught the mesh network lie above; their mean face is 0 and
smiles a little, somebody serious reads as -0.05."""

MOUTH_OPEN = 0.045
"""Teeth are seen above it (43 % of the press photos); lips that touch read as 0.001 to 0.03."""

EYES_HALF_CLOSED = 0.18
"""Narrower than in 96 % of the press photos: looking down, dozing, or eyes narrowed by laughter."""

EYES_CLOSED = 0.115
"""Narrower than in 99 % of them: no white is seen any more."""


@dataclass(frozen=True, slots=True)
class FaceExpression:
    """The expression of a face in its photo.

    smile: how far the mouth's corners lie higher and wider apart than the mean face's, face
    heights; about -0.1 (stern) to 0.17 (laughing). mouth_opening: gap of the inner lips, face
    heights. eye_opening: opening over width of the image-left and image-right eye, 0.1 to 0.45.
    """

    smile: float
    mouth_opening: float
    eye_opening: tuple[float, float]

    @property
    def smiling(self) -> bool:
        """Whether a viewer would say that the face smiles."""
        return self.smile > SMILING

    @property
    def mouth_open(self) -> bool:
        """Whether teeth or the mouth's inside are seen."""
        return self.mouth_opening > MOUTH_OPEN

    @property
    def eyes_half_closed(self) -> bool:
        """Whether both eyes are narrow or shut."""
        return max(self.eye_opening) < EYES_HALF_CLOSED

    @property
    def eyes_closed(self) -> bool:
        """Whether both eyes are shut, or so narrow that nothing of them is seen."""
        return max(self.eye_opening) < EYES_CLOSED

    @property
    def words(self) -> tuple[str, ...]:
        """What applies, in the words of ``suits`` in ``bank.json``; ``neutral`` where nothing."""
        said = {
            "smiling": self.smiling,
            "open-mouth": self.mouth_open,
            "half-closed-eyes": self.eyes_half_closed,
        }
        return tuple(word for word, applies in said.items() if applies) or ("neutral",)


def read_expression(landmarks: Float32) -> FaceExpression:
    """Read a face's own expression.

    Args:
        landmarks: float32 (478, 3), pixels, x then y then z towards the camera.

    Raises:
        ValueError: the landmarks are not (478, 3).
    """
    shape = fit_head(landmarks).canonical(landmarks)
    mean = load_face_shape().mean
    left, right = topology.MOUTH_CORNERS
    lift = float((mean[[left, right], 1] - shape[[left, right], 1]).mean())
    wider = float((shape[right, 0] - shape[left, 0]) - (mean[right, 0] - mean[left, 0]))
    image_left, image_right = (
        _opening(shape, lids, corners)
        for (lids, *_), corners in zip(topology.LID_PAIRS, topology.EYE_CORNERS, strict=True)
    )
    upper, lower = topology.INNER_LIP_MIDDLES
    gap = float(np.linalg.norm(shape[upper] - shape[lower]))
    return FaceExpression(lift + wider, gap, (image_left, image_right))


def _opening(shape: Float32, lids: tuple[int, int], corners: tuple[int, int]) -> float:
    height = float(np.linalg.norm(shape[lids[0], :2] - shape[lids[1], :2]))
    return height / max(float(np.linalg.norm(shape[corners[0]] - shape[corners[1]])), 1e-6)
