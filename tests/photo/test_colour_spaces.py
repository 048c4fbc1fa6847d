"""Colour spaces: profiles at every depth, PNG's chunks, the numbers of video, JPEG 2000's boxes."""

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from made_tiff import page, tiff
from PIL import Image, ImageCms, features

from nostalgia.errors import InputError
from nostalgia.photo.colour_profiles import profile_of_code_points, profile_of_gamma
from nostalgia.photo.reader import read_photo

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
P3 = (0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
LINEAR = profile_of_gamma(1.0, None)
DISPLAY_P3 = profile_of_code_points(12, 13)


def shown():
    """A slope in sRGB, as shares 0..1: float64 (24, 32, 3)."""
    y, x = np.mgrid[0:24, 0:32]
    return np.stack([x / 31, y / 23, (x + y) / 54], -1)


def linear(share):
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def codes(share, bits=8):
    return np.rint(share * (2**bits - 1)).astype(np.uint8 if bits == 8 else np.uint16)


def with_chunks(image, *chunks):
    """A PNG with chunks (type, data) before its pixels."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    content = buffer.getvalue()
    made = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return content[:33] + made + content[33:]


LINEAR_LIGHT = (b"iCCP", b"any\0\0" + zlib.compress(LINEAR))


def deep_png(values, *chunks):
    """A PNG of 16 bits, grey or RGB, which Pillow does not write. chunks: between its own."""
    height, width = values.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    colours = 2 if values.ndim == 3 else 0
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 16, colours, 0, 0, 0)),
        *chunks,
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def gamma(value):
    return b"gAMA", struct.pack(">I", round(value * 100_000))


def primaries(values):
    return b"cHRM", struct.pack(">8I", *(round(v * 100_000) for v in values))


def by_profile(share, profile):
    picture = Image.fromarray(codes(share))
    converted = ImageCms.profileToProfile(picture, io.BytesIO(profile), io.BytesIO(SRGB))
    return np.asarray(converted).astype(int)


def difference(content, expected):
    return np.abs(read_photo(content).pixels.astype(int) - expected).max()


def named_srgb(profile):
    """The profile, called sRGB: as GIMP's linear one, whose name says it as well."""
    text = "My sRGB".encode("utf-16-be")
    body = b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(text), 28) + text
    count = struct.unpack(">I", profile[128:132])[0]
    entries = [struct.unpack(">4sII", profile[132 + 12 * n :][:12]) for n in range(count)]
    moved = [(tag, offset + 12, size) for tag, offset, size in entries]
    moved.append((b"desc", len(profile) + 12, len(body)))
    table = b"".join(struct.pack(">4sII", *entry) for entry in moved)
    data = profile[132 + 12 * count :] + body
    size = struct.pack(">I", len(profile) + 12 + len(body))
    return size + profile[4:128] + struct.pack(">I", count + 1) + table + data


def test_what_is_called_srgb_is_compared_not_believed():
    made = named_srgb(LINEAR)
    name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(made)))
    assert "sRGB" in name
    buffer = io.BytesIO()
    Image.fromarray(codes(linear(shown()))).save(buffer, "PNG", icc_profile=made)
    light = shown() > 0.1  # 8 bits of linear light are too few below
    assert np.abs(read_photo(buffer.getvalue()).pixels - shown() * 255)[light].max() <= 6


def test_what_is_srgb_under_any_name_leaves_every_pixel():
    for profile in (
        SRGB,
        profile_of_gamma(None, tuple(v + 0.004 for v in (0.3127, 0.3290)) + P3[2:]),
    ):
        buffer = io.BytesIO()
        Image.fromarray(codes(shown())).save(buffer, "PNG", icc_profile=profile)
        same = np.array_equal(read_photo(buffer.getvalue()).pixels, codes(shown()))
        assert same == (profile is SRGB)


