"""EXIF data are corrected in place: everything that is still true stays, byte for byte."""

import pytest
from PIL import Image

from nostalgia.stills.exif import corrected_exif

ORIENTATION, DESCRIPTION, EXIF, MAKER_NOTE, WIDTH, HEIGHT = 274, 270, 34665, 37500, 40962, 40963


@pytest.fixture
def block() -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[DESCRIPTION] = "Oma at the lake"
    exif.get_ifd(EXIF).update({WIDTH: 40, HEIGHT: 30, MAKER_NOTE: b"notes with places in them"})
    return exif.tobytes().removeprefix(b"Exif\0\0")


def read(block: bytes) -> Image.Exif:
    exif = Image.Exif()
    exif.load(b"Exif\0\0" + block)
    return exif


def test_the_orientation_becomes_upright_and_the_size_that_of_the_picture(block):
    found = read(corrected_exif(block, (60, 80)))
    assert found[ORIENTATION] == 1
    assert (found.get_ifd(EXIF)[WIDTH], found.get_ifd(EXIF)[HEIGHT]) == (60, 80)
    assert found[DESCRIPTION] == "Oma at the lake"


def test_all_other_bytes_stay(block):
    corrected = corrected_exif(block, (40, 30))
    differing = [
        at for at, pair in enumerate(zip(block, corrected, strict=True)) if len(set(pair)) > 1
    ]
    assert len(differing) == 1  # the orientation


def test_the_thumbnail_of_the_old_picture_is_disconnected():
    exif = Image.Exif()
    exif[ORIENTATION] = 1
    plain = bytearray(exif.tobytes().removeprefix(b"Exif\0\0"))
    following = 8 + 2 + 12
    plain[following : following + 4] = len(plain).to_bytes(
        4, "big" if plain[:2] == b"MM" else "little"
    )
    corrected = corrected_exif(bytes(plain), (1, 1))
    assert corrected[following : following + 4] == b"\0\0\0\0"


@pytest.mark.parametrize(
    "damaged",
    [b"", b"XX*\0", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff", b"II*\0\x08\0\0\0"],
)
def test_damaged_data_are_refused(damaged):
    assert corrected_exif(damaged, (10, 10)) is None


def test_an_endless_directory_ends(block):
    pointing_at_itself = bytearray(block)
    entry = block.index((EXIF).to_bytes(2, "big" if block[:2] == b"MM" else "little"))
    order = "big" if block[:2] == b"MM" else "little"
    pointing_at_itself[entry + 8 : entry + 12] = (8).to_bytes(4, order)
    assert corrected_exif(bytes(pointing_at_itself), (10, 10)) is not None
