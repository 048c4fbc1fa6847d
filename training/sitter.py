"""A sitter in the studio: her looks, the places on her head, and the canvas and brushes that draw her.

Head frame: origin between the fronts of the ears, x to the image's right, y down, z to the camera,
lengths in face heights (landmark 10 to landmark 152).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.spatial import Delaunay

from nostalgia.faces.head import load_face_shape
from nostalgia.faces.topology import FACE_OVAL
from nostalgia.geometry import rotation_from_pose
from nostalgia.types import HeadPose

WIDTH, HEIGHT, FACE_PX = 448, 560, 198.0
CENTRE_XY = (224.0, 226.0)
LIGHT = np.array([-0.52, -0.55, 0.65]) / np.linalg.norm([-0.52, -0.55, 0.65])
"""Towards the studio's window: image left, above, before the sitter (y down)."""

SKULL_CENTRE = np.array([0.0, -0.22, -0.10])
SKULL_RADII = np.array([0.45, 0.49, 0.575])
SKULL_BELOW = 0.75
"""Radius below the centre: the back of the head runs down into the nape."""


@dataclass(frozen=True)
class Looks:
    """How one performer looks.

    woman, age: who is averaged; age 1 takes the wrinkled, -1 the smooth third, 0 all; people: how many.
    style, parting, hair: key of `hairdresser.STYLES`, its parting (face heights), its tone 0..255.
    wears, cloth: key of `wardrobe.CLOTHES` and the tone of the outer garment.
    tint: of the print, per RGB channel; coloured: muted colours painted on the print.
    beard: 0..1, how much of a moustache is drawn.
    """

    name: str
    pose: HeadPose
    woman: bool
    style: str
    hair: float
    wears: str
    cloth: float
    tint: tuple[float, float, float]
    seed: int
    people: int = 28
    parting: float = 0.0
    age: float = 0.0
    backdrop: float = 150.0
    coloured: bool = False
    beard: float = 0.0


class Head:
    """Places on a turned head, in canvas pixels, from positions in the head frame."""

    def __init__(self, landmarks: np.ndarray, pose: HeadPose) -> None:
        self.landmarks = landmarks
        self.turn = rotation_from_pose(pose)
        self.centre = (landmarks[234] + landmarks[454]) / 2
        self.scale = float(np.linalg.norm(landmarks[152] - landmarks[10]))
        self.oval = landmarks[list(FACE_OVAL), :2]
        self.face = self.silhouette()
        self.cheeks = float(np.linalg.norm(landmarks[454] - landmarks[234])) / self.scale / 2
        # The body turns and leans less than the head; the pit of the neck stays under the skull.
        skull_base = self.at(0, 0.30, -0.32)
        leaning = np.array([0.35, 0.0]) * (self.at(0, 0.3, 0.1) - skull_base)
        self.pit = skull_base + [0.0, 0.54 * self.scale] + leaning
        self.pit[1] = min(self.pit[1], HEIGHT - 0.42 * self.scale)

    def silhouette(self) -> np.ndarray:
        """Alpha (H, W), 0 or 1, of the face's surface as the camera sees it."""
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        mean = load_face_shape().mean[:468, :2]
        for corners in Delaunay(mean).simplices:
            cv2.fillConvexPoly(
                mask, (self.landmarks[corners, :2] * 16).astype(np.int32), 255, shift=4
            )
        cv2.fillPoly(mask, [(curve(self.oval) * 16).astype(np.int32)], 255, shift=4)
        smooth = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 3.0)
        return np.asarray(smooth > 0.5, np.float32)

    def within(self, inset_px: float, soft_px: float) -> np.ndarray:
        """Alpha (H, W) of the face, so far inside its silhouette, so soft."""
        depth = cv2.distanceTransform((self.face > 0).astype(np.uint8), cv2.DIST_L2, 5)
        inside = (depth > inset_px).astype(np.float32)
        return np.asarray(cv2.GaussianBlur(inside, (0, 0), soft_px))

    def space(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 3) of the head frame in canvas x, y and depth (px, to the camera)."""
        turned: np.ndarray = points @ self.turn.T * self.scale
        turned[..., :2] += self.centre[:2]
        return turned

    def at(self, x: float, y: float, z: float = 0.0) -> np.ndarray:
        """Canvas x, y of a point of the head frame."""
        return np.asarray(self.space(np.array([x, y, z], np.float64))[:2])

    def jaw_shadow(self, right: float, below: float, soft: float) -> np.ndarray:
        """Alpha (H, W) of the face's shadow, moved so many face heights, so soft."""
        move = np.array([[1, 0, right * self.scale], [0, 1, below * self.scale]], np.float32)
        face = cv2.warpAffine(self.face, move, (WIDTH, HEIGHT))
        return np.asarray(cv2.GaussianBlur(face, (0, 0), soft * self.scale))


@dataclass
class Canvas:
    """The picture being painted: tone (H, W) 0..255 and hue (H, W, 3), 1 where there is no colour."""

    tone: np.ndarray
    hue: np.ndarray

    def paint(
        self,
        alpha: np.ndarray,
        tone: np.ndarray | float,
        hue: tuple[float, float, float] | None = None,
    ) -> None:
        """Lay a tone (and a hue) over what is there, through an alpha (H, W)."""
        self.tone = self.tone + alpha * (tone - self.tone)
        if hue is not None:
            self.hue = self.hue + alpha[..., None] * (np.array(hue) - self.hue)

    def shade(self, amount: np.ndarray) -> None:
        """Darken (or lighten, below 0) by a share (H, W) of the tone."""
        self.tone = self.tone * (1 - amount)


def curve(points: np.ndarray, closed: bool = True, steps: int = 12) -> np.ndarray:
    """Catmull-Rom curve through points (N, 2)."""
    if not closed:
        points = np.concatenate([points[:1], points, points[-1:]])
    before, after, second = np.roll(points, 1, 0), np.roll(points, -1, 0), np.roll(points, -2, 0)
    u = np.linspace(0, 1, steps, endpoint=False)[:, None, None]
    runs = 0.5 * (
        2 * points + (after - before) * u + (2 * before - 5 * points + 4 * after - second) * u**2
        + (3 * points - before - 3 * after + second) * u**3
    )  # fmt: skip
    runs = runs.transpose(1, 0, 2)
    return np.asarray((runs if closed else runs[1:-2]).reshape(-1, 2))


def smooth_polygon(points: np.ndarray, soft_px: float, rounded: bool = True) -> np.ndarray:
    """Alpha (H, W) of a closed curve through points (N, 2), with a soft edge."""
    outline = ((curve(points) if rounded else points) * 16).astype(np.int32)
    mask = cv2.fillPoly(np.zeros((HEIGHT, WIDTH), np.uint8), [outline], 255, cv2.LINE_AA, 4)
    return cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), soft_px)


def stroke(points: np.ndarray, width_px: float, soft_px: float) -> np.ndarray:
    """Alpha (H, W) of a soft line along a curve through points (N, 2)."""
    line = (curve(points, closed=False) * 16).astype(np.int32)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.polylines(mask, [line], False, 255, max(1, round(width_px)), cv2.LINE_AA, 4)
    alpha = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), soft_px)
    return np.asarray(alpha / max(float(alpha.max()), 1e-6))


def grid() -> tuple[np.ndarray, np.ndarray]:
    """x and y of every pixel, float32 (H, W)."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    return x, y
