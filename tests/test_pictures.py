"""The committed pictures agree with the code, and are small enough for a first screen."""

import runpy
from pathlib import Path

import pytest
from PIL import Image

DOCS = Path(__file__).parents[1] / "docs"


def test_the_drawing_of_the_house_shows_the_imports_of_the_code() -> None:
    pytest.importorskip("grimp")
    script = runpy.run_path(str(DOCS / "draw_house.py"))
    drawn = (DOCS / "house.svg").read_text(encoding="utf-8")
    assert drawn == script["house"](), "run: python docs/draw_house.py"


def test_the_looping_picture_is_small_and_moves() -> None:
    loop = DOCS / "loop.webp"
    assert loop.stat().st_size < 1_000_000
    with Image.open(loop) as picture:
        assert picture.n_frames > 60
        assert picture.info["loop"] == 0
        assert 360 <= picture.width <= 480
