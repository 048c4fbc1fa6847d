"""The JPEG of the first frame: readable, describes itself, replaces nothing unasked."""

import numpy as np
import pytest
from PIL import Image

from nostalgia.clips.poster import encode_poster, write_poster
from nostalgia.clips.provenance import Provenance, metadata_tags, read_provenance, xmp_packet
from nostalgia.clips.xmp import embed_xmp, extract_xmp
from nostalgia.errors import EncodingError, OutputExistsError
from nostalgia.photo.reader import read_photo

MADE = Provenance("Zoë.jpg", "ab" * 32, "mesh", "smile", "0.1.0")
TAGS, XMP = metadata_tags(MADE), xmp_packet(MADE)


def picture():
    y, x = np.mgrid[:61, :83]
    return np.stack([x * 2, y * 3, x + y], -1).astype(np.uint8)


def test_a_poster_is_a_jpeg_that_describes_itself(tmp_path):
    path = tmp_path / "a.jpg"
    write_poster(path, encode_poster(picture(), TAGS), XMP, overwrite=False)
    with Image.open(path) as image:
        assert image.format == "JPEG"
        assert "animated by software" in image.getexif()[0x010E]
        assert image.info["xmp"] == XMP
    assert np.abs(read_photo(path).pixels.astype(int) - picture()).mean() < 3
    assert read_provenance(path) == MADE
    assert [each.name for each in tmp_path.iterdir()] == ["a.jpg"]


def test_an_existing_poster_is_kept_unless_asked(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"precious")
    content = encode_poster(picture(), TAGS)
    with pytest.raises(OutputExistsError, match="overwrite=True"):
        write_poster(path, content, XMP, overwrite=False)
    assert path.read_bytes() == b"precious"
    write_poster(path, content, XMP, overwrite=True)
    assert path.read_bytes()[:2] == b"\xff\xd8"


def test_a_poster_without_a_folder_leaves_nothing(tmp_path):
    with pytest.raises(EncodingError, match="folder"):
        write_poster(tmp_path / "no" / "a.jpg", encode_poster(picture(), TAGS), XMP, overwrite=True)
    assert not list(tmp_path.iterdir())


def test_a_poster_that_cannot_hold_its_packet_leaves_the_old_one(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"old")
    with pytest.raises(EncodingError, match=r"a\.jpg: the poster cannot be written .*64 KiB"):
        write_poster(path, encode_poster(picture(), TAGS), b"x" * 70_000, overwrite=True)
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.jpg"]


def test_a_packet_replaces_the_earlier_one(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(encode_poster(picture(), TAGS))
    plain = path.stat().st_size
    embed_xmp(path, b"<first/>" * 500)
    embed_xmp(path, XMP)
    assert extract_xmp(path) == XMP
    assert path.stat().st_size < plain + len(XMP) + 100
    with pytest.raises(ValueError, match="64 KiB"):
        embed_xmp(path, b"x" * 70_000)


def test_cut_off_posters_are_refused_without_a_traceback(tmp_path):
    path = tmp_path / "a.jpg"
    write_poster(path, encode_poster(picture(), TAGS), XMP, overwrite=False)
    whole = path.read_bytes()
    for length in range(0, 3000, 50):
        path.write_bytes(whole[:length])
        try:
            assert read_provenance(path) in (None, MADE)
        except EncodingError as exc:
            assert "a.jpg" in str(exc)
