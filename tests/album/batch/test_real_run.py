"""One small batch with the networks: the right face of a shared photo moves for each person."""

from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from PIL import Image
from skimage import data

from nostalgia.album.batch import runner
from nostalgia.album.batch.request import BatchRequest
from nostalgia.album.batch.tasks import BYSTANDERS
from nostalgia.album.trees.model import FamilyTree, Person, PhotoLink
from nostalgia.cli.batch_tables import bystander_words
from nostalgia.clips.reader import read_frames
from nostalgia.options import AnimateOptions

SIDE = 180
PEOPLE = (
    *(Person(f"I{n}", f"Person {n}", living=False) for n in range(1, 6)),
    Person("I6", "Lives"),
)
OPTIONS = AnimateOptions(driver="nod", duration_s=0.8, strength=2.0, enhance=0.0)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two faces side by side."""
    path = tmp_path_factory.mktemp("pair") / "pair.png"
    head = Image.fromarray(np.asarray(data.astronaut())[:300, 70:370]).resize((SIDE, SIDE))
    picture = Image.new("RGB", (2 * SIDE, SIDE))
    picture.paste(head, (0, 0))
    picture.paste(head.transpose(Image.Transpose.FLIP_LEFT_RIGHT), (SIDE, 0))
    picture.save(path)
    return path


def moved(clip: Path) -> list[bool]:
    """True for the left and the right half of a clip if it moves."""
    frames = [frame.astype(int) for frame in read_frames(clip)]
    most = np.max([np.abs(frame - frames[0]).max(2) for frame in frames], axis=0)
    return [bool(np.percentile(half, 99) > 15) for half in (most[:, :SIDE], most[:, SIDE:])]


def test_each_persons_own_face_moves(pair: Path, tmp_path: Path) -> None:
    links = (
        PhotoLink("I1", "pair", pair, title="left", crop_px=(30, 0, 120, SIDE)),
        PhotoLink("I2", "pair", pair, title="right", crop_share=(0.55, 0.0, 0.4, 1.0)),
        PhotoLink("I3", "pair", pair, title="between", crop_px=(SIDE - 8, 0, 16, 20)),
    )
    people = (
        PhotoLink("I4", "same", pair, title="all"),
        PhotoLink("I4", "third", pair, title="no such face", faces="3"),
    )
    twins = pair.with_name("twins.png")
    twins.write_bytes(pair.read_bytes())
    shared = (PhotoLink("I5", "t", twins, title="of two, one lives"), PhotoLink("I6", "t", twins))
    alone = pair.with_name("alone.png")
    with Image.open(pair) as picture:
        picture.crop((0, 0, SIDE, SIDE)).save(alone)
    shared += (PhotoLink("I1", "a", alone, title="one face"), PhotoLink("I6", "a", alone))
    group = pair.with_name("group.png")
    group.write_bytes(pair.read_bytes())
    shared += (PhotoLink("I2", "g", group, title="group of one"),)
    tree = FamilyTree(tmp_path / "t.csv", "csv", "", PEOPLE, (*links, *people, *shared))
    request = BatchRequest(tree.path, tmp_path / "out", jobs=2, options=OPTIONS)
    with patch.object(runner, "read_input", lambda request: tree):
        finished = runner.run_batch(request)
        again = runner.run_batch(request)
    found = {entry.title: entry for entry in finished.entries}
    assert {title: entry.status for title, entry in found.items()} == {
        "left": "done", "right": "done", "between": "no-face", "all": "done",
        "no such face": "failed", "of two, one lives": "ambiguous", "one face": "done",
        "group of one": "done",
        "": "skipped-living",
    }  # fmt: skip
    album = request.album
    assert moved(album / found["left"].clip) == [True, False]
    assert moved(album / found["right"].clip) == [False, True]
    assert moved(album / found["all"].clip) == [True, True]
    for title in ("left", "right", "all"):
        entry = found[title]
        assert (entry.width, entry.height, entry.driver) == (2 * SIDE, SIDE, "nod")
        with Image.open(album / entry.poster) as poster:
            assert poster.size == (2 * SIDE, SIDE)
    assert [title for title, entry in found.items() if BYSTANDERS in entry.message] == [
        "group of one"
    ]
    (warning,) = bystander_words(finished.entries)
    assert warning.startswith("group.png: more moving faces")
    assert "no face 3" in found["no such face"].message
    assert again.entries == finished.entries
    for file in filter(Path.is_file, album.rglob("*")):
        assert str(tmp_path).encode() not in file.read_bytes(), "the maker's folders stay private"
