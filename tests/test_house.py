"""The pictures and the table that show the house agree with the code."""

import re
import runpy
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def test_the_drawing_shows_the_imports_of_the_code() -> None:
    pytest.importorskip("grimp")
    script = runpy.run_path(str(DOCS / "draw_house.py"))
    drawn = (DOCS / "house.svg").read_text(encoding="utf-8")
    assert drawn == script["house"](), "run: python docs/draw_house.py"


def test_the_table_has_every_room_and_names_modules_that_exist() -> None:
    page = (DOCS / "pipeline.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (?:\d )?`(\w+)` \|.*\| ([^|]*) \|$", page, flags=re.MULTILINE)
    package = ROOT / "nostalgia"
    rooms = {path.parent.name for path in package.glob("*/__init__.py")} | {"pipeline"}
    rooms -= {"files"}  # a folder of the ground
    assert {room for room, _ in rows} == rooms
    for room, modules in rows:
        folder = package if room == "pipeline" else package / room
        for name in re.findall(r"`([\w./]+)`", modules):
            path = folder / name if name.endswith(("/", ".py")) else folder / f"{name}.py"
            assert path.exists(), f"{room} has no {name}"


def test_the_looping_picture_of_the_first_screen_is_small_and_moves() -> None:
    first_screen = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:12]
    assert any("docs/loop.webp" in line for line in first_screen)
    loop = DOCS / "loop.webp"
    assert loop.stat().st_size < 1_000_000
    with Image.open(loop) as picture:
        assert picture.n_frames > 60
        assert picture.info["loop"] == 0
        assert 360 <= picture.width <= 480
