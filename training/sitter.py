"""A sitter in the studio: her looks, the places on her head, and the brushes that draw her."""

from dataclasses import dataclass

import cv2
import numpy as np

from nostalgia.geometry import rotation_from_pose
from nostalgia.topology import FACE_OVAL
from nostalgia.types import HeadPose

WIDTH, HEIGHT, FACE_PX = 448, 560, 198.0
CENTRE_XY = (224.0, 226.0)


@dataclass(frozen=True)
class Looks:
    """How one performer looks. hair: tone 0..255. style: "bob", "long" or "short". cloth: tone of the clothes."""

    name: str
    pose: HeadPose
    woman: bool
    style: str
    hair: float
    cloth: float
    tint: tuple[float, float, float]
    seed: int
    people: int = 28
    parting: float = 0.0


class Head:
    """Places on a turned head, in canvas pixels, from canonical positions in face heights."""

    def __init__(self, landmarks: np.ndarray, pose: HeadPose) -> None:
        self.landmarks = landmarks
        self.turn = rotation_from_pose(pose)
        oval = landmarks[list(FACE_OVAL)]
        self.centre = (landmarks[234] + landmarks[454]) / 2
        self.scale = float(np.linalg.norm(landmarks[152] - landmarks[10]))
        self.oval = oval[:, :2]
        self.collar = float(0.45 * self.at(0, 0.6, -0.40)[0] + 0.55 * CENTRE_XY[0])
        self.cheeks = float(np.linalg.norm(landmarks[454] - landmarks[234])) / self.scale / 2

    def at(self, x: float, y: float, z: float = 0.0) -> np.ndarray:
        """Canvas x, y of a point; origin between the ears' fronts, x right, y down, z to the camera, face heights."""
        return np.asarray(self.centre[:2] + self.scale * (self.turn @ [x, y, z])[:2])

    def jaw_shadow(self, below: float, soft: float) -> np.ndarray:
        """Alpha (H, W) of the face's shadow, so many face heights below it."""
        outline = cv2.convexHull(self.oval.astype(np.int32))
        face = cv2.fillConvexPoly(np.zeros((HEIGHT, WIDTH), np.float32), outline, 1.0)
        face = np.roll(face, int(below * self.scale), 0)
        return np.asarray(cv2.GaussianBlur(face, (0, 0), soft * self.scale))


def smooth_polygon(points: np.ndarray, soft_px: float) -> np.ndarray:
    """Alpha (H, W) of a closed Catmull-Rom curve through points (N, 2), with a soft edge."""
    before, after, second = np.roll(points, 1, 0), np.roll(points, -1, 0), np.roll(points, -2, 0)
    u = np.linspace(0, 1, 12, endpoint=False)[:, None, None]
    curve = 0.5 * (
        2 * points + (after - before) * u + (2 * before - 5 * points + 4 * after - second) * u**2
        + (3 * points - before - 3 * after + second) * u**3
    )  # fmt: skip
    outline = (curve.transpose(1, 0, 2).reshape(-1, 2) * 16).astype(np.int32)
    mask = cv2.fillPoly(np.zeros((HEIGHT, WIDTH), np.uint8), [outline], 255, cv2.LINE_AA, 4)
    return cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), soft_px)


def over(below: np.ndarray, alpha: np.ndarray, tone: np.ndarray | float) -> np.ndarray:
    return np.asarray(below + alpha * (tone - below))
