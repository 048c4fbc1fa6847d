"""A user's choices: what is rendered after each change of mind, and every form of the file."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import made_batch
import pytest

from nostalgia.album.batch import choices as choices_module
from nostalgia.album.batch import preview
from nostalgia.album.batch.choices import choose
from nostalgia.album.batch.choices_file import CHOICES_FILE, read_choices
from nostalgia.album.batch.planning import plan_batch
from nostalgia.album.batch.request import BatchRequest
from nostalgia.album.trees.model import FamilyTree
from nostalgia.errors import EncodingError, InputError, UsageError
from nostalgia.options import AnimateOptions


def rows(output: Path) -> list[dict[str, str]]:
    text = (output / CHOICES_FILE).read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def edit(output: Path, **changes: dict[str, str]) -> None:
    """Type into the rows of photos; changes: photo's stem -> column -> cell."""
    edited = rows(output)
    for row in edited:
        row.update(changes.get(Path(row["photo"]).stem, {}))
    write(output, edited)


def write(output: Path, edited: list[dict[str, str]], separator: str = ",") -> None:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(edited[0]), delimiter=separator)
    writer.writeheader()
    writer.writerows(edited)
    (output / CHOICES_FILE).write_text(buffer.getvalue(), encoding="utf-8", newline="")


def typed(output: Path, stem: str) -> dict[str, str]:
    (row,) = [row for row in rows(output) if row["photo"] == f"{stem}.jpg"]
    names = ("leave_out", "face", "driver", "strength", "title", "caption", "order")
    return {name: row[name] for name in names if row[name]}


def entry(finished, stem: str):
    (found,) = [each for each in finished.entries if each.photo == f"{stem}.jpg"]
    return found


def album_text(output: Path) -> str:
    names = ("index.html", "summary.json", "summary.csv")
    return "".join((output / "album" / name).read_text("utf-8-sig") for name in names)


def test_every_run_lists_the_pictures_and_a_second_one_leaves_the_file_alone(
    photos: Path, output: Path
) -> None:
    made_batch.run(photos, output)
    assert [(row["person"], row["name"], row["photo"]) for row in rows(output)] == [
        (f"Ip{n:04}", f"Name of p{n:04}", f"p{n:04}.jpg") for n in range(5)
    ]
    assert not (output / "album" / CHOICES_FILE).exists(), "the album is given away"
    before = (output / CHOICES_FILE).stat()
    made_batch.run(photos, output)
    assert (output / CHOICES_FILE).stat().st_mtime_ns == before.st_mtime_ns
    (photos / "new.jpg").write_bytes(b"a new photo")
    edit(output, p0003={"title": "Mine"})
    made_batch.run(photos, output)
    assert [row["photo"] for row in rows(output)][-1] == "new.jpg"
    assert typed(output, "p0003") == {"title": "Mine"}


def test_three_changes_of_mind_render_only_what_changed(photos: Path, output: Path) -> None:
    made_batch.run(photos, output)
    assert len(made_batch.made(output)) == 5
    # First: words, places, and one picture less. Nothing is rendered.
    edit(
        output,
        p0000={"title": "Anna at the lake", "caption": "With her dog", "order": "2"},
        p0001={"leave_out": "yes"},
    )
    finished = made_batch.run(photos, output)
    assert len(made_batch.made(output)) == 5
    assert finished.counts() == {"done": 4, "left-out": 1} and finished.is_complete
    assert entry(finished, "p0000").title == "Anna at the lake"
    assert "Anna at the lake" in album_text(output) and "With her dog" in album_text(output)
    assert "p0001" not in album_text(output)
    assert not [file for file in (output / "album").rglob("*") if "p0001" in file.name]
    # Second: another driver for one, less movement for another.
    edit(output, p0002={"driver": "Proud"}, p0003={"strength": "0,5"})
    made_batch.run(photos, output)
    keys = {row["photo"]: row["id"].removeprefix("pic-") for row in rows(output)}
    assert sorted(made_batch.made(output)[5:]) == sorted([keys["p0002.jpg"], keys["p0003.jpg"]])
    # Third: all of it is taken back. The picture that was left out need not be made again.
    nothing = {"leave_out": "", "driver": "", "strength": "", "title": "", "order": ""}
    edit(output, **{f"p{n:04}": nothing for n in range(4)})
    finished = made_batch.run(photos, output)
    assert sorted(made_batch.made(output)[7:]) == sorted([keys["p0002.jpg"], keys["p0003.jpg"]])
    assert finished.counts() == {"done": 5}
    assert "Anna at the lake" not in album_text(output) and "p0001" in album_text(output)
    assert (output / "album" / entry(finished, "p0001").clip).is_file()
    made_batch.run(photos, output)
    assert len(made_batch.made(output)) == 9


