"""A clip against its photo: movement outside the faces is found, compression is ignored."""

import json
import subprocess
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from PIL import Image

from nostalgia.clips.ffmpeg import ffmpeg_program
from nostalgia.clips.provenance import Provenance, xmp_packet
from nostalgia.clips.reference_frame import possible_reference_frames
from nostalgia.clips.verification import verify_clip
from nostalgia.clips.writer import ClipWriter
from nostalgia.errors import Cancelled, InputError
from nostalgia.faces.finder import FaceFinder
from nostalgia.photo.reader import read_photo
from nostalgia.rendering.label import PILL, SOFT, prepare_label

FACE = (slice(70, 150), slice(180, 260))
FRAMES = 6


@pytest.fixture(scope="module")
def portrait(tmp_path_factory):
    """The astronaut: a face of about 100 pixels at the upper middle of 512 x 511."""
    data = pytest.importorskip("skimage.data")
    path = tmp_path_factory.mktemp("photo") / "old.png"
    Image.fromarray(data.astronaut()[:511]).save(path)
    return path


@pytest.fixture(scope="module")
def verify():
    """`verify_clip` with the embedded detector, which searches each photo once."""
    finder, faces = FaceFinder.load(), {}

    def find_faces(photo):
        if photo.sha256 not in faces:
            faces[photo.sha256] = finder.find(photo)
        return faces[photo.sha256]

    return partial(verify_clip, find_faces=find_faces)


def provenance_of(photo, **changes):
    made = Provenance("old.png", read_photo(photo).sha256, "mesh", "smile", "0.1.0")
    return replace(made, **changes)


def film(photo, path, change=lambda frame, number: frame, provenance=None, area=np.s_[:, :]):
    """A clip whose face trembles; `change` does something else to its frames."""
    pixels = read_photo(photo).pixels
    frames = []
    for number in range(FRAMES):
        frame = pixels.copy()
        frame[FACE] = np.roll(frame[FACE], number, axis=0)
        frames.append(np.ascontiguousarray(change(frame[area], number)))
    height, width = frames[0].shape[:2]
    xmp = xmp_packet(provenance or provenance_of(photo))
    with ClipWriter(path, width, height, 10, xmp=xmp, overwrite=True) as writer:
        for frame in frames:
            writer.write(frame)
    return path


@pytest.mark.parametrize("suffix", ["mp4", "gif", "webp"])
def test_a_clip_in_which_only_the_face_moves(verify, portrait, tmp_path, suffix):
    found = verify(film(portrait, tmp_path / f"a.{suffix}"), portrait)
    assert json.loads(json.dumps(found.to_dict()))["verdict"] == found.verdict
    assert (found.verdict, found.same_file, found.changed_share) == ("ok", True, 0.0)
    assert found.frames == FRAMES
    assert found.outside_share > 0.4
    assert [face.changed for face in found.faces] == [True]
    assert found.likeness > 0.95


def move_background(frame, number):
    frame = frame.copy()
    frame[300:340, 20:60] = np.roll(frame[300:340, 20:60], 3 * number, axis=1)
    return frame


def test_a_patch_of_the_background_that_moves_is_found(verify, portrait, tmp_path):
    found = verify(film(portrait, tmp_path / "a.mp4", move_background), portrait)
    assert found.verdict == "moved outside"
    assert not found.is_ok
    x0, y0, x1, y1 = found.worst_xyxy
    assert 14 <= x0 < x1 <= 66
    assert 294 <= y0 < y1 <= 346
    assert found.worst_frame > 0
    assert 0 < found.changed_share < 0.02


def test_another_photo_of_the_same_size_is_found(verify, portrait, tmp_path):
    clip = film(portrait, tmp_path / "a.mp4")
    other = tmp_path / "other.png"
    Image.fromarray(read_photo(portrait).pixels[:, ::-1]).save(other)
    found = verify(clip, other)
    assert (found.verdict, found.same_file) == ("another photo", False)


def test_a_clip_that_was_compressed_again_or_made_smaller_is_still_the_clip(
    verify, portrait, tmp_path
):
    clip = film(portrait, tmp_path / "a.mp4")
    again = tmp_path / "again.mp4"
    command = [ffmpeg_program(), "-v", "error", "-i", str(clip), "-vf", "scale=320:-2"]
    subprocess.run([*command, "-crf", "32", str(again)], check=True)
    found = verify(again, portrait)
    assert (found.verdict, found.same_file) == ("ok", None)
    assert found.threshold > 6


