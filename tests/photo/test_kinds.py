"""The kind of a file in words, by its first bytes and its suffix."""

import io
import os

import pytest
from PIL import Image

from nostalgia.errors import InputError
from nostalgia.photo.kinds import UNKNOWN, kind_of
from nostalgia.photo.reader import read_photo


def kind(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    return kind_of(path)


@pytest.mark.parametrize(
    ("format_", "word"),
    [("JPEG", "JPEG"), ("PNG", "PNG"), ("TIFF", "TIFF"), ("WEBP", "WebP"), ("GIF", "GIF"),
     ("BMP", "BMP"), ("JPEG2000", "JPEG 2000"), ("ICO", "icon"), ("PDF", "PDF"),
     ("EPS", "PostScript"), ("PPM", "rarely used"), ("DDS", "rarely used")],
)  # fmt: skip
def test_content_wins_over_the_suffix(tmp_path, format_, word):
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32), (200, 100, 50)).save(buffer, format_)
    assert word in kind(tmp_path, "scan.txt", buffer.getvalue())


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"\xff\x0a\xfa\x1f", "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\0\0\0\x18ftypcrx \0\0\0\x01", "camera raw"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", "AVIF"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0", "video"),
        (b"II*\0\x10\0\0\0CR\x02\0", "camera raw"),
        (b"FUJIFILMCCD-RAW 0201", "camera raw"),
        (b"IIRO\x08\0\0\0", "camera raw"),
        (b"IIU\0\x18\0\0\0", "camera raw"),
        (b"8BPS\0\x01", "Photoshop"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><svg width='1'>", "SVG"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04", "ZIP"),
        (b"\x1aE\xdf\xa3", "video"),
    ],
)
def test_formats_that_are_not_read_are_named(tmp_path, content, word):
    assert word in kind(tmp_path, "oma.jpg", content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"II*\0\x10\0\0\0CR\x02\0", "a camera raw file, which cannot be read: open it"),
        (b"\xff\x0a\xfa\x1f", "a JPEG XL picture, which cannot be read: open it"),
        (b"v/1\x01" + b"\0" * 60, "an OpenEXR picture, which cannot be read: open it"),
        (b"%PDF-1.7", "a PDF document, not a picture: save the page"),
        (b"<svg/>", "an SVG drawing, which cannot be read: open it"),
        (b"Dear Grandma", "a text file, not a picture: name a photo"),
    ],
)
def test_what_is_not_read_is_refused_by_its_name(content, words):
    with pytest.raises(InputError) as caught:
        read_photo(content, name="oma.jpg")
    assert str(caught.value).startswith(f"oma.jpg: {words}")


def test_raw_files_that_begin_like_a_tiff_go_by_their_suffix(tmp_path):
    assert kind(tmp_path, "IMG_1.NEF", b"MM\0*\0\0\0\x08") == "camera raw file"
    assert kind(tmp_path, "scan.tif", b"MM\0*\0\0\0\x08") == "TIFF picture"


def test_bytes_that_say_nothing_leave_it_to_the_suffix(tmp_path):
    assert kind(tmp_path, "a.pcd", b"\xff" * 64) == "Kodak Photo CD picture"
    assert kind(tmp_path, "a.html", b"Dear Grandma") == "web page"
    assert kind(tmp_path, "a.xyz", b"\0\1\2\3" * 9) == UNKNOWN
    assert kind_of(tmp_path / "gone.mov") == "video"
    assert kind_of(tmp_path / "nul\0.mov") == "video"
    assert kind(tmp_path, "a", ("Liebe Großmutter " * 9).encode()[:64]) == "text file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "scan.pdf")
    assert kind_of(tmp_path / "scan.pdf") == "PDF document"