@pytest.mark.parametrize("bits", [8, 16, 32])
def test_profiles_hold_at_every_depth_of_a_tiff(bits):
    values = linear(shown())
    stored = values.astype(np.float32) if bits == 32 else codes(values, bits)
    grey, rgb = stored[..., :1], stored
    photo = read_photo(tiff(page(rgb, 2, bits, t34675=LINEAR)))
    part = shown() > (0.1 if bits == 8 else 0)
    assert np.abs(photo.pixels - shown() * 255)[part].max() <= (6 if bits == 8 else 2)
    # A grey picture may carry the profile of its program, which is for RGB.
    photo = read_photo(tiff(page(grey, 1, bits, t34675=LINEAR)))
    expected = np.broadcast_to(shown()[..., :1] * 255, photo.pixels.shape)
    part = np.broadcast_to(part[..., :1], photo.pixels.shape)
    assert np.abs(photo.pixels - expected)[part].max() <= (6 if bits == 8 else 2)


def test_linear_light_of_16_bits_in_a_png_keeps_its_shadows():
    photo = read_photo(deep_png(codes(linear(shown()), 16), LINEAR_LIGHT))
    assert np.abs(photo.pixels - shown() * 255).max() <= 2


def test_gamma_and_primaries_of_a_png_count():
    image = Image.fromarray(codes(linear(shown())))
    light = shown() > 0.1
    pixels = read_photo(with_chunks(image, gamma(1.0))).pixels
    assert np.abs(pixels - shown() * 255)[light].max() <= 6
    image = Image.fromarray(codes(shown()))
    wide = with_chunks(image, gamma(1 / 2.2), primaries(P3))
    expected = by_profile(shown(), profile_of_gamma(1 / 2.2, P3))
    assert difference(wide, expected) <= 1
    assert np.abs(expected - codes(shown())).max() > 20


def test_the_usual_gamma_is_that_of_srgb():
    image = Image.fromarray(codes(shown()))
    srgb = primaries((0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06))
    for chunks in ([gamma(1 / 2.2)], [gamma(0.45455), srgb], [srgb], [gamma(0)], []):
        assert difference(with_chunks(image, *chunks), codes(shown())) == 0


def icc(profile):
    return b"iCCP", b"name\0\0" + zlib.compress(profile)


CICP_P3, CICP_SRGB = (b"cICP", bytes([12, 13, 0, 1])), (b"cICP", bytes([1, 13, 0, 1]))
CICP_UNKNOWN = (b"cICP", bytes([2, 2, 0, 1]))
SRGB_CHUNK = (b"sRGB", b"\0")


@pytest.mark.parametrize(
    ("chunks", "profile"),
    [
        ([CICP_P3], DISPLAY_P3),
        ([CICP_P3, icc(LINEAR), SRGB_CHUNK, gamma(1.0)], DISPLAY_P3),
        ([CICP_SRGB, icc(LINEAR)], None),
        ([CICP_UNKNOWN, icc(LINEAR)], LINEAR),
        ([icc(DISPLAY_P3), SRGB_CHUNK, gamma(1.0)], DISPLAY_P3),
        ([SRGB_CHUNK, gamma(1.0), primaries(P3)], None),
    ],
)
def test_chunks_of_colour_take_precedence_as_png_orders_them(chunks, profile):
    image = Image.fromarray(codes(shown()))
    expected = codes(shown()) if profile is None else by_profile(shown(), profile)
    for order in (chunks, chunks[::-1]):
        assert difference(with_chunks(image, *order), expected) <= 1


@pytest.mark.parametrize(
    ("chunk", "word"),
    [(bytes([9, 16, 0, 1]), "PQ"), (bytes([9, 18, 0, 1]), "HLG"), (bytes([1, 1, 1, 0]), "video"),
     (bytes([99, 13, 0, 1]), "rare colour space")],
)  # fmt: skip
def test_high_range_and_rare_spaces_are_refused_by_name(chunk, word):
    image = Image.fromarray(codes(shown()))
    with pytest.raises(InputError, match=word):
        read_photo(with_chunks(image, (b"cICP", chunk)))


def text_chunks(size):
    noise = np.random.default_rng(1).integers(32, 126, size, np.uint8).tobytes()
    yield b"tEXt", b"Comment\0" + noise
    yield b"zTXt", b"Comment\0\0" + zlib.compress(noise)
    yield b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(noise)
    yield b"zTXt", b"Bomb\0\0" + zlib.compress(b"x" * size * 9)