def test_what_a_picture_that_is_left_out_becomes_when_its_photo_changes(
    photos: Path, output: Path
) -> None:
    made_batch.run(photos, output, leave_out=["p0001.jpg"])
    assert len(made_batch.made(output)) == 4
    assert made_batch.run(photos, output, put_back=["p0001"]).counts() == {"done": 5}
    made_batch.run(photos, output, leave_out=["p0001"])
    (photos / "p0001.jpg").write_bytes(b"retouched")
    assert made_batch.run(photos, output).counts() == {"done": 4, "left-out": 1}
    assert len(made_batch.made(output)) == 5
    made_batch.run(photos, output, put_back=["p0001"])
    assert len(made_batch.made(output)) == 6


def test_options_are_remembered_and_can_be_taken_back(photos: Path, output: Path) -> None:
    finished = made_batch.run(
        photos,
        output,
        leave_out=["Ip0000"],
        drivers={"p0001.jpg": "proud", "ip0002": "smile"},
        strengths={"P0003": "80%", "p0001": 0.8},
    )
    assert finished.counts() == {"done": 4, "left-out": 1}
    assert [typed(output, f"p{n:04}") for n in range(5)] == [
        {"leave_out": "yes"}, {"driver": "proud", "strength": "0.8"}, {"driver": "smile"},
        {"strength": "80%"}, {}
    ]  # fmt: skip
    assert made_batch.run(photos, output).entries == finished.entries
    assert len(made_batch.made(output)) == 4
    made_batch.run(
        photos, output, put_back=["Ip0000"], drivers={"p0001.jpg": ""}, strengths={"p0001": ""}
    )
    assert [typed(output, f"p{n:04}") for n in range(2)] == [{}, {}]
    assert len(made_batch.made(output)) == 6


def test_options_that_name_nobody_or_ask_the_impossible(photos: Path, output: Path) -> None:
    for more, message in (
        ({"leave_out": ["I77"]}, "names no picture that may be animated"),
        ({"only": ["gone.jpg"]}, "names no picture that may be animated"),
        ({"drivers": {"p0001": "prud"}}, "is not a driver; did you mean proud"),
        ({"strengths": {"p0001": "9"}}, "not a number from 0 to 2"),
        ({"leave_out": ["p0001"], "put_back": ["p0001"]}, "contradict each other"),
    ):
        with pytest.raises(UsageError, match=message):
            made_batch.run(photos, output, **more)
    assert made_batch.made(output) == []


def test_only_some_are_made_and_the_rest_of_the_album_stays(photos: Path, output: Path) -> None:
    assert made_batch.run(photos, output, only=["p0001"]).counts() == {"done": 1, "waiting": 4}
    made_batch.run(photos, output)
    finished = made_batch.run(
        photos, output, only=["p0001", "Ip0002"], options=AnimateOptions(seed=1)
    )
    assert finished.counts() == {"done": 5}, "the others keep their clips"
    assert len(made_batch.made(output)) == 7
    assert "3 clips are still as an earlier run made them" in finished.warnings[-1]
    for each in finished.entries:
        assert (output / "album" / each.clip).is_file()
    finished = made_batch.run(photos, output, limit=2, options=AnimateOptions(seed=1))
    assert finished.counts() == {"done": 5} and len(made_batch.made(output)) == 9
    assert "1 clip is still as an earlier run made it" in finished.warnings[-1]
    assert made_batch.run(photos, output, options=AnimateOptions(seed=1)).warnings == ()
    assert len(made_batch.made(output)) == 10


def one_persons(photos: Path) -> FamilyTree:
    tree = made_batch.family(photos)
    links = tuple(replace(link, person_id="Ip0000") for link in tree.links)
    return replace(tree, persons=tree.persons[:1], links=links)


