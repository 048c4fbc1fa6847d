"""What the name of a picture file says, and what it does not."""

from dataclasses import replace

import pytest
from album_entries import ANNA

from nostalgia.album.pages.captions import file_caption, picture_title

MACHINE_NAMES = [
    "IMG_1234.jpg", "img_1234.JPG", "scan0001.tif", "Scan 12.png", "SCAN_20190304_0001.jpg",
    "DSC_0023.JPG", "DSC00412.jpg", "DSCN0412.jpg", "P1010023.JPG", "_MG_1234.jpg",
    "PXL_20201010_1.jpg",
    "20190304_123456.jpg", "1234.jpg", "2019-03-04 12.34.56.jpg", "IMG-20200101-WA0001.jpg",
    "WhatsApp Image 2020-01-01 at 12.00.00.jpeg", "FB_IMG_1512345678901.jpg", "image001.png",
    "Screenshot_20200101-120000.png", "photo_2020-01-01_12-00-00.jpg", "received_10153.jpeg",
    "3fa85f64-5717-4562-b3fc-2c963f66afa6.jpg", "1bz3f1s.jpeg", "a1b2c3d4e5f60718.jpg",
    "unnamed.jpg",
    "download (1).jpg", "Foto 3.jpg", "bild1.jpg", "Num\u00e9risation_0001.jpg", "EPSON001.JPG",
    "HPSCAN0001.jpg", "CCF10052020_0001.jpg", "KODAK_0012.jpg", "image-copy-2.jpg", "scan.jpg",
    "\u0444\u043e\u0442\u043e 12.jpg", "fullsizeoutput_12ab.jpeg", "GOPR0001.JPG",
    "old photo 1.jpg",
]  # fmt: skip


@pytest.mark.parametrize("name", MACHINE_NAMES)
def test_a_name_that_a_machine_gave_is_no_caption(name: str) -> None:
    assert file_caption(name) == ""


@pytest.mark.parametrize(
    ("name", "caption"),
    [
        ("our_harvest-1912.jpg", "Our harvest 1912"),
        ("Grandma at the sea.jpg", "Grandma at the sea"),
        ("IMG_1234 Grandma at the sea.jpg", "Grandma at the sea"),
        ("Opa.jpg", "Opa"),
        ("ANNA_1912.jpg", "ANNA 1912"),
        ("hochzeit.tif", "Hochzeit"),
        ("\u5bb6\u65cf.jpg", "\u5bb6\u65cf"),
        ("St. Mary's, 1905.jpg", "St. Mary's, 1905"),
    ],
)
def test_a_name_that_somebody_gave_is_one(name: str, caption: str) -> None:
    assert file_caption(name) == caption


def test_the_name_of_the_person_is_not_repeated() -> None:
    assert file_caption("anna-weiss.jpg", "Anna Weiss") == ""
    assert file_caption("Anna Wei\u00df 1931.jpg", "Anna Wei\u00df") == "Anna Wei\u00df 1931"


def test_a_title_comes_first() -> None:
    assert picture_title(ANNA) == "At the sea"


def test_the_persons_own_name_is_no_caption() -> None:
    assert picture_title(replace(ANNA, title=ANNA.name)) == ""
    assert picture_title(replace(ANNA, title=f"{ANNA.name} at sea")) == f"{ANNA.name} at sea"
