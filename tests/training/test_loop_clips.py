import numpy as np
import pytest
from loop_clips import write_loop

from nostalgia.clips.reader import read_frames


def frames(count):
    """A grey wave that wanders and comes back."""
    y, x = np.mgrid[:64, :48]
    for number in range(count):
        wave = 110 + 60 * np.sin((x + y) / 5 + 2 * np.sin(2 * np.pi * number / (count - 1)))
        noise = np.random.default_rng(5).normal(0, 4, wave.shape)
        yield np.repeat((wave + noise)[..., None], 3, 2).astype(np.uint8)


def test_the_last_frame_decodes_as_the_first(tmp_path):
    clip = tmp_path / "loop.mp4"
    write_loop(clip, frames(26), 26, 25.0)
    read = list(read_frames(clip, 25.0, 640))
    assert len(read) == 26
    np.testing.assert_array_equal(read[0], read[-1])
    assert np.abs(read[7].astype(int) - read[0]).mean() > 10
    assert [path.name for path in tmp_path.iterdir()] == ["loop.mp4"]


def test_a_performance_that_breaks_off_leaves_nothing(tmp_path):
    def broken():
        yield from frames(3)
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        write_loop(tmp_path / "loop.mp4", broken(), 26, 25.0)
    assert not list(tmp_path.iterdir())