def test_order_is_within_a_persons_pictures(photos: Path, output: Path) -> None:
    tree = one_persons(photos)
    made_batch.run(photos, output, tree=tree)
    edit(output, p0004={"order": "1"}, p0001={"order": "1,5"}, p0003={"order": "-1"})
    finished = made_batch.run(photos, output, tree=tree)
    shown = [Path(each.photo).stem for each in finished.entries]
    assert shown == ["p0003", "p0004", "p0001", "p0000", "p0002"]
    assert len(made_batch.made(output)) == 5


def test_a_whole_person_is_left_out_and_named_nowhere(photos: Path, output: Path) -> None:
    tree = made_batch.family(photos, p0000={"crop_px": (0, 0, 9, 9)})
    pair = replace(tree.links[1], path=tree.links[0].path, crop_px=(20, 0, 9, 9))
    tree = replace(tree, links=(tree.links[0], pair, *tree.links[2:]))
    finished = made_batch.run(photos, output, tree=tree)
    captions = {each.caption for each in finished.entries if each.caption}
    assert captions == {"From left to right: Name of p0000, Name of p0001"}
    finished = made_batch.run(photos, output, tree=tree, leave_out=["Ip0001"])
    assert "Name of p0001" not in album_text(output)
    captions = {each.caption for each in finished.entries if each.caption}
    assert captions == {"From left to right: Name of p0000, somebody not named here"}


def test_a_face_that_is_marked_in_the_file_moves(photos: Path, output: Path) -> None:
    """The only mark that a user of the older GEDCOM can set, without another program."""
    tree = made_batch.family(photos)
    alive = replace(tree.persons[1], living=True)
    pair = replace(tree.links[1], path=tree.links[0].path)
    tree = replace(
        tree,
        persons=(tree.persons[0], alive, *tree.persons[2:]),
        links=(tree.links[0], pair, *tree.links[2:]),
    )
    counts = {"ambiguous": 1, "done": 3, "skipped-living": 1}
    assert made_batch.run(photos, output, tree=tree).counts() == counts
    edit(output, p0000={"face": "2"}, p0002={"face": "1"})
    plan = choose(
        tree, plan_batch(tree, BatchRequest(photos, output)), BatchRequest(photos, output)
    )
    assert [(each.link.faces, each.face_limit) for each in plan.plan.items[:3]] == [
        ("2", 0), ("", 0), ("1", 0)
    ]  # fmt: skip
    finished = made_batch.run(photos, output, tree=tree)
    assert finished.counts() == {"done": 4, "skipped-living": 1}
    assert len(made_batch.made(output)) == 5, "of the others, the one with a new mark"


def a_file(kind: str, original: list[dict[str, str]]) -> bytes:
    """The file as different programs save it, with the same choices typed."""
    changed = [dict(row) for row in original]
    separator, ending, encoding, yes = ",", "\r\n", "utf-8-sig", "yes"
    if kind == "german excel":
        separator, encoding, yes = ";", "cp1252", "ja"
    elif kind == "excel unicode text":
        separator, encoding, yes = "\t", "utf-16", "TRUE"
    elif kind == "text editor":
        ending, encoding, yes = "\n", "utf-8", " Yes "
    elif kind == "old mac":
        ending, yes = "\r", "x"
    elif kind == "french libreoffice":
        separator, yes = ";", "OUI"
    elif kind == "numbers":
        separator, yes = ";", "1"
    changed[1]["leave_out"] = yes
    changed[2]["strength"] = "0,5" if separator == ";" else "0.5"
    changed[3]["title"] = 'Ännchen; am See, "1904"'
    titles = list(changed[0])
    if kind == "sorted and moved":
        changed.reverse()
        titles = ["order", "title", "id", "leave_out", "strength", "driver", "photo", "caption"]
    if kind == "rows deleted":
        del changed[0], changed[-1]
    if kind == "titles in capitals":
        return (
            ",".join(t.upper().replace("_", " ") for t in titles).encode()
            + b"\r\n"
            + body(changed, titles, ",", "\r\n").encode()
        )
    text = separator.join(titles) + ending + body(changed, titles, separator, ending)
    if kind == "with sep":
        text = f"sep={separator}\r\n{text}"
    if kind == "blank lines":
        text = text.replace(ending, f"{ending}{separator * 10}{ending}")
    if kind == "one cell":  # Excel that expects semicolons, and was closed with "save"
        lines = list(csv.reader(io.StringIO(text), delimiter="\0"))
        lines = [line for line in text.split(ending) if line]
        quoted = ['"' + line.replace('"', '""') + '"' if '"' in line else line for line in lines]
        text = ending.join(quoted) + ending
    return text.encode(encoding)


