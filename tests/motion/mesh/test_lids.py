"""What a shut lid takes from the photo: its lash line, its light, the frame before it."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from nostalgia.motion.mesh.eyes import lids
from nostalgia.motion.mesh.eyes.fill import eye_fill
from nostalgia.motion.mesh.eyes.frame import LEFT_EYE, RIGHT_EYE, eye_frame, patch
from nostalgia.motion.mesh.eyes.lids import prepare_eyes
from nostalgia.motion.mesh.eyes.spectacles import frame_strokes
from nostalgia.types import FaceCrop, HeadPose, PartDoubts, UInt8
from tests.motion.mesh.drawn_face import EYE_WIDTH, SIZE, SKIN, drawn_face, shut


@pytest.fixture(scope="module")
def face() -> FaceCrop:
    return drawn_face()


def with_lashes(face: FaceCrop, colour: tuple[int, int, int]) -> FaceCrop:
    """The face with all that is dark in its eyes in that colour."""
    pixels = face.pixels.copy()
    upper = pixels[172:205]
    upper[upper.mean(2) < 100] = colour
    return replace(face, pixels=pixels)


def small(face: FaceCrop, divisor: int) -> FaceCrop:
    size = SIZE // divisor
    pixels = cv2.resize(face.pixels, (size, size), interpolation=cv2.INTER_AREA)
    return replace(
        face,
        pixels=pixels,
        landmarks=face.landmarks / np.float32(divisor),
        inside_xyxy=(0, 0, size, size),
        face_height_px=face.face_height_px / divisor,
    )


def test_the_lash_line_is_as_dark_as_the_photos_own(face: FaceCrop) -> None:
    faded = with_lashes(face, (110, 88, 74))
    dark, faint = (prepare_eyes(each)[0].lashes.colour.mean() for each in (face, faded))
    assert dark < 45
    assert 65 < faint < 95, "neither a black arc nor none"


def test_thick_lashes_travel_with_the_lid(face: FaceCrop) -> None:
    pixels = face.pixels.copy()
    along = np.round(face.landmarks[list(LEFT_EYE.upper), :2]).astype(np.int32) - [0, 4]
    cv2.polylines(pixels, [along], False, (30, 22, 20), 7, cv2.LINE_AA)
    source = replace(face, pixels=pixels)
    eye = prepare_eyes(source)[0]

    fill = eye_fill(eye, 0.6)
    assert fill is not None
    x, y = (142 - fill.corner_xy[0], 180 - fill.corner_xy[1])
    assert fill.pixels[y : y + 4, x : x + 16].mean() < 80, "not just a thin line below"
    shut_fill = eye_fill(eye, 0.0)
    assert shut_fill is not None
    assert shut_fill.pixels[y : y + 4, x : x + 16].mean() > 120, "shut, they point downwards"


def test_a_photo_without_lashes_still_shows_that_the_eye_is_shut(face: FaceCrop) -> None:
    bare = with_lashes(face, (178, 146, 126))
    line = shut(bare, prepare_eyes(bare)[0])[194:206, 140:160].mean((1, 2))
    assert 0.4 * SKIN.mean() < line.min() < 0.75 * SKIN.mean()


def test_a_lid_in_the_light_stays_light(face: FaceCrop) -> None:
    """The strip that the open eye shows of its lid tells how light the shut lid is."""
    lit = face.pixels.copy()
    frame = eye_frame(face, LEFT_EYE, True)
    x0, y0 = frame.corner_xy
    s = frame.v - frame.along(frame.upper)
    strip = (s < -0.04) & (s > -0.16) & (np.abs(frame.u - 0.5) < 0.45)
    area = lit[y0 : y0 + s.shape[0], x0 : x0 + s.shape[1]]
    area[strip] = np.clip(1.18 * area[strip].astype(np.float32), 0, 255).astype(np.uint8)
    bright = replace(face, pixels=lit)
    before, after = (
        shut(each, prepare_eyes(each)[0])[180:190, 140:160].mean() for each in (face, bright)
    )
    assert after > 1.03 * before


def test_the_wrinkles_of_a_lid_move_with_it(face: FaceCrop) -> None:
    wrinkled = face.pixels.astype(np.float32)
    frame = eye_frame(face, LEFT_EYE, True)
    x0, y0 = frame.corner_xy
    fold = np.exp(-0.5 * (((frame.v - frame.along(frame.upper)) + 0.11) / 0.02) ** 2)
    area = wrinkled[y0 : y0 + fold.shape[0], x0 : x0 + fold.shape[1]]
    area *= 1 - 0.1 * fold[..., None]
    source = replace(face, pixels=wrinkled.astype(np.uint8))
    change = shut(source, prepare_eyes(source)[0]) - shut(face, prepare_eyes(face)[0])
    column = cv2.GaussianBlur(change[168:200, 142:158].mean((1, 2))[:, None], (0, 0), 1.0)[:, 0]
    assert column.min() < -3
    was_at = float(frame.origin[1] + EYE_WIDTH * (frame.upper.min() - 0.11))
    assert 168 + int(column.argmin()) > was_at + 3, "it goes down with the lid"


def test_two_lids_of_one_face_agree(face: FaceCrop, monkeypatch: pytest.MonkeyPatch) -> None:
    y, x = np.mgrid[:SIZE, :SIZE]
    away = np.hypot(x - 150, (y - 185) * 1.3)
    made_up = np.where((away < 46) & (y < 178), 0.7, 1.0)[..., None]
    source = replace(face, pixels=(face.pixels * made_up).astype(np.uint8))

    def apart() -> float:
        left, right = prepare_eyes(source)
        tones = (
            float(shut(source, left)[180:190, 140:160].mean()),
            float(shut(source, right)[180:190, 260:280].mean()),
        )
        return abs(tones[0] - tones[1])

    agreed = apart()
    monkeypatch.setattr(lids, "PULL", 0.0)
    assert agreed < 0.85 * apart()


@pytest.mark.parametrize("divisor", [6, 9])
def test_a_tiny_eye_shuts_to_a_soft_dark_line(face: FaceCrop, divisor: int) -> None:
    tiny = small(face, divisor)
    drawn = shut(tiny, prepare_eyes(tiny)[0]).mean(2)
    middle = drawn[176 // divisor : 214 // divisor, 138 // divisor : 162 // divisor].mean(1)
    assert 176 // divisor + int(middle.argmin()) == pytest.approx(200 / divisor, abs=1)
    assert 0.25 * SKIN.mean() < middle.min() < 0.75 * SKIN.mean()
    assert np.sort(middle)[1] < 0.95 * SKIN.mean(), "soft: wider than a single row"


def framed(face: FaceCrop) -> tuple[FaceCrop, UInt8]:
    """The face with a dark frame above its eyes, and a mask of the frame."""
    pixels, mask = face.pixels.copy(), np.zeros((SIZE, SIZE), np.uint8)
    for canvas, tone in ((pixels, (20, 18, 16)), (mask, 1)):
        cv2.line(canvas, (60, 168), (360, 168), tone, 4)
    return replace(face, pixels=pixels), mask


def test_the_frame_of_spectacles_is_told_from_lashes(face: FaceCrop) -> None:
    source, mask = framed(face)
    for points, is_left in ((LEFT_EYE, True), (RIGHT_EYE, False)):
        frame = eye_frame(source, points, is_left)
        found = frame_strokes(frame, patch(source, frame))
        x0, y0 = frame.corner_xy
        there = mask[y0 : y0 + found.shape[0], x0 : x0 + found.shape[1]] > 0
        assert found[there].mean() > 0.8
        eye = (frame.v > frame.along(frame.upper) - 0.06) & (np.abs(frame.u - 0.5) < 0.5)
        eye &= frame.v < frame.along(frame.lower) + 0.03
        assert found[eye].max() < 0.1
        bare = frame_strokes(frame, patch(face, frame))
        assert bare[there].max() < 0.05


def test_a_lid_passes_behind_the_frame_of_spectacles(
    face: FaceCrop, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, mask = framed(face)
    without = shut(source, prepare_eyes(source)[0])
    monkeypatch.setattr(lids, "glasses_on", lambda _: 1.0)
    behind = shut(source, prepare_eyes(source)[0])
    frame = mask[:, 125:175] > 0
    photo = source.pixels[:, 125:175].astype(np.float32)
    assert np.abs(behind[:, 125:175] - photo)[frame].mean() < 4
    assert np.abs(without[:, 125:175] - photo)[frame].mean() > 20
    apart = np.abs(behind[186:200, 140:160] - without[186:200, 140:160])
    assert apart.max() <= 3, "the lid is shut"


def test_doubtful_eyes_stay_still_behind_glasses_and_blink_without(
    face: FaceCrop, monkeypatch: pytest.MonkeyPatch
) -> None:
    doubtful = replace(face, doubts=PartDoubts(left_eye=0.015, right_eye=0.012))
    monkeypatch.setattr(lids, "glasses_on", lambda _: 0.6)
    assert [eye.readable for eye in prepare_eyes(doubtful)] == [True, True]
    monkeypatch.setattr(lids, "glasses_on", lambda _: 0.9)
    assert [eye.readable for eye in prepare_eyes(doubtful)] == [False, False]


def test_no_eye_winks_beside_one_that_is_shut_in_the_photo() -> None:
    awake = drawn_face()
    asleep = awake.landmarks.copy()
    upper, lower = list(RIGHT_EYE.upper), list(RIGHT_EYE.lower)
    asleep[upper, 1] = asleep[lower, 1] = (asleep[upper, 1] + asleep[lower, 1]) / 2
    one_shut = replace(awake, landmarks=asleep)
    assert [eye.readable for eye in prepare_eyes(awake)] == [True, True]
    assert [eye.readable for eye in prepare_eyes(one_shut)] == [False, False]
    turned = replace(one_shut, pose=HeadPose(45.0, 0.0, 0.0))
    assert [eye.readable for eye in prepare_eyes(turned)] == [True, False]


def test_no_eye_winks_beside_one_that_is_too_small_to_move() -> None:
    whole = drawn_face()
    shrink = 0.1
    small = cv2.resize(whole.pixels, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    landmarks = whole.landmarks * np.float32(shrink)
    narrow = list({*RIGHT_EYE.upper, *RIGHT_EYE.lower, *RIGHT_EYE.brow})
    middle = landmarks[narrow, 0].mean()
    size = small.shape[0]
    for width, blink in ((1.0, True), (0.7, False)):
        squeezed = landmarks.copy()
        squeezed[narrow, 0] = middle + width * (landmarks[narrow, 0] - middle)
        source = replace(whole, pixels=small, landmarks=squeezed, inside_xyxy=(0, 0, size, size))
        assert [eye.readable for eye in prepare_eyes(source)] == [blink, blink]
