"""`ClipWriter` and `probe`: round trips, failures, and the remains of killed runs."""

import os
import signal
import subprocess
import sys
import threading
import tracemalloc
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn_clips import HEIGHT, WIDTH, boxes, frames, write
from PIL import Image

from nostalgia.clips.ffmpeg import ffmpeg_program
from nostalgia.clips.reader import read_frames
from nostalgia.clips.writer import ClipWriter, clip_format, probe
from nostalgia.errors import EncodingError, OutputExistsError


def psnr(one, other):
    return 10 * np.log10(255**2 / np.mean((one.astype(float) - other) ** 2))


def test_every_player_can_play_the_mp4(tmp_path):
    path = tmp_path / "a.mp4"
    tags = {"title": 'Oma = "Zoë"; 1', "comment": "two\nlines", "description": "#d"}
    writer = write(path, tags=tags)
    info = probe(path)
    assert (info.width, info.height, info.frames) == (WIDTH, HEIGHT, 12)
    assert (info.codec, info.pix_fmt, info.fps) == ("h264", "yuv420p", 24.0)
    assert info.duration_s == pytest.approx(0.5, abs=0.01)
    assert {key: info.metadata[key] for key in tags} == tags
    assert "creation_time" not in info.metadata
    assert not writer.padded and writer.frames_written == 12
    assert boxes(path).index("moov") < boxes(path).index("mdat")
    log = subprocess.run([ffmpeg_program(), "-i", path], capture_output=True, text=True).stderr
    assert "yuv420p(tv, bt709, progressive)" in log
    assert "start: 0.000000" in log


def test_frames_come_back_in_their_own_colours(tmp_path):
    write(tmp_path / "a.mp4")
    came_back = list(read_frames(tmp_path / "a.mp4"))
    assert len(came_back) == 12
    for sent, got in zip(frames(), came_back, strict=True):
        assert psnr(sent, got) > 36
        assert np.abs((sent.astype(float) - got).mean((0, 1))).max() < 1.75


@pytest.mark.parametrize("colour", [(200, 30, 30), (30, 200, 30), (30, 30, 200), (255, 255, 255)])
def test_strong_colours_are_converted_with_the_matrix_that_is_flagged(tmp_path, colour):
    frame = np.full((64, 64, 3), colour, np.uint8)
    with ClipWriter(tmp_path / "a.mp4", 64, 64, 10) as writer:
        writer.write(frame)
        writer.write(frame)
    got = next(read_frames(tmp_path / "a.mp4"))
    assert np.abs(got.astype(int) - frame).max() <= 4


