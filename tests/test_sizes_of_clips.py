"""Sizes from end to end: large photos are read in reduced form, and clips say what they are."""

import dataclasses
import hashlib
import subprocess
from datetime import UTC, datetime, timedelta, timezone

import cv2
import numpy as np
import pytest
from PIL import Image
from pipeline_stand_ins import FACE, PIXELS, finder_of, models_of

from nostalgia import pipeline
from nostalgia.album.batch.job import ClipMaker
from nostalgia.album.batch.tasks import Task
from nostalgia.clips.ffmpeg import ffmpeg_program
from nostalgia.clips.inspection import inspect_clip
from nostalgia.clips.stream_level import level_in_file
from nostalgia.options import AnimateOptions
from nostalgia.photo.reader import read_photo
from nostalgia.pipeline import Animator
from nostalgia.scene import analysis, clip
from nostalgia.scene.verify import verify
from nostalgia.types import Photo

SHORT = AnimateOptions(duration_s=0.4, fps=10, enhance=0, driver="nod")
OWN_WH = (1042, 1038)


@pytest.fixture(scope="module")
def scan(tmp_path_factory):
    """A portrait as a JPEG that is large for this test, on its side, with a date."""
    data = pytest.importorskip("skimage.data")
    pixels = cv2.resize(data.astronaut()[:320, 60:381], OWN_WH, interpolation=cv2.INTER_CUBIC)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8769)[0x9003] = "1931:05:03 14:20:11"
    path = tmp_path_factory.mktemp("scan") / "scan.jpg"
    turned = Image.fromarray(pixels).transpose(Image.Transpose.ROTATE_90)
    turned.save(path, quality=95, exif=exif)
    return path


