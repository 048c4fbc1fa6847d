"""Files that end too early or too late, and JPEG files of rare kinds."""

import io

import numpy as np
import pytest
from PIL import Image

from nostalgia.errors import InputError
from nostalgia.photo.reader import read_photo


def noise(mode="RGB", size=(67, 45)):
    small = np.random.default_rng(3).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(small).convert(mode)


def jpeg(mode="RGB", **options):
    buffer = io.BytesIO()
    noise(mode).save(buffer, "JPEG", quality=90, **options)
    return buffer.getvalue()


KINDS = [
    {}, {"progressive": True}, {"subsampling": 0}, {"subsampling": 2}, {"optimize": True},
    {"restart_marker_blocks": 3},
]  # fmt: skip


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("options", KINDS)
@pytest.mark.parametrize("missing", [1, 2])
def test_a_jpeg_that_lacks_only_the_mark_of_its_end_is_whole(mode, options, missing):
    content = jpeg(mode, **options)
    whole, cut = read_photo(content), read_photo(content[:-missing])
    assert np.array_equal(cut.pixels, whole.pixels)
    assert whole.warnings == ()
    # Pillow itself reads some of them, without a word.
    assert all("all of its pixels are there" in warning for warning in cut.warnings)


def test_the_missing_mark_is_told():
    assert "mark of its end is missing" in read_photo(jpeg()[:-2]).warnings[0]


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("options", KINDS)
def test_a_jpeg_that_lacks_pixels_is_refused_wherever_it_is_cut(mode, options):
    content = jpeg(mode, **options)
    for missing in (4, 5, 6, 8, 11, 16, 40, len(content) // 9, len(content) // 2):
        with pytest.raises(InputError, match="cut off"):
            read_photo(content[:-missing])


def test_a_progressive_jpeg_without_its_last_scan_is_refused():
    content = jpeg(progressive=True)
    scan = content.rindex(b"\xff\xda")
    for end in (b"", b"\xff"):
        with pytest.raises(InputError, match="cut off"):
            read_photo(content[: content.rindex(b"\xff\xc4", 0, scan)] + end)


def test_a_reduced_jpeg_without_its_end_is_whole_too(tmp_path):
    buffer = io.BytesIO()
    noise(size=(900, 700)).save(buffer, "JPEG")
    content = buffer.getvalue()
    whole = read_photo(content, needed_wh=lambda wh: (90, 70))
    cut = read_photo(content[:-2], needed_wh=lambda wh: (90, 70))
    assert np.array_equal(cut.pixels, whole.pixels) and cut.own_wh == (900, 700)


def test_bytes_behind_the_end_are_no_damage():
    content = jpeg()
    for tail in (b"\0" * 3000, b"\xff\xd9", jpeg("L")):
        assert np.array_equal(read_photo(content + tail).pixels, read_photo(content).pixels)


def test_the_previews_in_a_jpeg_do_not_count(tmp_path):
    exif = Image.Exif()
    buffer = io.BytesIO()
    noise().save(buffer, "MPO", save_all=True, append_images=[noise(size=(30, 20))], exif=exif)
    photo = read_photo(buffer.getvalue())
    assert (photo.width, photo.height) == (67, 45) and photo.warnings == ()


@pytest.mark.parametrize(
    ("marker", "bits", "word"),
    [(0xC1, 12, "12 bits"), (0xC3, 16, "lossless, 16 bits"), (0xC5, 12, "hierarchical")],
)
def test_rare_kinds_of_jpeg_are_named(marker, bits, word):
    content = jpeg()
    frame = content.index(b"\xff\xc0")
    changed = content[:frame] + bytes([0xFF, marker]) + content[frame + 2 : frame + 4]
    changed += bytes([bits]) + content[frame + 5 :]
    with pytest.raises(InputError, match=word):
        read_photo(changed)


def test_jpeg_ls_is_named():
    with pytest.raises(InputError, match="JPEG-LS"):
        read_photo(jpeg().replace(b"\xff\xc0", b"\xff\xf7", 1))


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("options", KINDS)
@pytest.mark.parametrize("behind", [b"", b"bytes behind it \xff\xd9"])
def test_a_mark_of_the_end_does_not_make_a_jpeg_whole(mode, options, behind):
    content = jpeg(mode, **options)
    for missing in (len(content) // 3, len(content) // 2):
        with pytest.raises(InputError, match="cut off"):
            read_photo(content[:-missing] + b"\xff\xd9" + behind)


def test_bytes_that_are_missing_in_the_middle_are_missed():
    content = jpeg()
    middle = len(content) // 2
    with pytest.raises(InputError, match="cut off"):
        read_photo(content[:middle] + content[middle + 500 :])


def test_a_jpeg_without_any_pixels_is_no_grey_picture():
    content = jpeg()
    scan = content.index(b"\xff\xda")
    with pytest.raises(InputError, match="cut off"):
        read_photo(content[: scan + 14] + b"\xff\xd9")


@pytest.mark.parametrize("options", KINDS)
def test_a_grey_corner_is_no_damage(options):
    drawn = np.asarray(noise()).copy()
    drawn[20:, 30:] = 128
    buffer = io.BytesIO()
    Image.fromarray(drawn).save(buffer, "JPEG", quality=90, **options)
    photo = read_photo(buffer.getvalue())
    assert photo.warnings == ()
    with Image.open(buffer) as image:
        assert np.array_equal(photo.pixels, np.asarray(image))
