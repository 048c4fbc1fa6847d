"""The report: plain JSON, with everything that D-ID's replies contain and more."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nostalgia.errors import Remedy, option
from nostalgia.options import AnimateOptions
from nostalgia.scene.report import ClipFacts, PhotoFacts, Report
from nostalgia.types import (
    Advice,
    Driver,
    DriverMatch,
    DriverScore,
    Face,
    FaceChoice,
    HeadPose,
    MotionTrack,
    Stillness,
    StillReason,
)


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
def report() -> Report:
    driver = Driver("nod", "A nod", ("nod",), track(), licence="Apache-2.0", mirrored=True)
    scores = (DriverScore("nod", True, 3.14159, yaw=-3.0), DriverScore("calm", False, 9.0))
    match = DriverMatch(driver, 3.14159, scores, "it nods too")
    remedy = Remedy(f"{option('faces', [2])} animates it anyway", {"faces": [2]})
    advice = Advice("turned", 1, "turned", Remedy(f"{option('turn', 0.5)} helps", {"turn": 0.5}))
    choices = (
        FaceChoice(face(1, (0, 0, 50, 50)), match=match, strength=0.75, advice=(advice,)),
        FaceChoice(
            face(2, (40, 40, 90, 90)), Stillness(StillReason.TOO_SMALL, "too small", remedy)
        ),
        FaceChoice(face(3, (90, 90, 99, 99)), Stillness(StillReason.NOT_SELECTED, "not selected")),
    )
    return Report(
        nostalgia_version="1.2.3",
        photo=PhotoFacts(Path("a.jpg"), "ff", 201, 101, ("cut off",)),
        faces=choices,
        clip=ClipFacts(Path("a.mp4"), "mp4", 202, 102, 225, 20.0, 2048, (1, 1)),
        options=AnimateOptions(face_drivers={2: "nod"}),
        backends={"motion": "mesh"},
        seconds={"reading": 0.5, "rendering": 4.0},
        warnings=(f"{option('loop')} is ignored",),
    )


@pytest.fixture
def values(report: Report) -> dict:
    return report.to_dict()


def test_it_is_plain_json(values) -> None:
    assert json.loads(json.dumps(values)) == values
    assert values["options"]["face_drivers"] == {"2": "nod"}


def test_each_face_has_its_choice(values) -> None:
    first, second, third = values["faces"]
    assert first["pose_deg"] == {"yaw": -0.44, "pitch": -12.9, "roll": -4.07}
    assert first["height_px"] == 80.0
    assert (first["animated"], first["reason"], first["overlaps"]) == (True, "", [2])
    assert (first["driver"]["name"], first["driver"]["mirrored"]) == ("nod", True)
    assert first["driver"]["why"] == "it nods too"
    assert first["strength"] == 0.75 and first["advice"][0]["changes"] == {"turn": 0.5}
    best = first["driver"]["scores"][0]
    assert (best["name"], best["mirrored"], best["distance"]) == ("nod", True, 3.142)
    assert (best["yaw"], best["expression"]) == (-3.0, 0.0)
    assert (second["animated"], second["reason"], second["driver"]) == (False, "too small", None)
    assert second["remedy"] == "faces=[2] animates it anyway"
    assert second["overlaps"] == [1]  # touching edges do not overlap
    assert (third["overlaps"], third["remedy"]) == ([], "")


def test_clip_and_timing(values) -> None:
    assert values["clip"]["duration_s"] == 11.25
    assert values["clip"]["size_kib"] == 2.0
    assert values["timing"]["total_s"] == 4.5
    assert values["timing"]["frames_per_s"] == 50.0
    assert values["photo"] | {"width": 201, "height": 101} == values["photo"]
    assert values["warnings"] == ["cut off", "loop is ignored"]


def test_a_front_end_names_the_options(report: Report) -> None:
    values = report.to_dict(lambda name, value: f"[{name}]")
    assert values["warnings"][1] == "[loop] is ignored"
    assert values["faces"][0]["advice"][0]["what_to_do"] == "[turn] helps"
    assert values["faces"][1]["remedy"] == "[faces] animates it anyway"


def test_a_photo_without_a_file_is_a_dash(report: Report) -> None:
    assert report.photo.to_dict()["path"] == "a.jpg"
    assert replace(report.photo, path=None).to_dict()["path"] == "-"


def test_numbers_of_numpy_become_plain_json(report: Report) -> None:
    options = AnimateOptions(strength=np.float32(0.5), seed=np.int64(7))
    values = replace(report, options=options).to_dict()["options"]
    assert json.loads(json.dumps(values)) == values
    assert (values["strength"], values["seed"]) == (0.5, 7)


def test_landmarks_only_on_request() -> None:
    one = face(7, (0, 0, 10, 10))
    assert "landmarks" not in one.to_dict()
    assert one.to_dict(with_landmarks=True)["landmarks"][0] == [7.5, 7.5, 7.0]  # from the corner