def body(changed: list[dict[str, str]], titles: list[str], separator: str, ending: str) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator, lineterminator=ending)
    writer.writerows([row[title] for title in titles] for row in changed)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "kind",
    [
        "excel", "german excel", "excel unicode text", "text editor", "old mac", "numbers",
        "french libreoffice", "sorted and moved", "rows deleted", "titles in capitals", "with sep",
        "blank lines", "one cell",
    ],
)  # fmt: skip
def test_the_file_as_programs_save_it(photos: Path, output: Path, kind: str) -> None:
    made_batch.run(photos, output)
    (output / CHOICES_FILE).write_bytes(a_file(kind, rows(output)))
    finished = made_batch.run(photos, output)
    assert finished.counts() == {"done": 4, "left-out": 1}
    assert entry(finished, "p0003").title == 'Ännchen; am See, "1904"'
    assert len(made_batch.made(output)) == 6, "p0002 moves less"
    assert made_batch.run(photos, output).warnings == ()
    table = read_choices(output / CHOICES_FILE)
    assert {row.given["photo"] for row in table.rows} == {f"p{n:04}.jpg" for n in range(5)}
    assert len(made_batch.made(output)) == 6


def test_nothing_typed_is_lost(photos: Path, output: Path) -> None:
    """Not that of pictures which are gone for a while, nor columns that the user has added."""
    made_batch.run(photos, output)
    edited = [{**row, "my notes": f"see box {n}"} for n, row in enumerate(rows(output))]
    edited[1]["title"] = "Anna"
    write(output, edited, ";")
    gone = (photos / "p0001.jpg").read_bytes()
    (photos / "p0001.jpg").unlink()
    (photos / "p0009.jpg").write_bytes(b"new")
    made_batch.run(photos, output, allow_fewer=True)
    table = read_choices(output / CHOICES_FILE)
    assert table.separator == ";" and table.further == ("my notes",)
    assert [row.further for row in table.rows] == [(f"see box {n}",) for n in range(5)] + [("",)]
    (photos / "p0001.jpg").write_bytes(gone)
    assert entry(made_batch.run(photos, output), "p0001").title == "Anna"


def test_choices_follow_a_picture_whose_person_got_another_number(
    photos: Path, output: Path
) -> None:
    """As when a program exports the tree anew; its clip is not made again either."""
    tree = made_batch.family(photos)
    made_batch.run(photos, output, tree=tree)
    edit(output, p0001={"title": "Anna"}, p0002={"leave_out": "yes"})
    made_batch.run(photos, output, tree=tree)
    persons = tuple(replace(person, id=f"N{person.id}") for person in tree.persons)
    links = tuple(
        replace(link, person_id=f"N{link.person_id}", reference=f"C:\\{link.reference}")
        for link in tree.links
    )
    finished = made_batch.run(photos, output, tree=replace(tree, persons=persons, links=links))
    assert finished.counts() == {"done": 4, "left-out": 1}
    assert entry(finished, "p0001").title == "Anna"
    assert len(rows(output)) == 5 and {row["person"][0] for row in rows(output)} == {"N"}
    made_batch.run(
        photos, output, tree=replace(tree, persons=persons, links=links), put_back=["p0002"]
    )
    assert len(made_batch.made(output)) == 5


def test_a_row_that_a_user_has_written_for_a_person(photos: Path, output: Path) -> None:
    tree = one_persons(photos)
    output.mkdir()
    (output / CHOICES_FILE).write_text(
        "ID;Person;Photo;Driver;Leave out\n;Ip0000;;proud;\n;;P0003.JPG;;x\n"
    )
    finished = made_batch.run(photos, output, tree=tree)
    assert finished.counts() == {"done": 4, "left-out": 1}
    table = read_choices(output / CHOICES_FILE)
    assert [row.typed["driver"] for row in table.rows] == ["proud"] * 5
    assert all(row.given["id"] for row in table.rows)


