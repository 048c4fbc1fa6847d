"""ClipWriter, probe and driving clips: round trips, failures, and what a kill leaves."""

import csv
import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
import wave
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nostalgia.clips.ffmpeg import ffmpeg_program, probe_sound
from nostalgia.clips.reader import driving_clip_info, read_frames
from nostalgia.clips.writer import ClipWriter, clip_format, probe
from nostalgia.errors import (
    DriverError,
    EncodingError,
    InputError,
    OutputExistsError,
    UsageError,
)
from nostalgia.files import partial_stem

WIDTH, HEIGHT = 96, 64


def frames(count=12, width=WIDTH, height=HEIGHT):
    """A soft coloured picture that drifts and comes back."""
    y, x = np.mgrid[:height, :width]
    for number in range(count):
        angle = 2 * np.pi * number / count
        waves = [np.sin((x + 6 * np.sin(angle)) / 29), np.cos(y / 31), np.sin((x + y) / 43)]
        yield np.stack([128 + 90 * wave + 0 * x for wave in waves], -1).astype(np.uint8)


def write(path, count=12, width=WIDTH, height=HEIGHT, fps=24.0, **options):
    with ClipWriter(path, width, height, fps, **options) as writer:
        for frame in frames(count, width, height):
            writer.write(frame)
    return writer


def psnr(one, other):
    return 10 * np.log10(255**2 / np.mean((one.astype(float) - other) ** 2))


def boxes(path):
    content, place, names = path.read_bytes(), 0, []
    while place < len(content):
        names.append(content[place + 4 : place + 8].decode())
        place += int.from_bytes(content[place : place + 4], "big")
    return names


def test_mp4_is_what_every_player_takes(tmp_path):
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
    said = subprocess.run([ffmpeg_program(), "-i", path], capture_output=True, text=True).stderr
    assert "yuv420p(tv, bt709, progressive)" in said
    assert "start: 0.000000" in said


def test_frames_come_back_in_their_own_colours(tmp_path):
    write(tmp_path / "a.mp4")
    came_back = list(read_frames(tmp_path / "a.mp4"))
    assert len(came_back) == 12
    for sent, got in zip(frames(), came_back, strict=True):
        assert psnr(sent, got) > 36
        assert np.abs((sent.astype(float) - got).mean((0, 1))).max() < 1.5


@pytest.mark.parametrize("colour", [(200, 30, 30), (30, 200, 30), (30, 30, 200), (255, 255, 255)])
def test_strong_colours_are_converted_with_the_matrix_that_is_flagged(tmp_path, colour):
    frame = np.full((64, 64, 3), colour, np.uint8)
    with ClipWriter(tmp_path / "a.mp4", 64, 64, 10) as writer:
        writer.write(frame)
        writer.write(frame)
    got = next(read_frames(tmp_path / "a.mp4"))
    assert np.abs(got.astype(int) - frame).max() <= 4


@pytest.mark.parametrize("size", [(95, 64), (96, 63), (1, 1), (95, 63)])
def test_odd_sides_are_padded_by_the_edge_and_said(tmp_path, size):
    width, height = size
    writer = write(tmp_path / "a.mp4", width=width, height=height)
    info = probe(tmp_path / "a.mp4")
    assert writer.padded
    assert (info.width, info.height) == (width + width % 2, height + height % 2)
    if width == 95:
        got = next(read_frames(tmp_path / "a.mp4")).astype(int)
        assert np.abs(got[:, -1] - got[:, -2]).mean() < 6


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_gif_and_webp_loop_for_ever_at_the_photos_size(tmp_path, suffix):
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


def test_an_existing_file_is_kept_unless_asked(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"dear")
    with pytest.raises(OutputExistsError, match="--overwrite"):
        write(path)
    assert path.read_bytes() == b"dear"
    write(path, overwrite=True)
    assert probe(path).frames == 12
    assert os.listdir(tmp_path) == ["a.mp4"]


