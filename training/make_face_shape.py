"""Make checkpoints/face_shape.npz: the mean face in 3-D and its mirror permutation.

Generalised Procrustes analysis over the teacher's labels (label_faces.py): similarity fits of all
faces to their mean on the rigid points, averaged, made symmetric, and nodded so that the median face has pitch 0.

    python training/make_face_shape.py LABELS.npz checkpoints/face_shape.npz
"""

import sys

import numpy as np
from scipy.optimize import linear_sum_assignment

from nostalgia.faces.topology import RIGID
from nostalgia.geometry import fit_similarity, pose_from_rotation
from nostalgia.types import CHIN, FOREHEAD


def mean_face(faces: np.ndarray, rounds: int = 4) -> np.ndarray:
    """Mean shape (478, 3) in face heights of faces (N, 478, 3) in pixels."""
    face = faces[0] - faces[0].mean(0)
    mean = face / np.linalg.norm(face[CHIN] - face[FOREHEAD])
    for _ in range(rounds):
        total = np.zeros_like(mean, np.float64)
        for face in faces:
            scale, rotation, shift = fit_similarity(face[list(RIGID)], mean[list(RIGID)])
            total += scale * face @ rotation.T + shift
        mean = total / len(faces)
        mean -= mean.mean(0)
        mean /= np.linalg.norm(mean[CHIN] - mean[FOREHEAD])
    return mean


def symmetric(mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean face turned to look at the camera and made symmetric, and its mirror permutation."""
    flip = np.array([-1.0, 1.0, 1.0])
    for _ in range(5):
        cost = np.linalg.norm((mean * flip)[:, None] - mean[None], axis=-1)
        mirror = linear_sum_assignment(cost)[1]
        scale, rotation, shift = fit_similarity(mean, (mean * flip)[mirror])
        del scale
        half = _half_turn(rotation)
        mean = mean @ half.T
        mean -= mean.mean(0) * [1, 0, 0]
    mean = (mean + (mean * flip)[mirror]) / 2
    return mean, mirror


def upright(mean: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """The mean face nodded so that the median face of the data, looking at its photographer, has pitch 0."""
    rigid = list(RIGID)
    rotations = [fit_similarity(mean[rigid], face[rigid])[1] for face in faces]
    pitch = np.radians(np.median([pose_from_rotation(rotation).pitch for rotation in rotations]))
    c, s = np.cos(pitch), np.sin(pitch)
    mean = mean @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]]).T
    mean -= mean.mean(0)
    return mean / np.linalg.norm(mean[CHIN] - mean[FOREHEAD])


def _half_turn(rotation: np.ndarray) -> np.ndarray:
    """The rotation by half the angle of `rotation` (3, 3)."""
    from scipy.spatial.transform import Rotation

    return Rotation.from_rotvec(Rotation.from_matrix(rotation).as_rotvec() / 2).as_matrix()


def main() -> None:
    labels, out = sys.argv[1:3]
    faces = np.load(labels)["faces"][::4].astype(np.float64)
    mean, mirror = symmetric(mean_face(faces))
    mean = upright(mean, faces)
    if not np.array_equal(mirror[mirror], np.arange(len(mirror))):
        raise SystemExit("the mirror permutation is no involution")
    np.savez(out, mean=mean.astype(np.float32), mirror=mirror.astype(np.int16))
    print("face width / height", np.ptp(mean[:, 0]), "chin - forehead", mean[CHIN] - mean[FOREHEAD])


if __name__ == "__main__":
    main()
