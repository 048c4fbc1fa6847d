"""The report: plain JSON, with all that D-ID's replies say and more."""

import json
from pathlib import Path

import numpy as np
import pytest

from nostalgia.options import AnimateOptions
from nostalgia.scene.report import ClipFacts, FaceChoice, Work, build_report, face_values
from nostalgia.types import Driver, DriverMatch, DriverScore, Face, HeadPose, MotionTrack, Photo


def face(number: int, box: tuple[float, float, float, float]) -> Face:
    landmarks = np.full((478, 3), number, np.float32)
    landmarks[152] = (0, 100, 0)
    landmarks[10] = (0, 20, 0)
    return Face(number, box, 0.912345, HeadPose(-0.444, -12.9, -4.07), landmarks)


def track() -> MotionTrack:
    many, one = np.zeros((2, 3), np.float32), np.ones(2, np.float32)
    pair = np.ones((2, 2), np.float32)
    return MotionTrack(
        fps=20.0,
        rotation_deg=many,
        translation=many,
        scale=one,
        expression=np.zeros((2, 478, 3), np.float32),
        eye_opening=pair,
        mouth_opening=one,
        gaze=pair,
        start_pose=HeadPose(0, 0, 0),
    )


@pytest.fixture
def values() -> dict:
    driver = Driver("nod", "A nod", ("nod",), track(), licence="Apache-2.0", mirrored=True)
    scores = (DriverScore("nod", True, 3.14159, yaw=-3.0), DriverScore("calm", False, 9.0))
    match = DriverMatch(driver, 3.14159, scores, "it nods too")
    choices = [
        FaceChoice(face(1, (0, 0, 50, 50)), match),
        FaceChoice(face(2, (40, 40, 90, 90)), reason="too small"),
        FaceChoice(face(3, (90, 90, 99, 99)), reason="not chosen"),
    ]
    photo = Photo(np.zeros((101, 201, 3), np.uint8), Path("a.jpg"), "ff", ("cut off",))
    clip = ClipFacts(Path("a.mp4"), "mp4", 202, 102, 225, 20.0, 2048, (1, 1))
    work = Work({"reading": 0.5, "rendering": 4.0}, {"motion": "mesh"}, "1.2.3", None, ["padded"])
    return build_report(
        photo, (photo.width, photo.height), choices, clip, AnimateOptions(), work
    ).values


def test_it_is_plain_json(values) -> None:
    assert json.loads(json.dumps(values)) == values


def test_faces_say_what_became_of_them(values) -> None:
    first, second, third = values["faces"]
    assert first["pose_deg"] == {"yaw": -0.44, "pitch": -12.9, "roll": -4.07}
    assert first["height_px"] == 80.0
    assert (first["animated"], first["reason"], first["overlaps"]) == (True, "", [2])
    assert (first["driver"]["name"], first["driver"]["mirrored"]) == ("nod", True)
    assert first["driver"]["why"] == "it nods too"
    best = first["driver"]["scores"][0]
    assert (best["name"], best["mirrored"], best["distance"]) == ("nod", True, 3.142)
    assert (best["yaw"], best["expression"]) == (-3.0, 0.0)
    assert (second["animated"], second["reason"], second["driver"]) == (False, "too small", None)
    assert second["overlaps"] == [1]  # touching edges do not overlap
    assert third["overlaps"] == []


def test_clip_and_timing(values) -> None:
    assert values["clip"]["duration_s"] == 11.25
    assert values["clip"]["size_kib"] == 2.0
    assert values["timing"]["total_s"] == 4.5
    assert values["timing"]["frames_per_s"] == 50.0
    assert values["photo"] | {"width": 201, "height": 101} == values["photo"]
    assert values["warnings"] == ["cut off", "padded"]


def test_landmarks_only_on_request() -> None:
    one = face(7, (0, 0, 10, 10))
    assert "landmarks" not in face_values(one)
    assert face_values(one, with_landmarks=True)["landmarks"][0] == [7.0, 7.0, 7.0]