@pytest.mark.parametrize("size", [(95, 64), (96, 63), (1, 1), (95, 63)])
def test_odd_sides_are_padded_by_the_edge_and_reported(tmp_path, size):
    width, height = size
    writer = write(tmp_path / "a.mp4", width=width, height=height)
    info = probe(tmp_path / "a.mp4")
    assert writer.padded
    assert (info.width, info.height) == (width + width % 2, height + height % 2)
    if width == 95:
        got = next(read_frames(tmp_path / "a.mp4")).astype(int)
        assert np.abs(got[:, -1] - got[:, -2]).mean() < 6


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_gif_and_webp_repeat_endlessly_at_the_photos_size(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    writer = write(path, width=95, height=63, fps=25)
    info = probe(path)
    assert (info.width, info.height, info.frames, info.codec) == (95, 63, 12, suffix)
    assert info.fps == pytest.approx(25, rel=0.02)
    assert info.metadata["loop"] == "0" and not writer.padded
    with Image.open(path) as image:
        for sent in frames(width=95, height=63):
            assert psnr(sent, np.asarray(image.convert("RGB"))) > 28
            if image.tell() < 11:
                image.seek(image.tell() + 1)


@pytest.mark.parametrize("crf", [19, 25])
@pytest.mark.parametrize("moving_frames", [60, 20])
def test_what_stands_still_does_not_change_in_the_mp4(tmp_path, crf, moving_frames):
    noise = np.random.default_rng(3).normal(128, 24, (128, 128))
    photo = np.repeat(cv2.GaussianBlur(noise, (0, 0), 0.7)[:, :, None], 3, 2).astype(np.uint8)
    with ClipWriter(tmp_path / "a.mp4", 128, 128, 25, crf=crf) as writer:
        for count in range(60):
            frame = photo.copy()
            frame[:48, :48] = np.roll(photo[:48, :48], min(count, moving_frames) // 4, 1)
            writer.write(frame)
    first, *rest = (each.astype(int) for each in read_frames(tmp_path / "a.mp4"))
    assert psnr(photo, first) > 38
    changes = [np.abs(each - first)[64:, 64:].mean() for each in rest]
    assert max(changes) < 0.15


def test_two_runs_give_the_same_bytes(tmp_path):
    for name in ("a.mp4", "b.mp4"):
        write(tmp_path / name, tags={"title": "t"}, xmp=b"<x/>")
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_the_format_comes_from_the_choice_or_the_suffix():
    assert clip_format(Path("a.GIF")) == "gif"
    assert clip_format(Path("a.gif"), "mp4") == "mp4"
    assert clip_format(Path("a.mov")) == "mp4"
    with pytest.raises(EncodingError, match="mp4, gif, webp"):
        clip_format(Path("a"), "avi")


def test_an_existing_file_is_kept_by_default(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"precious")
    with pytest.raises(OutputExistsError, match="overwrite=True"):
        write(path)
    assert path.read_bytes() == b"precious"
    write(path, overwrite=True)
    assert probe(path).frames == 12
    assert os.listdir(tmp_path) == ["a.mp4"]


def test_a_file_that_appears_meanwhile_is_kept(tmp_path):
    path = tmp_path / "a.mp4"
    with pytest.raises(OutputExistsError), ClipWriter(path, WIDTH, HEIGHT, 24) as writer:
        writer.write(next(frames()))
        path.write_bytes(b"precious")
    assert path.read_bytes() == b"precious" and os.listdir(tmp_path) == ["a.mp4"]


def test_a_failure_to_put_the_clip_in_place_is_reported(tmp_path):
    path = tmp_path / "a.webp"
    with pytest.raises(EncodingError, match="could not be moved into place"):
        with ClipWriter(path, WIDTH, HEIGHT, 24, xmp=b"<x/>") as writer:
            writer.write(next(frames()))  # a WebP of one frame has no header for XMP
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, RuntimeError, OSError])
def test_nothing_is_left_after_an_interruption(tmp_path, interruption):
    with pytest.raises(interruption), ClipWriter(tmp_path / "a.mp4", WIDTH, HEIGHT, 24) as writer:
        writer.write(next(frames()))
        raise interruption
    assert os.listdir(tmp_path) == []


def test_too_little_memory_for_a_padded_frame_is_an_error_and_no_endless_wait(
    tmp_path, monkeypatch
):
    def no_room(*args, **more):
        raise MemoryError

    monkeypatch.setattr(np, "pad", no_room)
    with (
        pytest.raises(EncodingError, match="ffmpeg failed"),
        ClipWriter(tmp_path / "clip.mp4", 33, 32, 25.0) as writer,
    ):
        for _ in range(30):
            writer.write(np.zeros((32, 33, 3), np.uint8))
    assert not list(tmp_path.iterdir())


def test_aborted_clips_leave_no_threads_and_no_processes(tmp_path):
    before = threading.active_count()
    for queued in (0, 1, 30):
        with pytest.raises(RuntimeError):
            with ClipWriter(tmp_path / "a.mp4", 640, 480, 24) as writer:
                for _ in range(queued):
                    writer.write(np.zeros((480, 640, 3), np.uint8))
                raise RuntimeError
    assert threading.active_count() == before


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="no such device here")
def test_a_device_is_never_replaced():
    with pytest.raises(EncodingError, match="device"):
        write("/dev/null", overwrite=True)
    assert not os.path.isfile("/dev/null")


def test_impossible_requests_are_refused_before_anything_is_written(tmp_path):
    for width, height, fps in ((0, 5, 24), (5, 5, 0), (20_000, 10, 24)):
        with pytest.raises(EncodingError), ClipWriter(tmp_path / "a.mp4", width, height, fps):
            pass
    with pytest.raises(EncodingError, match="at least one frame"):
        write(tmp_path / "a.mp4", count=0)
    with pytest.raises(EncodingError, match="does not fit"):
        with ClipWriter(tmp_path / "a.mp4", 10, 10, 24) as writer:
            writer.write(np.zeros((12, 10, 3), np.uint8))
    assert os.listdir(tmp_path) == []


