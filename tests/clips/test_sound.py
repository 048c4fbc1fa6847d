"""The sound of a clip: cut, faded, and refused where it cannot be heard."""

import subprocess
import wave

import numpy as np
import pytest
from drawn_clips import boxes, write
from PIL import Image

from nostalgia.clips.ffmpeg import ffmpeg_program, probe_sound
from nostalgia.clips.writer import probe
from nostalgia.errors import InputError, UsageError


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


def test_files_without_sound_are_refused(tmp_path):
    write(tmp_path / "silent.mp4")
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    (tmp_path / "empty.mp3").touch()
    for name, words in [
        ("silent.mp4", "contains no sound"),
        ("a.png", "contains no sound"),
        ("empty.mp3", "empty"),
        ("missing.mp3", "cannot be opened"),
        (".", "name a sound file"),
    ]:
        with pytest.raises(InputError, match=words):
            probe_sound(tmp_path / name, InputError)


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_animated_pictures_have_no_sound(tmp_path, suffix):
    sound = probe_sound(tone(tmp_path / "a.wav", 0.3), InputError)
    with pytest.raises(UsageError, match="make an MP4"):
        write(tmp_path / f"a.{suffix}", sound=sound, frames=12)
    assert [each.name for each in tmp_path.iterdir()] == ["a.wav"]


def test_a_clip_without_sound_has_no_sound_track(tmp_path):
    write(tmp_path / "a.mp4")
    assert probe(tmp_path / "a.mp4").sound_codec == ""
