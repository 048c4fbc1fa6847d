"""Find the faces in natural pictures with the teacher, to train the embedded face detector.

Runs in the teacher's environment (``pip install mediapipe==0.10.21``), never in the product's.
MediaPipe's two face detectors look at the picture and at its quarters; what they find is checked by
MediaPipe Face Mesh on a crop. The teacher also takes dogs, wheels and owls for faces, so its 397
meshed finds were looked at once, by eye: `context_review.json` holds, per picture, one letter per
find - f a face, n no face (a lesson for the detector), u unsure (not judged in training).

    python training/label_context.py OUT.json FOLDER...
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("GLOG_minloglevel", "2")

import cv2
import mediapipe
import numpy as np

LARGEST_SIDE_PX = 700
VERDICTS = {"f": "face", "n": "none", "u": "unsure"}


def views(width, height):
    """The whole picture and its four overlapping quarters, xyxy."""
    side = max(width, height) // 2 + 20
    lefts, tops = {0, max(0, width - side)}, {0, max(0, height - side)}
    quarters = [(x, y, min(width, x + side), min(height, y + side)) for x in lefts for y in tops]
    return [(0, 0, width, height), *quarters]


def overlap(a, b):
    """Intersection over union of two boxes xyxy."""
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(0, wide) * max(0, high)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared + 1e-9)


def candidates(detectors, rgb):
    """Boxes xyxy with score as the fifth value, best first, duplicates removed."""
    height, width = rgb.shape[:2]
    found = []
    for x0, y0, x1, y1 in views(width, height):
        part = np.ascontiguousarray(rgb[y0:y1, x0:x1])
        for detector in detectors:
            for answer in detector.process(part).detections or []:
                box = answer.location_data.relative_bounding_box
                left, top = x0 + box.xmin * (x1 - x0), y0 + box.ymin * (y1 - y0)
                found.append(
                    [
                        left,
                        top,
                        left + box.width * (x1 - x0),
                        top + box.height * (y1 - y0),
                        answer.score[0],
                    ]
                )
    kept = []
    for box in sorted(found, key=lambda b: -b[4]):
        if all(overlap(box, other) < 0.3 for other in kept):
            kept.append(box)
    return kept


def landmarks_in(mesh, rgb, box):
    """Landmarks [[x, y] x 478] in picture pixels where the mesh confirms a box, else None."""
    if box[4] <= 0.5 or box[2] - box[0] <= 16:
        return None
    centre, size = np.array([box[0] + box[2], box[1] + box[3]]) / 2, box[2] - box[0]
    scale = 160 / size
    shift = 160 - scale * centre
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    crop = cv2.warpAffine(rgb, matrix, (320, 320), borderMode=cv2.BORDER_REPLICATE)
    answer = mesh.process(crop).multi_face_landmarks
    if not answer:
        return None
    points = (np.array([[p.x * 320, p.y * 320] for p in answer[0].landmark]) - shift) / scale
    away = np.abs((points.min(0) + points.max(0)) / 2 - centre).max()
    if away > 0.35 * size or not 0.4 < np.ptp(points[:, 1]) / size < 1.8:
        return None
    return np.round(points, 1).tolist()


def main():
    out, folders = Path(sys.argv[1]), [Path(folder) for folder in sys.argv[2:]]
    review = json.loads(Path(__file__).with_name("context_review.json").read_text())
    detectors = [
        mediapipe.solutions.face_detection.FaceDetection(
            model_selection=k, min_detection_confidence=0.3
        )
        for k in (0, 1)
    ]
    mesh = mediapipe.solutions.face_mesh.FaceMesh(
        static_image_mode=True, max_num_faces=1, refine_landmarks=True, min_detection_confidence=0.4
    )
    known = {}
    paths = sorted(
        p for folder in folders for p in folder.rglob("*") if p.suffix.lower() in {".jpg", ".jpeg"}
    )
    for path in paths:
        picture = cv2.imread(str(path))
        if max(picture.shape) > LARGEST_SIDE_PX:
            scale = 500 / max(picture.shape)
            picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        rgb = np.ascontiguousarray(picture[..., ::-1])
        boxes = candidates(detectors, rgb)
        letters = review.get(path.name, "")
        letters = letters if len(letters) == len(boxes) else "u" * len(boxes)
        known[str(path)] = {
            "size": [rgb.shape[1], rgb.shape[0]],
            "faces": [
                {
                    "box": [round(v, 1) for v in box[:4]],
                    "landmarks": landmarks_in(mesh, rgb, box) if letter == "f" else None,
                    "verdict": VERDICTS[letter],
                }
                for box, letter in zip(boxes, letters)
            ],
        }
        for face in known[str(path)]["faces"]:
            if face["verdict"] == "face" and face["landmarks"] is None:
                face["verdict"] = "unsure"
    out.write_text(json.dumps(known))
    print(
        f"{len(known)} pictures, {sum(f['verdict'] == 'face' for v in known.values() for f in v['faces'])} faces"
    )


if __name__ == "__main__":
    main()