def test_places_that_cannot_be_written_are_refused(tmp_path):
    with pytest.raises(EncodingError, match="folder does not exist"):
        write(tmp_path / "nowhere" / "a.mp4")
    with pytest.raises(EncodingError, match="is a folder"):
        write(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(EncodingError, match="cannot be written"):
        write(tmp_path / "file" / "a.mp4")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_read_only_folder_is_refused(tmp_path):
    tmp_path.chmod(0o555)
    with pytest.raises(EncodingError, match="cannot be written"):
        write(tmp_path / "a.mp4")
    tmp_path.chmod(0o755)


def pretend_ffmpeg(tmp_path, monkeypatch, script):
    program = tmp_path / "ffmpeg"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(program))


@pytest.mark.skipif(os.name == "nt", reason="shell scripts")
@pytest.mark.parametrize("script", ["", "head -c 20000 >/dev/null; ", "cat >/dev/null; "])
def test_an_ffmpeg_that_dies_is_quoted(tmp_path, monkeypatch, script):
    (tmp_path / "out").mkdir()
    pretend_ffmpeg(tmp_path, monkeypatch, f"{script}echo 'No space left on device' >&2; exit 1")
    with pytest.raises(EncodingError, match=r"a\.mp4: ffmpeg failed.*No space left on device"):
        write(tmp_path / "out" / "a.mp4", count=60)
    assert os.listdir(tmp_path / "out") == []


@pytest.mark.skipif(os.name == "nt", reason="shell scripts")
def test_an_ffmpeg_that_is_killed_or_missing_is_reported(tmp_path, monkeypatch):
    (tmp_path / "out").mkdir()
    pretend_ffmpeg(tmp_path, monkeypatch, "kill -9 $$")
    with pytest.raises(EncodingError, match="signal 9"):
        write(tmp_path / "out" / "a.mp4", count=60)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "nothing"))
    with pytest.raises(EncodingError, match="IMAGEIO_FFMPEG_EXE"):
        write(tmp_path / "out" / "a.mp4")
    assert os.listdir(tmp_path / "out") == []


KILLED = """
import sys, time
import cv2
import numpy as np
from nostalgia.clips.writer import ClipWriter
rng = np.random.default_rng(0)
with ClipWriter(sys.argv[1], 320, 240, 25) as writer:
    while True:
        writer.write(rng.integers(0, 255, (240, 320, 3), dtype=np.uint8))
        print("frame", flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_killed_run_leaves_no_clip_and_the_next_one_works(tmp_path):
    path = tmp_path / "a.mp4"
    run = subprocess.Popen([sys.executable, "-c", KILLED, path], stdout=subprocess.PIPE)
    while not [file for file in tmp_path.iterdir() if file.stat().st_size]:
        assert run.stdout.readline() == b"frame\n"
    run.send_signal(signal.SIGKILL)
    run.wait()
    run.stdout.close()
    assert not path.exists()
    (partial,) = os.listdir(tmp_path)
    assert partial.startswith(".a.mp4.partial-") and str(run.pid) not in partial
    (tmp_path / ".b.mp4.partial-1.mp4").touch()
    write(path)
    assert sorted(os.listdir(tmp_path)) == [".b.mp4.partial-1.mp4", "a.mp4"]
    assert probe(path).frames == 12


def test_memory_does_not_grow_with_the_clip(tmp_path):
    frame = np.random.default_rng(0).integers(0, 255, (240, 320, 3), dtype=np.uint8)

    def peak(count):
        tracemalloc.start()
        with ClipWriter(tmp_path / "a.mp4", 320, 240, 25, overwrite=True) as writer:
            for _ in range(count):
                writer.write(frame.copy())
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    assert peak(160) < peak(40) * 1.25 + 300_000


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_animated_pictures_repeat_or_play_once(tmp_path, suffix):
    write(tmp_path / f"forever.{suffix}")
    write(tmp_path / f"once.{suffix}", forever=False)
    assert probe(tmp_path / f"forever.{suffix}").metadata["loop"] == "0"
    assert probe(tmp_path / f"once.{suffix}").metadata.get("loop", "1") == "1"
