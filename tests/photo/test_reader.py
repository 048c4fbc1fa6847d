"""`read_photo` on pictures of every format and from every kind of source, drawn here."""

import hashlib
import io
import struct
import sys
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from nostalgia.errors import InputError, PhotoTooLargeError
from nostalgia.options import PhotoOptions
from nostalgia.photo.reader import read_photo
from nostalgia.types import Photo

TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def drawing(width=64, height=48):
    """No two corners alike: red to the image's right, green downwards, a blue corner top left."""
    y, x = np.mgrid[:height, :width]
    blue = 255 * ((x < width // 3) & (y < height // 3))
    return np.stack([x * 255 // (width - 1), y * 255 // (height - 1), blue], -1).astype(np.uint8)


def grey_drawing():
    return np.asarray(Image.fromarray(drawing()).convert("L"))


def saved(image, tmp_path, name, **options):
    path = tmp_path / name
    image.save(path, **options)
    return path


def close(pixels, expected, limit=3.0):
    assert pixels.shape == expected.shape
    return np.abs(pixels.astype(float) - expected).mean() < limit


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.bmp", "a.webp", "a.jpg"])
def test_common_formats_give_the_drawing_back(tmp_path, name):
    options = {"quality": 95, "subsampling": 0} if name == "a.jpg" else {}
    options = {"lossless": True} if name == "a.webp" else options
    path = saved(Image.fromarray(drawing()), tmp_path, name, **options)
    photo = read_photo(path)
    assert close(photo.pixels, drawing(), 3 if name == "a.jpg" else 1e-9)
    assert photo.pixels.dtype == np.uint8 and photo.pixels.flags.c_contiguous
    assert photo.path == path and photo.warnings == ()
    assert photo.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif"])
def test_every_exif_orientation_is_applied(tmp_path, orientation, name):
    image = Image.fromarray(drawing())
    if orientation > 1:
        image = image.transpose(TRANSPOSE[orientation])
    exif = Image.Exif()
    exif[274] = orientation
    options = {"quality": 95, "subsampling": 0} if name == "a.jpg" else {}
    path = saved(image, tmp_path, name, exif=exif, **options)
    assert close(read_photo(path).pixels, drawing())


@pytest.mark.parametrize("value", [0, 9, 99])
def test_impossible_orientations_are_ignored(tmp_path, value):
    exif = Image.Exif()
    exif[274] = value
    path = saved(Image.fromarray(drawing()), tmp_path, "a.png", exif=exif)
    assert close(read_photo(path).pixels, drawing(), 1e-9)


def test_large_pictures_are_rotated_in_strips(tmp_path):
    tall = np.random.default_rng(0).integers(0, 255, (1500, 2000, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[274] = 6
    stored = Image.fromarray(tall).transpose(Image.Transpose.ROTATE_90)
    path = saved(stored, tmp_path, "a.png", exif=exif, compress_level=0)
    assert np.array_equal(read_photo(path).pixels, tall)


def test_cmyk_has_natural_colours(tmp_path):
    path = saved(Image.fromarray(drawing()).convert("CMYK"), tmp_path, "a.jpg", quality=95)
    assert close(read_photo(path).pixels, drawing(), 8)


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_sixteen_bits_of_grey(tmp_path, name):
    grey = grey_drawing().astype(np.uint16) * 257
    photo = read_photo(saved(Image.fromarray(grey), tmp_path, name))
    assert close(photo.pixels[..., 0], grey_drawing(), 1)
    assert photo.warnings == ()


def test_twelve_bits_in_sixteen_are_stretched_and_reported(tmp_path):
    grey = grey_drawing().astype(np.uint16) * 16
    photo = read_photo(saved(Image.fromarray(grey), tmp_path, "a.tif"))
    assert close(photo.pixels[..., 0], grey_drawing(), 2)
    assert "12 of 16 bits" in photo.warnings[0]


def test_one_hot_pixel_does_not_darken_a_twelve_bit_scan(tmp_path):
    grey = np.tile(grey_drawing().astype(np.uint16) * 16, (6, 6))
    grey[0, 0] = 65535
    photo = read_photo(saved(Image.fromarray(grey), tmp_path, "a.tif"))
    assert photo.pixels.mean() == pytest.approx(grey_drawing().mean(), abs=3)


@pytest.mark.parametrize("top", [1.0, 255.0, 4000.0])
def test_floating_point(tmp_path, top):
    values = np.linspace(0, top, 64 * 48, dtype=np.float32).reshape(48, 64)
    photo = read_photo(saved(Image.fromarray(values), tmp_path, "a.tif"))
    assert photo.pixels[0, 0, 0] == 0 and photo.pixels[-1, -1, 0] == 255
    assert close(photo.pixels[..., 0], values / top * 255, 1)


def test_values_that_are_not_finite_are_reported_and_bounded(tmp_path):
    values = np.linspace(0, 1, 64 * 48, dtype=np.float32).reshape(48, 64)
    values[3, 3:6] = np.nan, np.inf, -np.inf
    photo = read_photo(saved(Image.fromarray(values), tmp_path, "a.tif"))
    assert list(photo.pixels[3, 3:6, 0]) == [0, 255, 0]
    assert "3 of its values are not finite numbers" in photo.warnings[0]


def test_one_bit_and_grey_become_rgb(tmp_path):
    for mode in ("1", "L"):
        image = Image.fromarray(drawing()).convert(mode)
        photo = read_photo(saved(image, tmp_path, "a.png"))
        assert np.array_equal(photo.pixels, np.asarray(image.convert("RGB")))


def test_half_transparent_pixels_lie_on_white(tmp_path):
    for mode in ("RGBA", "LA"):
        image = Image.fromarray(np.zeros((4, 4, 3), np.uint8)).convert(mode)
        image.putalpha(Image.fromarray(np.array([[0, 128, 255, 255]] * 4, np.uint8)))
        photo = read_photo(saved(image, tmp_path, "a.png"))
        assert list(photo.pixels[0, :, 0]) == [255, 127, 0, 0]
        assert photo.warnings == ()


def test_full_transparency_is_ignored_and_reported(tmp_path):
    image = Image.fromarray(drawing()).convert("RGBA")
    image.putalpha(0)
    photo = read_photo(saved(image, tmp_path, "a.png"))
    assert np.array_equal(photo.pixels, drawing())
    assert "transparent" in photo.warnings[0]


def test_a_transparent_palette_colour_becomes_white(tmp_path):
    image = Image.fromarray(drawing()).quantize(16)
    index = image.getpixel((60, 40))
    photo = read_photo(saved(image, tmp_path, "a.png", transparency=index))
    assert tuple(photo.pixels[40, 60]) == (255, 255, 255)


def test_colour_profiles_are_applied(tmp_path):
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    gamma = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    for profile in (lab, gamma):
        photo = read_photo(
            saved(Image.fromarray(drawing()), tmp_path, "a.png", icc_profile=profile)
        )
        assert np.array_equal(photo.pixels, drawing())
        assert "another kind" in photo.warnings[0]


@pytest.mark.parametrize("profile", [b"noise" * 60, b"\0" * 128 + b"\xff" * 4])
def test_broken_profiles_are_ignored_and_reported(tmp_path, profile):
    path = saved(Image.fromarray(drawing()), tmp_path, "a.png", icc_profile=profile)
    photo = read_photo(path)
    assert np.array_equal(photo.pixels, drawing())
    assert "profile is broken" in photo.warnings[0]


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.tif"])
def test_the_first_of_several_pictures(tmp_path, name):
    first, second = Image.new("RGB", (9, 9), (255, 0, 0)), Image.new("RGB", (9, 9), (0, 0, 255))
    path = saved(first, tmp_path, name, save_all=True, append_images=[second])
    photo = read_photo(path)
    assert photo.pixels[4, 4, 0] > 200 and photo.pixels[4, 4, 2] < 60
    assert "several pictures" in photo.warnings[0]


@pytest.mark.parametrize("share", [0.02, 0.5, 0.85])
@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.webp", "a.gif", "a.bmp"])
def test_cut_off_files_are_refused(tmp_path, share, name):
    noise = np.random.default_rng(0).integers(0, 255, (90, 90, 3), dtype=np.uint8)
    path = saved(Image.fromarray(noise), tmp_path, name)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(InputError, match=name):
        read_photo(path)


def png_header(width, height):
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + body
        + struct.pack(">I", zlib.crc32(body))
        + struct.pack(">I4s", 0, b"IDAT")
        + struct.pack(">I", zlib.crc32(b"IDAT"))
    )


@pytest.mark.parametrize("side", [20_000, 50_000, 2**31 - 1])
def test_too_many_pixels_are_refused_from_the_header(tmp_path, side):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(side, side))
    with pytest.raises(PhotoTooLargeError, match=r"bomb\.png: \d+ x \d+ pixels are more than"):
        read_photo(path)


def test_the_limit_is_an_option_and_leaves_pillow_alone(tmp_path):
    path = saved(Image.fromarray(drawing()), tmp_path, "a.png")
    before = Image.MAX_IMAGE_PIXELS
    assert read_photo(path, PhotoOptions(max_pixels=64 * 48)).width == 64
    with pytest.raises(PhotoTooLargeError):
        read_photo(path, PhotoOptions(max_pixels=64 * 48 - 1))
    assert before == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"%PDF-1.7\n...", "PDF"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"#!/bin/sh\necho", "script"),
        (b"Dear Grandma", "text"),
        (b"\0\0\0\x18ftypisom....", "video"),
        (b"\xff\xd8\xff\xe0" + bytes(range(200)), "damaged|cut off"),
    ],
)
def test_other_files_are_refused_by_the_name_of_their_kind(tmp_path, content, word):
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    with pytest.raises(InputError, match=word) as caught:
        read_photo(path)
    assert "photo.jpg" in str(caught.value) and "\n" not in str(caught.value)


def test_heic_without_its_package_names_it(tmp_path, monkeypatch):
    path = tmp_path / "a.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(InputError, match="pip install pillow-heif"):
        read_photo(path)


def test_heic_round_trip(tmp_path):
    heif = pytest.importorskip("pillow_heif")
    heif.from_pillow(Image.fromarray(drawing())).save(tmp_path / "a.heic", quality=95)
    assert close(read_photo(tmp_path / "a.heic").pixels, drawing(), 8)


def test_the_main_picture_of_a_heic_need_not_be_the_first(tmp_path):
    heif = pytest.importorskip("pillow_heif")
    other, main = Image.fromarray(255 - drawing()), Image.fromarray(drawing())
    made = heif.HeifFile()
    for each in (other, main):
        made.add_from_pillow(each)
    made.save(tmp_path / "a.heic", quality=95, primary_index=1)
    photo = read_photo(tmp_path / "a.heic")
    assert close(photo.pixels, drawing(), 8)
    assert "several pictures: the main one" in photo.warnings[0]


def test_colours_that_a_palette_lacks_are_told(tmp_path):
    image = Image.new("P", (9, 9), 1)
    image.putpixel((4, 4), 40)
    image.putpalette([200, 10, 10] * 17)
    photo = read_photo(saved(image, tmp_path, "a.png"))
    assert "palette lacks colours" in photo.warnings[0]
    for clear in (40, b"\xff" * 40 + b"\0"):
        image.info["transparency"] = clear
        assert read_photo(image).warnings == ()


def test_standard_input_is_read(tmp_path, monkeypatch):
    path = saved(Image.fromarray(drawing()), tmp_path, "a.png")

    class Piped:
        buffer = io.BytesIO(path.read_bytes())

        def isatty(self):
            return False

    monkeypatch.setattr(sys, "stdin", Piped())
    photo = read_photo("-")
    assert photo.path is None and np.array_equal(photo.pixels, drawing())
    assert photo.sha256 == read_photo(path).sha256
    with pytest.raises(InputError, match="standard input"):
        read_photo("-")


def test_bytes_and_files_give_the_photo_of_the_path(tmp_path):
    path = saved(Image.fromarray(drawing()), tmp_path, "a.png")
    expected = read_photo(path)
    with path.open("rb") as file:
        for source in (path.read_bytes(), io.BytesIO(path.read_bytes()), file, str(path)):
            photo = read_photo(source)
            assert np.array_equal(photo.pixels, expected.pixels)
            assert photo.sha256 == expected.sha256
            assert photo.path == (path if source == str(path) else None)


class OneWay(io.RawIOBase):
    """A stream that cannot be rewound, such as a download."""

    def __init__(self, content):
        self.rest = io.BytesIO(content)

    def readable(self):
        return True

    def readinto(self, buffer):
        return self.rest.readinto(buffer)


def test_streams_that_cannot_be_rewound_are_read_from_where_they_are(tmp_path):
    content = saved(Image.fromarray(drawing()), tmp_path, "a.png").read_bytes()
    assert np.array_equal(read_photo(OneWay(content)).pixels, drawing())
    begun = io.BytesIO(b"header" + content)
    begun.seek(6)
    photo = read_photo(begun)
    assert np.array_equal(photo.pixels, drawing())
    assert photo.sha256 == hashlib.sha256(content).hexdigest()


def test_bytes_may_be_changeable_or_a_view(tmp_path):
    content = saved(Image.fromarray(drawing()), tmp_path, "a.png").read_bytes()
    for source in (bytearray(content), memoryview(content)):
        assert np.array_equal(read_photo(source).pixels, drawing())


def test_a_file_that_was_read_to_its_end_is_to_be_rewound(tmp_path):
    file = io.BytesIO()
    Image.fromarray(drawing()).save(file, "PNG")
    with pytest.raises(InputError, match=r"call seek\(0\) first"):
        read_photo(file)
    file.seek(0)
    assert np.array_equal(read_photo(file).pixels, drawing())


def test_pictures_opened_as_text_are_refused_for_that(tmp_path):
    path = saved(Image.fromarray(drawing()), tmp_path, "a.jpg")
    with path.open(encoding="utf-8") as file, pytest.raises(InputError, match="binary mode"):
        read_photo(file)


def test_sources_without_a_name_can_be_given_one_for_messages(tmp_path):
    path = tmp_path / "words.txt"
    path.write_bytes(b"Dear Grandma")
    with pytest.raises(InputError, match="^the photo: a text file"):
        read_photo(path.read_bytes())
    with pytest.raises(InputError, match=r"^upload\.png: a text file"):
        read_photo(path.read_bytes(), name="upload.png")
    with path.open("rb") as file, pytest.raises(InputError, match=r"words\.txt: a text file"):
        read_photo(file)
    with path.open() as file, pytest.raises(InputError, match="binary mode"):
        read_photo(file)


def pixels_sha256(pixels):
    return hashlib.sha256(pixels.tobytes()).hexdigest()


def test_rgb_arrays_are_copied():
    pixels = drawing()
    photo = read_photo(pixels)
    assert np.array_equal(photo.pixels, pixels)
    assert (photo.path, photo.warnings) == (None, ())
    assert photo.sha256 == pixels_sha256(pixels)
    pixels[:] = 0
    assert photo.pixels.any()
    assert np.array_equal(read_photo(drawing()[::-1, ::2]).pixels, drawing()[::-1, ::2])


def test_grey_and_transparent_arrays_become_rgb():
    grey = read_photo(grey_drawing())
    assert np.array_equal(grey.pixels, np.repeat(grey_drawing()[..., None], 3, axis=2))
    alpha = np.full((48, 64, 1), 255, np.uint8)
    alpha[:, :8] = 0
    photo = read_photo(np.concatenate([drawing(), alpha], axis=2))
    assert (photo.pixels[:, :8] == 255).all()
    assert np.array_equal(photo.pixels[:, 8:], drawing()[:, 8:])


@pytest.mark.parametrize(
    "array",
    [
        drawing().astype(np.float32),
        drawing().astype(np.uint16),
        drawing()[None],
        drawing()[..., :2],
        drawing()[0, :, 0],
        drawing()[:0],
        grey_drawing()[:, :0],
    ],
    ids=lambda array: f"{array.dtype}-{array.shape}",
)
def test_other_arrays_are_refused(array):
    with pytest.raises(InputError, match="the photo: .*(not a picture|has no pixels)"):
        read_photo(array)


@pytest.mark.parametrize("source", [None, 7, [1, 2], {"path": "a.jpg"}])
def test_other_objects_are_refused_by_the_name_of_their_type(source):
    with pytest.raises(InputError, match=f"from {type(source).__name__}; give a path"):
        read_photo(source)


def test_orientation_and_profile_of_pil_images_are_applied(tmp_path):
    exif = Image.Exif()
    exif[274] = 6
    stored = Image.fromarray(drawing()).transpose(TRANSPOSE[6])
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    path = saved(stored, tmp_path, "a.png", exif=exif, icc_profile=lab)
    with Image.open(path) as image:
        photo = read_photo(image)
        assert image.size == stored.size, "the image itself is unchanged"
    assert np.array_equal(photo.pixels, drawing())
    assert "a.png: its colour profile is for another kind" in photo.warnings[0]
    assert photo.path is None
    assert photo.sha256 == pixels_sha256(drawing())


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "CMYK", "HSV", "F"])
def test_pil_images_of_any_mode(mode):
    image = Image.fromarray(drawing()).convert(mode)
    assert close(read_photo(image).pixels, np.asarray(image.convert("RGB")), 1)


