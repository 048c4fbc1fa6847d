"""No album shrinks silently, and no folder holds two."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import made_batch
import pytest

from nostalgia.album.batch import preview, runner
from nostalgia.album.batch.journal import Journal
from nostalgia.album.batch.request import JOURNAL_FILE, BatchRequest
from nostalgia.album.batch.shared_photos import HOW_TO_MARK, too_many_faces
from nostalgia.album.batch.tasks import BYSTANDERS
from nostalgia.album.trees.model import FamilyTree
from nostalgia.cli.batch_tables import totals, unfinished_words
from nostalgia.errors import Cancelled, EncodingError, InputError, UsageError
from nostalgia.options import AnimateOptions
from nostalgia.progress import CancelToken, Progress


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def folder_run(photos: Path, output: Path, **more):
    return runner.run_batch(BatchRequest(photos, output, **more), executor=made_batch.Inline())


def test_fewer_pictures_stop_the_run_until_it_is_confirmed(photos: Path, output: Path) -> None:
    folder_run(photos, output)
    (photos / "p0001.jpg").unlink()
    before = everything(output)
    with pytest.raises(UsageError) as caught:
        folder_run(photos, output)
    assert str(caught.value) == (
        "1 picture would leave the album, because photos no longer has it: p0001.jpg; check the"
        " input, glob and media, or agree with allow_fewer=True"
    )
    assert everything(output) == before
    with pytest.raises(UsageError, match="^3 pictures would leave the album, .* has them: p0000"):
        folder_run(photos, output, glob="p000[34].jpg")
    seen = preview.preview_batch(BatchRequest(photos, output, glob="p0003.jpg"))
    assert seen.plan.warnings[-1].startswith("a run would stop: 4 pictures would leave the album")
    assert everything(output) == before
    assert folder_run(photos, output, allow_fewer=True).counts() == {"done": 4}
    assert not [name for name in everything(output / "album") if "p0001" in name]
    finished = folder_run(photos, output)
    assert finished.counts() == {"done": 4} and finished.warnings == ()
    assert len(made_batch.made(output)) == 5
    with Journal(output / JOURNAL_FILE) as journal:
        assert "p0001.jpg" not in {row.photo for row in journal.rows().values()}


def test_another_input_in_the_same_folder_is_refused(photos: Path, output: Path) -> None:
    folder_run(photos, output)
    other = photos.with_name("other")
    other.mkdir()
    for number in range(5):  # as cameras and scanners name them: the same names again
        (other / f"p{number:04}.jpg").write_bytes(f"another photo {number}".encode())
    before = everything(output)
    for more in ({}, {"allow_fewer": True}):
        with pytest.raises(UsageError) as caught:
            folder_run(other, output, **more)
        assert "holds the album of another input, photos, and other has none of its 5 pictures" in (
            str(caught.value)
        )
        assert "choose another output folder" in str(caught.value)
    assert everything(output) == before
    assert folder_run(photos, output).counts() == {"done": 5}
    assert len(made_batch.made(output)) == 5


def test_a_part_of_another_folder_counts_what_it_would_replace(photos: Path, output: Path) -> None:
    folder_run(photos, output)
    other = photos.with_name("other")
    shutil.copytree(photos, other)
    (other / "p0000.jpg").write_bytes(b"somebody else")
    (other / "p0001.jpg").unlink()
    with pytest.raises(UsageError, match="^2 pictures would leave the album"):
        folder_run(other, output)


def test_a_folder_that_has_moved_is_the_same_input(photos: Path, output: Path) -> None:
    folder_run(photos, output)
    moved = photos.rename(photos.with_name("scans"))
    assert folder_run(moved, output).counts() == {"done": 5}
    assert len(made_batch.made(output)) == 5
    os.symlink(moved, photos)
    (moved / "p0000.jpg").write_bytes(b"retouched")
    folder_run(moved, output)
    assert folder_run(photos, output).counts() == {"done": 5}
    assert len(made_batch.made(output)) == 6


def test_a_photo_that_a_tree_names_by_another_path_keeps_its_clip(
    photos: Path, output: Path
) -> None:
    tree = made_batch.family(photos)
    made_batch.run(photos, output, tree=tree)
    links = tuple(replace(link, reference=f"E:/Scans/{link.reference}") for link in tree.links)
    assert made_batch.run(photos, output, tree=replace(tree, links=links)).counts() == {"done": 5}
    assert len(made_batch.made(output)) == 5
    # The same photo of another person is another picture.
    persons = (*tree.persons, replace(tree.persons[0], id="I9", name="Karl"))
    links = (replace(links[0], person_id="I9"), *links[1:])
    with pytest.raises(UsageError, match="1 picture would leave the album"):
        made_batch.run(photos, output, tree=replace(tree, persons=persons, links=links))


def test_an_interrupted_run_leaves_no_gap_in_the_album(photos: Path, output: Path) -> None:
    made_batch.run(photos, output)
    cancel = CancelToken()

    def after_two(progress: Progress) -> None:
        if progress.stage == "making clips" and len(made_batch.made(output)) == 7:
            cancel.cancel()

    options = AnimateOptions(seed=1)
    with pytest.raises(Cancelled):
        made_batch.run(photos, output, options=options, progress=after_two, cancel=cancel)
    page = (output / "album/index.html").read_text("utf-8")
    assert all(f"p{n:04}.mp4" in page for n in range(5))
    (photos / "p0000.jpg").unlink()
    tree = made_batch.family(photos)
    alive = replace(tree.persons[3], living=True)
    tree = replace(tree, persons=(*tree.persons[:3], alive))
    more = {"options": options, "allow_fewer": True, "tree": tree}
    assert made_batch.run(photos, output, **more).counts() == {"done": 3, "skipped-living": 1}
    assert len(made_batch.made(output)) == 9


class Dying(made_batch.Inline):
    """An executor whose process dies while it makes the second clip."""

    def outcomes(self, tasks, listener):
        first, second, *_ = tasks
        yield from super().outcomes([first], listener)
        listener.started(second.key)
        raise MemoryError


def killed(photos: Path, output: Path, monkeypatch: pytest.MonkeyPatch, **more) -> None:
    """A run that ends after the first clip, and writes no results."""

    def no_results(batch: runner._Batch) -> None:
        raise EncodingError("the power is off")

    with monkeypatch.context() as dying:
        dying.setattr(runner, "read_input", lambda request: made_batch.family(photos))
        dying.setattr(runner._Batch, "results", no_results)
        with pytest.raises(MemoryError):
            runner.run_batch(BatchRequest(photos, output, **more), executor=Dying())


@pytest.mark.parametrize("second", [{"only": ["p0003"]}, {"limit": 0}, {"limit": 1}])
def test_a_run_after_a_killed_one_leaves_no_gap_in_the_album(
    photos: Path, output: Path, monkeypatch: pytest.MonkeyPatch, second: dict[str, object]
) -> None:
    made_batch.run(photos, output)
    options = AnimateOptions(seed=1)
    killed(photos, output, monkeypatch, options=options)
    assert made_batch.run(photos, output, options=options, **second).counts() == {"done": 5}
    made_batch.run(photos, output, options=options)
    assert len(set(made_batch.made(output)[5:])) == 5, "every clip is still renewed"
    made = len(made_batch.made(output))
    assert made_batch.run(photos, output, options=options).counts() == {"done": 5}
    assert len(made_batch.made(output)) == made


def test_a_damaged_clip_is_not_shown_while_it_waits(photos: Path, output: Path) -> None:
    made_batch.run(photos, output)
    clip = sorted((output / "album/clips").iterdir())[0]
    clip.write_bytes(b"")
    assert made_batch.run(photos, output, limit=0).counts() == {"done": 4, "waiting": 1}
    assert clip.name not in (output / "album/index.html").read_text("utf-8")


def test_what_was_said_of_the_clip_that_is_still_shown_counts(
    photos: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_batch.run(photos, output)
    with Journal(output / JOURNAL_FILE) as journal:
        row = next(row for row in journal.rows().values() if row.photo == "p0004.jpg")
        journal.put([replace(row, message=f"{BYSTANDERS} (5 faces, 1 person)")])
    everybody = {"all_faces": True, "reason": "all dead"}
    killed(photos, output, monkeypatch, options=AnimateOptions(seed=1), **everybody)
    tree = made_batch.family(photos)
    finished = made_batch.run(photos, output, tree=tree, limit=0, **everybody)
    assert finished.counts() == {"done": 5}
    finished = made_batch.run(photos, output, tree=tree, limit=0)
    assert finished.counts() == {"done": 4, "waiting": 1}
    assert not [name for name in everything(output / "album/clips") if "p0004" in name]


def test_a_clip_that_is_put_back_outlives_its_photo(photos: Path, output: Path) -> None:
    tree = made_batch.family(photos)
    made_batch.run(photos, output, tree=tree)
    made_batch.run(photos, output, tree=tree, leave_out=["p0000"])
    lost = replace(tree.links[0], path=None, problem="missing-file")
    tree = replace(tree, links=(lost, *tree.links[1:]))
    finished = made_batch.run(photos, output, tree=tree, put_back=["p0000"])
    assert finished.counts() == {"done": 5}
    assert len(made_batch.made(output)) == 5


def test_a_wrong_clock_does_not_delete_what_is_left_out(photos: Path, output: Path) -> None:
    table = photos.with_name("family.csv")
    table.write_text("id,photo,name\n")
    tree = made_batch.family(photos)
    made_batch.run(table, output, tree=tree)
    made_batch.run(table, output, tree=tree, leave_out=["p0000"])
    before = everything(output)
    alive = replace(tree.persons[0], living=True)
    with pytest.raises(InputError, match="the clock was wrong"):
        made_batch.run(table, output, tree=replace(tree, persons=(alive, *tree.persons[1:])))
    assert everything(output) == before


def test_the_living_leave_without_a_question(photos: Path, output: Path) -> None:
    tree = made_batch.family(photos)
    made_batch.run(photos, output, tree=tree)
    alive = tuple(replace(person, living=True) for person in tree.persons[:3])
    tree = replace(tree, persons=(*alive, *tree.persons[3:]))
    assert made_batch.run(photos, output, tree=tree).counts() == {"done": 2, "skipped-living": 3}
    assert len(list((output / "album/clips").iterdir())) == 2


def test_a_picture_that_vanishes_with_its_persons_privacy_goes_too(
    photos: Path, output: Path
) -> None:
    """A reader may not even tell of the links of people who are marked as private."""
    tree = made_batch.family(photos)
    made_batch.run(photos, output, tree=tree, drivers={"p0000": "smile"})
    private = replace(tree.persons[0], restricted=True)
    tree = replace(tree, persons=(private, *tree.persons[1:]), links=tree.links[1:])
    assert made_batch.run(photos, output, tree=tree).counts() == {"done": 4}
    for name, content in everything(output).items():
        assert "p0000" not in name
        assert name.endswith((".sqlite", ".txt")) or b"p0000" not in content, name


def shared(photos: Path, **more) -> FamilyTree:
    """Two people in one photo, which does not say who is who."""
    tree = made_batch.family(photos)
    second = replace(tree.links[1], path=tree.links[0].path, **more)
    return replace(tree, links=(tree.links[0], second, *tree.links[2:]))


def test_a_clip_leaves_the_album_as_soon_as_its_faces_are_unclear(
    photos: Path, output: Path
) -> None:
    made_batch.run(photos, output, tree=shared(photos))
    tree = shared(photos)
    alive = replace(tree.persons[1], living=True)
    tree = replace(tree, persons=(tree.persons[0], alive, *tree.persons[2:]))
    finished = made_batch.run(photos, output, tree=tree)
    assert finished.counts() == {"ambiguous": 1, "done": 3, "skipped-living": 1}
    (unclear,) = [each for each in finished.entries if each.status == "ambiguous"]
    assert HOW_TO_MARK in unclear.message
    assert len(list((output / "album/clips").iterdir())) == 3


def test_a_clip_that_is_left_out_is_not_kept_once_its_faces_are_unclear(
    photos: Path, output: Path
) -> None:
    tree = shared(photos)
    made_batch.run(photos, output, tree=tree)
    made_batch.run(photos, output, tree=tree, leave_out=["Ip0000"])
    assert len(list((output / "left-out/clips").iterdir())) == 1
    alive = replace(tree.persons[1], living=True)
    now = replace(tree, persons=(tree.persons[0], alive, *tree.persons[2:]))
    finished = made_batch.run(photos, output, tree=now)
    assert finished.counts() == {"done": 3, "left-out": 1, "skipped-living": 1}
    assert list((output / "left-out/clips").iterdir()) == []
    assert made_batch.run(photos, output, tree=tree, put_back=["Ip0000"]).counts() == {"done": 5}
    assert len(made_batch.made(output)) == 7


def test_a_clip_of_bystanders_from_an_earlier_version_goes(photos: Path, output: Path) -> None:
    """Earlier versions moved everybody in a group photo of one person."""
    made_batch.run(photos, output)
    with Journal(output / JOURNAL_FILE) as journal:
        row = next(row for row in journal.rows().values() if row.photo == "p0001.jpg")
        journal.put([replace(row, message=f"{BYSTANDERS} (5 faces, 1 person): mark the face")])
    finished = made_batch.run(photos, output, only=["p0000"])
    assert finished.counts() == {"done": 4, "waiting": 1}
    assert not [name for name in everything(output / "album/clips") if "p0001" in name]
    made_batch.run(photos, output)
    assert len(made_batch.made(output)) == 6
    with pytest.raises(UsageError, match="all_faces requires a reason"):
        made_batch.run(photos, output, all_faces=True)


def test_sentences_agree_in_number() -> None:
    assert too_many_faces("a.jpg", 1, 2).startswith(
        "a.jpg shows 1 face, but only 2 people known to have died are linked to it"
    )
    assert too_many_faces("a.jpg", 3, 1).startswith(
        "a.jpg shows 3 faces, but only 1 person known to have died is linked to it"
    )
    assert unfinished_words({"failed": 1}, Path("f")).startswith("1 of 1 picture has no clip")
    assert unfinished_words({"failed": 1, "done": 1}, Path("f")).startswith("1 of 2 pictures has")
    stuck = {"ambiguous": 1, "no-face": 2}
    assert unfinished_words(stuck, Path("f")).endswith("; the table says what they need")
    assert unfinished_words({"failed": 2}, Path("f")).startswith("2 of 2 pictures have no clip")
    assert totals({"done": 2, "missing-file": 1, "left-out": 1}) == (
        "2 done, 1 left out, 1 file missing"
    )
    assert totals({"missing-file": 2, "not-a-photo": 2, "no-face": 2}) == (
        "2 files missing, 2 without a face, 2 not photos"
    )
