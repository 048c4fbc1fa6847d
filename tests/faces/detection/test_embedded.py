"""The embedded detector with its shipped weights."""

import cv2
import numpy as np
import pytest
from skimage import data

from nostalgia.faces.base import FaceDetector
from nostalgia.faces.detection.embedded import EmbeddedDetector, merge_duplicates
from nostalgia.faces.detection.network import Candidates
from nostalgia.types import FaceBox

ASTRONAUT_FACE = (172, 70, 270, 192)
"""Box from forehead to chin, measured by eye."""
CAMERAMAN_FACE = (203, 120, 255, 196)
"""The same of the man of `skimage.data.camera`, who looks aside."""


@pytest.fixture(scope="module")
def detector() -> EmbeddedDetector:
    return EmbeddedDetector.load()


@pytest.fixture(scope="module")
def astronaut() -> np.ndarray:
    return np.ascontiguousarray(data.astronaut())


def overlap(found: FaceBox, true: tuple[float, ...]) -> float:
    a, b = np.array(found.box_xyxy), np.array(true)
    sides = np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None)
    shared = sides.prod()
    return float(shared / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - shared))


def only(faces: list[FaceBox]) -> FaceBox:
    certain = [face for face in faces if face.score >= 0.5]
    assert len(certain) == 1, faces
    return certain[0]


def test_it_implements_the_protocol(detector):
    assert isinstance(detector, FaceDetector)
    assert detector.name == "embedded"


def test_one_face_with_its_five_points(detector, astronaut):
    face = only(detector.detect(astronaut))
    assert overlap(face, ASTRONAUT_FACE) > 0.6
    left_eye, right_eye, nose, left_mouth, right_mouth = face.points
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_mouth[0] < right_mouth[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])
    assert face.points.dtype == np.float32


@pytest.mark.parametrize(
    "age",
    [
        lambda photo: np.repeat(photo.mean(2, keepdims=True), 3, 2),
        lambda photo: photo.mean(2, keepdims=True) * np.array([1.0, 0.8, 0.55]),
        lambda photo: 120 + photo * 0.35,
        lambda photo: photo * 0.3,
    ],
    ids=["grey", "sepia", "faded", "dark"],
)
def test_colour_casts_and_fading_do_not_matter(detector, astronaut, age):
    face = only(detector.detect(np.clip(age(astronaut), 0, 255).astype(np.uint8)))
    assert overlap(face, ASTRONAUT_FACE) > 0.6


@pytest.mark.parametrize("face_px", [26, 60, 240])
def test_sizes(detector, astronaut, face_px):
    scale = face_px / (ASTRONAUT_FACE[3] - ASTRONAUT_FACE[1])
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    photo = cv2.resize(astronaut, None, fx=scale, fy=scale, interpolation=way)
    face = only(detector.detect(photo))
    assert overlap(face, tuple(v * scale for v in ASTRONAUT_FACE)) > 0.55


def test_a_small_face_in_a_large_photo(detector, astronaut):
    photo = np.full((900, 1200, 3), 128, np.uint8)
    small = cv2.resize(astronaut, (128, 128), interpolation=cv2.INTER_AREA)
    photo[500:628, 700:828] = small
    true = tuple(v / 4 + (700, 500)[k % 2] for k, v in enumerate(ASTRONAUT_FACE))
    assert overlap(only(detector.detect(photo)), true) > 0.5


def test_a_face_that_fills_the_photo(detector, astronaut):
    x0, y0, x1, y1 = ASTRONAUT_FACE
    photo = np.ascontiguousarray(astronaut[y0 - 12 : y1 + 12, x0 - 12 : x1 + 12])
    assert overlap(only(detector.detect(photo)), (12, 12, 12 + x1 - x0, 12 + y1 - y0)) > 0.6


@pytest.mark.parametrize("degrees", [-50, -35, 30, 50])
def test_a_tilted_head(detector, astronaut, degrees):
    centre = (221.0, 131.0)
    turn = cv2.getRotationMatrix2D(centre, degrees, 1.0)
    face = only(
        detector.detect(cv2.warpAffine(astronaut, turn, (512, 512), borderMode=cv2.BORDER_REFLECT))
    )
    x0, y0, x1, y1 = face.box_xyxy
    assert np.hypot((x0 + x1) / 2 - centre[0], (y0 + y1) / 2 - centre[1]) < 20
    eyes = face.points[1] - face.points[0]
    roll = np.degrees(np.arctan2(eyes[1], eyes[0]))
    if abs(degrees) < 40:
        assert abs(roll + degrees) < 20
    else:  # the mesh network turns the crop the rest of the way
        assert np.sign(roll) == -np.sign(degrees)