def test_large_texts_and_profiles_are_no_damage():
    image = Image.fromarray(codes(shown()))
    padded = DISPLAY_P3 + b"\0" * 3_000_000
    padded = struct.pack(">I", len(padded)) + padded[4:]
    expected = by_profile(shown(), DISPLAY_P3)
    for size in (2_000_000, 900_000):
        content = with_chunks(image, *text_chunks(size), icc(padded), *text_chunks(size))
        photo = read_photo(content)
        assert np.abs(photo.pixels - expected).max() <= 1 and photo.warnings == ()


def test_many_texts_are_bounded_in_sum_and_small_ones_stay():
    image = Image.fromarray(codes(shown()))
    xmp = (
        b"XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF"
        b" xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description"
        b" xmlns:tiff='http://ns.adobe.com/tiff/1.0/'"
        b' tiff:Orientation="3"/></rdf:RDF></x:xmpmeta>'
    )
    many = [(b"zTXt", b"a\0\0" + zlib.compress(b"x" * 900_000))] * 90
    photo = read_photo(with_chunks(image, (b"iTXt", xmp), *many))
    assert np.array_equal(photo.pixels, codes(shown())[::-1, ::-1])


def test_a_profile_that_unpacks_without_end_is_named_and_ignored():
    image = Image.fromarray(codes(shown()))
    photo = read_photo(with_chunks(image, icc(b"\0" * 200_000_000)))
    assert np.array_equal(photo.pixels, codes(shown()))
    assert "profile is broken" in photo.warnings[0]


def test_the_gamma_of_an_opened_png_counts_too():
    image = Image.open(io.BytesIO(with_chunks(Image.fromarray(codes(linear(shown()))), gamma(1.0))))
    light = shown() > 0.1
    assert np.abs(read_photo(image).pixels - shown() * 255)[light].max() <= 6


def box(kind, content):
    return struct.pack(">I4s", len(content) + 8, kind) + content


needs_jpeg_2000 = pytest.mark.skipif(not features.check("jpg_2000"), reason="no OpenJPEG")


def jp2(colours=None):
    buffer = io.BytesIO()
    Image.fromarray(codes(shown())).save(buffer, "JPEG2000", irreversible=False)
    content = buffer.getvalue()
    if colours is None:
        return content
    start = content.index(b"colr") - 4
    size = struct.unpack(">I", content[start : start + 4])[0]
    made = box(b"colr", colours)
    header = content.index(b"jp2h") - 4
    length = struct.unpack(">I", content[header : header + 4])[0] - size + len(made)
    changed = content[:header] + struct.pack(">I", length) + content[header + 4 : start]
    return changed + made + content[start + size :]


@needs_jpeg_2000
def test_jpeg_2000_is_read_with_its_profile():
    assert difference(jp2(), codes(shown())) == 0
    assert difference(jp2(b"\2\0\0" + DISPLAY_P3), by_profile(shown(), DISPLAY_P3)) <= 1
    content = jp2()
    stream = content[content.index(b"\xff\x4f\xff\x51") :]
    assert difference(stream, codes(shown())) == 0
    with pytest.raises(InputError, match="rare colour space"):
        read_photo(jp2(b"\1\0\0" + struct.pack(">I", 14)))


@needs_jpeg_2000
@pytest.mark.parametrize("channels", [3, 4])
def test_jpeg_2000_of_16_bits_in_colour_keeps_its_white(tmp_path, channels):
    values = np.full((24, 32, channels), 65_535, np.uint16)
    values[:12, :, :3] = codes(shown(), 16)[:12]
    values = values.repeat(8, 0).repeat(8, 1)  # OpenCV writes no small ones
    cv2.imwrite(str(tmp_path / "a.jp2"), values[..., [2, 1, 0, 3][:channels]])
    if channels == 4:
        with pytest.raises(InputError, match="4 channels with 16 bits"):
            read_photo(tmp_path / "a.jp2")
    else:
        assert np.abs(read_photo(tmp_path / "a.jp2").pixels - values / 257).max() <= 1


@needs_jpeg_2000
def test_jpeg_2000_of_16_bits(tmp_path):
    values = codes(shown()[..., 0], 16)
    Image.fromarray(values).save(tmp_path / "a.jp2", irreversible=False)
    expected = np.repeat(values[..., None] / 257, 3, 2)
    assert np.abs(read_photo(tmp_path / "a.jp2").pixels - expected).max() <= 1