def test_a_file_that_appears_meanwhile_is_kept(tmp_path):
    path = tmp_path / "a.mp4"
    with pytest.raises(OutputExistsError), ClipWriter(path, WIDTH, HEIGHT, 24) as writer:
        writer.write(next(frames()))
        path.write_bytes(b"dear")
    assert path.read_bytes() == b"dear" and os.listdir(tmp_path) == ["a.mp4"]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, RuntimeError])
def test_nothing_is_left_after_an_interruption(tmp_path, interruption):
    with pytest.raises(interruption), ClipWriter(tmp_path / "a.mp4", WIDTH, HEIGHT, 24) as writer:
        writer.write(next(frames()))
        raise interruption
    assert os.listdir(tmp_path) == []


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


def test_places_that_cannot_be_written(tmp_path):
    with pytest.raises(EncodingError, match="folder is not there"):
        write(tmp_path / "nowhere" / "a.mp4")
    with pytest.raises(EncodingError, match="is a folder"):
        write(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(EncodingError, match="cannot be written"):
        write(tmp_path / "file" / "a.mp4")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_read_only_folder(tmp_path):
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
def test_an_ffmpeg_that_is_killed_or_missing(tmp_path, monkeypatch):
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
    for _ in range(30):
        assert run.stdout.readline() == b"frame\n"
    run.send_signal(signal.SIGKILL)
    run.wait()
    run.stdout.close()
    assert not path.exists()
    left = [name for name in os.listdir(tmp_path) if name.startswith(partial_stem(path))]
    assert len(left) == 1 and left[0].startswith(".") and str(run.pid) in left[0]
    (tmp_path / ".b.mp4.partial-1.mp4").touch()
    time.sleep(0.3)
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


@pytest.mark.parametrize("name", ["text.mp4", "empty.mp4", "picture.mp4", "missing.mp4"])
def test_what_is_no_clip(tmp_path, name):
    path = tmp_path / name
    if name == "text.mp4":
        path.write_text("Dear Grandma\n" * 100)
    elif name == "empty.mp4":
        path.touch()
    elif name == "picture.mp4":
        Image.new("RGB", (64, 64)).save(path, "JPEG")
    with pytest.raises(EncodingError, match=name):
        probe(path)
    with pytest.raises(DriverError, match=name):
        next(read_frames(path))


def test_playlists_lead_nowhere(tmp_path):
    write(tmp_path / "a.mp4")
    path = tmp_path / "list.mp4"
    for content in (f"ffconcat version 1.0\nfile {tmp_path / 'a.mp4'}\n", "#EXTM3U\na.mp4\n"):
        path.write_text(content)
        with pytest.raises(DriverError):
            next(read_frames(path))


def test_frames_can_be_resampled_made_smaller_and_left_early(tmp_path):
    write(tmp_path / "a.mp4", count=24)
    assert len(list(read_frames(tmp_path / "a.mp4", fps=12))) == 12
    reader = read_frames(tmp_path / "a.mp4", max_side_px=48)
    assert next(reader).shape == (32, 48, 3)
    reader.close()


def test_hostile_driving_clips(shared):
    """Rows about faces (no face, too small, never moves) are the business of recording.py."""
    hostile = shared / "hostile"
    with (hostile / "expected.csv").open(newline="", encoding="utf-8") as table:
        rows = [row for row in csv.DictReader(table) if row["kind"] == "video"]
    about_faces = {"videos/frozen.mp4", "videos/no-face.mp4", "videos/tiny.mp4"}
    assert len(rows) > 15
    for row in rows:
        path = hostile / row["file"]
        if row["expect"] == "driver-error" and row["file"] not in about_faces:
            with pytest.raises(DriverError, match=path.name):
                next(read_frames(path))
            continue
        got = list(read_frames(path))
        info = driving_clip_info(path)
        assert got[0].shape == (info.height, info.width, 3), row["file"]
        assert len(got) / info.fps == pytest.approx(info.declared_s, abs=0.15), row["file"]


def test_turned_and_stretched_clips_are_shown_as_they_should_be(shared):
    videos = shared / "hostile/videos"
    good = next(read_frames(videos / "good.mp4", max_side_px=64)).astype(float).mean(2)
    wide = next(read_frames(videos / "wide-pixels.mp4", max_side_px=64)).astype(float).mean(2)
    assert np.corrcoef(good.ravel(), wide.ravel())[0, 1] > 0.98
    turned = next(read_frames(videos / "rotated-by-metadata.mp4"))
    assert turned.shape == (192, 256, 3)


def tone(path, seconds=3.0, rate=22050):
    """A WAV of 440 Hz."""
    wave_form = np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate) * 12000
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(wave_form.astype("<i2").tobytes())
    return path


