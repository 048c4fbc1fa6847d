"""Label the faces of any collection of pictures with several looks of the teacher, MediaPipe Face Mesh 0.10.21.

Runs in the teacher's environment, as label_faces.py does. The teacher finds the faces in the whole
picture, then looks four times at a crop of each: at two paddings, mirrored, darker and brighter.
The label is the median of the looks that see the same face; their spread says how far to trust it.

    python label_looks.py PICTURES_FOLDER OUT.npz
"""

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

os.environ.setdefault("GLOG_minloglevel", "2")

import cv2
import numpy as np

LARGEST_SIDE_PX = 900
SMALLEST_FACE_PX = 28
LOOK_PX = 320
LOOKS = ((1.7, False, 1.0), (1.7, True, 1.4), (2.2, False, 0.7), (2.2, True, 1.0))
"""Side of the crop in face heights, mirrored or not, gamma."""
SAME_FACE = 0.15
"""Most distance of two looks at the same face, as a share of its outer-eye-corner distance."""
TEACHERS = {}


def teacher(faces):
    """The teacher for so many faces in a picture, one per process."""
    if faces not in TEACHERS:
        import mediapipe

        TEACHERS[faces] = mediapipe.solutions.face_mesh.FaceMesh(
            static_image_mode=True,
            max_num_faces=faces,
            refine_landmarks=True,
            min_detection_confidence=0.3,
        )
    return TEACHERS[faces]


def ask(rgb, faces):
    """Faces of a picture: float32 (N, 478, 3), pixels, z towards the camera."""
    height, width = rgb.shape[:2]
    found = teacher(faces).process(rgb).multi_face_landmarks or []
    size = np.array([width, height, -width], np.float32)
    # The teacher counts from the picture's edge, warps and drawings from the middle of its first pixel.
    edge = np.array([0.5, 0.5, 0], np.float32)
    return [
        np.array([[p.x, p.y, p.z] for p in face.landmark], np.float32) * size - edge
        for face in found
    ]


def eye_distance(face):
    return float(np.linalg.norm(face[33, :2] - face[263, :2]))


def mirrored(face, width):
    """Landmarks of the mirror image: the teacher's names change sides with the face."""
    back = face * np.float32([-1, 1, 1])
    back[:, 0] += width - 1
    return back[MIRROR]


def look(rgb, face, padding, flip, gamma):
    """One look at a crop round a face: landmarks in pixels of the picture, or None."""
    low, high = face[:, :2].min(0), face[:, :2].max(0)
    k = LOOK_PX / (padding * max(high - low))
    shift = LOOK_PX / 2 - k * (low + high) / 2
    matrix = np.array([[k, 0, shift[0]], [0, k, shift[1]]])
    crop = cv2.warpAffine(
        rgb, matrix, (LOOK_PX, LOOK_PX), flags=cv2.INTER_CUBIC if k > 1 else cv2.INTER_AREA
    )
    crop = (np.float32(crop) / 255) ** gamma * 255
    crop = np.ascontiguousarray(crop.astype(np.uint8)[:, ::-1] if flip else crop.astype(np.uint8))
    found = ask(crop, 1)
    if not found:
        return None
    points = mirrored(found[0], LOOK_PX) if flip else found[0]
    points[:, :2] = (points[:, :2] - shift) / k
    points[:, 2] = (points[:, 2] - points[:, 2].mean()) / k
    return points


def label(path):
    """Per face: landmarks float32 (478, 3) and spread; with the size that the picture was reduced to."""
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if picture is None or min(picture.shape) < SMALLEST_FACE_PX:
        return str(path), 1.0, []
    scale = min(1.0, LARGEST_SIDE_PX / max(picture.shape))
    if scale < 1:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    rgb = np.repeat(picture[..., None], 3, 2)
    labels = []
    for face in ask(rgb, 6):
        if np.ptp(face[:, 1]) < SMALLEST_FACE_PX:
            continue
        answers = [answer for how in LOOKS if (answer := look(rgb, face, *how)) is not None]
        if len(answers) < 3:
            continue
        middle = np.median(answers, axis=0)
        apart = [np.linalg.norm((a - middle)[:, :2], axis=1).mean() for a in answers]
        apart = np.array(apart) / max(eye_distance(middle), 1)
        agreeing = [a for a, d in zip(answers, apart) if d < SAME_FACE]
        if len(agreeing) < 3:
            continue
        middle = np.median(agreeing, axis=0).astype(np.float32)
        labels.append((middle, float(np.mean(apart[apart < SAME_FACE]))))
    return str(path), scale, labels


def main():
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    paths = sorted(
        p
        for p in folder.rglob("*")
        if p.suffix.lower() in {".jpg", ".jpeg", ".png"} and ".git" not in p.parts
    )
    names, faces, spreads, scales = [], [], [], []
    with ProcessPoolExecutor(int(os.environ.get("PROCESSES", 2))) as pool:
        for name, scale, labels in pool.map(label, paths, chunksize=32):
            for face, spread in labels:
                names.append(str(Path(name).relative_to(folder))), faces.append(face)
                spreads.append(spread), scales.append(scale)
    np.savez(
        out,
        names=np.array(names),
        faces=np.array(faces, np.float32),
        spreads=np.array(spreads, np.float32),
        scales=np.array(scales, np.float32),
    )
    print(f"{len(names)} faces labelled in {len(paths)} pictures of {folder}")


with np.load(Path(__file__).parents[1] / "checkpoints" / "face_shape.npz") as shape:
    MIRROR = shape["mirror"].astype(int)

if __name__ == "__main__":
    main()