def heif_boxes(primaries_, transfer, picture=2):
    """The boxes of a HEIC file that give item 2 its colours, and item 1 others."""
    other = box(b"colr", b"nclx" + struct.pack(">HHHB", 9, 16, 9, 128))
    own = box(b"colr", b"nclx" + struct.pack(">HHHB", primaries_, transfer, 1, 128))
    links = struct.pack(">IIHBBHBB", 0, 2, 1, 1, 1, 2, 1, 0x82)
    properties = box(b"iprp", box(b"ipco", other + own) + box(b"ipma", links))
    item = box(b"pitm", struct.pack(">IH", 0, picture))
    kind = box(b"ftyp", b"heic\0\0\0\0mif1heic")
    return kind + box(b"meta", b"\0" * 4 + item + properties)


def test_the_numbers_of_a_heic_are_those_of_its_main_picture():
    from nostalgia.photo.media_boxes import heif_profile
    from nostalgia.photo.refusal import RefusedError

    assert heif_profile(io.BytesIO(heif_boxes(12, 13))) == DISPLAY_P3
    assert heif_profile(io.BytesIO(heif_boxes(1, 13))) is None
    with pytest.raises(RefusedError, match="PQ"):
        heif_profile(io.BytesIO(heif_boxes(12, 13, picture=1)))
    for cut in range(0, 150, 7):
        heif_profile(io.BytesIO(heif_boxes(1, 13)[:cut]))


@pytest.mark.skipif(not features.check("avif"), reason="no AVIF")
def test_the_numbers_of_an_avif_count():
    buffer = io.BytesIO()
    Image.fromarray(codes(shown())).save(buffer, "AVIF", quality=100, subsampling="4:4:4")
    content = buffer.getvalue()
    plain = read_photo(content).pixels.astype(int)
    place = content.index(b"nclx") + 4
    wide = content[:place] + struct.pack(">H", 12) + content[place + 2 :]
    expected = by_profile(plain / 255, DISPLAY_P3)
    assert difference(wide, expected) <= 1


@pytest.mark.parametrize("linear_light", [False, True])
@pytest.mark.parametrize("colours", ["grey", "RGB"])
def test_one_colour_of_16_bits_may_be_transparent_but_not_its_neighbour(colours, linear_light):
    values = np.full((24, 32, 3), 40_000, np.uint16)
    values[4:9, 4:9] = clear = (4660, 5000, 6000)
    values[12:20, 12:20] = (4661, 5000, 6000)
    if colours == "grey":
        values, clear = values[..., 0], clear[:1]
    transparent = (b"tRNS", struct.pack(f">{len(clear)}H", *clear))
    chunks = [LINEAR_LIGHT, transparent] if linear_light else [transparent]
    pixels = read_photo(deep_png(values, *chunks)).pixels
    assert (pixels[4:9, 4:9] == 255).all()
    assert (pixels[12:20, 12:20] < 100).all()


@pytest.mark.parametrize(
    "chunk", [(b"tEXt", b"a\0b"), gamma(1.0), (b"eXIf", b"II*\0"), (b"prVt", b"any")]
)
def test_damage_beside_the_pixels_of_a_png_is_told_and_passed_over(chunk):
    picture = Image.fromarray(codes(shown()))
    content = bytearray(with_chunks(picture, chunk))
    content[33 + 8 + len(chunk[1])] ^= 1
    photo = read_photo(bytes(content))
    assert np.array_equal(photo.pixels, codes(shown()))
    assert "beside the pixels are damaged" in photo.warnings[0]


def test_the_rest_of_a_profile_in_a_jpeg_is_no_profile():
    buffer = io.BytesIO()
    profile = DISPLAY_P3 + bytes(70_000)
    Image.fromarray(codes(shown())).save(buffer, "JPEG", icc_profile=profile)
    content = buffer.getvalue()
    first = content.index(b"\xff\xe2")
    (length,) = struct.unpack(">H", content[first + 2 : first + 4])
    photo = read_photo(content[:first] + content[first + 2 + length :])
    assert "profile is broken" in photo.warnings[0]
