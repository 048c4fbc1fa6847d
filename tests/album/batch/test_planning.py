"""Plans of batches, before any photo is opened."""

from dataclasses import replace
from pathlib import Path

import pytest

from nostalgia.album.batch.planning import person_statuses, picture_name, plan_batch
from nostalgia.album.batch.request import JOURNAL_FILE, BatchRequest
from nostalgia.album.trees.model import FamilyTree, Person, PhotoLink
from nostalgia.errors import UsageError

DEAD = Person("I1", "Anna Berg", living=False, reason="died 1901")
ALSO_DEAD = Person("I2", "Karl Berg", living=False, reason="died 1910")
ALIVE = Person("I3", "Zoë Berg", reason="born 2001, no death: living")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "anna.jpg"
    path.write_bytes(b"\xff\xd8\xff")
    return path


def plan(tmp_path: Path, *links: PhotoLink, form: str = "gedcom", **more):
    tree = FamilyTree(tmp_path / "t.ged", form, "", (DEAD, ALSO_DEAD, ALIVE), links)
    return plan_batch(tree, BatchRequest(tree.path, tmp_path / "out", **more))


def statuses(planned) -> list[str]:
    return [item.status for item in planned.items]


def test_each_state_of_a_plan(tmp_path: Path, photo: Path) -> None:
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.4")
    (tmp_path / "scan").write_bytes(b"\x89PNG\r\n\x1a\n")
    planned = plan(
        tmp_path,
        PhotoLink("I1", "anna.jpg", photo),
        PhotoLink("I1", "gone.jpg", None, "missing-file"),
        PhotoLink("I1", "../../etc/passwd", None, "outside"),
        PhotoLink("I1", "http://x/y.jpg", None, "web"),
        PhotoLink("I1", "locked.jpg", None, "unreadable"),
        PhotoLink("I1", "paper.pdf", tmp_path / "paper.pdf"),
        PhotoLink("I1", "scan", tmp_path / "scan"),
        PhotoLink("I3", "zoe.jpg", photo.with_name("zoe.jpg")),
        PhotoLink("I3", "zoe-gone.jpg", None, "missing-file"),
        PhotoLink("I9", "nobody.jpg", tmp_path / "nobody.jpg", crop_px=(0, 0, 1, 1)),
    )
    assert statuses(planned) == [
        "animate", "missing-file", "missing-file", "missing-file", "failed", "not-a-photo",
        "animate", "skipped-living", "skipped-living", "skipped-living",
    ]  # fmt: skip
    assert "paper.pdf is not a picture that can be read: PDF document" in planned.items[5].reason
    assert [person.id for person in planned.without_photo] == ["I2"]
    states = {item.key: item.status for item in planned.items}
    assert person_statuses(planned, states) == {
        "I1": "animate", "I2": "no-photo", "I3": "skipped-living"
    }  # fmt: skip


def test_what_may_be_several_files_is_ambiguous_not_missing(tmp_path: Path) -> None:
    places = ("Backup/anna.jpg", "Scans/anna.jpg")
    several, another = plan(
        tmp_path,
        PhotoLink("I1", "D:\\anna.jpg", None, "ambiguous", places=places),
        PhotoLink("I2", "D:\\Karl\\1.jpg", None, "doubtful"),
    ).items
    assert (several.status, another.status) == ("ambiguous", "ambiguous")
    assert "Backup/anna.jpg, Scans/anna.jpg; rename or move" in several.reason
    assert "another person's picture" in another.reason


def test_an_entry_of_an_archive_is_never_opened_as_a_file(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "secret").write_bytes(b"\xff\xd8\xff\xe0")
    monkeypatch.chdir(tmp_path)
    planned = plan(tmp_path, PhotoLink("I1", "secret", None, archive_name="secret"))
    assert statuses(planned) == ["not-a-photo"]


def test_names_of_pictures_that_are_not_there_hold_no_folders_and_no_tokens(tmp_path: Path) -> None:
    planned = plan(
        tmp_path,
        PhotoLink("I1", "https://x.invalid/a/oma.jpg?token=SECRET", None, "web"),
        PhotoLink("I1", "Macintosh HD:Users:ruth:Opa.jpg", None, "missing-file"),
        PhotoLink("I1", "C:\\Users\\ruth\\Opa.jpg", None, "missing-file"),
        PhotoLink("I1", "https://x.invalid/", None, "web"),
    )
    names = [picture_name(item.link) for item in planned.items]
    assert names == ["oma.jpg", "Opa.jpg", "Opa.jpg", "x.invalid"]


def test_private_people_need_consent_and_the_living_a_reason(tmp_path: Path, photo: Path) -> None:
    links = (PhotoLink("I1", "a", photo, restricted=True), PhotoLink("I3", "b", photo, faces="1"))
    assert statuses(plan(tmp_path, *links)) == ["skipped-living"] * 2
    assert statuses(plan(tmp_path, *links, include_living=True, reason="all agreed")) == [
        "skipped-living", "animate"
    ]  # fmt: skip
    assert statuses(plan(tmp_path, *links, consent={"I1": "x", "I3": "Zoë, by e-mail"})) == [
        "animate", "animate"
    ]  # fmt: skip
    with pytest.raises(UsageError, match="nobody in t.ged has this identifier"):
        plan(tmp_path, *links, consent={"I7": "who?"})