def test_a_small_turned_head_of_a_man_at_work(detector):
    photo = np.ascontiguousarray(np.repeat(data.camera()[..., None], 3, 2))
    best = max(detector.detect(photo), key=lambda face: face.score)
    assert best.score >= 0.5
    assert overlap(best, CAMERAMAN_FACE) > 0.45


@pytest.mark.parametrize("name", ["coffee", "brick", "grass", "gravel", "rocket", "page", "moon"])
def test_no_faces_where_there_are_none(detector, name):
    photo = getattr(data, name)()
    photo = np.repeat(photo[..., None], 3, 2) if photo.ndim == 2 else photo[..., :3]
    assert [
        face for face in detector.detect(np.ascontiguousarray(photo)) if face.score >= 0.5
    ] == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (7, 3), (40, 2000), (33, 65)])
def test_odd_shapes_have_no_faces(detector, shape):
    rng = np.random.default_rng(0)
    photo = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert [face for face in detector.detect(photo) if face.score >= 0.5] == []


def test_a_24_megapixel_scan_gives_the_same_face(detector, astronaut):
    scale = 8
    photo = cv2.resize(astronaut, None, fx=scale, fy=scale * 1.5, interpolation=cv2.INTER_LINEAR)
    assert photo.shape[0] * photo.shape[1] > 24e6
    x0, y0, x1, y1 = only(detector.detect(photo)).box_xyxy
    assert abs((x0 + x1) / 2 / scale - 221) < 25
    assert abs((y0 + y1) / 2 / scale / 1.5 - 131) < 25


def test_scores_fall_and_obey_the_threshold(detector, astronaut):
    pair = np.hstack([astronaut, astronaut[:, ::-1]])
    scores = [face.score for face in detector.detect(pair, min_score=0.02)]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) >= 0.02
    assert len([score for score in scores if score >= 0.5]) == 2
    assert detector.detect(pair, min_score=0.9999999) == []


def test_the_same_photo_gives_the_same_boxes(detector, astronaut):
    first, second = detector.detect(astronaut), detector.detect(astronaut.copy())
    assert [(f.box_xyxy, f.score) for f in first] == [(f.box_xyxy, f.score) for f in second]


def test_the_photo_is_not_written_to(detector, astronaut):
    photo = astronaut.copy()
    photo.setflags(write=False)
    detector.detect(photo)
    np.testing.assert_array_equal(photo, astronaut)


def test_duplicates_are_merged_and_neighbours_are_kept():
    boxes = np.array(
        [[0, 0, 10, 10], [1, 0, 11, 10], [3, 3, 7, 7], [9, 0, 19, 10], [40, 0, 50, 10]], np.float32
    )
    logits = np.array([3.0, 2.0, 1.0, 2.5, -1.0], np.float32)
    found = Candidates(logits, boxes, np.zeros((5, 5, 2), np.float32))
    assert merge_duplicates(found) == [[0, 1], [3], [4]]
    nothing = Candidates(logits[:0], boxes[:0], found.points[:0])
    assert merge_duplicates(nothing) == []


@pytest.mark.slow
def test_real_old_photos(detector, shared):
    """A dozen of the photos of `eval/faces.py`, by its rule; that script runs the whole set."""
    import json

    truth = json.loads((shared / "eval/faces.json").read_text())
    chosen = [
        name
        for name in sorted(truth)
        if max(truth[name]["size_wh"]) < 800 and not truth[name]["crowd"]
    ]
    assert len(chosen) > 10
    total = hit = false = 0
    for name in chosen:
        photo = cv2.imread(str(shared / f"photos/{name}"))[..., ::-1]
        found = [face for face in detector.detect(photo) if face.score >= 0.5]
        matched = 0
        for true in truth[name]["faces"]:
            x0, y0, x1, y1 = true["box_xyxy"]
            total += 1
            matched += any(
                x0 <= (f.box_xyxy[0] + f.box_xyxy[2]) / 2 <= x1
                and y0 <= (f.box_xyxy[1] + f.box_xyxy[3]) / 2 <= y1
                for f in found
            )
        hit += matched
        false += len(found) - matched
    assert hit >= 0.93 * total
    assert false <= 0.1 * len(chosen)
