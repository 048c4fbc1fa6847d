"""The picture at rest has the bytes that ffmpeg makes of it on its way into the encoder."""

import subprocess

import numpy as np
import pytest

from nostalgia.clips.conversion import encoder_picture
from nostalgia.clips.ffmpeg import ffmpeg_program
from nostalgia.clips.writer import ClipWriter, probe
from nostalgia.errors import EncodingError

SIZES = [(64, 48), (65, 48), (64, 47), (33, 17), (1, 1)]
LARGE = (301, 6001)
"""More rows than a pipe takes bytes at a time."""


def picture(width, height):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_an_odd_side_is_doubled_at_its_edge(size):
    width, height = size
    pixels = picture(width, height)
    converted = encoder_picture(pixels)
    assert converted.planar
    assert converted.size_wh == (width + width % 2, height + height % 2)
    luma = converted.planes[0].samples
    if width % 2:
        assert np.array_equal(luma[:, -1], luma[:, -2])
    if height % 2:
        assert np.array_equal(luma[-1], luma[-2])


@pytest.mark.parametrize("size", [*SIZES, LARGE], ids=str)
def test_a_clip_of_planes_equals_a_clip_of_rgb_frames(tmp_path, size):
    """The same bitstream: nothing is lost by converting a picture before it is sent."""
    width, height = size
    pixels = picture(width, height)
    for name, planar in (("rgb.mp4", False), ("planes.mp4", True)):
        with ClipWriter(tmp_path / name, width, height, 10, planar=planar) as writer:
            frame = encoder_picture(pixels).pixels if planar else pixels
            for _ in range(3):
                writer.write(frame)
    assert (tmp_path / "rgb.mp4").read_bytes() == (tmp_path / "planes.mp4").read_bytes()
    assert probe(tmp_path / "planes.mp4").frames == 3


def test_the_mp4_says_where_its_chroma_lies(tmp_path):
    with ClipWriter(tmp_path / "a.mp4", 64, 48, 10, planar=True) as writer:
        writer.write(encoder_picture(picture(64, 48)).pixels)
    trace = [ffmpeg_program(), "-i", tmp_path / "a.mp4", "-c", "copy", "-bsf:v", "trace_headers"]
    log = subprocess.run([*trace, "-f", "null", "-"], capture_output=True, text=True).stderr
    wanted = [line.split()[-1] for line in log.splitlines() if "chroma_sample_loc_type" in line]
    assert set(wanted) == {"1"}
    assert "yuv420p(tv, bt709, progressive)" in log


def test_frames_of_other_planes_are_refused(tmp_path):
    with pytest.raises(EncodingError, match="does not fit"):
        with ClipWriter(tmp_path / "a.mp4", 64, 48, 10, planar=True) as writer:
            writer.write(picture(64, 48))


def test_a_gif_takes_rgb_even_where_planes_are_offered(tmp_path):
    with ClipWriter(tmp_path / "a.gif", 64, 48, 10, planar=True) as writer:
        assert not writer.planar
        writer.write(picture(64, 48))


def test_an_ffmpeg_that_cannot_run_is_an_error_with_a_remedy(tmp_path, monkeypatch):
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "nothing"))
    with pytest.raises(EncodingError, match="IMAGEIO_FFMPEG_EXE"):
        encoder_picture(picture(8, 8))


def test_an_ffmpeg_that_fails_is_an_error_with_its_reason(tmp_path, monkeypatch):
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\ncat > /dev/null; echo 'no such filter' >&2; exit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(program))
    with pytest.raises(EncodingError, match="no such filter"):
        encoder_picture(picture(8, 8))
