"""Expression of a face in its photo."""

import numpy as np
import pytest
from synthetic_face import face_in, smile_deltas

from nostalgia.faces.expression import read_expression
from nostalgia.faces.finder import FaceFinder
from nostalgia.faces.head import load_face_shape
from nostalgia.faces.topology import (
    LEFT_LOWER_LID,
    LEFT_UPPER_LID,
    RIGHT_LOWER_LID,
    RIGHT_UPPER_LID,
)
from nostalgia.geometry import rotation_from_pose
from nostalgia.photo.reader import read_photo
from nostalgia.types import HeadPose


def landmarks(shape: np.ndarray, yaw: float = 0.0):
    turned = shape @ rotation_from_pose(HeadPose(yaw, 0.0, 0.0)).T * 200
    return (turned + [300.0, 200.0, 0.0]).astype(np.float32)


def mean() -> np.ndarray:
    return load_face_shape().mean.copy()


def squeezed(share: float) -> np.ndarray:
    """The mean face with its lids opened to a share of their usual distance."""
    shape = mean()
    lids = (LEFT_UPPER_LID, LEFT_LOWER_LID), (RIGHT_UPPER_LID, RIGHT_LOWER_LID)
    for upper, lower in lids:
        for top, bottom in zip(upper, lower, strict=True):
            middle = (shape[top] + shape[bottom]) / 2
            shape[top] = middle + share * (shape[top] - middle)
            shape[bottom] = middle + share * (shape[bottom] - middle)
    return shape


@pytest.mark.parametrize("yaw", [-35, 0, 20])
def test_the_mean_face_neither_smiles_nor_sleeps_however_it_is_turned(yaw):
    state = read_expression(face_in((200, 200), 180, HeadPose(yaw, 8, -12)).landmarks)
    assert state.smile == pytest.approx(0, abs=1e-4)
    assert state.words == ("neutral",)


def test_a_smile_grows_with_the_corners():
    smiles = [
        read_expression(landmarks(mean() + smile_deltas(amount), 15)).smile
        for amount in (-0.03, 0.0, 0.03, 0.06)
    ]
    assert smiles == sorted(smiles) and smiles[3] - smiles[2] > 0.04
    assert "smiling" in read_expression(landmarks(mean() + smile_deltas(0.06))).words


def test_eyes_close_together_and_one_alone_is_a_wink():
    openings = [max(read_expression(landmarks(squeezed(s))).eye_opening) for s in (1, 0.6, 0.2)]
    assert openings == sorted(openings, reverse=True)
    assert read_expression(landmarks(squeezed(0.5))).words == ("half-closed-eyes",)
    assert read_expression(landmarks(squeezed(0.2))).eyes_closed
    wink = mean()
    left = list(LEFT_UPPER_LID + LEFT_LOWER_LID)
    wink[left] = squeezed(0.1)[left]
    assert not read_expression(landmarks(wink)).eyes_half_closed


def test_a_gap_between_the_lips_is_an_open_mouth():
    shape = mean()
    shape[14, 1] += 0.05
    assert "open-mouth" in read_expression(landmarks(shape)).words


def test_photos_are_read_as_a_viewer_would(shared):
    finder = FaceFinder.load()

    def words(photo: str, number: int) -> tuple[str, ...]:
        faces = finder.find(read_photo(shared / f"photos/{photo}"))
        return read_expression(faces[number - 1].landmarks).words

    assert words("group-wedding-pair.jpg", 2) == ("smiling", "open-mouth")
    assert words("portrait-hepburn-bw.png", 1) == ("neutral",)
    assert words("portrait-sepia-smoking.png", 1) == ("half-closed-eyes",)
