"""The trees of the shared material: real exports, one family in every form, and hostile files."""

import csv
import hashlib
import json
from datetime import date
from pathlib import Path

import pytest

from nostalgia.album.trees.archives import extract_pictures
from nostalgia.album.trees.face_regions import face_regions
from nostalgia.album.trees.model import FamilyTree, Person
from nostalgia.album.trees.reader import read_tree
from nostalgia.errors import InputError

TODAY = date(2026, 11, 21)
FORMS = ("family-5.5.1.ged", "family-7.ged", "family.gdz", "family.gramps", "family.csv")

# Other forms than GEDCOM word `DEAT Y` and a burial differently from expected.json.
OTHER_WORDS = {
    "family.gramps": {"I12": "a death without a date: dead", "I16": "no death but a burial: dead"},
    "family.csv": {"I12": "died Y without a date: dead", "I16": "died 1931"},
}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_real_exports_agree_with_the_manifest(shared):
    folder = shared / "trees/corpus"
    manifest = rows(folder / "MANIFEST.csv")
    assert len(manifest) == 33
    for row in manifest:
        tree = read_tree(folder / row["file"], today=TODAY)
        counted = (len(tree.persons), tree.media_objects)
        assert counted == (int(row["individuals"]), int(row["media_objects"])), row["file"]
        assert tree.version == row["version"].replace("not stated", ""), row["file"]
        assert tree.warnings == (), row["file"]
        assert len({person.id for person in tree.persons}) == len(tree.persons)
        # Of the pictures only those in one archive exist.
        assert all(link.problem or link.archive_name for link in tree.links), row["file"]


def test_names_survive_their_encodings(shared):
    folder = shared / "trees/corpus"
    for first, second in (("utf16be.ged", "utf16le.ged"), ("utf16le.ged", "utf8-bom-5.5.5.ged")):
        names = [[p.name for p in read_tree(folder / file).persons] for file in (first, second)]
        assert names[0] == names[1]


@pytest.fixture
def expected(shared) -> dict:
    path = shared / "trees/family/expected.json"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("form", FORMS)
def test_the_family_in_each_form(shared, expected, form, tmp_path):
    tree = read_tree(shared / f"trees/family/{form}", today=TODAY)
    assert (tree.warnings, tree.media_objects) == ((), 14)
    answers = expected["forms"][form]["persons"]
    gedcom_ids = [person["id"] for person in expected["forms"]["family-7.ged"]["persons"]]
    for answer, person, gedcom_id in zip(answers, tree.persons, gedcom_ids, strict=True):
        assert person.name == answer["name"]
        assert person.id == (answer["id"] or person.id)
        if form != "family.csv":
            # A table has no column for a second name.
            assert person.also_named == tuple(filter(None, [answer["also_named"]]))
        assert person.living is (answer["status"] == "skipped-living")
        assert not person.restricted
        other = OTHER_WORDS.get(form, {}).get(gedcom_id)
        if other or answer["status"] in ("animate", "skipped-living"):
            assert person.reason == other or answer["why"].startswith(person.reason)
        check_items(tree, person, answer["items"], tmp_path)


def check_items(tree: FamilyTree, person: Person, items: list[dict], folder: Path) -> None:
    links = [link for link in tree.links if link.person_id == person.id]
    for item, link in zip(items, links, strict=True):
        assert link.title == item["title"]
        assert link.faces == item.get("face", "")
        assert (link.problem == "missing-file") is (item["status"] == "missing-file")
        if link.problem:
            continue
        picture = link.path or extract_pictures(tree.path, [link.archive_name], folder).get(
            link.archive_name
        )
        assert hashlib.sha256(picture.read_bytes()).hexdigest() == item["sha256"]
        assert crop_px(link, picture) == item["crop_px"]


def in_pixels(share, size) -> list[int]:
    return [round(side * whole) for side, whole in zip(share, size * 2, strict=True)]


def crop_px(link, picture: Path) -> dict[str, int] | None:
    from PIL import Image

    box = link.crop_px
    if link.crop_share:
        with Image.open(picture) as image:
            box = in_pixels(link.crop_share, image.size)
    if box is None:
        return None
    return dict(zip(("left", "top", "width", "height"), map(int, box), strict=True))


def test_names_and_faces_in_photos(shared, expected):
    folder = shared / "trees/family/photos-with-xmp"
    for name, answer in expected["photos-with-xmp"].items():
        width, height = answer["upright_size_px"]
        wanted = [
            (face["name"] or "", list(face["region_upright_px"].values()))
            for face in answer["faces_with_regions"]
            if face["type"] == "Face"
        ]
        sizes = (width, height, width, height)
        found = [
            (
                face.name,
                [round(share * size) for share, size in zip(face.share, sizes, strict=True)],
            )
            for face in face_regions(folder / name)
        ]
        assert found == wanted
    tree = read_tree(folder)
    assert len(tree.links) == 9
    assert {person.name for person in tree.persons} >= {"José Muñoz Ibáñez", "Françoise Lefèvre"}


def hostile(shared) -> list[dict[str, str]]:
    return [
        row
        for row in rows(shared / "hostile/expected.csv")
        if row["kind"] == "tree" and row["file"].endswith((".ged", ".gdz", ".gramps", ".csv"))
    ]


def test_hostile_trees_end_as_the_table_expects(shared, tmp_path):
    table = hostile(shared)
    assert len(table) > 60
    for row in table:
        allowed = {row["expect"], *filter(None, row["also"].split(";"))}
        outcome = how_it_ends(shared / "hostile" / row["file"], tmp_path)
        assert outcome & allowed, (row["file"], outcome, allowed)


def how_it_ends(path: Path, folder: Path) -> set[str]:
    """The outcomes in the table that agree with reading this tree."""
    try:
        tree = read_tree(path, today=TODAY)
    except InputError as exc:
        assert str(path.name) in str(exc)
        return {"input-error"}
    outcome = {"ok-with-warning", "ok"} if not tree.warnings else {"ok-with-warning"}
    for link in tree.links:
        assert link.problem in ("", "missing-file", "outside", "web", "unreadable", "ambiguous")
        if link.path is not None:
            assert link.path.resolve().is_relative_to(path.parent.resolve())
    if any(link.problem or link.faces or link.driver for link in tree.links):
        outcome.add("batch-item-error")
    if any(not_a_picture(tree, link, folder) for link in tree.links if link.archive_name):
        outcome.add("batch-item-error")
    assert "root:" not in repr(tree)
    return outcome


def not_a_picture(tree: FamilyTree, link, folder: Path) -> bool:
    into = folder / tree.path.name
    files = extract_pictures(tree.path, [link.archive_name], into)
    assert all(file.is_relative_to(into) for file in files.values())
    return not files
