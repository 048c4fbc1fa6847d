"""Label face pictures with the teacher (MediaPipe Face Mesh 0.10.21) for the training of our own networks.

Runs in an environment of its own (``pip install mediapipe==0.10.21``), never in the product's.
The teacher is asked twice, about the picture and its mirror image, and the two answers are
averaged: that halves its noise, and their distance says how far the answer can be trusted.

    python label_faces.py PICTURES_FOLDER OUT.npz
"""

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

os.environ.setdefault("GLOG_minloglevel", "2")

import cv2
import numpy as np

MESH = None


def teacher():
    """The teacher, one per process."""
    global MESH
    if MESH is None:
        import mediapipe

        MESH = mediapipe.solutions.face_mesh.FaceMesh(
            static_image_mode=True,
            max_num_faces=4,
            refine_landmarks=True,
            min_detection_confidence=0.3,
        )
    return MESH


def ask(rgb):
    """All faces of a picture: float32 (N, 478, 3), pixels, z towards the camera."""
    height, width = rgb.shape[:2]
    found = teacher().process(rgb).multi_face_landmarks or []
    size = np.array([width, height, -width], np.float32)
    return [np.array([[p.x, p.y, p.z] for p in face.landmark], np.float32) * size for face in found]


def label(path):
    """Landmarks of the largest face, the distance between both answers, and how many faces there are."""
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        return path.name, None
    rgb = np.repeat(picture[..., None], 3, 2)
    faces = ask(rgb)
    mirrored = ask(np.ascontiguousarray(rgb[:, ::-1]))
    if not faces or not mirrored:
        return path.name, None
    face = max(faces, key=lambda f: np.ptp(f[:, 1]))
    other = max(mirrored, key=lambda f: np.ptp(f[:, 1]))
    return path.name, (face, other, picture.shape, max(len(faces), len(mirrored)))


def main():
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in {".jpg", ".jpeg", ".png"})
    names, faces, mirrored, shapes, counts = [], [], [], [], []
    with ProcessPoolExecutor(2) as pool:
        for name, answer in pool.map(label, paths, chunksize=64):
            if answer is None:
                continue
            face, other, shape, count = answer
            names.append(name), faces.append(face), mirrored.append(other)
            shapes.append(shape), counts.append(count)
    np.savez_compressed(
        out,
        names=np.array(names),
        faces=np.array(faces),
        mirrored=np.array(mirrored),
        shapes=np.array(shapes),
        counts=np.array(counts),
    )
    print(f"{len(names)} of {len(paths)} labelled")


if __name__ == "__main__":
    main()
