"""One file that several people's references may mean is nobody's, or that of the better one."""

from pathlib import Path

import pytest

from nostalgia.album.trees.doubtful import without_doubtful
from nostalgia.album.trees.model import PhotoLink


def found(place: str, *references: str, people: str = "ABCDE") -> list[bool]:
    """For each reference, which is another person's, whether it keeps the file at `place`."""
    links = [
        PhotoLink(person, reference, Path("/media") / place)
        for person, reference in zip(people, references, strict=False)
    ]
    kept = without_doubtful(links)
    assert all(link.problem == ("" if link.path else "doubtful") for link in kept)
    return [link.path is not None for link in kept]


@pytest.mark.parametrize(
    ("place", "references", "kept"),
    [
        ("1.jpg", ("C:\\Anna\\1.jpg", "C:\\Karl\\1.jpg"), (False, False)),
        ("anna/1.jpg", ("C:\\Anna\\1.jpg", "C:\\Karl\\1.jpg"), (True, False)),
        ("1.jpg", ("C:\\Fotos\\1.jpg", "D:\\fotos\\1.jpg"), (True, True)),
        ("1.jpg", ("C:\\Fotos\\1.jpg", "1.jpg"), (False, True)),
        ("1.jpg", ("https://x.invalid/1.jpg", "1.jpg"), (False, True)),
        ("f/1.jpg", ("f/1.jpg", "C:\\Karl\\1.jpg"), (True, False)),
        (
            "dist.jpg",
            ("https://x.invalid/1/dist.jpg", "https://x.invalid/2/dist.jpg"),
            (False,) * 2,
        ),
        ("d.jpg", ("https://x.invalid/1/d.jpg?a", "https://x.invalid/1/d.jpg?b"), (True, True)),
        ("1/dist.jpg", ("https://x.invalid/1/dist.jpg", "https://x.invalid/2/dist.jpg"), (1, 0)),
    ],
)
def test_a_file_belongs_to_the_reference_that_agrees_best(place, references, kept):
    assert found(place, *references) == [bool(each) for each in kept]


def test_two_references_of_one_person_are_no_matter():
    assert found("1.jpg", "C:\\Anna\\1.jpg", "C:\\Karl\\1.jpg", people="AA") == [True, True]


def test_entries_of_archives_count_as_well():
    links = [PhotoLink(p, f"C:\\{p}\\1.jpg", None, archive_name="m/1.jpg") for p in "AB"]
    assert [link.archive_name for link in without_doubtful(links)] == ["", ""]
