"""PSNR of two clips, from the planes that they store."""

from math import inf
from pathlib import Path

import numpy as np
import pytest
from clip_difference import clip_difference

from nostalgia.clips.writer import ClipWriter


@pytest.fixture
def clip(tmp_path: Path):
    """Makes a clip of flat frames: their grey values, at a size."""

    def made(name: str, greys, size_wh=(64, 48)) -> Path:
        width, height = size_wh
        with ClipWriter(tmp_path / name, width, height, 25.0) as writer:
            for grey in greys:
                writer.write(np.full((height, width, 3), grey, np.uint8))
        return tmp_path / name

    return made


def test_equal_clips_are_equal(clip) -> None:
    difference = clip_difference(clip("a.mp4", [90, 90, 90]), clip("b.mp4", [90, 90, 90]))
    assert difference.luma == difference.chroma == (inf, inf, inf)
    assert difference.remark == ""
    assert difference.to_dict()["luma_db"] == [None, None, None]


def test_a_brighter_frame_differs_in_luma_and_not_in_chroma(clip) -> None:
    difference = clip_difference(clip("a.mp4", [90] * 4), clip("b.mp4", [90, 90, 120, 90]))
    assert difference.luma[0] == inf
    step = 30 * 219 / 255  # grey levels in limited range
    assert difference.luma[2] == pytest.approx(20 * np.log10(255 / step), abs=0.6)
    assert min(difference.luma) == difference.luma[2]
    assert min(difference.chroma) > 60


def test_clips_of_other_sizes_are_not_compared(clip) -> None:
    difference = clip_difference(clip("a.mp4", [9]), clip("b.mp4", [9], (32, 48)))
    assert (difference.frames, difference.remark) == (0, "other size")


@pytest.mark.parametrize("counts", [(3, 5), (5, 3)])
def test_frames_that_only_one_clip_has_are_left_out(clip, counts) -> None:
    one, other = (clip(f"{n}.mp4", [90] * count) for n, count in enumerate(counts))
    difference = clip_difference(one, other)
    assert difference.frames == 3
    assert difference.remark == f"{counts[0]} and {counts[1]} frames"
