"""The blink on a drawn face whose skin, lids and irises are known to the pixel."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from nostalgia.motion.mesh.eye_frame import LEFT_EYE, RIGHT_EYE, EyePoints, eye_frame
from nostalgia.motion.mesh.lid_skin import FACE_OUTLINE
from nostalgia.motion.mesh.lids import PreparedEye, eye_fill, prepare_eyes
from nostalgia.types import FaceCrop, Float32, HeadPose, UInt8

SKIN = np.array([196, 160, 138], np.float32)
SIZE = 420
EYE_WIDTH = 60.0


def _place_eye(landmarks: Float32, points: EyePoints, x: float, y: float, height: float) -> None:
    u = np.linspace(0, 1, len(points.upper))
    bow = 4 * u * (1 - u)
    for indices, side in ((points.upper, -0.55), (points.lower, 0.45)):
        landmarks[list(indices), 0] = x + EYE_WIDTH * u
        landmarks[list(indices), 1] = y + side * height * bow
    landmarks[list(points.brow), 0] = x + EYE_WIDTH * np.linspace(-0.05, 1.05, 5)
    landmarks[list(points.brow), 1] = y - 0.62 * EYE_WIDTH
    ring = np.array([[0, 0], [1, 0], [0, -1], [-1, 0], [0, 1]]) * 0.2 * EYE_WIDTH
    landmarks[list(points.iris), :2] = np.array([x + 0.5 * EYE_WIDTH, y]) + ring


def _draw_eye(pixels: UInt8, landmarks: Float32, points: EyePoints) -> None:
    ring = np.vstack([landmarks[list(points.upper), :2], landmarks[list(points.lower), :2][::-1]])
    eyeball = np.zeros(pixels.shape[:2], np.uint8)
    cv2.fillPoly(eyeball, [np.round(ring).astype(np.int32)], 1)
    white = pixels.copy()
    white[:] = (240, 238, 232)
    centre = tuple(int(n) for n in np.round(landmarks[points.iris[0], :2]))
    cv2.circle(white, centre, int(0.2 * EYE_WIDTH), (40, 30, 24), -1, cv2.LINE_AA)
    pixels[eyeball > 0] = white[eyeball > 0]
    lashes = np.round(landmarks[list(points.upper), :2]).astype(np.int32)
    cv2.polylines(pixels, [lashes], False, (30, 22, 20), 3, cv2.LINE_AA)
    brow = np.round(landmarks[list(points.brow), :2] - [0, 5]).astype(np.int32)
    cv2.polylines(pixels, [brow], False, (50, 36, 30), 8, cv2.LINE_AA)


def drawn_face(eye_height: float = 0.36 * EYE_WIDTH) -> FaceCrop:
    """A face of even skin with a little grain and two drawn eyes."""
    landmarks = np.zeros((478, 3), np.float32)
    turn = np.linspace(0, 2 * np.pi, len(FACE_OUTLINE), endpoint=False)
    landmarks[list(FACE_OUTLINE), 0] = 210 + 120 * np.sin(turn)
    landmarks[list(FACE_OUTLINE), 1] = 220 - 150 * np.cos(turn)
    _place_eye(landmarks, LEFT_EYE, 210 - 90, 190, eye_height)
    _place_eye(landmarks, RIGHT_EYE, 210 + 30, 190, eye_height)
    grain = np.random.default_rng(3).normal(0, 4, (SIZE, SIZE, 1))
    pixels = np.clip(SKIN + grain, 0, 255).astype(np.uint8)
    _draw_eye(pixels, landmarks, LEFT_EYE)
    _draw_eye(pixels, landmarks, RIGHT_EYE)
    return FaceCrop(pixels, np.eye(2, 3), landmarks, HeadPose(0, 0, 0), (0, 0, SIZE, SIZE), 300.0)


def laid(source: FaceCrop, eye: PreparedEye, opening: float, gaze: tuple[float, float]) -> UInt8:
    """The source with the eye's fill on it, as the renderer lays it."""
    out = source.pixels.copy()
    fill = eye_fill(eye, opening, gaze)
    if fill is not None:
        x, y = fill.corner_xy
        h, w = fill.occlusion.shape
        under = out[y : y + h, x : x + w]
        mixed = under * fill.occlusion[..., None] + fill.pixels * (1 - fill.occlusion[..., None])
        out[y : y + h, x : x + w] = np.round(mixed)
    return out


@pytest.fixture(scope="module")
def face() -> FaceCrop:
    return drawn_face()


@pytest.fixture(scope="module")
def eye(face: FaceCrop) -> PreparedEye:
    return prepare_eyes(face)[0]


def test_the_open_eye_is_the_photo(eye: PreparedEye) -> None:
    assert eye_fill(eye, 1.0) is None
    assert eye_fill(eye, 0.997) is None
    assert eye_fill(eye, 1.4) is None


def test_openness_is_that_of_the_drawing(eye: PreparedEye) -> None:
    assert eye.readable
    assert eye.openness == pytest.approx(0.36, abs=0.04)


def test_a_shut_eye_shows_skin_and_a_dark_line_below(face: FaceCrop, eye: PreparedEye) -> None:
    shut = laid(face, eye, 0.0, (0, 0)).astype(np.float32)
    middle = shut[:, 140:160].mean(1)
    lid = middle[174:190]
    assert np.abs(lid - SKIN).max() < 26, "neither iris, white nor old lashes may shine through"
    line = middle[192:208].mean(1)
    assert line.min() < 0.6 * SKIN.mean(), "a line of lashes near the lower lid"
    assert 192 + int(line.argmin()) == pytest.approx(200, abs=5)


