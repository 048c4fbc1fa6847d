"""Files of still pictures, read back by Pillow, OpenCV and our own reader."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from nostalgia.clips.provenance import Provenance, xmp_packet
from nostalgia.clips.xmp import extract_xmp
from nostalgia.photo.colour_profiles import profile_of_code_points
from nostalgia.photo.metadata import NO_METADATA, Metadata, packet_of_tiff
from nostalgia.photo.originals import read_original
from nostalgia.photo.reader import read_photo
from nostalgia.stills.encoding import Still, encoded, enlarged_dpi

PACKET = xmp_packet(Provenance("oma.jpg", "ab" * 32, "", "", "9.9", "embedded"))
PROFILE = profile_of_code_points(12, 13)
DATE, EXIF, ORIENTATION, DESCRIPTION = 36867, 34665, 274, 270
LOSSLESS = ["png", "tiff"]
SUFFIXES = {"jpeg": "jpg", "png": "png", "tiff": "tif"}


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def exif_block() -> bytes:
    exif = Image.Exif()
    exif[DESCRIPTION], exif[ORIENTATION] = "Oma at the lake", 1
    exif.get_ifd(EXIF)[DATE] = "1931:05:01 12:00:00"
    return exif.tobytes().removeprefix(b"Exif\0\0")


def still(samples, metadata=NO_METADATA, profile=None):
    return Still(samples, profile, metadata, PACKET)


@pytest.mark.parametrize("kind", LOSSLESS)
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_every_sample_comes_back(rng, kind, channels, depth):
    samples = rng.integers(0, np.iinfo(depth).max, (37, 23, channels), dtype=depth)
    content, left_out = encoded(still(samples), kind)
    if depth == np.uint8:  # OpenCV multiplies colours of a TIFF by their transparency
        found = np.asarray(Image.open(io.BytesIO(content))).reshape(37, 23, -1)
    else:
        found = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
        found = found.reshape(37, 23, -1)[..., {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[channels]]
    assert found.dtype == depth and np.array_equal(found, samples)
    assert left_out == []
    ours = read_original(content, read_photo(content)).samples
    assert np.array_equal(ours, samples)


@pytest.mark.parametrize("kind", LOSSLESS)
def test_grey_with_transparency_comes_back_in_its_values(rng, kind):
    samples = rng.integers(1, 256, (37, 23, 2), dtype=np.uint8)
    content, _ = encoded(still(samples), kind)
    found = np.asarray(Image.open(io.BytesIO(content)).convert("LA"))
    assert np.array_equal(found, samples)


def test_a_jpeg_keeps_colours_at_full_resolution_and_grey_as_grey(rng):
    smooth = cv2.GaussianBlur(rng.integers(0, 256, (64, 48, 3), dtype=np.uint8), (0, 0), 1.5)
    picture = Image.open(io.BytesIO(encoded(still(smooth), "jpeg")[0]))
    assert np.abs(np.asarray(picture).astype(int) - smooth).mean() < 1.5
    assert [layer[1:3] for layer in picture.layer] == [(1, 1)] * 3  # 4:4:4
    assert Image.open(io.BytesIO(encoded(still(smooth[..., :1]), "jpeg")[0])).mode == "L"


def test_what_a_jpeg_cannot_hold_is_said(rng):
    samples = np.full((20, 30, 4), 40_000, np.uint16)
    samples[..., 3] = 0
    content, left_out = encoded(still(samples), "jpeg")
    assert len(left_out) == 2 and "8 of its 16 bits" in left_out[0]
    assert "no transparency" in left_out[1]
    assert np.asarray(Image.open(io.BytesIO(content))).min() > 250  # laid on white


@pytest.mark.parametrize("kind", ["jpeg", "png", "tiff"])
def test_profile_exif_and_packet_are_in_the_file(kind, tmp_path):
    samples = np.full((20, 30, 3), 90, np.uint8)
    metadata = Metadata(exif=exif_block(), dpi=(300.0, 300.0))
    content, _ = encoded(still(samples, metadata, PROFILE), kind)
    picture = Image.open(io.BytesIO(content))
    assert picture.info["icc_profile"] == PROFILE
    exif = picture.getexif()
    assert exif[DESCRIPTION] == "Oma at the lake"
    assert exif.get_ifd(EXIF)[DATE] == "1931:05:01 12:00:00"
    assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.02)
    path = tmp_path / f"a.{SUFFIXES[kind]}"
    path.write_bytes(content)
    assert extract_xmp(path) == PACKET


@pytest.mark.parametrize("kind", ["jpeg", "png", "tiff"])
def test_the_same_picture_gives_the_same_bytes(kind, rng):
    samples = rng.integers(0, 256, (40, 30, 3), dtype=np.uint8)
    metadata = Metadata(exif=exif_block(), dpi=(96.0, 96.0))
    assert encoded(still(samples, metadata), kind) == encoded(still(samples, metadata), kind)


def test_comments_and_captions_of_a_jpeg_stay(rng):
    captions = b"8BIM\x04\x04\0\0\0\0\0\x08\x1c\x02x\0\x03Oma"
    metadata = Metadata(photoshop=captions, comments=(b"from the attic",))
    content, _ = encoded(still(np.full((9, 9, 3), 80, np.uint8), metadata), "jpeg")
    picture = Image.open(io.BytesIO(content))
    assert picture.info["comment"] == b"from the attic"
    assert dict(picture.applist)["APP13"] == b"Photoshop 3.0\0" + captions


def test_metadata_beyond_a_segment_are_left_out_of_a_jpeg_and_that_is_said():
    metadata = Metadata(comments=(b"x" * 70_000,))
    content, left_out = encoded(still(np.full((9, 9, 3), 80, np.uint8), metadata), "jpeg")
    assert "too large for a JPEG" in left_out[0]
    assert Image.open(io.BytesIO(content)).size == (9, 9)


def test_texts_and_colour_chunks_of_a_png_stay():
    texts = ((b"tEXt", b"Title\0Oma"), (b"iTXt", b"Author\0\0\0\0\0" + "Jürgen".encode()))
    colours = ((b"gAMA", (45455).to_bytes(4, "big")),)
    metadata = Metadata(png_texts=texts, png_colours=colours)
    content, _ = encoded(still(np.full((9, 9, 3), 80, np.uint8), metadata), "png")
    info = Image.open(io.BytesIO(content)).info
    assert (info["Title"], info["Author"]) == ("Oma", "Jürgen")
    assert info["gamma"] == pytest.approx(0.45455)


def test_damaged_exif_data_never_reach_a_tiff():
    metadata = Metadata(exif=b"II*\0" + b"\xff" * 40)
    content, _ = encoded(still(np.full((9, 9, 3), 80, np.uint8), metadata), "tiff")
    assert packet_of_tiff(io.BytesIO(content)) == PACKET


def test_more_pixels_on_the_same_paper_are_more_dots_per_inch():
    assert enlarged_dpi(Metadata(dpi=(300.0, 200.0)), 2).dpi == (600.0, 400.0)
    assert enlarged_dpi(NO_METADATA, 4) is NO_METADATA
