"""Blinks and glances on a drawn face whose skin, lids and irises are known to the pixel."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from nostalgia.motion.mesh.eyes.fill import eye_fill
from nostalgia.motion.mesh.eyes.frame import LEFT_EYE, RIGHT_EYE, eye_frame
from nostalgia.motion.mesh.eyes.gaze import BEYOND_LID
from nostalgia.motion.mesh.eyes.lids import PreparedEye, prepare_eyes
from nostalgia.types import FaceCrop, HeadPose, PartDoubts, UInt8
from tests.motion.mesh.drawn_face import EYE_WIDTH, SIZE, SKIN, drawn_face


def drawn_on(
    source: FaceCrop, eye: PreparedEye, opening: float, gaze: tuple[float, float]
) -> UInt8:
    """The source with the eye's fill on it, as the renderer composites it."""
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
    assert eye_fill(eye, 1.03) is None, "a track is never quite steady"


def test_openness_is_that_of_the_drawing(eye: PreparedEye) -> None:
    assert eye.readable
    assert eye.openness == pytest.approx(0.36, abs=0.04)


def test_a_shut_eye_shows_skin_and_a_dark_line_below(face: FaceCrop, eye: PreparedEye) -> None:
    shut = drawn_on(face, eye, 0.0, (0, 0)).astype(np.float32)
    middle = shut[:, 140:160].mean(1)
    lid = middle[174:190]
    assert np.abs(lid - SKIN).max() < 26, "neither iris, white nor old lashes may shine through"
    line = middle[192:208].mean(1)
    assert line.min() < 0.6 * SKIN.mean(), "a line of lashes near the lower lid"
    assert 192 + int(line.argmin()) == pytest.approx(200, abs=5)


def test_the_white_of_a_narrow_slit_is_in_shadow(face: FaceCrop, eye: PreparedEye) -> None:
    white = (slice(195, 198), slice(130, 136))
    seen = {o: drawn_on(face, eye, o, (0, 0))[white].mean() for o in (0.9, 0.35)}
    assert seen[0.9] > 1.1 * SKIN.mean(), "an open eye is white"
    assert seen[0.35] < 0.68 * SKIN.mean(), "no pale dash under the lash line"


def test_the_lid_carries_the_grain_of_the_photo(face: FaceCrop, eye: PreparedEye) -> None:
    shut = drawn_on(face, eye, 0.0, (0, 0)).astype(np.float32)
    rough = [
        float((area - cv2.GaussianBlur(area, (0, 0), 2)).std())
        for area in (shut[176:188, 136:164, 0], shut[250:262, 136:164, 0])
    ]
    assert rough[0] == pytest.approx(rough[1], rel=0.35)


def test_the_brow_and_the_cheek_stay(face: FaceCrop, eye: PreparedEye) -> None:
    for opening in (0.8, 0.4, 0.0):
        changed = (drawn_on(face, eye, opening, (0, 0)) != face.pixels).any(2)
        brow_bottom = int(face.landmarks[LEFT_EYE.brow[2], 1])
        assert not changed[:brow_bottom].any()
        assert not changed[240:].any()
        assert not changed[:, 210:].any(), "the other eye must not change"


def test_closing_is_smooth_in_time(face: FaceCrop, eye: PreparedEye) -> None:
    openings = np.linspace(1, 0, 81)
    frames = [drawn_on(face, eye, float(o), (0, 0)).astype(np.float32) for o in openings]
    steps = [float(np.abs(b - a).mean()) for a, b in zip(frames, frames[1:], strict=False)]
    assert max(steps) < 4 * float(np.mean(steps)), "no frame may jump"


def test_preparing_an_eye_again_gives_the_same_fill(face: FaceCrop, eye: PreparedEye) -> None:
    again = prepare_eyes(face)[0]
    one, two = eye_fill(eye, 0.3, (0.02, 0.01)), eye_fill(again, 0.3, (0.02, 0.01))
    assert one is not None and two is not None
    assert np.array_equal(one.pixels, two.pixels)
    assert np.array_equal(one.occlusion, two.occlusion)


def test_eyes_shut_in_the_photo_stay() -> None:
    for eye in prepare_eyes(drawn_face(eye_height=0.06 * EYE_WIDTH)):
        assert not eye.readable
        assert eye_fill(eye, 0.0, (0.1, 0.0)) is None


def test_no_eye_blinks_beside_one_that_was_not_located(face: FaceCrop) -> None:
    lost = replace(face, doubts=PartDoubts(right_eye=0.05))
    for eye in prepare_eyes(lost):
        assert eye_fill(eye, 0.0, (0.3, 0.0)) is None