def heard(path):
    """The sound of a clip: float (samples,) at 22050 Hz."""
    command = [ffmpeg_program(), "-v", "error", "-i", path, "-f", "s16le", "-ac", "1"]
    raw = subprocess.run([*command, "-ar", "22050", "-"], capture_output=True, check=True).stdout
    return np.frombuffer(raw, "<i2").astype(float)


@pytest.mark.parametrize("seconds", [0.2, 3.0])
def test_a_sound_ends_with_the_clip_and_the_picture_stays_whole(tmp_path, seconds):
    sound = probe_sound(tone(tmp_path / "a.wav", seconds), InputError)
    assert sound.duration_s == pytest.approx(seconds, abs=0.05)
    path = tmp_path / "a.mp4"
    write(path, 24, tags={"title": "Oma"}, xmp=b"<x/>", sound=sound, frames=24)
    info = probe(path)
    assert (info.frames, info.codec, info.sound_codec) == (24, "h264", "aac")
    assert info.declared_s == pytest.approx(1.0, abs=0.05)
    assert info.metadata["title"] == "Oma"
    assert boxes(path).index("moov") < boxes(path).index("mdat") < boxes(path).index("uuid")
    samples = heard(path)
    assert len(samples) / 22050 == pytest.approx(min(seconds, 1.0), abs=0.06)
    assert np.abs(samples[1000:4000]).max() > 6000
    if seconds > 1:
        assert np.abs(samples[22050 - 800 : 22050]).max() < 1500, "faded out, not cut off"


def test_a_sound_brings_none_of_its_own_tags(tmp_path):
    song = tmp_path / "a.m4a"
    command = [ffmpeg_program(), "-v", "error", "-i", tone(tmp_path / "a.wav")]
    subprocess.run([*command, "-metadata", "artist=Somebody", song], check=True)
    path = tmp_path / "a.mp4"
    write(path, sound=probe_sound(song, InputError), frames=12)
    assert "Somebody" not in str(probe(path).metadata)


def test_what_is_no_sound_is_refused(tmp_path):
    write(tmp_path / "silent.mp4")
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    (tmp_path / "empty.mp3").touch()
    for name, words in [
        ("silent.mp4", "no sound in it"),
        ("a.png", "no sound in it"),
        ("empty.mp3", "empty"),
        ("missing.mp3", "cannot be opened"),
        (".", "name a sound file"),
    ]:
        with pytest.raises(InputError, match=words):
            probe_sound(tmp_path / name, InputError)


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_a_picture_that_moves_has_no_sound(tmp_path, suffix):
    sound = probe_sound(tone(tmp_path / "a.wav", 0.3), InputError)
    with pytest.raises(UsageError, match="make an MP4"):
        write(tmp_path / f"a.{suffix}", sound=sound, frames=12)
    assert [each.name for each in tmp_path.iterdir()] == ["a.wav"]


def test_a_clip_without_sound_has_no_sound_track(tmp_path):
    write(tmp_path / "a.mp4")
    assert probe(tmp_path / "a.mp4").sound_codec == ""


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_pictures_that_move_play_forever_or_once(tmp_path, suffix):
    write(tmp_path / f"forever.{suffix}")
    write(tmp_path / f"once.{suffix}", forever=False)
    assert probe(tmp_path / f"forever.{suffix}").metadata["loop"] == "0"
    assert probe(tmp_path / f"once.{suffix}").metadata.get("loop", "1") == "1"
