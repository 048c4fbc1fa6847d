"""Expression of a face in its photo: its smile, and how open its mouth and eyes are.

Measured on the landmarks in the canonical head frame, so that a turned head changes little.
"""

from dataclasses import dataclass

import numpy as np

from nostalgia.faces import topology
from nostalgia.faces.head import fit_head, load_face_shape
from nostalgia.types import Float32

SMILING = 0.05
"""24 % of the 13 604 press photos that the mesh network was trained on lie above. 0 is their mean
face, which smiles a little; a serious face measures about -0.05."""

MOUTH_OPEN = 0.045
"""Above it teeth show (43 % of the press photos); lips that touch measure 0.001 to 0.03."""

EYES_HALF_CLOSED = 0.18
"""Narrower than in 96 % of the press photos: looking down, dozing, or eyes narrowed by laughter."""

EYES_CLOSED = 0.115
"""Narrower than in 99 % of the press photos: no white shows."""


@dataclass(frozen=True, slots=True)
class FaceExpression:
    """Expression of a face in its photo.

    smile: distance by which the mouth's corners lie higher and wider apart than the mean face's, in
    face heights; about -0.1 (stern) to 0.17 (laughing). mouth_opening: gap between the inner lips,
    face heights. eye_opening: height over width of the image-left and image-right eye, 0.1 to 0.45.
    """

    smile: float
    mouth_opening: float
    eye_opening: tuple[float, float]

    @property
    def smiling(self) -> bool:
        """True if a viewer would say that the face smiles."""
        return self.smile > SMILING

    @property
    def mouth_open(self) -> bool:
        """True if teeth or the inside of the mouth show."""
        return self.mouth_opening > MOUTH_OPEN

    @property
    def eyes_half_closed(self) -> bool:
        """True if both eyes are narrow or shut."""
        return max(self.eye_opening) < EYES_HALF_CLOSED

    @property
    def eyes_closed(self) -> bool:
        """True if both eyes are shut, or so narrow that nothing of them shows."""
        return max(self.eye_opening) < EYES_CLOSED

    @property
    def words(self) -> tuple[str, ...]:
        """Words of ``suits`` in ``bank.json`` that apply; ``neutral`` if none does."""
        applies = {
            "smiling": self.smiling,
            "open-mouth": self.mouth_open,
            "half-closed-eyes": self.eyes_half_closed,
        }
        return tuple(word for word, true in applies.items() if true) or ("neutral",)


def read_expression(landmarks: Float32) -> FaceExpression:
    """Measure the expression of a face.

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
