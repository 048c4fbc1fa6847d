"""One small batch with the networks: the right face of a shared photo moves for each person."""

from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from PIL import Image
from skimage import data

from nostalgia.album.batch import runner
from nostalgia.album.batch.request import BatchRequest
from nostalgia.album.batch.summary import Finished
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


def copy_of(pair: Path, name: str) -> Path:
    """The same picture in other bytes, so that it counts as another photo."""
    path = pair.with_name(name)
    with Image.open(pair) as picture:
        picture.save(path, compress_level=1)
        path.write_bytes(path.read_bytes() + name.encode())
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
    twins, group = (copy_of(pair, name) for name in ("twins.png", "group.png"))
    shared = (PhotoLink("I5", "t", twins, title="of two, one lives"), PhotoLink("I6", "t", twins))
    alone = pair.with_name("alone.png")
    with Image.open(pair) as picture:
        picture.crop((0, 0, SIDE, SIDE)).save(alone)
    shared += (PhotoLink("I1", "a", alone, title="one face"),)
    shared += (PhotoLink("I2", "g", group, title="group of one"),)
    tree = FamilyTree(tmp_path / "t.csv", "csv", "", PEOPLE, (*links, *people, *shared))
    request = BatchRequest(tree.path, tmp_path / "out", jobs=2, options=OPTIONS)
    with patch.object(runner, "read_input", lambda request: tree):
        finished = runner.run_batch(request)
        again = runner.run_batch(request)
    found = {entry.title or entry.photo: entry for entry in finished.entries}
    assert {title: entry.status for title, entry in found.items()} == {
        "left": "done", "right": "done", "between": "no-face", "all": "done",
        "no such face": "failed", "twins.png": "ambiguous", "one face": "done",
        "group of one": "ambiguous",
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
    assert "group.png shows 2 faces, but only 1 person known to have died is linked to it" in (
        found["group of one"].message
    )
    assert "no face 3" in found["no such face"].message
    assert again.entries == finished.entries
    for file in filter(Path.is_file, album.rglob("*")):
        assert str(tmp_path).encode() not in file.read_bytes(), "the maker's folders stay private"
    check_all_faces(tree, request, finished)


def check_all_faces(tree: FamilyTree, request: BatchRequest, before: Finished) -> None:
    """With `all_faces` the group of one moves, and nothing else is made; then it goes again."""
    asked = replace(request, all_faces=True, reason="all died long ago")
    made = [len(list((request.album / "clips").iterdir()))]
    with patch.object(runner, "read_input", lambda request: tree):
        finished = runner.run_batch(asked)
        found = {entry.title or entry.photo: entry for entry in finished.entries}
        assert found["group of one"].status == "done"
        assert moved(request.album / found["group of one"].clip) == [True, True]
        assert found["twins.png"].status == "ambiguous"
        made.append(len(list((request.album / "clips").iterdir())))
        (warning,) = bystander_words(finished.entries)
        assert warning.startswith("group.png: more moving faces")
        assert [title for title, entry in found.items() if BYSTANDERS in entry.message] == [
            "group of one"
        ]
        assert runner.run_batch(request).entries == before.entries
        made.append(len(list((request.album / "clips").iterdir())))
    assert made == [made[0], made[0] + 1, made[0]]


def test_only_a_changed_choice_is_rendered(pair: Path, tmp_path: Path) -> None:
    """Three changes of mind about two portraits, with the networks."""
    with Image.open(pair) as picture:
        for name, left in (("anna.png", 0), ("karl.png", SIDE)):
            picture.crop((left, 0, left + SIDE, SIDE)).save(pair.with_name(name))
    links = tuple(
        PhotoLink(person, name, pair.with_name(name))
        for person, name in (("I1", "anna.png"), ("I2", "karl.png"))
    )
    tree = FamilyTree(tmp_path / "t.csv", "csv", "", PEOPLE, links)
    request = BatchRequest(tree.path, tmp_path / "out", options=OPTIONS)

    def run(**more) -> tuple[dict[str, str], list[str]]:
        """Drivers of the album's pictures, and the pictures whose clips were made anew."""
        before = {clip.name: clip.stat().st_mtime_ns for clip in tmp_path.rglob("*.mp4")}
        with patch.object(runner, "read_input", lambda request: tree):
            finished = runner.run_batch(replace(request, **more))
        after = {clip.name: clip.stat().st_mtime_ns for clip in tmp_path.rglob("*.mp4")}
        new = sorted(name for name, time in after.items() if before.get(name) != time)
        drivers = {each.person_id: each.driver for each in finished.entries if each.clip}
        return drivers, [name.removesuffix(".mp4").partition(", ")[2] for name in new]

    assert run() == ({"I1": "nod", "I2": "nod"}, ["anna", "karl"])
    assert run(drivers={"I2": "proud"}) == ({"I1": "nod", "I2": "proud"}, ["karl"])
    assert run(leave_out=["I1"]) == ({"I2": "proud"}, [])
    assert run(put_back=["anna"], strengths={"karl.png": "0,5"}) == (
        {"I1": "nod", "I2": "proud"}, ["karl"]
    )  # fmt: skip
    assert run() == ({"I1": "nod", "I2": "proud"}, [])
