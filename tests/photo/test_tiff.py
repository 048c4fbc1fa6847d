"""TIFF files of every layout: the right picture, or a refusal in words."""

import itertools
import struct

import numpy as np
import pytest
from made_tiff import page, tiff
from PIL import Image

from nostalgia.errors import InputError
from nostalgia.photo.reader import read_photo

SIZE = (33, 21)
"""Width and height; odd, so that rows of 1, 2, 4 and 12 bits end inside a byte."""


def shares(channels):
    """A picture as shares 0..1, (H, W, C): a slope in each channel, in its own direction."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    slopes = [x / (SIZE[0] - 1), y / (SIZE[1] - 1), (x + y) / (sum(SIZE) - 2), 0 * x + 0.25]
    return np.stack(slopes[:channels], -1)


def stored(values, bits):
    if bits == "float16" or bits == "float32" or bits == "float64":
        return values.astype(bits)
    return np.rint(values * (2**bits - 1)).astype(np.uint32)


def count(bits):
    return int(str(bits).removeprefix("float"))


def read(content, tmp_path):
    (tmp_path / "scan.tif").write_bytes(content)
    return read_photo(tmp_path / "scan.tif")


def as_rgb(values):
    return np.broadcast_to(values, (*values.shape[:2], 3)) * 255


DEPTHS = [1, 2, 4, 8, 10, 12, 14, 16, 32, "float16", "float32", "float64"]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("bits", DEPTHS)
@pytest.mark.parametrize("deflate", [False, True])
def test_grey_is_black_or_white_at_zero_as_the_file_says(tmp_path, bits, deflate, order):
    full = 1 if isinstance(bits, str) else 2**bits - 1
    values = stored(shares(1), bits)
    for photometric, expected in ((0, 1 - values / full), (1, values / full)):
        made = page(values, photometric, count(bits), deflate=deflate, order=order)
        photo = read(tiff(made, order=order), tmp_path)
        assert np.abs(photo.pixels - as_rgb(expected)).max() <= 1, photometric
        assert photo.warnings == ()


@pytest.mark.parametrize("bits", DEPTHS)
@pytest.mark.parametrize(
    ("planar", "deflate", "tile"),
    [*itertools.product([False, True], [False, True], [None, (16, 16)])],
)
def test_colours_lie_side_by_side_or_in_planes(tmp_path, bits, planar, deflate, tile):
    values = stored(shares(3), bits)
    made = page(values, 2, count(bits), planar=planar, deflate=deflate, tile=tile)
    photo = read(tiff(made), tmp_path)
    full = 1 if isinstance(bits, str) else 2**bits - 1
    assert np.abs(photo.pixels - values / full * 255).max() <= 1


@pytest.mark.parametrize("bits", [8, 16, "float32"])
@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize("kind", [0, 1, 2])
def test_extra_channels_are_alpha_only_if_they_say_so(tmp_path, bits, planar, kind):
    values = shares(4)
    if kind == 1:
        values[..., :3] *= 0.25
    photo = read(
        tiff(page(stored(values, bits), 2, count(bits), planar=planar, t338=kind)), tmp_path
    )
    expected = shares(3) if kind == 0 else shares(3) * 0.25 + 0.75
    assert np.abs(photo.pixels - expected * 255).max() <= (2 if kind == 1 else 1)


@pytest.mark.parametrize("bits", [8, 16])
def test_grey_with_alpha_and_white_at_zero(tmp_path, bits):
    values = np.concatenate([1 - shares(1), np.full_like(shares(1), 0.25)], 2)
    photo = read(tiff(page(stored(values, bits), 0, bits, t338=2)), tmp_path)
    assert np.abs(photo.pixels - as_rgb(shares(1) * 0.25 + 0.75)).max() <= 1


@pytest.mark.parametrize("bits", [8, 16])
def test_differences_between_neighbours_are_undone(tmp_path, bits):
    values = stored(shares(3), bits)
    differences = np.diff(values.astype(np.int64), axis=1, prepend=0) % 2**bits
    made = page(differences.astype(np.uint32), 2, bits, deflate=True, t317=2)
    assert np.abs(read(tiff(made), tmp_path).pixels - shares(3) * 255).max() <= 1


@pytest.mark.parametrize("bits", [8, 16])
def test_cmyk_and_palettes_of_every_depth(tmp_path, bits):
    values = shares(4)
    made = page(stored(values, bits), 5, bits, planar=True)
    expected = (1 - values[..., :3]) * 0.75 * 255
    assert np.abs(read(tiff(made), tmp_path).pixels - expected).max() <= 2
    colours = np.arange(3 * 16).reshape(3, 16) * 1365
    index = stored(shares(1), 4)
    palette = page(index, 3, 4, t320=tuple(colours.ravel().tolist()))
    wanted = colours.T[index[..., 0]] / 65535 * 255
    assert np.abs(read(tiff(palette), tmp_path).pixels - wanted).max() <= 1


def test_lab_of_16_bits_is_that_of_8_bits(tmp_path):
    light = stored(shares(1), 8)
    tint = np.full((*light.shape[:2], 2), 20, np.uint32)
    eight = read(tiff(page(np.concatenate([light, tint], 2), 8, 8)), tmp_path).pixels
    deep = np.concatenate([light * 257, tint * 256], 2)
    assert np.abs(read(tiff(page(deep, 8, 16)), tmp_path).pixels - eight.astype(int)).max() <= 2


def test_orientation_and_packed_differences_of_deep_files(tmp_path):
    values = stored(shares(3), 16)
    photo = read(tiff(page(values, 2, 16, planar=True, t274=6)), tmp_path)
    assert np.abs(photo.pixels - np.rot90(values, -1) / 257).max() <= 1
    assert (photo.width, photo.height) == SIZE[::-1]


def test_a_12_bit_scan_in_16_bits_is_stretched_in_words(tmp_path):
    for channels, photometric in ((1, 1), (3, 2)):
        photo = read(tiff(page(stored(shares(channels), 12), photometric, 16)), tmp_path)
        assert photo.pixels.max() > 250 and "12 of 16 bits" in photo.warnings[0]


def test_a_few_floating_point_values_beyond_white_do_not_blacken_the_rest(tmp_path):
    values = shares(1).astype(np.float32)
    values[0, 0] = 3.5
    photo = read(tiff(page(values, 1, 32)), tmp_path)
    assert np.abs(photo.pixels[1:] - as_rgb(shares(1))[1:]).max() <= 1
    assert "clipped" in photo.warnings[0]


@pytest.mark.parametrize(
    ("made", "word"),
    [
        (page(stored(shares(3), 8), 2, 8, t259=50001), "rare compression"),
        (page(stored(shares(3), 16), 6, 16), "rare kind of colours"),
        (page(stored(shares(1), 16), 1, 16, t339=2), "with a sign"),
        (page(stored(shares(1), 16), 1, 16, t339=6), "numbers of 16 bits"),
        (page(stored(shares(4), 8), 5, 8, t332=2), "other inks"),
    ],
)
def test_what_is_not_surely_read_right_is_refused_with_a_remedy(tmp_path, made, word):
    with pytest.raises(InputError, match=word) as caught:
        read(tiff(made), tmp_path)
    assert "save it as an 8-bit TIFF or PNG" in str(caught.value)


@pytest.mark.parametrize("deflate", [False, True])
def test_missing_and_cut_off_strips_are_damage(tmp_path, deflate):
    entries, blocks, _ = page(stored(shares(3), 16), 2, 16, planar=True, deflate=deflate)
    with pytest.raises(InputError, match="damaged"):
        read(tiff((entries, blocks[:-1], False)), tmp_path)
    if deflate:
        with pytest.raises(InputError, match="cut off"):
            read(tiff((entries, [*blocks[:-1], blocks[-1][:20]], False)), tmp_path)


def test_more_tiles_than_the_file_holds_are_refused_at_once(tmp_path):
    entries, blocks, _ = page(stored(shares(3), 16), 2, 16, tile=(16, 16))
    entries |= {256: 10_000, 257: 10_000, 322: 1, 323: 1}
    with pytest.raises(InputError, match="tiles are missing"):
        read(tiff((entries, blocks, True)), tmp_path)


SMALL = (stored(shares(3), 8)[::3, ::3], 2, 8)
LARGE = (stored(shares(3), 8), 2, 8)
OTHER = (stored(1 - shares(3), 8), 2, 8)


@pytest.mark.parametrize("mark", [{"t254": 1}, {"t255": 2}])
def test_reduced_pages_are_passed_over_without_a_word(tmp_path, mark):
    for pages in (
        [page(*SMALL, **mark), page(*LARGE)],
        [page(*LARGE), page(*SMALL, **mark)],
        [page(*LARGE[:2], 8, t254=4), page(*LARGE)],
    ):
        photo = read(tiff(*pages), tmp_path)
        assert np.abs(photo.pixels - LARGE[0].astype(int)).max() <= 1
        assert photo.warnings == ()


def test_a_small_page_before_a_larger_one_is_passed_over_with_a_word(tmp_path):
    photo = read(tiff(page(*SMALL), page(*LARGE)), tmp_path)
    assert np.abs(photo.pixels - LARGE[0].astype(int)).max() <= 1
    assert "first picture is small" in photo.warnings[0]


def test_of_several_whole_pages_the_first_is_taken_with_a_word(tmp_path):
    photo = read(tiff(page(*LARGE), page(*OTHER)), tmp_path)
    assert np.array_equal(photo.pixels, LARGE[0].astype(np.uint8))
    assert "several pictures: the first one was used" in photo.warnings[0]


@pytest.mark.parametrize("bits", [8, 16])
def test_the_picture_may_lie_in_a_sub_directory(tmp_path, bits):
    for mark in ({"t254": 1}, {}):
        part = page(stored(shares(3), bits), 2, bits)
        photo = read(tiff(page(*SMALL, t274=3, **mark), sub=part), tmp_path)
        assert np.abs(photo.pixels - shares(3)[::-1, ::-1] * 255).max() <= 1


def test_reduced_copies_in_a_sub_directory_are_passed_over(tmp_path):
    photo = read(tiff(page(*LARGE), sub=page(*SMALL, t254=1)), tmp_path)
    assert photo.width == SIZE[0] and photo.warnings == ()


@pytest.mark.parametrize(
    ("first", "part"),
    [
        ({"t50706": (1, 4, 0, 0)}, {}),
        ({"t254": 1}, {"photometric": 32803}),
        ({"t254": 1}, {"photometric": 34892}),
        ({"t254": 1}, {"t259": 34713}),
    ],
)
def test_raw_files_of_cameras_are_named(tmp_path, first, part):
    photometric = part.pop("photometric", 2)
    made = page(stored(shares(3), 8), photometric, 8, **part)
    with pytest.raises(InputError, match="camera raw file.*darktable"):
        read(tiff(page(*SMALL, **first), sub=made), tmp_path)


def test_a_tiff_with_only_a_reduced_page_is_refused(tmp_path):
    with pytest.raises(InputError, match="reduced copy"):
        read(tiff(page(*SMALL, t254=1)), tmp_path)


def test_pages_that_follow_themselves_end(tmp_path):
    content = bytearray(tiff(page(*LARGE), page(*OTHER)))
    content[-4:] = content[4:8]
    assert "several" in read(bytes(content), tmp_path).warnings[0]


def test_compressed_files_of_pillow_are_read_as_they_were(tmp_path):
    rgb = np.rint(shares(3) * 255).astype(np.uint8)
    deep = np.rint(shares(1)[..., 0] * 65535).astype(np.uint16)
    for compression in (None, "tiff_lzw", "packbits", "tiff_adobe_deflate", "lzma"):
        Image.fromarray(rgb).save(tmp_path / "a.tif", compression=compression)
        assert np.array_equal(read_photo(tmp_path / "a.tif").pixels, rgb)
        Image.fromarray(deep).save(tmp_path / "b.tif", compression=compression)
        pixels = read_photo(tmp_path / "b.tif").pixels
        assert np.abs(pixels - as_rgb(shares(1))).max() <= 1


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("planar", [False, True])
def test_rows_as_they_are_need_no_count_of_their_bytes(tmp_path, bits, planar):
    values = stored(shares(3), bits)
    content = tiff(page(values, 2, bits, planar=planar))
    place = content.index(struct.pack("<HH", 279, 4))
    uncounted = content[:place] + struct.pack("<H", 60_000) + content[place + 2 :]
    assert np.array_equal(read(uncounted, tmp_path).pixels, read(content, tmp_path).pixels)


def test_a_palette_of_8_bits_by_mistake_is_not_black(tmp_path):
    numbers = np.arange(33 * 21).reshape(21, 33) % 200
    colours = np.random.default_rng(1).integers(0, 256, (3, 256))
    made = page(numbers[..., None], 3, 8, t320=tuple(int(v) for v in colours.ravel()))
    assert np.array_equal(read(tiff(made), tmp_path).pixels, colours.T[numbers])


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_file_of_64_bits_is_not_called_damaged(tmp_path, order):
    values = stored(shares(1), 16)
    pixels = values.astype(f"{order}u2").tobytes()
    start = (b"II" if order == "<" else b"MM") + struct.pack(order + "HHHQ", 43, 8, 0, 16)
    tags = {
        256: SIZE[0], 257: SIZE[1], 258: 16, 259: 1, 262: 1, 273: 16 + 8 + 20 * 9 + 8, 277: 1,
        278: SIZE[1], 279: len(pixels),
    }  # fmt: skip
    entries = b"".join(
        struct.pack(order + "HHQQ", tag, 16, 1, value) for tag, value in tags.items()
    )
    directory = struct.pack(order + "Q", len(tags)) + entries + bytes(8)
    photo = read(start + directory + pixels, tmp_path)
    assert photo.warnings == ()
    assert np.abs(photo.pixels - as_rgb(values / 65535)).max() <= 1
