"""From a photo to a clip, with the real networks, drivers and encoder."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from unittest.mock import create_autospec

import cv2
import numpy as np
import pytest
from motion_reach import motion_reach
from pipeline_stand_ins import finder_of, models_of

from nostalgia import pipeline
from nostalgia.clips.provenance import read_provenance
from nostalgia.clips.writer import ClipWriter, probe
from nostalgia.errors import EncodingError, FaceError, OutputExistsError, UsageError
from nostalgia.options import AnimateOptions
from nostalgia.photo.reader import read_photo
from nostalgia.pipeline import Animator
from nostalgia.scene.frames import Frames
from nostalgia.scene.layers import Layer
from nostalgia.scene.scene import Scene
from nostalgia.types import Photo

SHORT = AnimateOptions(duration_s=1.2, fps=12.5)
PICTURES = {".jpg", ".jpeg", ".png"}


@pytest.fixture(scope="module")
def astronaut() -> Photo:
    data = pytest.importorskip("skimage.data")
    pixels = np.ascontiguousarray(data.astronaut()[:320, 60:381])
    return Photo(pixels, sha256=hashlib.sha256(pixels.tobytes()).hexdigest())


@pytest.fixture
def portrait(astronaut, tmp_path):
    from PIL import Image

    path = tmp_path / "old_photo.png"
    Image.fromarray(astronaut.pixels).save(path)
    return path


@pytest.fixture(scope="module")
def animator() -> Animator:
    """One animator for all tests that only look at frames: its networks are loaded once."""
    return Animator()


def frames_of(photo: Photo, options: AnimateOptions, animator: Animator | None = None):
    animator = animator or Animator()
    animator.options = options
    scene = animator.frames(photo).scene
    return scene, list(Frames(scene))


def ever_covered(layer: Layer) -> np.ndarray:
    """bool (S, S): True where the person of a layer ever comes, and a few pixels round it."""
    size = layer.source.size_px
    ever = layer.cutout.cover > 0
    for motion in layer.perform():
        fine = cv2.resize(motion.deformation, (size, size), interpolation=cv2.INTER_LINEAR)
        places = np.asarray((fine + 1) / 2 * (size - 1), np.float32)
        ever |= cv2.remap(layer.cutout.cover, places, None, cv2.INTER_LINEAR) > 0
    return cv2.dilate(ever.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0


def still_pixels(scene: Scene) -> np.ndarray:
    """bool (H, W): True where no motion mask of any face reaches, and no person ever comes."""
    still = np.ones(scene.pixels.shape[:2], bool)
    for layer in scene.layers:
        source = layer.source
        x, y = (round(float(v)) for v in source.photo_from_crop[:, 2])
        x0, y0, x1, y1 = source.inside_xyxy
        mask = motion_reach(layer.motion_mask, source.size_px, source.inside_xyxy)
        if layer.cutout is not None:
            here = layer.cutout.cover[y0:y1, x0:x1] > 0
            mask = here | (mask & ever_covered(layer)[y0:y1, x0:x1])
        still[y0 + y : y1 + y, x0 + x : x1 + x] &= mask == 0
    return still


def assert_still_outside_masks(photo: Photo, options: AnimateOptions, animator: Animator) -> None:
    scene, frames = frames_of(photo, options, animator)
    still = still_pixels(scene)
    assert not still.all()
    for frame in frames:
        assert np.array_equal(frame[still], scene.photo.pixels[still])
    moved = max(np.abs(frame.astype(int) - frames[0])[~still].max() for frame in frames)
    assert moved > 8, "nothing moved"


def test_pixels_where_nobody_comes_are_the_photos(astronaut, animator):
    scene, _ = frames_of(astronaut, replace(SHORT, duration_s=0.2), animator)
    assert still_pixels(scene).any(), "the portrait leaves room for a test"
    assert_still_outside_masks(astronaut, SHORT, animator)


def test_pixels_where_nobody_comes_in_all_shared_photos(shared, animator):
    tested = 0
    for path in sorted((shared / "photos").iterdir()):
        if path.suffix not in PICTURES:
            continue
        options = replace(SHORT, duration_s=2.0, fps=3, max_side=640)
        try:
            assert_still_outside_masks(read_photo(path), options, animator)
        except FaceError:
            continue
        tested += 1
    assert tested > 30


def test_first_frame_is_the_photo_with_its_faces_enhanced_and_the_last_comes_back(astronaut):
    scene, frames = frames_of(astronaut, SHORT)
    assert np.array_equal(frames[0], scene.pixels)
    last = np.abs(frames[-1].astype(int) - frames[0]).mean()
    assert last < 0.5 * max(np.abs(f.astype(int) - frames[0]).mean() for f in frames)


def test_the_nearest_head_is_drawn_last_over_those_behind_it(astronaut):
    import cv2

    small = cv2.resize(astronaut.pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    pixels = np.zeros((320, 420, 3), np.uint8)
    pixels[:, :321] = astronaut.pixels
    pixels[:160, 260:] = small[:, :160]
    scene = Animator(SHORT).frames(pixels).scene
    heights = [layer.source.face_height_px for layer in scene.layers]
    assert len(heights) == 2
    assert heights == sorted(heights)
    assert [layer.overlaps for layer in scene.layers] == [False, True]


def test_without_enhancement_the_first_frame_is_the_photo(astronaut):
    _, frames = frames_of(astronaut, replace(SHORT, enhance=0.0, duration_s=0.2))
    assert np.array_equal(frames[0], astronaut.pixels)


def test_same_seed_same_frames_other_seed_other_frames(astronaut):
    _, first = frames_of(astronaut, SHORT)
    _, again = frames_of(astronaut, SHORT)
    _, other = frames_of(astronaut, replace(SHORT, seed=1))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_the_clip_is_beside_the_photo_at_its_size_and_is_labelled_as_animated(portrait):
    animation = pipeline.animate(portrait, options=SHORT)
    assert animation.clip_path == portrait.with_name("old_photo.nostalgia.mp4")
    clip = probe(animation.clip_path)
    assert (clip.width, clip.height) == (322, 320), "321 is odd: one column is repeated"
    assert clip.codec.startswith("h264")
    values = json.loads(json.dumps(animation.report.to_dict()))
    assert values["faces"][0]["driver"]["scores"]
    assert values["clip"]["padded_px"] == [1, 0] and values["warnings"] == []
    assert read_provenance(animation.clip_path).source_sha256 == values["photo"]["sha256"]


def test_nothing_is_overwritten_unasked(portrait):
    target = portrait.with_name("clip.mp4")
    target.write_bytes(b"precious")
    with pytest.raises(OutputExistsError, match="overwrite=True"):
        pipeline.animate(portrait, target, SHORT)
    assert target.read_bytes() == b"precious"
    pipeline.animate(portrait, target, SHORT, overwrite=True)
    assert target.stat().st_size > 1000


def test_an_existing_clip_is_refused_before_any_work(portrait, monkeypatch):
    finder = finder_of()
    monkeypatch.setattr(pipeline, "Models", models_of(finder))
    clip, poster = portrait.with_name("clip.mp4"), portrait.with_name("poster.jpg")
    clip.write_bytes(b"precious")
    with pytest.raises(OutputExistsError, match=r"clip\.mp4"):
        pipeline.animate(portrait, clip)
    clip.rename(poster)
    with pytest.raises(OutputExistsError, match=r"poster\.jpg"):
        pipeline.animate(portrait, clip, poster=str(poster))
    finder.find.assert_not_called()


def test_no_result_replaces_an_original(tmp_path, astronaut):
    from PIL import Image

    photo = tmp_path / "oma.jpg"
    Image.fromarray(astronaut.pixels).save(photo)
    before = photo.read_bytes()
    for places in ({"poster": str(photo)}, {"output": photo, "format": "mp4"}):
        with pytest.raises(UsageError, match="another name"):
            pipeline.animate(photo, **places, overwrite=True)
    assert photo.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["oma.jpg"]


def test_sound_and_poster_come_with_the_clip(portrait):
    import wave

    song = portrait.with_name("song.wav")
    with wave.open(str(song), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
        file.writeframes(bytes(2 * 8000 * 12))
    poster = portrait.with_name("poster.jpg")
    options = replace(SHORT, driver="calm", audio=str(song), duration_s=None, fps=5.0)
    animation = pipeline.animate(portrait, portrait.with_name("clip.mp4"), options, poster=poster)
    assert probe(animation.clip_path).sound_codec == "aac"
    values = animation.report.to_dict()
    assert values["clip"]["audio"] == str(song) and values["clip"]["poster"] == str(poster)
    assert values["clip"]["duration_s"] < 11.9, "shorter than the sound"
    assert any("duration_s or loop" in warning for warning in values["warnings"])
    picture = read_photo(poster).pixels
    scene = Animator(options).frames(portrait).scene
    assert picture.shape == scene.pixels.shape
    assert np.abs(picture.astype(int) - scene.pixels).mean() < 3
    assert read_provenance(poster) == read_provenance(animation.clip_path)


def test_a_clip_that_fails_leaves_no_poster(portrait, monkeypatch):
    def fail(writer, frame):
        raise EncodingError("the disk is full")

    monkeypatch.setattr(ClipWriter, "write", create_autospec(ClipWriter.write, side_effect=fail))
    with pytest.raises(EncodingError, match="disk"):
        pipeline.animate(
            portrait, portrait.with_name("clip.mp4"), SHORT, poster=str(portrait) + ".jpg"
        )
    assert [each.name for each in portrait.parent.iterdir()] == ["old_photo.png"]


def test_a_smaller_clip_keeps_numbers_and_pixels_of_the_photo_in_its_report(portrait):
    options = replace(SHORT, max_side=160)
    values = pipeline.animate(portrait, portrait.with_name("s.mp4"), options).report.to_dict()
    assert (values["clip"]["width"], values["clip"]["height"]) == (160, 160)
    assert (values["photo"]["width"], values["photo"]["height"]) == (321, 320)
    found = pipeline.detect_faces(portrait)[0]
    assert values["faces"][0]["box_xyxy"] == pytest.approx(found.box_xyxy, abs=0.1)


def test_a_face_box_is_in_pixels_of_the_photo_whatever_the_clip(astronaut):
    box = (110.0, 50.0, 220.0, 180.0)
    scene = Animator(SHORT).frames(astronaut, face_box=box, max_side=160).scene
    assert max(scene.photo.width, scene.photo.height) == 160
    source = scene.layers[0].source
    centre = source.landmarks[:, :2].mean(0) + [
        round(float(v)) for v in source.photo_from_crop[:, 2]
    ]
    assert centre * 321 / 160 == pytest.approx((165, 115), abs=15)


def test_a_photo_without_a_face_cannot_be_animated(tmp_path):
    wall = np.random.default_rng(0).integers(120, 130, (200, 200, 3), dtype=np.uint8)
    with pytest.raises(FaceError, match="face_box"):
        pipeline.animate(Photo(wall), tmp_path / "clip.mp4", SHORT)
    assert not list(tmp_path.iterdir())


def test_an_array_needs_a_place_for_its_clip(astronaut):
    with pytest.raises(UsageError, match="output"):
        pipeline.animate(astronaut)


def test_a_killed_run_leaves_no_clip_and_the_next_one_works(portrait):
    target = portrait.with_name("clip.mp4")
    code = (
        "import sys, nostalgia\n"
        "report = lambda progress: print(progress.stage, progress.share, flush=True)\n"
        "nostalgia.animate(sys.argv[1], sys.argv[2], progress=report)\n"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", code, str(portrait), str(target)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert run.stdout is not None
    for line in run.stdout:
        if line.startswith("rendering") and float(line.split()[1]) > 0.3:
            break
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    run.stdout.close()
    assert not target.exists()
    pipeline.animate(portrait, target, SHORT)
    assert probe(target).frames == 15
    assert {p.name for p in portrait.parent.iterdir()} == {"old_photo.png", "clip.mp4"}