def test_the_names_of_secret_people_leave_the_file(photos: Path, output: Path) -> None:
    tree = made_batch.family(photos)
    alive = replace(tree.persons[0], living=True)
    lives = replace(tree, persons=(alive, *tree.persons[1:]))
    agreed = {"Ip0000": "by letter, 3 May 2026"}
    made_batch.run(photos, output, tree=lives, consent=agreed)
    edit(output, p0000={"title": "Zoë at school", "driver": "smile"})
    made_batch.run(photos, output, tree=lives, consent=agreed)
    assert made_batch.run(photos, output, tree=lives).counts() == {"done": 4, "skipped-living": 1}
    text = (output / CHOICES_FILE).read_text("utf-8-sig")
    assert "p0000" not in text and "Zo" not in text and "smile" in text
    assert not [file for file in output.rglob("*.*") if "p0000" in file.name]
    made_batch.run(photos, output, tree=lives, consent=agreed)
    assert typed(output, "p0000") == {"driver": "smile"}
    never = replace(tree, persons=(replace(alive, restricted=True), *tree.persons[1:]))
    made_batch.run(photos, output.with_name("two"), tree=never)
    assert len(rows(output.with_name("two"))) == 4


def test_a_clip_that_was_left_out_goes_with_the_consent(photos: Path, output: Path) -> None:
    tree = made_batch.family(photos)
    lives = replace(tree, persons=(replace(tree.persons[0], living=True), *tree.persons[1:]))
    agreed = {"Ip0000": "by letter, 3 May 2026"}
    made_batch.run(photos, output, tree=lives, consent=agreed)
    made_batch.run(photos, output, tree=lives, consent=agreed, leave_out=["p0000"])
    assert [file.name for file in (output / "left-out/clips").iterdir()] == [
        "Name of p0000, p0000.mp4"
    ]
    made_batch.run(photos, output, tree=lives)
    assert not [file for file in output.rglob("*.*") if "p0000" in file.name]


MISTAKES = [
    ("leave_out", "perhaps", "'perhaps' is neither yes nor no: write yes, or leave the cell empty"),
    ("driver", "prud", "'prud' is not a driver; did you mean proud"),
    ("driver", "/etc/passwd", "is not in the folders that may be read"),
    ("strength", "3", "'3' is not a number from 0 to 2, such as 0.8"),
    ("strength", "01. Mai", "'01. Mai' is not a number from 0 to 2"),
    ("strength", "nan", "'nan' is not a number from 0 to 2"),
    ("face", "left", "'left' is not the number of a face: `nostalgia faces PHOTO` shows them"),
    ("face", "1.5", "'1.5' is not the number of a face"),
    ("order", "first", "'first' is not a number such as 1, 2 or 2.5"),
]


@pytest.mark.parametrize(("column", "cell", "message"), MISTAKES)
def test_a_mistake_stops_the_run_before_anything_changes(
    photos: Path, output: Path, column: str, cell: str, message: str
) -> None:
    made_batch.run(photos, output)
    (photos / "p0004.jpg").write_bytes(b"changed")
    edit(output, p0002={column: cell}, p0003={"leave_out": "yes"})
    before = (output / CHOICES_FILE).read_bytes()
    with pytest.raises(InputError) as caught:
        made_batch.run(photos, output)
    assert f"choices.csv, line 4, column {column}: " in str(caught.value)
    assert message in str(caught.value) and caught.value.exit_code == 3
    assert len(made_batch.made(output)) == 5
    assert (output / CHOICES_FILE).read_bytes() == before
    assert "p0003" in album_text(output)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"photo,driver\np0001.jpg,proud\n", "has no column called id"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "has no column called id"),
        (b'id,person\n"' + b"x" * 3_000_000, "is not CSV"),
    ],
)
def test_a_broken_file_stops_the_run(
    photos: Path, output: Path, content: bytes, message: str
) -> None:
    """Going on without it would put back what was left out."""
    made_batch.run(photos, output)
    (output / CHOICES_FILE).write_bytes(content)
    with pytest.raises(InputError, match=message):
        made_batch.run(photos, output)
    (output / CHOICES_FILE).unlink()
    assert made_batch.run(photos, output).counts() == {"done": 5}
    assert len(made_batch.made(output)) == 5 and len(rows(output)) == 5


