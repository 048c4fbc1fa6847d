"""Driving clips: read as a viewer sees them, refused where they are damaged."""

import csv

import numpy as np
import pytest
from drawn_clips import write
from PIL import Image

from nostalgia.clips.reader import driving_clip_info, read_frames
from nostalgia.clips.writer import probe
from nostalgia.errors import Cancelled, DriverError, EncodingError


@pytest.mark.parametrize("name", ["text.mp4", "empty.mp4", "picture.mp4", "missing.mp4"])
def test_other_files_are_refused(tmp_path, name):
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


def test_playlists_are_refused(tmp_path):
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


def test_every_shared_video_has_its_expected_outcome(shared):
    """Rows about faces (no face, too small, never moves) are tested with the recorder."""
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


def test_rotated_and_stretched_clips_are_read_as_a_viewer_sees_them(shared):
    videos = shared / "hostile" / "videos"
    good = next(read_frames(videos / "good.mp4", max_side_px=64)).astype(float).mean(2)
    wide = next(read_frames(videos / "wide-pixels.mp4", max_side_px=64)).astype(float).mean(2)
    assert np.corrcoef(good.ravel(), wide.ravel())[0, 1] > 0.98
    turned = next(read_frames(videos / "rotated-by-metadata.mp4"))
    assert turned.shape == (192, 256, 3)


def test_reading_can_be_cancelled_at_each_frame(tmp_path):
    write(tmp_path / "a.mp4")
    calls = []

    def cancel_at_the_third():
        calls.append(1)
        if len(calls) == 3:
            raise Cancelled("stop")

    reader = read_frames(tmp_path / "a.mp4", check=cancel_at_the_third)
    assert next(reader).shape == next(reader).shape
    with pytest.raises(Cancelled):
        next(reader)
    assert list(reader) == []