@pytest.fixture
def small_work(monkeypatch):
    """Faces are found, and clips made, at a third of the photo's size."""
    monkeypatch.setattr(analysis, "working_wh", lambda own_wh: (own_wh[0] // 3, own_wh[1] // 3))


def test_a_large_scan_is_reported_in_its_own_pixels(scan, small_work, tmp_path):
    whole = read_photo(scan)
    (expected,) = pipeline.detect_faces(whole)
    animator = Animator(SHORT, max_side=320)
    animation = animator.animate(scan, tmp_path / "a.mp4")
    values = animation.report.to_dict()
    assert (values["photo"]["width"], values["photo"]["height"]) == OWN_WH
    assert values["clip"]["shown_xyxy"] == [0, 0, *OWN_WH]
    assert values["photo"]["sha256"] == hashlib.sha256(scan.read_bytes()).hexdigest()
    assert values["faces"][0]["box_xyxy"] == pytest.approx(expected.box_xyxy, abs=12)
    verified = verify(tmp_path / "a.mp4", scan)
    assert verified.is_ok and verified.same_file


def test_its_clip_shows_the_photo_where_it_is(scan, small_work):
    whole = read_photo(scan)
    frames = Animator(SHORT).frames(scan, max_side=320)
    first = next(iter(frames)).astype(np.float32)
    still = cv2.resize(whole.pixels, frames.size_wh, interpolation=cv2.INTER_AREA)
    (dx, dy), _ = cv2.phaseCorrelate(
        cv2.cvtColor(first, cv2.COLOR_RGB2GRAY),
        cv2.cvtColor(still.astype(np.float32), cv2.COLOR_RGB2GRAY),
    )
    assert abs(dx) < 0.1 and abs(dy) < 0.1
    assert np.abs(first - still).mean() < 2.0


def test_a_face_box_is_in_its_own_pixels_too(scan, small_work):
    box = (350.0, 160.0, 720.0, 580.0)
    animator = Animator(SHORT, face_box=box, max_side=320)
    found = animator.analyse(scan, all_pixels=False)
    assert found.photo.own_wh == OWN_WH and found.face_box == box
    x, y = found.faces[0].landmarks[:, :2].mean(0)
    assert (x, y) == pytest.approx((535, 370), abs=60)


def test_clips_that_need_every_pixel_get_them(scan, small_work):
    animator = Animator(SHORT)
    reduced = animator.analyse(scan, all_pixels=False)
    assert reduced.photo.own_wh == OWN_WH
    assert animator.analyse(scan).photo.own_wh is None
    assert animator.frames(reduced, size="full").size_wh == OWN_WH
    assert animator.enhance(reduced).pixels.shape == (OWN_WH[1], OWN_WH[0], 3)
    square = animator.frames(reduced, crop="face").scene
    x0, _, x1, _ = square.shown_xyxy
    assert square.framing.size_wh[0] == x1 - x0 > 350
    assert animator.explain(scan, crop="face").photo.own_wh is None


def test_numbers_of_faces_do_not_depend_on_the_size_of_the_clip(scan, small_work):
    animator = Animator(SHORT)
    small, whole = (animator.analyse(scan, all_pixels=each).faces for each in (False, True))
    assert [face.number for face in small] == [face.number for face in whole]
    assert [face.score for face in small] == pytest.approx([face.score for face in whole], abs=0.05)
    assert small[0].landmarks == pytest.approx(whole[0].landmarks, abs=12)


@pytest.fixture
def stand_ins(monkeypatch):
    monkeypatch.setattr(pipeline, "Models", models_of(finder_of(FACE)))


def photo_of_size(width, height):
    pixels = np.full((height, width, 3), 90, np.uint8)
    pixels[: PIXELS.shape[0], : PIXELS.shape[1]] = PIXELS
    return Photo(pixels, sha256="00")


def test_a_clip_of_full_size_warns_that_players_will_stumble(stand_ins, tmp_path):
    photo = photo_of_size(5200, 2000)
    animator = Animator(SHORT, duration_s=0.2)
    full = animator.animate(photo, tmp_path / "full.mp4", size="full")
    usual = animator.animate(photo, tmp_path / "usual.mp4", faces=1)
    assert (full.report.clip.width, full.report.clip.level) == (5200, "6.0")
    (warning,) = full.report.to_dict()["warnings"]
    assert "H.264 level 6.0" in warning and "size='uhd'" in warning
    assert usual.report.clip.width == 3840 and usual.report.warnings == ()
    for animation in (full, usual):
        values = animation.report.to_dict()["clip"]
        assert values["level"] == level_in_file(animation.clip_path)
        assert inspect_clip(animation.clip_path).level == values["level"]
    assert full.report.to_dict()["clip"]["playback"].startswith("browsers show")


def test_a_gif_has_no_level_and_is_smaller(stand_ins, tmp_path):
    animation = Animator(SHORT).animate(photo_of_size(1300, 700), tmp_path / "a.gif", faces=1)
    assert animation.report.clip.width == 960
    values = animation.report.to_dict()["clip"]
    assert values["level"] is values["playback"] is values["crf"] is None


def seconds_in(path):
    """Creation and modification time in the header of a film, seconds since 1904."""
    content = path.read_bytes()
    place = content.index(b"mvhd") + 8
    return [int.from_bytes(content[at : at + 4]) for at in (place, place + 4)]


@pytest.mark.parametrize(
    ("taken", "day", "seconds"),
    [
        (datetime(1985, 5, 3, 14, 20, 11, tzinfo=UTC), "1985-05-03", 2_566_822_811),
        (
            datetime(2009, 7, 1, 1, 30, tzinfo=timezone(timedelta(hours=2))),
            "2009-07-01",
            3_329_249_400,
        ),
        (datetime(1931, 5, 3, 12, tzinfo=UTC), "1931-05-03", 0),
        (datetime(1898, 5, 3, 12, tzinfo=UTC), "1898-05-03", 0),
        (None, None, 0),
    ],
)
def test_the_date_of_the_photo_is_that_of_the_clip(stand_ins, tmp_path, taken, day, seconds):
    photo = Photo(PIXELS, sha256="00", taken=taken)
    path = Animator(SHORT).animate(photo, tmp_path / "a.mp4").clip_path
    assert seconds_in(path) == [seconds, seconds]
    assert inspect_clip(path).tags.get("date") == day
    log = subprocess.run([ffmpeg_program(), "-i", path], capture_output=True, text=True).stderr
    assert ("creation_time" in log) is (seconds > 0)
    if seconds:
        assert f"{taken.astimezone(UTC):%Y-%m-%dT%H:%M:%S}" in log


def test_a_clip_that_is_too_large_is_made_again_in_a_lower_quality(
    stand_ins, tmp_path, monkeypatch
):
    photo = Photo(PIXELS, sha256="00")
    best = Animator(SHORT).animate(photo, tmp_path / "a.mp4").report.clip
    assert best.crf == 19
    monkeypatch.setattr(clip, "largest_bytes", lambda size_wh, duration_s: best.size_bytes * 2 // 3)
    smaller = Animator(SHORT).animate(photo, tmp_path / "b.mp4").report.clip
    again = Animator(SHORT).animate(photo, tmp_path / "c.mp4").report.clip
    assert smaller.size_bytes <= best.size_bytes * 2 // 3 + 4096
    assert smaller.crf == again.crf > 19
    assert smaller.path.read_bytes() == again.path.read_bytes()
    assert smaller.frames == best.frames
    monkeypatch.setattr(clip, "largest_bytes", lambda size_wh, duration_s: 1)
    least = Animator(SHORT).animate(photo, tmp_path / "d.mp4").report.clip
    assert least.size_bytes < smaller.size_bytes, "the lowest quality is kept, whatever its size"
    assert {each.name for each in tmp_path.iterdir()} == {"a.mp4", "b.mp4", "c.mp4", "d.mp4"}


@pytest.mark.parametrize(("size", "width"), [(None, 1920), ("uhd", 2048), ("full", 2048)])
def test_clips_of_an_album_are_made_to_share(stand_ins, tmp_path, size, width):
    photo = tmp_path / "wide.png"
    Image.fromarray(photo_of_size(2048, 420).pixels).save(photo)
    options = dataclasses.replace(SHORT, size=size, crop="photo")
    task = Task("k", photo, tmp_path / "a.mp4", tmp_path / "a.jpg", options)
    outcome = ClipMaker()(task, lambda share: None)
    assert (outcome.state, outcome.width) == ("done", width)