def test_two_rows_about_one_picture(photos: Path, output: Path) -> None:
    made_batch.run(photos, output)
    edited = rows(output)
    write(output, [*edited, edited[1]])
    made_batch.run(photos, output)
    write(output, [*edited, {**edited[1], "title": "other"}])
    with pytest.raises(InputError, match="lines 3 and 7: are about the same picture, p0001.jpg"):
        made_batch.run(photos, output)


def test_a_file_that_is_open_elsewhere_stops_nothing_but_new_choices(
    photos: Path, output: Path, monkeypatch
) -> None:
    made_batch.run(photos, output)
    edit(output, p0001={"title": "Anna"})
    (photos / "p0009.jpg").write_bytes(b"new")

    def locked(path, table) -> None:
        raise EncodingError("is open in another program")

    monkeypatch.setattr(choices_module, "write_choices", locked)
    finished = made_batch.run(photos, output)
    assert finished.counts() == {"done": 6} and entry(finished, "p0001").title == "Anna"
    assert "choices.csv cannot be written; close it" in finished.warnings[0]
    with pytest.raises(EncodingError, match="your choices would be forgotten"):
        made_batch.run(photos, output, leave_out=["p0002"])
    assert "p0002" in album_text(output)


def test_no_cell_is_a_formula(photos: Path, output: Path) -> None:
    tree = made_batch.family(photos)
    persons = (replace(tree.persons[0], name='=HYPERLINK("http://x")'), *tree.persons[1:])
    tree = replace(tree, persons=persons)
    made_batch.run(photos, output, tree=tree)
    assert rows(output)[0]["name"] == '\'=HYPERLINK("http://x")'
    before = (output / CHOICES_FILE).stat().st_mtime_ns
    made_batch.run(photos, output, tree=tree)
    assert (output / CHOICES_FILE).stat().st_mtime_ns == before


def test_a_dry_run_shows_choices_and_writes_none(photos: Path, output: Path, monkeypatch) -> None:
    monkeypatch.setattr(preview, "read_input", lambda request: made_batch.family(photos))
    request = BatchRequest(photos, output, leave_out=("p0001",), only=("p0001", "p0002"))
    seen = preview.preview_batch(request)
    assert [each.item.status for each in seen.items].count("left-out") == 1
    assert [each.is_open for each in seen.items] == [False, False, True, False, False]
    assert not output.exists()


def test_the_summary_counts_what_was_left_out_and_names_nothing(photos: Path, output: Path) -> None:
    made_batch.run(photos, output, leave_out=["p0001", "p0002"])
    summary = json.loads((output / "album/summary.json").read_text())
    assert summary["counts"] == {"done": 3, "left-out": 2}
    left_out = [item for item in summary["items"] if item["status"] == "left-out"]
    assert {tuple(name for name, value in item.items() if value) for item in left_out} == {
        ("key", "status", "message")
    }


def test_an_option_means_the_name_as_it_is_spelt(photos: Path, output: Path) -> None:
    (photos / "P0000.JPG").write_bytes(b"another picture")
    (photos / "Ame\u0301lie.jpg").write_bytes(b"as a Mac spells it")
    request = BatchRequest(photos, output, leave_out=("p0000.jpg", "Am\u00e9lie.jpg"))
    seen = preview.preview_batch(request)
    out = {each.item.link.reference for each in seen.items if each.row.state == "left-out"}
    assert out == {"p0000.jpg", "Ame\u0301lie.jpg"}
    seen = preview.preview_batch(BatchRequest(photos, output, leave_out=("P0001.JPG",)))
    assert [each.item.link.reference for each in seen.items if each.row.state == "left-out"] == [
        "p0001.jpg"
    ]


@pytest.mark.parametrize("problem", ["ambiguous", "doubtful"])
def test_the_number_of_a_face_does_not_say_which_file_is_meant(
    photos: Path, output: Path, problem: str
) -> None:
    tree = made_batch.family(photos)
    unclear = replace(tree.links[0], path=None, problem=problem)
    tree = replace(tree, links=(unclear, *tree.links[1:]))
    made_batch.run(photos, output, tree=tree)
    edit(output, p0000={"face": "2"})
    finished = made_batch.run(photos, output, tree=tree)
    assert finished.counts()["done"] == 4 and not finished.is_complete