def test_the_lid_carries_the_grain_of_the_photo(face: FaceCrop, eye: PreparedEye) -> None:
    shut = laid(face, eye, 0.0, (0, 0)).astype(np.float32)
    rough = [
        float((area - cv2.GaussianBlur(area, (0, 0), 2)).std())
        for area in (shut[176:188, 136:164, 0], shut[250:262, 136:164, 0])
    ]
    assert rough[0] == pytest.approx(rough[1], rel=0.35)


def test_the_brow_and_the_cheek_stay(face: FaceCrop, eye: PreparedEye) -> None:
    for opening in (0.8, 0.4, 0.0):
        changed = (laid(face, eye, opening, (0, 0)) != face.pixels).any(2)
        brow_bottom = int(face.landmarks[LEFT_EYE.brow[2], 1])
        assert not changed[:brow_bottom].any()
        assert not changed[240:].any()
        assert not changed[:, 210:].any(), "the other eye is not this eye's business"


def test_closing_is_smooth_in_time(face: FaceCrop, eye: PreparedEye) -> None:
    openings = np.linspace(1, 0, 81)
    frames = [laid(face, eye, float(o), (0, 0)).astype(np.float32) for o in openings]
    steps = [float(np.abs(b - a).mean()) for a, b in zip(frames, frames[1:], strict=False)]
    assert max(steps) < 4 * float(np.mean(steps)), "no frame may jump"


def test_the_same_question_gets_the_same_answer(face: FaceCrop, eye: PreparedEye) -> None:
    again = prepare_eyes(face)[0]
    one, two = eye_fill(eye, 0.3, (0.02, 0.01)), eye_fill(again, 0.3, (0.02, 0.01))
    assert one is not None and two is not None
    assert np.array_equal(one.pixels, two.pixels)
    assert np.array_equal(one.occlusion, two.occlusion)


def test_eyes_shut_in_the_photo_stay() -> None:
    for eye in prepare_eyes(drawn_face(eye_height=0.06 * EYE_WIDTH)):
        assert not eye.readable
        assert eye_fill(eye, 0.0, (0.1, 0.0)) is None


def test_a_glance_moves_the_iris_and_only_the_opening(face: FaceCrop, eye: PreparedEye) -> None:
    looking = laid(face, eye, 1.0, (0.08, 0.0))
    dark = np.flatnonzero(looking[192, 128:172].mean(1) < 110) + 128
    before = np.flatnonzero(face.pixels[192, 128:172].mean(1) < 110) + 128
    assert dark.mean() - before.mean() == pytest.approx(0.08 * EYE_WIDTH, abs=1.6)
    changed = np.argwhere((looking != face.pixels).any(2))
    frame = eye_frame(face, LEFT_EYE, True)
    rows, columns = changed.T
    assert rows.min() >= 190 - 0.6 * 0.36 * EYE_WIDTH and rows.max() <= 190 + 0.5 * 0.36 * EYE_WIDTH
    assert columns.min() >= frame.origin[0] and columns.max() <= frame.origin[0] + EYE_WIDTH


def test_a_huge_eye_closes_like_a_small_one(face: FaceCrop) -> None:
    scale = 5
    pixels = cv2.resize(face.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    large = replace(
        face,
        pixels=pixels,
        landmarks=face.landmarks * scale,
        inside_xyxy=(0, 0, SIZE * scale, SIZE * scale),
        face_height_px=face.face_height_px * scale,
    )
    eye = prepare_eyes(large)[0]
    assert eye.frame.u.shape[0] < eye.photo.shape[0] / 2, "smooth fields are kept small"
    shut = laid(large, eye, 0.0, (0, 0)).astype(np.float32)
    lid = shut[174 * scale : 190 * scale, 140 * scale : 160 * scale].mean((0, 1))
    assert np.abs(lid - SKIN).max() < 20


@pytest.mark.parametrize("shift", [(-205, 0), (190, 0), (0, -180), (0, 215)])
def test_an_eye_at_the_edge_does_no_harm(face: FaceCrop, shift: tuple[int, int]) -> None:
    moved = replace(face, landmarks=face.landmarks + np.array([*shift, 0], np.float32))
    for eye in prepare_eyes(moved):
        fill = eye_fill(eye, 0.0)
        if fill is not None:
            x, y = fill.corner_xy
            h, w = fill.occlusion.shape
            assert 0 <= x and 0 <= y and x + w <= SIZE and y + h <= SIZE


def test_a_lid_in_shadow_is_no_brighter_than_its_socket(face: FaceCrop) -> None:
    centre = np.array([150, 190])
    y, x = np.mgrid[:SIZE, :SIZE]
    away = np.hypot(x - centre[0], (y - centre[1]) * 1.3)  # just larger than the eye
    light = np.clip((away - 40) / 6, 0.18, 1)[..., None]
    shadowed = replace(face, pixels=(face.pixels * light).astype(np.uint8))
    eye = prepare_eyes(shadowed)[0]
    shut = laid(shadowed, eye, 0.0, (0, 0)).astype(np.float32)
    lid = shut[176:188, 138:162].mean()
    socket = shadowed.pixels[162:168, 138:162].mean()
    assert lid < 2.2 * socket, "a bright lens in a dark socket"
