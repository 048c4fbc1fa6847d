"""A face that belongs to nobody: the mean face, posed, on a drawn photo, and tracks for it."""

import cv2
import numpy as np

from nostalgia.faces.head import load_face_shape
from nostalgia.faces.topology import EYES_AND_IRISES
from nostalgia.geometry import rotation_from_pose
from nostalgia.types import Face, Float32, HeadPose, MotionTrack, Photo


def face_in(
    centre_xy: tuple[float, float], height_px: float, pose: HeadPose, number: int = 1
) -> Face:
    """The mean face, `height_px` from forehead to chin."""
    mean = load_face_shape().mean
    tall = float(np.linalg.norm(mean[152] - mean[10]))
    turned = mean @ rotation_from_pose(pose).T * (height_px / tall)
    landmarks = (turned + [*centre_xy, 0.0]).astype(np.float32)
    (x0, y0), (x1, y1) = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    box = (float(x0), float(y0), float(x1), float(y1))
    return Face(number, box, 1.0, pose, landmarks)


def photo_of(*faces: Face, size_wh: tuple[int, int] = (420, 480)) -> Photo:
    """Grain, with a bright oval, two dark eyes and lips where each face is."""
    width, height = size_wh
    grain = np.random.default_rng(7).normal(0, 9, (height, width, 1))
    canvas = np.full((height, width, 3), 96.0) + cv2.GaussianBlur(grain, (0, 0), 0.7)[..., None]
    picture = np.clip(canvas, 0, 255).astype(np.uint8)
    for face in faces:
        points = face.landmarks[:, :2]
        outline = cv2.convexHull(np.ascontiguousarray(points)).astype(np.int32)
        cv2.fillPoly(picture, [outline], (190, 170, 150))
        for eye in (468, 473):
            centre = tuple(int(v) for v in points[eye])
            cv2.circle(picture, centre, max(int(face.height_px * 0.03), 1), (40, 30, 20), -1)
        corners = [tuple(int(v) for v in points[i]) for i in (61, 291)]
        cv2.line(picture, corners[0], corners[1], (120, 60, 60), 2)
    noise = np.random.default_rng(8).normal(0, 4, picture.shape)
    return Photo(np.clip(picture + noise, 0, 255).astype(np.uint8))


def smile_deltas(amount: float) -> Float32:
    """Float32 (478, 3), canonical head frame: mouth corners out and up by `amount` face heights."""
    mean = load_face_shape().mean
    deltas = np.zeros_like(mean)
    for corner, side in ((61, -1.0), (291, 1.0)):
        near = np.exp(-((mean - mean[corner]) ** 2).sum(axis=1) / (2 * 0.09**2))
        deltas += near[:, None] * np.array([side, -1.0, 0.0], np.float32) * amount
    deltas[list(EYES_AND_IRISES)] = 0
    return deltas.astype(np.float32)


def track_of(
    rotation_deg: tuple[float, float, float] = (0.0, 0.0, 0.0),
    *,
    smile: float = 0.0,
    opening: float = 1.0,
    length: int = 11,
) -> MotionTrack:
    """Neutral, out to the given values in the middle frame, and neutral again."""
    swing = (np.sin(np.linspace(0, np.pi, length)) ** 2).astype(np.float32)
    swing[[0, -1]] = 0
    lids = 1 + (opening - 1) * swing
    return MotionTrack(
        fps=25.0,
        rotation_deg=swing[:, None] * np.array(rotation_deg, np.float32),
        translation=np.zeros((length, 3), np.float32),
        scale=np.ones(length, np.float32),
        expression=swing[:, None, None] * smile_deltas(smile),
        eye_opening=np.stack([lids, lids], axis=1),
        mouth_opening=np.zeros(length, np.float32),
        gaze=np.zeros((length, 2), np.float32),
        start_pose=HeadPose(0.0, 0.0, 0.0),
    )
