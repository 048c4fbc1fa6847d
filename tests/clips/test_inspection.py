"""The metadata of a clip, read back from every kind of file."""

import numpy as np
import pytest
from PIL import Image

from nostalgia.clips.inspection import inspect_clip
from nostalgia.clips.poster import encode_poster, write_poster
from nostalgia.clips.provenance import Provenance, metadata_tags, read_provenance, xmp_packet
from nostalgia.clips.signing import has_credential
from nostalgia.clips.writer import ClipWriter
from nostalgia.clips.xmp import extract_xmp
from nostalgia.errors import InputError

MADE = Provenance(
    'Zoë "1912".jpg', "cd" * 32, "mesh", "calm, nod", "0.1.0", "embedded",
    label="animated", label_xyxy=(3, 4, 50, 20), shown_xyxy=(0, 10, 640, 490), layout="beside",
)  # fmt: skip
STORE = b"jumdc2pa\x00\x11\x00\x10\x80\x00\x00\xaa\x008\x9bq"


def clip(path, provenance=None):
    tags = metadata_tags(provenance) if provenance else None
    xmp = xmp_packet(provenance) if provenance else None
    with ClipWriter(path, 40, 30, 10, tags=tags, xmp=xmp) as writer:
        for level in (0, 100, 200):
            writer.write(np.full((30, 40, 3), level, np.uint8))
    return path


@pytest.mark.parametrize("suffix", ["mp4", "gif", "webp"])
def test_all_facts_are_read_from_a_clip(tmp_path, suffix):
    found = inspect_clip(clip(tmp_path / f"a.{suffix}", MADE))
    assert found.provenance == MADE
    assert (found.info.width, found.info.height, found.info.frames) == (40, 30, 3)
    assert not found.is_signed
    if suffix == "mp4":
        assert "label animated" in found.tags["comment"]
        assert "major_brand" not in found.tags


def test_all_facts_are_read_from_a_poster(tmp_path):
    path = tmp_path / "a.jpg"
    content = encode_poster(np.zeros((30, 40, 3), np.uint8), metadata_tags(MADE))
    write_poster(path, content, xmp_packet(MADE), overwrite=False)
    found = inspect_clip(path)
    assert (found.provenance, found.info.frames) == (MADE, 1)
    assert "animated by software" in found.tags["description"]


@pytest.mark.parametrize("suffix", ["mp4", "gif", "webp"])
def test_clips_of_other_programs_have_no_provenance(tmp_path, suffix):
    found = inspect_clip(clip(tmp_path / f"a.{suffix}"))
    assert found.provenance is None
    assert (found.is_signed, found.credential, found.credential_note) == (False, None, "")


def test_photos_have_no_provenance(tmp_path):
    path = tmp_path / "a.jpg"
    Image.new("RGB", (8, 6)).save(path)
    found = inspect_clip(path)
    assert (found.provenance, dict(found.tags)) == (None, {})


@pytest.mark.parametrize("content", [b"", b"words", b"\x00\x00\x00\x18ftypisom"])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.mp4"):
        inspect_clip(path)
    with pytest.raises(InputError, match="cannot be opened"):
        inspect_clip(tmp_path / "none.mp4")


def test_broken_credentials_are_reported_and_do_no_harm(tmp_path):
    path = clip(tmp_path / "a.mp4", MADE)
    box = b"\xd8\xfe\xc3\xd6\x1b\x0eH<\x92\x97X(\x87~\xc4\x81" + STORE + b"\x00" * 40
    path.write_bytes(path.read_bytes() + (len(box) + 8).to_bytes(4, "big") + b"uuid" + box)
    found = inspect_clip(path)
    assert has_credential(path)
    assert (found.is_signed, found.credential) == (True, None)
    assert found.credential_note
    assert found.provenance == MADE


def test_hostile_boxes_in_a_packet_are_ignored(tmp_path):
    path = tmp_path / "a.mp4"
    packet = xmp_packet(MADE)
    for good, bad in [(b"3,4,50,20", b"9,9,1,1"), (b"0,10,640,490", b"0,1,2," + b"9" * 5000)]:
        packet = packet.replace(good, bad)
    with ClipWriter(path, 40, 30, 10, xmp=packet) as writer:
        writer.write(np.zeros((30, 40, 3), np.uint8))
    found = read_provenance(path)
    assert (found.label_xyxy, found.shown_xyxy, found.label) == (None, None, "animated")


def test_a_packet_behind_other_segments_of_a_jpeg_is_read(tmp_path):
    path = tmp_path / "a.jpg"
    content = encode_poster(np.zeros((30, 40, 3), np.uint8), metadata_tags(MADE))
    write_poster(path, content, xmp_packet(MADE), overwrite=False)
    whole = path.read_bytes()
    path.write_bytes(whole[:2] + b"\xff\xeb\x00\x06JPxx" + whole[2:])
    assert extract_xmp(path) == xmp_packet(MADE)
