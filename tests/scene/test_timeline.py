"""When a performance fades, rests and ends."""

import pytest

from nostalgia.errors import option
from nostalgia.options import AnimateOptions
from nostalgia.scene.timeline import (
    Timeline,
    longest_performance_s,
    performance_options,
    plan_timeline,
    preview_warnings,
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


def test_the_duration_decides_how_long_it_rests():
    options = AnimateOptions(once_then_still=True, duration_s=10.0)
    assert plan_timeline(options, 100, 25.0).frames == 250
    assert performance_options(options).duration_s is None
    assert longest_performance_s(options) == pytest.approx(9.0)


def test_a_short_duration_leaves_half_of_it_to_the_performance():
    options = AnimateOptions(once_then_still=True, duration_s=1.0)
    assert longest_performance_s(options) == pytest.approx(0.5)
    assert plan_timeline(options, 12, 25.0).frames == 25


def test_a_preview_neither_loops_nor_rests():
    looped = AnimateOptions(preview=True, loop=3)
    assert performance_options(looped).loop == 1
    assert plan_timeline(looped, 25, 25.0) == Timeline(25)
    resting = AnimateOptions(preview=True, once_then_still=True)
    assert plan_timeline(resting, 25, 25.0) == Timeline(25)
    assert not performance_options(resting).once_then_still
    assert performance_options(AnimateOptions(preview=True, duration_s=9.0)).duration_s is None


def test_a_preview_names_the_options_that_it_ignores():
    (warning,) = preview_warnings(AnimateOptions(preview=True, loop=3))
    assert option("loop") in warning and option("duration_s") not in warning
    assert preview_warnings(AnimateOptions(preview=True)) == ()
    assert preview_warnings(AnimateOptions(loop=3)) == ()