@pytest.mark.parametrize("hidden", [(LEFT_EYE,), (LEFT_EYE, RIGHT_EYE)])
def test_no_eye_blinks_where_one_is_not_seen(face: FaceCrop, hidden) -> None:
    usual = PartDoubts(0.011, 0.011)
    assert all(eye.readable for eye in prepare_eyes(replace(face, doubts=usual)))
    pixels = face.pixels.copy()
    for points in hidden:
        x, y = face.landmarks[points.upper[0], :2].astype(int)
        pixels[y - 32 : y + 32, x - 20 : x + 80] = np.clip(
            SKIN * 0.4 + np.random.default_rng(4).normal(0, 4, (64, 100, 1)), 0, 255
        )
    for eye in prepare_eyes(replace(face, pixels=pixels, doubts=usual)):
        assert eye_fill(eye, 0.0, (0.3, 0.0)) is None


@pytest.mark.parametrize(("yaw", "near_only"), [(50.0, (True, False)), (-50.0, (False, True))])
def test_the_far_eye_of_a_profile_blinks_if_it_is_seen(face: FaceCrop, yaw, near_only) -> None:
    turned = replace(face, pose=HeadPose(yaw, 0.0, 0.0))
    assert tuple(eye.readable for eye in prepare_eyes(turned)) == (True, True)
    far_lost = PartDoubts(right_eye=0.05) if yaw > 0 else PartDoubts(left_eye=0.05)
    unsure = replace(turned, doubts=far_lost)
    assert tuple(eye.readable for eye in prepare_eyes(unsure)) == near_only
    near_lost = PartDoubts(left_eye=0.05) if yaw > 0 else PartDoubts(right_eye=0.05)
    assert not any(eye.readable for eye in prepare_eyes(replace(turned, doubts=near_lost)))


def test_a_glance_moves_the_iris_and_only_the_opening(face: FaceCrop, eye: PreparedEye) -> None:
    looking = drawn_on(face, eye, 1.0, (0.08, 0.0))
    dark = np.flatnonzero(looking[192, 128:172].mean(1) < 110) + 128
    before = np.flatnonzero(face.pixels[192, 128:172].mean(1) < 110) + 128
    assert dark.mean() - before.mean() == pytest.approx(0.08 * EYE_WIDTH, abs=1.6)
    changed = np.argwhere((looking != face.pixels).any(2))
    frame = eye_frame(face, LEFT_EYE, True)
    rows, columns = changed.T
    top, bottom = (190 + side * 0.36 * EYE_WIDTH for side in (-0.55, 0.45))
    rim = (BEYOND_LID + 0.02) * EYE_WIDTH
    assert rows.min() >= top - rim and rows.max() <= bottom + rim
    assert columns.min() >= frame.origin[0] and columns.max() <= frame.origin[0] + EYE_WIDTH


def test_nothing_of_a_cut_iris_stays_behind(face: FaceCrop, eye: PreparedEye) -> None:
    left_behind = slice(139, 143)
    rows = slice(188, 199)
    assert (face.pixels[rows, left_behind].mean(2) < 110).mean() > 0.7
    looking = drawn_on(face, eye, 1.0, (0.12, 0.0))
    assert (looking[rows, left_behind].mean(2) > 190).all()


def test_round_eyes_look_less_far_aside() -> None:
    moved = []
    for height in (0.30, 0.48):
        source = drawn_face(eye_height=height * EYE_WIDTH)
        looking = drawn_on(source, prepare_eyes(source)[0], 1.0, (0.10, 0.0))
        dark = [np.flatnonzero(p[191, 128:175].mean(1) < 110) for p in (source.pixels, looking)]
        moved.append(dark[1].mean() - dark[0].mean())
    assert moved[0] == pytest.approx(0.10 * EYE_WIDTH, abs=1.5)
    assert moved[1] == pytest.approx(0.6 * 0.10 * EYE_WIDTH, abs=1.5)


@pytest.mark.parametrize(("opening", "rise_px"), [(0.6, 4), (0.5, 4), (0.4, 3), (0.3, 1)])
def test_a_half_shut_lid_is_an_arch(
    face: FaceCrop, eye: PreparedEye, opening: float, rise_px: int
) -> None:
    half = drawn_on(face, eye, opening, (0, 0)).astype(np.float32).mean(2)
    dark = 0.6 * SKIN.mean()
    ends_and_middle = [int(120 + u * EYE_WIDTH) for u in (0.1, 0.5, 0.9)]
    left, middle, right = (
        int(np.flatnonzero(half[170:204, x - 1 : x + 2].mean(1) < dark)[0]) for x in ends_and_middle
    )
    assert middle <= min(left, right) - rise_px


def test_hardly_any_white_shows_below_the_iris_of_a_half_shut_eye() -> None:
    source = drawn_face(eye_height=0.46 * EYE_WIDTH)
    landmarks, pixels = source.landmarks.copy(), source.pixels.copy()
    landmarks[list(LEFT_EYE.iris), 1] -= 5
    under_iris = pixels[197:204, 130:170]
    under_iris[under_iris.mean(2) < 110] = (240, 238, 232)
    source = replace(source, pixels=pixels, landmarks=landmarks)
    eye = prepare_eyes(source)[0]

    def white_below(opening: float) -> int:
        column = drawn_on(source, eye, opening, (0, 0))[196:206, 148:153].mean((1, 2))
        return int((column > 205).sum())

    assert white_below(1.0) >= 5
    assert all(white_below(opening) <= 1 for opening in (0.6, 0.5))


