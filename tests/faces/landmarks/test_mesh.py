"""Mesh network on a real portrait."""

import numpy as np
import pytest

from nostalgia.faces.doubts import MOST_EYE_DOUBT
from nostalgia.faces.head import fit_head, load_face_shape
from nostalgia.faces.landmarks.mesh import CROP_FACE_HEIGHTS, MeshNetwork
from nostalgia.types import FaceBox

ASTRONAUT_FACE = (176.0, 58.0, 272.0, 178.0)


@pytest.fixture(scope="module")
def network():
    return MeshNetwork.load()


@pytest.fixture(scope="module")
def astronaut():
    data = pytest.importorskip("skimage.data")
    return np.ascontiguousarray(data.astronaut())


def test_landmarks_of_a_real_face_lie_where_they_belong(network, astronaut):
    found = network.find(astronaut, [FaceBox(ASTRONAUT_FACE, 1.0)])[0]
    assert found.score > 0.9
    eyes = found.landmarks[[468, 473], :2]
    assert eyes[0] == pytest.approx((203.5, 100.5), abs=3)
    assert eyes[1] == pytest.approx((247.5, 103), abs=3)
    assert abs(fit_head(found.landmarks).pose.roll) < 12


def test_mirrored_photo_gives_mirrored_landmarks(network, astronaut):
    width = astronaut.shape[1]
    x0, y0, x1, y1 = ASTRONAUT_FACE
    straight = network.find(astronaut, [FaceBox(ASTRONAUT_FACE, 1.0)])[0].landmarks
    flipped = network.find(
        np.ascontiguousarray(astronaut[:, ::-1]), [FaceBox((width - x1, y0, width - x0, y1), 1.0)]
    )[0].landmarks
    assert flipped[1, 0] == pytest.approx(width - 1 - straight[1, 0], abs=2)
    yaw, mirrored_yaw = fit_head(straight).pose.yaw, fit_head(flipped).pose.yaw
    assert mirrored_yaw == pytest.approx(-yaw, abs=3)


@pytest.mark.parametrize("scale", [0.35, 3.0])
def test_size_of_the_photo_does_not_matter(network, astronaut, scale):
    import cv2

    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    photo = cv2.resize(astronaut, None, fx=scale, fy=scale, interpolation=how)
    box = FaceBox(tuple(v * scale for v in ASTRONAUT_FACE), 1.0)
    found = network.find(photo, [box])[0].landmarks[:, :2] / scale
    straight = network.find(astronaut, [FaceBox(ASTRONAUT_FACE, 1.0)])[0].landmarks[:, :2]
    eye_distance = np.linalg.norm(straight[33] - straight[263])
    assert np.linalg.norm(found - straight, axis=1).mean() < 0.06 * eye_distance


def test_an_empty_wall_scores_low(network):
    wall = np.random.default_rng(0).integers(100, 140, (300, 300, 3), dtype=np.uint8)
    assert network.find(wall, [FaceBox((80, 80, 200, 220), 1.0)])[0].score < 0.5


def test_the_network_doubts_what_is_hidden(network, astronaut):
    """A dark patch over the image-right eye: its landmarks are guessed, the others are not."""
    plain = network.find(astronaut, [FaceBox(ASTRONAUT_FACE, 1.0)])[0]
    hidden = astronaut.copy()
    (x, y), reach = plain.landmarks[473, :2].astype(int), 28
    hidden[y - reach : y + reach, x - reach : x + reach] = 90
    found = network.find(hidden, [FaceBox(ASTRONAUT_FACE, 1.0)])[0]
    assert found.doubts.right_eye > 1.4 * plain.doubts.right_eye
    assert found.doubts.right_eye > found.doubts.left_eye
    assert 0 < plain.doubts.left_eye < MOST_EYE_DOUBT
    assert 0 < plain.doubts.right_eye < MOST_EYE_DOUBT


def test_doubts_change_sides_with_the_mirror_image():
    """Of the last look, the mirrored answer counts for the other eye."""
    shape = load_face_shape()
    mean = (shape.mean / CROP_FACE_HEIGHTS + np.float32([0.5, 0.5, 0]))[None]

    def predict(crops):
        doubts = np.tile(np.float32([0.01, 0.03, 0.02, 0.04]), (len(crops), 1))
        return np.repeat(mean, len(crops), 0), np.ones(len(crops), np.float32), doubts

    photo = np.zeros((200, 200, 3), np.uint8)
    found = MeshNetwork(predict).find(photo, [FaceBox((50, 50, 150, 150), 1.0)])[0]
    assert found.doubts == pytest.approx(np.array([0.02, 0.02, 0.02, 0.04]) * CROP_FACE_HEIGHTS)
