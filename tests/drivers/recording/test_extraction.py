"""Extraction from synthetic landmarks of known motion, with jitter, turns and shifts."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nostalgia.drivers.recording.extraction import track_from_landmarks
from nostalgia.faces.head import NECK_PIVOT, load_face_shape
from nostalgia.faces.irises import EyeReading
from nostalgia.faces.topology import EYES_AND_IRISES, LEFT_IRIS, RIGHT_IRIS
from nostalgia.geometry import rotation_from_pose
from nostalgia.types import HeadPose

FPS = 25.0
FRAMES = 150
SCALE_PX = 180.0
START = HeadPose(10.0, -4.0, 3.0)
UPPER = {False: (159, 158, 160), True: (386, 385, 387)}
LOWER = {False: (145, 153, 144), True: (374, 380, 373)}


def swell() -> np.ndarray:
    return np.sin(np.pi * np.linspace(0, 1, FRAMES)) ** 2


def blink(closure_seen: float = 0.7) -> np.ndarray:
    """Opening as a network gives it: two short dips that never reach 0."""
    time = np.arange(FRAMES)
    dips = sum(np.exp(-(((time - at) / 2.6) ** 4)) for at in (40, 101))
    return 1 - closure_seen * dips


def acted(
    yaw=0.0, smile=0.0, opening=None, gaze=0.0, mouth=0.0, noise_px=0.0, start=START, shift=0.0
) -> np.ndarray:
    """Landmarks (FRAMES, 478, 3) of the mean face in this motion, pixels."""
    rng = np.random.default_rng(3)
    mean = load_face_shape().mean.astype(np.float64)
    rise = swell()
    frames = []
    for number in range(FRAMES):
        shape = mean.copy()
        shape[[61, 291]] += rise[number] * smile * np.array([[-0.3, -0.4, 0], [0.3, -0.4, 0]])
        shape[[14, 17, 84, 314], 1] += rise[number] * mouth
        for right in (False, True):
            part = 1.0 if opening is None else opening[number]
            for upper, lower in zip(UPPER[right], LOWER[right], strict=True):
                shape[upper] = shape[lower] + part * (shape[upper] - shape[lower])
        width = np.linalg.norm(mean[33] - mean[133])
        shape[list(LEFT_IRIS + RIGHT_IRIS), 0] += rise[number] * gaze * width
        turn = rotation_from_pose(HeadPose(yaw * rise[number], 0, 0)) @ rotation_from_pose(start)
        neck = rotation_from_pose(start) @ NECK_PIVOT
        place = np.array([300.0, 250.0, 0.0]) + SCALE_PX * (
            neck - rotation_from_pose(HeadPose(yaw * rise[number], 0, 0)) @ neck
        )
        place[0] += SCALE_PX * shift * rise[number]
        frames.append(SCALE_PX * shape @ turn.T + place)
    return (np.array(frames) + rng.normal(0, noise_px, (FRAMES, 478, 3))).astype(np.float32)


def test_a_still_face_gives_a_neutral_track():
    track = track_from_landmarks(acted(), FPS)
    assert len(track) == FRAMES and track.fps == FPS
    assert_allclose(track.rotation_deg, 0, atol=1e-3)
    assert_allclose(track.translation, 0, atol=1e-4)
    assert_allclose(track.expression, 0, atol=1e-4)
    assert_allclose(track.eye_opening, 1, atol=1e-4)
    assert_allclose(track.mouth_opening, 0, atol=1e-6)
    pose = track.start_pose
    assert_allclose([pose.yaw, pose.pitch, pose.roll], [10, -4, 3], atol=0.01)


def test_a_turn_about_the_neck_is_not_a_shift():
    track = track_from_landmarks(acted(yaw=12.0, noise_px=0.8), FPS)
    assert_allclose(track.rotation_deg[:, 0], 12 * swell(), atol=0.5)
    assert_allclose(track.rotation_deg[:, 1:], 0, atol=0.5)
    assert_allclose(track.translation, 0, atol=0.006)
    assert_allclose(track.scale, 1, atol=0.01)


def test_a_shift_is_found_in_face_heights():
    track = track_from_landmarks(acted(shift=0.05), FPS)
    assert_allclose(track.translation[:, 0], 0.05 * swell(), atol=0.002)


def test_a_smile_is_found_through_noise_and_the_turn():
    track = track_from_landmarks(acted(yaw=8.0, smile=0.07, noise_px=0.8), FPS)
    corners = track.expression[:, [61, 291]]
    smile = corners[:, 1, 0] - corners[:, 0, 0] - corners[:, :, 1].mean(1)
    assert np.corrcoef(smile, swell())[0, 1] > 0.99
    assert smile.max() == pytest.approx(0.07 * (0.6 + 0.4), rel=0.15)
    assert np.abs(track.expression[:, list(EYES_AND_IRISES)]).max() == 0


@pytest.mark.parametrize("closure_seen", [0.45, 0.7, 0.95])
def test_blinks_shut_the_eyes_whatever_the_network_gives(closure_seen):
    opening = blink(closure_seen)
    track = track_from_landmarks(acted(opening=opening, noise_px=0.2), FPS)
    for eye in range(2):
        shut = track.eye_opening[:, eye] < 0.15
        assert int((np.diff(np.r_[0, shut.astype(int)]) == 1).sum()) == 2
        assert shut[40] and shut[101]
    between = track.eye_opening[55:85]
    assert_allclose(between, 1, atol=0.1)


def lifelike(*blinks: tuple[int, float]) -> np.ndarray:
    """Opening (FRAMES,) of blinks (frame, depth) that close in two frames and open in nine."""
    falls, rises = (0.5, 0.0), (0.0, 0.1, 0.25, 0.45, 0.62, 0.76, 0.87, 0.95, 0.99)
    opening = np.ones(FRAMES)
    for at, depth in blinks:
        flanks = np.array(falls + rises)
        opening[at : at + len(flanks)] = 1 - depth * (1 - flanks)
    return opening


def drawn(opening: np.ndarray) -> np.ndarray:
    """What the network gives: never shut, half-shut eyes more shut, half-open ones more open."""
    return 0.3 + 0.7 * (0.6 * opening**2 * (3 - 2 * opening) + 0.4 * opening)


def test_a_blink_keeps_the_shape_of_its_flanks():
    opening = lifelike((40, 1.0), (100, 1.0))
    track = track_from_landmarks(acted(opening=drawn(opening), noise_px=0.1), FPS)
    assert_allclose(track.eye_opening.mean(1), opening, atol=0.1)
    for at in (41, 101):
        shut = track.eye_opening[at - 2 : at + 12].max(1) < 0.08
        assert 1 <= shut.sum() <= 3


def test_a_partial_blink_stays_partial():
    opening = lifelike((40, 1.0), (75, 0.5), (110, 1.0))
    track = track_from_landmarks(acted(opening=drawn(opening), noise_px=0.1), FPS)
    assert track.eye_opening[70:85].mean(1).min() == pytest.approx(0.5, abs=0.1)
    assert track.eye_opening[105:125].mean(1).min() < 0.05


def test_eyes_that_the_network_opens_while_they_are_shut_stay_shut():
    opening = drawn(lifelike((40, 1.0), (100, 1.0)))
    opening[42] += 0.2
    track = track_from_landmarks(acted(opening=opening, noise_px=0.1), FPS)
    assert track.eye_opening[41:44].max() < 0.15
    double = drawn(lifelike((40, 1.0), (48, 1.0), (100, 1.0)))
    track = track_from_landmarks(acted(opening=double, noise_px=0.1), FPS)
    assert track.eye_opening[46:48].mean(1).min() > 0.5
    assert track.eye_opening[[41, 49]].max() < 0.1


def test_narrowed_eyes_are_not_a_blink():
    track = track_from_landmarks(acted(opening=1 - 0.3 * swell(), noise_px=0.2), FPS)
    assert_allclose(track.eye_opening[:, 0], 1 - 0.3 * swell(), atol=0.08)


def readings(contrast: np.ndarray) -> list[EyeReading]:
    return [
        EyeReading(np.zeros((2, 2), np.float32), np.full(2, value, np.float32))
        for value in 80 * contrast
    ]


def test_a_shallow_dip_narrows_the_eyes_only_where_the_iris_is_covered():
    landmarks = acted(opening=blink(0.2), noise_px=0.1)
    covered = track_from_landmarks(landmarks, FPS, eyes=readings(blink(0.6))).eye_opening
    assert 0.4 < covered[40].max() < 0.7 and 0.4 < covered[101].max() < 0.7
    staying = readings(np.ones(FRAMES))
    open_ = track_from_landmarks(landmarks, FPS, eyes=staying).eye_opening
    assert open_.min() > 0.7


def test_a_deep_dip_is_a_blink_whatever_the_irises_do():
    landmarks = acted(opening=blink(0.6), noise_px=0.1)
    shut = track_from_landmarks(landmarks, FPS, eyes=readings(np.ones(FRAMES))).eye_opening
    assert shut[40].max() < 0.1 and shut[101].max() < 0.1


def test_a_single_narrowed_eye_is_narrower_than_the_network_gives():
    landmarks = acted(opening=1 - 0.15 * swell())
    both = track_from_landmarks(landmarks, FPS, eyes=readings(np.ones(FRAMES))).eye_opening
    for lids in zip(UPPER[1], LOWER[1], strict=True):
        wide = acted()[:, list(lids)]
        landmarks[:, list(lids)] = 0.8 * wide + 0.2 * landmarks[:, list(lids)]
    eyes = [
        EyeReading(np.zeros((2, 2), np.float32), np.array([80 * part, 80], np.float32))
        for part in 1 - 0.75 * swell()
    ]
    left, right = track_from_landmarks(landmarks, FPS, eyes=eyes).eye_opening[FRAMES // 2]
    assert left < both[FRAMES // 2, 0] - 0.05
    assert right > 0.95


def test_a_mouth_that_is_open_at_first_can_close():
    landmarks = acted(mouth=0.06)[FRAMES // 2 :]
    track = track_from_landmarks(landmarks, FPS)
    assert track.mouth_opening.min() == pytest.approx(-0.06, rel=0.2)
    lips = track.expression[-1, 14, 1] - track.expression[-1, 13, 1]
    assert -0.06 < lips < -0.03


def test_gaze_read_from_the_pixels_is_used_and_held_through_a_blink():
    aside = 0.1 * swell()
    eyes = [
        EyeReading(np.full((2, 2), [x, 0.0], np.float32), np.full(2, 80 * part, np.float32))
        for x, part in zip(aside, blink(0.7), strict=True)
    ]
    eyes[40:42] = [None, None]
    track = track_from_landmarks(acted(opening=blink(0.7)), FPS, eyes=eyes)
    assert_allclose(track.gaze[:, 0], aside, atol=0.02)


def test_gaze_is_in_eye_widths():
    track = track_from_landmarks(acted(gaze=0.1), FPS)
    assert track.gaze[:, 0].max() == pytest.approx(0.1, rel=0.12)
    assert_allclose(track.gaze[:, 1], 0, atol=0.01)


def test_parted_lips_open_the_mouth_and_closed_lips_stay_together():
    parted = track_from_landmarks(acted(mouth=0.06), FPS)
    assert parted.mouth_opening.max() == pytest.approx(0.06, rel=0.2)
    closed = track_from_landmarks(acted(smile=0.06, noise_px=0.3), FPS)
    assert closed.mouth_opening.max() < 0.005
    assert_allclose(closed.expression[:, 13], closed.expression[:, 14], atol=0.002)


def test_a_looped_performance_begins_and_ends_exactly_neutral():
    landmarks = acted(yaw=10.0, smile=0.05, opening=blink(), noise_px=0.8)
    landmarks[..., 0] += np.linspace(0, 6, FRAMES)[:, None]
    track = track_from_landmarks(landmarks, FPS, looped=True)
    for end in (0, -1):
        assert_allclose(track.rotation_deg[end], 0, atol=1e-5)
        assert_allclose(track.translation[end], 0, atol=1e-6)
        assert_allclose(track.expression[end], 0, atol=1e-6)
        assert_allclose(track.gaze[end], 0, atol=1e-6)
        assert_allclose(track.eye_opening[end], 1)
        assert track.mouth_opening[end] == 0
    assert track.rotation_deg[:, 0].max() == pytest.approx(10, abs=0.8)