def test_a_shared_photo_without_crops(tmp_path: Path, photo: Path) -> None:
    both = plan(tmp_path, PhotoLink("I1", "a", photo), PhotoLink("I2", "a", photo))
    assert [(item.status, item.face_limit) for item in both.items] == [("animate", 2)] * 2
    alone = plan(tmp_path, PhotoLink("I1", "a", photo), PhotoLink("I1", "again", photo))
    assert [(item.status, item.face_limit) for item in alone.items] == [("animate", 1)] * 2
    with_crops = plan(
        tmp_path,
        PhotoLink("I3", "a", photo, crop_px=(90, 0, 9, 9)),
        PhotoLink("I1", "a", photo, crop_px=(9, 0, 9, 9)),
    )
    assert statuses(with_crops) == ["skipped-living", "animate"]
    assert with_crops.items[1].face_limit == 0
    assert with_crops.items[1].caption == ("From left to right: Anna Berg, somebody not named here")


@pytest.mark.parametrize(
    "other",
    [
        PhotoLink("I3", "a", Path("anna.jpg")),
        PhotoLink("I3", "a", Path("anna.jpg"), crop_share=(0.0, 0.0, 1.0, 1.0)),
        PhotoLink("I3", "a", Path("anna.jpg"), crop_px=(0, 0, 9, 9)),
        PhotoLink("I2", "a", Path("anna.jpg"), restricted=True),
        PhotoLink("", "a", Path("anna.jpg")),
        PhotoLink("I3", "copy", Path("copy.jpg")),
        PhotoLink("I3", "link", Path("link.jpg")),
        PhotoLink("I3", "same", Path("sub/../anna.jpg")),
    ],
)
def test_an_unmarked_photo_shared_with_somebody_else_is_ambiguous(
    tmp_path: Path, photo: Path, other: PhotoLink
) -> None:
    """Whoever is in it: the living, the private, a stranger, under this name or another."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "copy.jpg").write_bytes(photo.read_bytes())
    (tmp_path / "link.jpg").symlink_to(photo)
    other = replace(other, path=tmp_path / other.path)
    planned = plan(tmp_path, PhotoLink("I1", "a", photo), other)
    assert statuses(planned) == ["ambiguous", "skipped-living"]
    assert "mark who is who" in planned.items[0].reason and "Zo" not in planned.items[0].reason
    marked = plan(tmp_path, PhotoLink("I1", "a", photo, faces="1"), other)
    assert statuses(marked) == ["animate", "skipped-living"]
    if other.person_id == "I3":
        agreed = plan(tmp_path, PhotoLink("I1", "a", photo), other, consent={"I3": "by letter"})
        assert statuses(agreed) == ["animate", "animate"]


def test_a_table_names_no_driving_clip_outside_its_folders(tmp_path: Path, photo: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/nod.mp4").write_bytes(b"clip")
    (tmp_path / "out.mp4").write_bytes(b"clip")
    (tmp_path / "tree/link.mp4").symlink_to(tmp_path / "out.mp4")
    names = ["smile", "nod.mp4", "./nod.mp4", ".\\nod.mp4", "../out.mp4", "/etc/passwd"]
    names += [str(tmp_path / "out.mp4"), "link.mp4", "gone.mp4", "a\0b.mp4", "smile:mirrored"]
    links = tuple(PhotoLink("I1", name, photo, faces="1", driver=name) for name in names)
    tree = FamilyTree(tmp_path / "tree/t.csv", "csv", "", (DEAD,), links)
    planned = plan_batch(tree, BatchRequest(tree.path, tmp_path / "result"))
    clip = str(tmp_path / "tree/nod.mp4")
    assert [item.link.driver for item in planned.items if item.status == "animate"] == [
        "smile", clip, clip, clip, "smile:mirrored"
    ]  # fmt: skip
    assert statuses(planned).count("failed") == 6
    media = BatchRequest(tree.path, tmp_path / "result", media=(tmp_path,))
    assert statuses(plan_batch(tree, media)).count("failed") == 3


def test_keys_stay_when_crop_and_title_change(tmp_path: Path, photo: Path) -> None:
    def keys(*links: PhotoLink) -> list[str]:
        return [item.key for item in plan(tmp_path, *links).items]

    before = keys(PhotoLink("I1", "a", photo), PhotoLink("I2", "a", photo))
    after = keys(
        PhotoLink("I2", "a", photo, crop_px=(1, 2, 3, 4)),
        PhotoLink("I1", "a", photo, title="new"),
    )
    assert before == after[::-1]
    twice = keys(PhotoLink("I1", "a", photo), PhotoLink("I1", "a", photo))
    assert twice[0] == before[0] and len(set(twice)) == 2


def test_a_folder_has_no_guard_and_its_own_output_is_left_out(tmp_path: Path, photo: Path) -> None:
    own = tmp_path / "out/album/posters/x.jpg"
    own.parent.mkdir(parents=True)
    own.write_bytes(photo.read_bytes())
    (tmp_path / "out" / JOURNAL_FILE).touch()
    links = (PhotoLink("", "anna.jpg", photo), PhotoLink("", "x.jpg", own))
    assert statuses(plan(tmp_path, *links, form="folder")) == ["animate"]
    assert statuses(plan(tmp_path, *links)) == ["skipped-living"]


def test_the_family_of_the_shared_material(shared, tmp_path: Path) -> None:
    import json

    from nostalgia.album.batch.inputs import read_input

    folder = shared / "trees/family"
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["forms"]
    for name, form in expected.items():
        if name.endswith(".gramps"):
            pytest.importorskip("defusedxml")
        request = BatchRequest(folder / name, tmp_path / "out")
        planned = plan_batch(read_input(request), request)
        counts = dict(form["item_counts"])
        counts["animate"] += counts.pop("no-face")  # which only a network can find out
        assert dict(planned.counts()) == counts, name
        assert len(planned.without_photo) == form["person_counts"]["no-photo"]
