"""An album from the page: only of what the command line named, and never of the living."""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

pytest.importorskip("starlette", reason="the extra app is not installed")

from served_app import Served, served  # noqa: E402

from nostalgia.cli.demo import portrait_png  # noqa: E402

pytestmark = pytest.mark.slow

TREE = """0 HEAD
1 GEDC
2 VERS 5.5.1
1 CHAR UTF-8
0 @I1@ INDI
1 NAME Anna /Old/
1 BIRT
2 DATE 1850
1 DEAT
2 DATE 1920
1 OBJE
2 FILE anna.png
2 FORM png
0 @I2@ INDI
1 NAME Karl /Old/
1 DEAT
2 DATE 1930
1 OBJE
2 FILE karl.png
2 FORM png
0 @I3@ INDI
1 NAME Secret /Young/
1 BIRT
2 DATE 2001
1 OBJE
2 FILE young.png
2 FORM png
0 TRLR
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("family")
    small = Image.open(BytesIO(portrait_png())).resize((192, 192))
    for name in ("anna", "karl", "young"):
        small.rotate(len(name) - 4).save(folder / f"{name}.png")
    path = folder / "old.ged"
    path.write_text(TREE)
    return path


@pytest.fixture(scope="module")
def server(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    opened = tree.parent / "opened.txt"
    browser = tree.parent / "browser.sh"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    browser.chmod(0o755)
    folder = tmp_path_factory.mktemp("temporary")
    with served(folder, str(tree), BROWSER=str(browser)) as running:
        yield running


def album(server: Served, *states: str) -> dict[str, Any]:
    found = server.until(
        lambda items: any(i["kind"] == "album" and i["state"] in states for i in items.values())
    )
    return next(item for item in found.values() if item["kind"] == "album")


def test_the_plan_names_the_dead_and_not_the_living(server: Served) -> None:
    plan = album(server, "planned")["plan"]
    assert [(row["who"], row["picture"], row["state"]) for row in plan["rows"]] == [
        ("Anna Old", "anna.png", "animate"),
        ("Karl Old", "karl.png", "animate"),
        ("", "", "skipped-living"),
    ]
    assert plan["open"] == 2 and not plan["page"]
    assert "Secret" not in json.dumps(server.items())


def test_an_album_is_stopped_goes_on_and_is_opened(server: Served, tree: Path) -> None:
    one = album(server, "planned")["id"]
    assert server.post(f"/api/albums/{one}/open", {})[0] == 404
    assert server.post(f"/api/albums/{one}/run", {})[0] == 204
    server.until(lambda items: "done" in items[one].get("states", {}).values()
                 or items[one]["state"] == "done")  # fmt: skip
    server.post(f"/api/albums/{one}/stop", {})
    stopped = album(server, "planned", "done")
    assert stopped["plan"]["open"] < 2
    server.post(f"/api/albums/{one}/run", {})
    done = server.until(lambda items: items[one]["state"] == "done")[one]["plan"]
    assert done["open"] == 0
    assert [row["state"] for row in done["rows"]] == ["done", "done", "skipped-living"]
    folder = tree.parent / "old.nostalgia"
    assert len(list((folder / "album/clips").glob("*.mp4"))) == 2
    page = Path(done["page"])
    assert "Secret" not in page.read_text()
    assert page.read_text().count('class="print marked"') == 2, "clips of an album are labelled"
    assert server.post(f"/api/albums/{one}/open", {})[0] == 204
    assert (tree.parent / "opened.txt").read_text().strip() == page.as_uri()


def test_who_has_left_an_album_is_said_on_the_page(server: Served, tree: Path) -> None:
    """The journal forgets such a sentence once a run has told it."""
    one = album(server, "done")["id"]
    tree.write_text(TREE.replace("1 DEAT\n2 DATE 1930\n", ""))
    server.post(f"/api/albums/{one}/run", {})
    sentence = "2 pictures have left the album"  # hers is a copy of his
    items = server.until(lambda items: sentence in str(items[one]["plan"]["warnings"]))
    states = [row["state"] for row in items[one]["plan"]["rows"]]
    assert states == ["ambiguous", "skipped-living", "skipped-living"]


def test_no_other_folder_can_be_named(server: Served, tree: Path) -> None:
    for name in (str(tree.parent), "..%2f..", "0" * 32):
        for act in ("run", "stop", "open"):
            assert server.post(f"/api/albums/{name}/{act}", {"source": "/"})[0] in (404, 405)


def test_a_folder_of_photos_makes_an_album_and_photos_open_by_themselves(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "one.png").write_bytes(portrait_png())
    private = tmp_path / "private"
    private.mkdir()
    with served(private, str(photos), str(photos / "one.png")) as running:
        items = running.until(
            lambda items: (
                len(items) == 2
                and {item["state"] for item in items.values()} == {"ready", "planned"}
            )
        )
        plan = next(item["plan"] for item in items.values() if item["kind"] == "album")
        assert (plan["form"], plan["open"]) == ("folder", 1)