def test_the_white_of_an_eye_lies_in_the_shadow_of_its_lid() -> None:
    source = drawn_face(eye_height=0.5 * EYE_WIDTH)
    pixels = source.pixels.copy()
    iris = pixels[177:204, 134:166]
    iris[iris.mean(2) < 110] = (240, 238, 232)
    source = replace(source, pixels=pixels)
    eye = prepare_eyes(source)[0]

    def below_lashes(opening: float) -> float:
        column = drawn_on(source, eye, opening, (0, 0))[165:205, 146:154].mean((1, 2))
        return float(column[int(column.argmin()) + 7])

    assert below_lashes(1.0) > 230
    assert below_lashes(0.8) > 220, "eyes that are merely narrowed keep their light"
    assert below_lashes(0.5) < below_lashes(1.0) - 12


def test_an_eyeball_slides_under_the_lower_lid_unsqueezed() -> None:
    source = drawn_face(eye_height=0.46 * EYE_WIDTH)
    pixels = source.pixels.copy()
    cv2.line(pixels, (138, 190), (162, 190), (240, 238, 232), 2)
    striped = replace(source, pixels=pixels)
    columns = [
        drawn_on(each, prepare_eyes(each)[0], 0.6, (0, 0))[180:212, 150].mean(1)
        for each in (source, striped)
    ]
    stripe = np.flatnonzero(columns[1] - columns[0] > 100) + 180
    assert 3 <= len(stripe) <= 4, "as thick as it was"
    assert stripe.mean() >= 190 + 4


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
    shut = drawn_on(large, eye, 0.0, (0, 0)).astype(np.float32)
    lid = shut[174 * scale : 190 * scale, 140 * scale : 160 * scale].mean((0, 1))
    assert np.abs(lid - SKIN).max() < 20


@pytest.mark.parametrize("shift", [(-205, 0), (190, 0), (0, -180), (0, 215)])
def test_an_eye_at_the_edge_does_no_harm(face: FaceCrop, shift: tuple[int, int]) -> None:
    moved = replace(face, landmarks=face.landmarks + np.array([*shift, 0], np.float32))
    for eye in prepare_eyes(moved):
        fill = eye_fill(eye, 0.0)
        assert fill is not None
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
    shut = drawn_on(shadowed, eye, 0.0, (0, 0)).astype(np.float32)
    lid = shut[176:188, 138:162].mean()
    socket = shadowed.pixels[162:168, 138:162].mean()
    assert lid < 2.2 * socket, "a bright patch in a dark socket"


def test_a_wide_eye_lifts_its_upper_lid_and_nothing_else(face: FaceCrop, eye: PreparedEye) -> None:
    def lash_line(pixels: UInt8) -> float:
        return 170 + float(pixels[170:185, 146:154].mean((1, 2)).argmin())

    startled = drawn_on(face, eye, 1.4, (0, 0))
    assert 1.5 <= lash_line(face.pixels) - lash_line(startled) <= 4.5
    changed = np.argwhere((startled != face.pixels).any(2))
    assert changed[:, 0].max() < 200, "the lower lid stays"
    assert np.array_equal(startled, drawn_on(face, eye, 9.0, (0, 0))), "the lift is limited"


def test_one_eye_winks_alone(face: FaceCrop) -> None:
    left, right = prepare_eyes(face)
    assert eye_fill(right, 1.0) is None
    winking = drawn_on(face, left, 0.0, (0, 0))
    assert (winking[:, :200] != face.pixels[:, :200]).any()
    assert np.array_equal(winking[:, 205:], face.pixels[:, 205:])


def test_a_blue_iris_does_not_dye_the_lashes(face: FaceCrop) -> None:
    pixels = face.pixels.copy()
    dark = pixels.mean(2) < 60
    pixels[dark] = (10, 30, 120)
    red, _, blue = prepare_eyes(replace(face, pixels=pixels))[0].lashes.colour
    assert blue <= red


def test_the_lids_of_a_blurred_face_are_blurred(face: FaceCrop) -> None:
    def small(sigma_px: float) -> FaceCrop:
        size = SIZE // 6
        pixels = cv2.resize(face.pixels, (size, size), interpolation=cv2.INTER_AREA)
        if sigma_px > 0:
            pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma_px), np.uint8)
        return replace(
            face,
            pixels=pixels,
            landmarks=face.landmarks / np.float32(6),
            inside_xyxy=(0, 0, size, size),
            face_height_px=face.face_height_px / 6,
        )

    def sharpness(source: FaceCrop) -> float:
        shut = drawn_on(source, prepare_eyes(source)[0], 0.0, (0, 0)).astype(np.float32).mean(2)
        return float(np.abs(np.diff(shut[26:38, 22:28], axis=0)).max())

    assert prepare_eyes(small(0))[0].blur_px == 0
    assert 1.2 < prepare_eyes(small(3.0))[0].blur_px < 3.0
    assert sharpness(small(3.0)) < 0.5 * sharpness(small(0))
