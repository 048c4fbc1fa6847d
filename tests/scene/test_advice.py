"""Advice about a face: each fault is drawn onto the mean face, which has none."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from synthetic_face import face_in, photo_of, track_of

from nostalgia.faces import topology
from nostalgia.options import AnimateOptions
from nostalgia.scene.advice import advise
from nostalgia.types import (
    Advice,
    Driver,
    DriverMatch,
    DriverScore,
    Face,
    HeadPose,
    PartDoubts,
    Photo,
)

STRAIGHT = HeadPose(0.0, 0.0, 0.0)


@pytest.fixture
def face() -> Face:
    return face_in((210, 240), 220, STRAIGHT)


@pytest.fixture
def photo(face: Face) -> Photo:
    return photo_of(face)


def kinds(photo: Photo, face: Face, *rest) -> set[str]:
    return {advice.kind for advice in advise(photo, face, *rest)}


def eye_polygon(face: Face, upper: tuple[int, ...], lower: tuple[int, ...]) -> np.ndarray:
    return face.landmarks[[*upper, *lower[::-1]], :2].astype(np.int32)


def match_of(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0, **changes) -> DriverMatch:
    driver = Driver("nod", "nods", changes.pop("gestures", ("nod",)), track_of())
    score = DriverScore("nod", False, 1.0, yaw=yaw, pitch=pitch, roll=roll)
    other = DriverScore("calm", False, 0.5, yaw=90.0, pitch=90.0, roll=90.0)
    return DriverMatch(driver, 1.0, (other, score))


def test_a_sound_face_gets_no_advice(photo, face) -> None:
    assert advise(photo, face) == ()


def test_advice_names_the_fault_and_the_remedy(photo, face) -> None:
    (advice,) = advise(photo, replace(face, score=0.7))
    assert advice.kind == "doubtful"
    assert "0.70" in advice.text
    assert advice.face == face.number
    assert "nostalgia faces" in advice.remedy.text and not advice.changes
    (advice,) = advise(
        photo, replace(face, score=0.7), None, [face_in((900, 240), 220, STRAIGHT, 4)]
    )
    assert str(advice.remedy) == "faces=[4] leaves it out"
    assert dict(advice.changes) == {"faces": [4]}


def test_glasses_are_seen(photo, face) -> None:
    pixels = photo.pixels.copy()
    eyes = [tuple(int(v) for v in face.landmarks[i, :2]) for i in (468, 473)]
    apart = eyes[1][0] - eyes[0][0]
    radius = int(0.36 * apart)
    for x, y in eyes:
        cv2.circle(pixels, (x, y + radius // 6), radius, (30, 26, 24), 4, cv2.LINE_AA)
    bridge = [(eyes[0][0] + radius, eyes[0][1]), (eyes[1][0] - radius, eyes[1][1])]
    cv2.line(pixels, *bridge, (30, 26, 24), 4, cv2.LINE_AA)
    for (x, y), side in zip(eyes, (-1, 1), strict=True):
        start = (x + side * radius, y)
        cv2.line(pixels, start, (start[0] + side * apart, y - 4), (30, 26, 24), 4, cv2.LINE_AA)
    worn = Photo(pixels)
    (advice,) = advise(worn, face)
    assert (advice.kind, dict(advice.changes)) == ("glasses", {"turn": 0.5})
    assert "turn=0.5 keeps the rims straighter" in str(advice.remedy)
    assert kinds(worn, replace(face, score=0.7)) == {"doubtful"}  # a sleeve wears no glasses
    mirroring = replace(face, doubts=PartDoubts(0.015, 0.015))
    assert kinds(worn, mirroring) == {"glasses", "eye-unsure"}
    assert "eye-unsure" not in kinds(photo, mirroring)


def test_the_eye_in_shadow_is_named(photo, face) -> None:
    pixels = photo.pixels.copy()
    outline = eye_polygon(face, topology.LEFT_BROW[:5], topology.LEFT_LOWER_LID)
    shade = cv2.fillConvexPoly(np.zeros(pixels.shape[:2], np.uint8), cv2.convexHull(outline), 1)
    shade = cv2.dilate(shade, np.ones((9, 9), np.uint8)) > 0
    pixels[shade] = (pixels[shade] * 0.12).astype(np.uint8)
    (advice,) = [a for a in advise(Photo(pixels), face) if a.kind == "eye-in-shadow"]
    assert "left eye" in advice.text
    mirrored = Photo(np.ascontiguousarray(pixels[:, ::-1]))
    flipped = face_in((mirrored.width - 1 - 210, 240), 220, STRAIGHT)
    (advice,) = [a for a in advise(mirrored, flipped) if a.kind == "eye-in-shadow"]
    assert "right eye" in advice.text


def test_an_eye_that_was_not_located_is_named_and_no_shadow_beside_it(photo, face) -> None:
    lost = replace(face, doubts=PartDoubts(left_eye=0.05))
    (advice,) = [a for a in advise(photo, lost) if a.kind == "eye-unsure"]
    assert "left eye" in advice.text
    assert "both stay" in advice.text
    assert not advice.changes
    profile = replace(lost, pose=HeadPose(-50.0, 0.0, 0.0))
    (advice,) = [a for a in advise(photo, profile) if a.kind == "eye-unsure"]
    assert "both" not in advice.text
    assert not {"eye-unsure"} & kinds(photo, replace(face, doubts=PartDoubts(0.01, 0.01)))


def test_eyes_that_nobody_can_make_out_are_named(photo, face) -> None:
    doubtful = replace(face, doubts=PartDoubts(0.011, 0.011))
    assert "eye-unsure" not in kinds(photo, doubtful)
    pixels = photo.pixels.copy()
    brows, lids = (topology.LEFT_BROW, topology.RIGHT_BROW), (topology.LEFT_EYE, topology.RIGHT_EYE)
    for brow, lid in zip(brows, lids, strict=True):
        points = face.landmarks[[*brow, *lid], :2]
        (x0, y0), (x1, y1) = np.int32(points.min(axis=0) - 6), np.int32(points.max(axis=0) + 6)
        pixels[y0:y1, x0:x1] = 25
    (advice,) = [a for a in advise(Photo(pixels), doubtful) if a.kind == "eye-unsure"]
    assert "both eyes are hard to make out" in advice.text
    assert "they stay" in advice.text


def test_closed_eyes_are_reported(photo, face) -> None:
    landmarks = face.landmarks.copy()
    for upper, lower in (
        (topology.LEFT_UPPER_LID, topology.LEFT_LOWER_LID),
        (topology.RIGHT_UPPER_LID, topology.RIGHT_LOWER_LID),
    ):
        landmarks[list(upper)] = landmarks[list(lower)]
    assert "eyes-closed" in kinds(photo, replace(face, landmarks=landmarks))


@pytest.mark.parametrize(("height_px", "kind"), [(40, "tiny-face"), (75, "tiny-eyes"), (220, None)])
def test_small_faces_and_eyes_are_reported(height_px, kind) -> None:
    small = face_in((210, 240), height_px, STRAIGHT)
    found = kinds(photo_of(small), small) & {"tiny-face", "tiny-eyes"}
    assert found == ({kind} if kind else set())


def test_a_blurred_face_is_reported(photo, face) -> None:
    soft = cv2.GaussianBlur(photo.pixels, (0, 0), 9)
    assert "blurred" in kinds(Photo(np.asarray(soft, np.uint8)), face)


def test_cracks_across_the_face_are_reported(photo, face) -> None:
    pixels = photo.pixels.copy()
    for x in (150, 190, 235):
        cv2.line(pixels, (x, 130), (x + 30, 350), (250, 250, 250), 3, cv2.LINE_AA)
    assert "damaged" in kinds(Photo(pixels), face)


def test_a_face_beyond_the_edge_is_reported(face) -> None:
    cut = face_in((40, 240), 220, STRAIGHT)
    assert "cut-off" in kinds(photo_of(cut), cut)
    assert "cut-off" not in kinds(photo_of(face), face)


def test_a_turn_is_measured_against_the_driver(photo, face) -> None:
    turned = replace(face, pose=HeadPose(-30.0, 0.0, 0.0))
    assert kinds(photo, turned, match_of(yaw=4.0)) == set()
    (advice,) = advise(photo, turned, match_of(yaw=22.0))
    assert advice.kind == "turned"
    assert "30 degrees to the left, 22 degrees from" in advice.text
    profile = replace(face, pose=HeadPose(58.0, 0.0, 0.0))
    assert kinds(photo, profile) == {"turned-far"}


def test_a_tilt_and_a_nod_are_measured_against_the_driver(photo, face) -> None:
    tilted = replace(face, pose=HeadPose(0.0, -20.0, 31.0))
    (advice,) = advise(photo, tilted, match_of(roll=-31.0))
    assert advice.kind == "tilted"
    assert "31 degrees to the right" in advice.text
    assert kinds(photo, tilted, match_of(pitch=20.0)) == {"nodded"}
    assert kinds(photo, tilted, match_of()) == set()


def test_a_smile_matters_to_drivers_that_smile(photo, face) -> None:
    landmarks = face.landmarks.copy()
    for corner, side in zip(topology.MOUTH_CORNERS, (-1, 1), strict=True):
        landmarks[corner, :2] += (side * 9, -9)
    smiling = replace(face, landmarks=landmarks)
    assert "smiling" in kinds(photo, smiling, match_of(gestures=("blink", "smile")))
    assert "smiling" not in kinds(photo, smiling, match_of())
    landmarks[14, 1] += 20
    assert "mouth-open" in kinds(photo, smiling, match_of())


def test_heads_that_touch_are_reported() -> None:
    one, two = face_in((150, 240), 150, STRAIGHT, 1), face_in((275, 240), 150, STRAIGHT, 2)
    far = face_in((700, 240), 150, STRAIGHT, 3)
    photo = photo_of(one, two, far, size_wh=(900, 480))
    (advice,) = advise(photo, one, None, [two, far])
    assert (advice.kind, "face 2" in advice.text) == ("overlapping", True)
    assert kinds(photo, far, None, [one, two]) == set()


def test_the_same_face_gets_the_same_advice(photo, face) -> None:
    doubtful = replace(face, score=0.5)
    first = advise(photo, doubtful, match_of(yaw=20.0))
    assert first == advise(photo, doubtful, match_of(yaw=20.0))
    assert all(isinstance(advice, Advice) and advice.remedy.text for advice in first)


def test_advice_is_plain_json_worded_by_the_front_end(photo, face) -> None:
    (advice,) = advise(photo, replace(face, score=0.7), None, [face_in((900, 240), 9, STRAIGHT, 4)])
    values = advice.to_dict(lambda name, value: f"<{name}: {value}>")
    assert json.loads(json.dumps(values)) == values
    assert values["what_to_do"] == "<faces: [4]> leaves it out"
    assert (values["kind"], values["face"], values["changes"]) == ("doubtful", 1, {"faces": [4]})


def test_every_change_that_is_advised_is_a_valid_option(photo, face) -> None:
    turned = replace(face, score=0.85, pose=HeadPose(-58.0, 0.0, 0.0))
    cut = face_in((40, 240), 50, STRAIGHT)
    soft = Photo(np.asarray(cv2.GaussianBlur(photo.pixels, (0, 0), 9), np.uint8))
    found = [*advise(photo, turned), *advise(soft, face), *advise(photo_of(cut), cut, None, [face])]
    assert len({advice.kind for advice in found}) >= 4
    for advice in found:
        replace(AnimateOptions(), **advice.changes)
