"""When a performance fades, rests and ends."""

import pytest

from nostalgia.options import AnimateOptions
from nostalgia.scene.timeline import (
    Timeline,
    longest_performance_s,
    performance_options,
    plan_timeline,
)


def test_without_a_rest_every_frame_is_performed_and_none_fades():
    timeline = plan_timeline(AnimateOptions(duration_s=4.0), 100, 25.0)
    assert timeline == Timeline(100)
    assert timeline.frames == 100
    assert {timeline.faded(number) for number in range(100)} == {0.0}


def test_a_rest_takes_two_seconds_after_a_last_second_that_fades():
    timeline = plan_timeline(AnimateOptions(once_then_still=True), 100, 25.0)
    assert (timeline.performed, timeline.fading, timeline.resting) == (100, 25, 50)
    faded = [timeline.faded(number) for number in range(100)]
    assert faded[:75] == [0.0] * 75
    assert faded[99] == 1.0
    assert all(a < b for a, b in zip(faded[74:], faded[75:], strict=False))


def test_a_duration_says_how_long_it_rests():
    options = AnimateOptions(once_then_still=True, duration_s=10.0)
    assert plan_timeline(options, 100, 25.0).frames == 250
    assert performance_options(options).duration_s is None
    assert longest_performance_s(options) == pytest.approx(9.0)


def test_a_short_duration_leaves_half_of_it_to_the_performance():
    options = AnimateOptions(once_then_still=True, duration_s=1.0)
    assert longest_performance_s(options) == pytest.approx(0.5)
    assert plan_timeline(options, 12, 25.0).frames == 25


def test_a_preview_neither_loops_nor_rests():
    options = AnimateOptions(preview=True, loop=3, once_then_still=True)
    assert plan_timeline(options, 25, 25.0) == Timeline(25)
    assert performance_options(options).loop == 1
    assert performance_options(AnimateOptions(preview=True, duration_s=9.0)).duration_s is None