def test_pil_images_of_sixteen_bits():
    image = Image.fromarray(grey_drawing().astype(np.uint16) * 257)
    assert close(read_photo(image).pixels[..., 0], grey_drawing(), 1)


def test_the_current_frame_of_a_pil_image_is_taken(tmp_path):
    first, second = Image.new("RGB", (9, 9), (255, 0, 0)), Image.new("RGB", (9, 9), (0, 0, 255))
    path = saved(first, tmp_path, "a.gif", save_all=True, append_images=[second])
    with Image.open(path) as image:
        image.seek(1)
        photo = read_photo(image)
        assert image.tell() == 1
    assert tuple(photo.pixels[4, 4]) == (0, 0, 255) and photo.warnings == ()


def test_broken_pil_images_are_refused(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (90, 90, 3), dtype=np.uint8)
    path = saved(Image.fromarray(noise), tmp_path, "a.png")
    path.write_bytes(path.read_bytes()[:9000])
    with Image.open(path) as image, pytest.raises(InputError, match=r"a\.png: the picture is"):
        read_photo(image)
    with pytest.raises(InputError, match="has no pixels"):
        read_photo(Image.new("RGB", (0, 5)))


def test_the_size_limit_holds_for_every_source(tmp_path):
    image = Image.fromarray(drawing())
    content = saved(image, tmp_path, "a.png").read_bytes()
    limit = PhotoOptions(max_pixels=64 * 48 - 1)
    for source in (content, io.BytesIO(content), image, drawing(), grey_drawing()):
        with pytest.raises(PhotoTooLargeError):
            read_photo(source, limit)


def test_a_photo_is_returned_as_it_is():
    photo = Photo(drawing(), sha256="ab")
    assert read_photo(photo) is photo
