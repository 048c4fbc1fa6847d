"""How alive a track is: the times of its blinks, and rest."""

from dataclasses import replace

import numpy as np
import pytest
from made_drivers import FPS, made_track

from nostalgia.drivers.bank.bank import load_bank
from nostalgia.drivers.tracks.liveliness import (
    MOST_REST,
    blink_times,
    check_blink_times,
    check_rest,
    rest_share,
)
from nostalgia.types import Float32, MotionTrack


def with_openings(opening: np.ndarray, fps: float = FPS) -> MotionTrack:
    """A track with these openings (T,) of both eyes."""
    eyes = np.repeat(opening[:, None], 2, 1).astype(np.float32)
    return replace(made_track(count=len(opening)), eye_opening=eyes, fps=fps)


def linear_blink(closing: int, opening: int, shut: int = 1, low: float = 0.0) -> np.ndarray:
    """Openings (100,) of a blink whose flanks are straight lines of so many frames."""
    path = np.ones(100)
    down = np.linspace(1, low, closing + 1)
    up = np.linspace(low, 1, opening + 1)
    whole = np.r_[down, np.full(shut - 1, low), up[1:]]
    path[40 : 40 + len(whole)] = whole
    return path


@pytest.mark.parametrize("fps", [25.0, 50.0])
@pytest.mark.parametrize("shut", [1, 3])
def test_times_are_those_from_a_quarter_to_three_quarters(fps: float, shut: int) -> None:
    (blink,) = blink_times(with_openings(linear_blink(4, 10, shut), fps))
    assert blink.closing_s == pytest.approx(2 / fps)
    assert blink.opening_s == pytest.approx(5 / fps)
    assert 44 <= blink.at_s * fps < 44 + shut


def test_narrowed_eyes_before_a_blink_do_not_lengthen_it() -> None:
    path = linear_blink(4, 10)
    path[:40] = 0.8
    path[:44] = np.minimum(path[:44], 0.8)
    (blink,) = blink_times(with_openings(path))
    assert blink.closing_s < 2.2 / FPS


def test_partial_blinks_winks_and_sleep_are_not_measured() -> None:
    assert blink_times(with_openings(linear_blink(4, 10, low=0.4))) == ()
    assert blink_times(with_openings(linear_blink(4, 10, shut=30))) == ()
    wink = with_openings(linear_blink(4, 10))
    wink.eye_opening[:, 1] = 1.0
    assert blink_times(wink) == ()
    assert list(check_blink_times(wink)) == []


@pytest.mark.parametrize(
    ("closing", "opening", "words"),
    [(3, 6, ""), (2, 1, "at least 40"), (5, 5, "1.3 times"), (1, 3, "")],
)
def test_lids_that_open_as_fast_as_they_close_are_a_fault(
    closing: int, opening: int, words: str
) -> None:
    texts = [f.text for f in check_blink_times(with_openings(linear_blink(closing, opening)))]
    assert len(texts) == bool(words)
    assert all(words in text for text in texts)


def frozen(values: Float32, start: int) -> Float32:
    still = values.copy()
    still[start:] = still[start]
    return still


def test_frames_in_which_nothing_moves_are_counted() -> None:
    track = made_track()
    assert rest_share(track) < 0.05 and not list(check_rest(track))
    names = ("rotation_deg", "expression", "eye_opening", "gaze")
    half = replace(track, **{name: frozen(getattr(track, name), 75) for name in names})
    assert rest_share(half) == pytest.approx(0.5, abs=0.05)
    (fault,) = check_rest(half)
    assert fault.check == "rest" and "52 %" in fault.text


@pytest.mark.parametrize("moving", ["rotation_deg", "expression", "eye_opening", "gaze"])
def test_eyes_face_or_head_alone_are_life_enough(moving: str) -> None:
    track = made_track(count=100)
    names = ("rotation_deg", "expression", "eye_opening", "gaze")
    still = replace(track, **{name: frozen(getattr(track, name), 0) for name in names})
    assert rest_share(still) == 1.0
    values = getattr(still, moving)
    values[::2] += 0.05
    assert rest_share(still) == 0.0


def test_the_rate_does_not_change_the_share() -> None:
    track = made_track()
    twice = {
        name: np.repeat(getattr(track, name), 2, 0).astype(np.float32)
        for name in ("rotation_deg", "expression", "eye_opening", "gaze")
    }
    faster = replace(track, **twice, fps=2 * FPS)
    # Every second frame of it stands still.
    assert rest_share(faster) == pytest.approx(0.5 + rest_share(track) / 2, abs=0.03)


def test_the_bank_opens_lids_slowly_and_never_rests() -> None:
    bank = load_bank()
    for name in bank.names:
        track = bank.driver(name).track
        times = blink_times(track)
        assert len(times) >= 2
        opening = np.median([blink.opening_s for blink in times])
        closing = np.median([blink.closing_s for blink in times])
        assert 0.05 < opening < 0.15 and opening > 1.5 * closing
        assert rest_share(track) < MOST_REST / 2