def test_a_part_of_the_photo_is_compared_if_the_clip_names_it(verify, portrait, tmp_path):
    part, area = (100, 20, 400, 320), np.s_[20:320, 100:400]
    made = provenance_of(portrait, shown_xyxy=part, layout="alone")
    found = verify(film(portrait, tmp_path / "a.mp4", provenance=made, area=area), portrait)
    assert (found.verdict, found.shown_xyxy) == ("ok", part)
    silent = film(portrait, tmp_path / "b.mp4", area=np.s_[:300, :200])
    with pytest.raises(InputError, match="cannot be compared"):
        verify(silent, portrait)


@pytest.mark.parametrize("style", [SOFT, PILL], ids=["today's", "of the first albums"])
def test_a_mark_of_nostalgia_is_allowed_for_and_any_other_is_a_change(
    verify, portrait, tmp_path, style
):
    label = prepare_label(512, 511, style=style)
    made = provenance_of(portrait, label=label.text, label_xyxy=label.place_xyxy)
    clip = film(portrait, tmp_path / "a.mp4", lambda frame, _: label.laid(frame), made)
    assert verify(clip, portrait).verdict == "ok"
    x0, y0, x1, y1 = label.place_xyxy
    claimed = replace(made, label_xyxy=(x0 - 80, y0 - 80, x1, y1))
    clip = film(portrait, tmp_path / "b.mp4", lambda frame, _: label.laid(frame), claimed)
    assert verify(clip, portrait).verdict == "moved outside"


def test_the_still_half_of_a_double_picture_is_compared_too(verify, portrait, tmp_path):
    pixels = read_photo(portrait).pixels
    made = provenance_of(portrait, shown_xyxy=(0, 0, 512, 511), layout="beside")

    def double(frame, number):
        still = pixels.copy()
        still[400:440, 300:340] = np.roll(still[400:440, 300:340], 4 * number, axis=0)
        return np.concatenate([still, np.full((511, 4, 3), 250, np.uint8), frame], axis=1)

    found = verify(film(portrait, tmp_path / "a.mp4", double, made), portrait)
    assert found.verdict == "moved outside"
    assert found.worst_xyxy[2] < 400


def test_a_picture_without_faces_must_not_move_at_all(verify, tmp_path):
    y, x = np.mgrid[:120, :160]
    path = tmp_path / "hills.png"
    Image.fromarray(np.stack([x, y * 2, x + y], -1).astype(np.uint8)).save(path)
    clip = tmp_path / "a.mp4"
    with ClipWriter(clip, 160, 120, 10) as writer:
        for number in range(3):
            writer.write(np.roll(read_photo(path).pixels, 8 * number, axis=1))
    found = verify(clip, path)
    assert (found.faces, found.outside_share) == ((), 1.0)
    assert found.verdict in ("moved outside", "another photo")


@pytest.mark.parametrize("content", [b"", b"words", b"\xff\xd8\xff\xe0broken"])
def test_other_files_are_refused(verify, portrait, tmp_path, content):
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.mp4"):
        verify(path, portrait)


def test_stills_of_odd_and_reduced_pictures_have_the_clips_size():
    photo = np.zeros((101, 77, 3), np.uint8)
    for size in [(78, 102), (77, 101), (38, 50), (154, 202)]:
        for still in possible_reference_frames(photo, size, None):
            assert still.pixels.shape == (size[1], size[0], 3)


@pytest.mark.parametrize("suffix", ["mp4", "gif", "jpg"])
def test_verification_can_be_cancelled_at_each_frame(portrait, tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    if suffix == "jpg":
        Image.fromarray(read_photo(portrait).pixels).save(path)
    else:
        film(portrait, path)
    calls = []
    verify_clip(path, portrait, lambda photo: (), check=lambda: calls.append(1))
    assert len(calls) == (1 if suffix == "jpg" else FRAMES)

    def cancel():
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        verify_clip(path, portrait, lambda photo: (), check=cancel)


def test_the_photo_may_be_in_memory(portrait, tmp_path):
    pixels = read_photo(portrait).pixels
    found = verify_clip(film(portrait, tmp_path / "a.gif"), pixels, lambda photo: ())
    assert (found.shown_xyxy, found.same_file) == ((0, 0, 512, 511), False)
