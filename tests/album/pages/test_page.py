import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from album_entries import ANNA, KARL, LIVING, LOST

from nostalgia.album.pages.page import album_html, write_album
from nostalgia.album.pages.wording import life_dates, life_years, readable_date, readable_title
from nostalgia.errors import EncodingError, UsageError

HOSTILE = "<script>alert(1)</script>\" onload='x' &amp; \u202ebob\0\x1b[31m 👩\u200d👧 \ud800"


class Elements(HTMLParser):
    """Collects start tags with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def test_the_page_shows_clip_poster_name_dates_title_and_source() -> None:
    page = album_html((ANNA, KARL), "Weiß")
    elements = Elements(page)
    first, bare, second, _ = elements.all("video")
    assert first["src"] == "clips/Anna%2C%201.mp4"
    assert [image["src"] for image in elements.all("img")] == ["posters/Anna%2C%201.jpg"]
    assert (first["width"], first["height"], first["preload"]) == ("40", "60", "none")
    assert {"muted", "loop", "playsinline"} <= first.keys() & bare.keys()
    assert {"controls", "poster"} <= bare.keys() - first.keys()
    assert second["src"] == "clips/karl.mp4"
    for word in ("Anna Weiß", "born 12 February 1809 · died 1865", "At the sea", "Ella, page 3"):
        assert word in page
    assert elements.all("html") == [{"lang": "en"}]
    assert "never filmed" in page and "cite the photograph" in page


def test_the_living_are_counted_and_not_named() -> None:
    page = album_html((ANNA, LIVING, replace(LIVING, key="9", name="Zoe", title="Zoe")), "Weiß")
    assert "2 pictures of people who may be living" in page
    assert "zoe" not in page.lower()


def test_what_could_not_be_animated_is_listed_with_its_reason() -> None:
    page = album_html((ANNA, LOST, replace(LOST, key="7", status="no-photo", photo="")), "Weiß")
    assert page.count("Hans Weiß") == 1
    assert "The file was not found" in page and "hans.jpg" in page


def test_people_are_sorted_without_accents_and_unnamed_ones_come_last() -> None:
    names = ["", "Zoe", "Émile", "anna", "Eva", "Emil"]
    entries = [replace(KARL, key=name, name=name, person_id=name) for name in names]
    headings = re.findall(r'<h2 id="h\d+"><bdi dir="auto">(.*?)</bdi>', album_html(entries, "x"))
    assert headings == ["anna", "Emil", "Émile", "Eva", "Zoe", "Other pictures"]


def test_people_are_sorted_by_surname_if_it_is_known() -> None:
    people = [("Anna Weiß", "Weiß"), ("Zoe Ångström", "Ångström"), ("Karl", "")]
    entries = [replace(KARL, key=n, name=n, person_id=n, surname=s) for n, s in people]
    headings = re.findall(r'<h2 id="h\d+"><bdi dir="auto">(.*?)</bdi>', album_html(entries, "x"))
    assert headings == ["Zoe Ångström", "Karl", "Anna Weiß"]


def test_a_single_chapter_without_a_name_is_called_pictures() -> None:
    page = album_html((replace(KARL, name="", person_id=""),), "x")
    assert '<h2 id="h1"><bdi dir="auto">Pictures</bdi></h2>' in page
    assert '<p class="count">1 picture</p>' in page and "<nav" not in page


def test_people_with_the_same_name_stay_separate_and_pictures_of_one_person_together() -> None:
    again = replace(ANNA, key="8", clip="clips/b.mp4")
    page = album_html((ANNA, replace(KARL, name=ANNA.name), again), "x")
    assert page.count("<section") == 2
    assert "3 pictures of 2 people" in page


@pytest.mark.parametrize(
    "field", ["name", "born", "died", "title", "caption", "source", "note", "driver", "photo"]
)
def test_text_from_a_tree_never_becomes_markup(field: str) -> None:
    harmless = album_html((ANNA, replace(LOST, name="x")), "t")
    page = album_html((replace(ANNA, **{field: HOSTILE}), replace(LOST, name=HOSTILE)), HOSTILE)
    elements = Elements(page)
    tags = {tag for tag, _ in elements.found}
    assert tags <= {tag for tag, _ in Elements(harmless).found} | {"p"}
    assert len(elements.all("script")) == 1
    assert not any(name.startswith("on") for _, given in elements.found for name in given)
    page.encode("utf-8")
    assert "\0" not in page and "\x1b" not in page


def test_file_names_are_quoted_and_must_stay_in_the_folder() -> None:
    odd = replace(ANNA, clip='clips/a"b#c?d%e é\udcff.mp4', poster="javascript:x/y.jpg")
    video = Elements(album_html((odd,), "x")).all("video")[0]
    assert video["src"] == "clips/a%22b%23c%3Fd%25e%20%C3%A9%FF.mp4"
    assert Elements(album_html((odd,), "x")).all("img")[0]["src"] == "javascript%3Ax/y.jpg"
    for place in ("../x.mp4", "/etc/x.mp4", "clips/../../x.mp4"):
        with pytest.raises(UsageError, match="in its folder"):
            album_html((replace(ANNA, clip=place),), "x")


def test_readers_who_prefer_reduced_motion_get_the_still_of_a_moving_image() -> None:
    page = album_html((replace(ANNA, clip="clips/anna.gif"),), "x")
    source = Elements(page).all("source")[0]
    assert source["media"] == "(prefers-reduced-motion: reduce)"
    assert source["srcset"] == ANNA.poster.replace(", ", "%2C%20")


def test_the_page_and_its_policy_allow_no_other_source() -> None:
    page = album_html((ANNA, KARL), "x")
    assert not re.search(r"(?:src|href|url\()\s*=?\s*[\"']?(?:https?:)?//", page)
    policy = Elements(page).all("meta")[1]["content"] or ""
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


def test_the_same_entries_give_the_same_bytes_and_replace_an_earlier_page(tmp_path) -> None:
    page = write_album(tmp_path, (ANNA, KARL), "x")
    assert page == tmp_path / "index.html"
    first = page.read_bytes()
    write_album(tmp_path, (ANNA,), "x")
    assert write_album(tmp_path, (ANNA, KARL), "x").read_bytes() == first
    assert list(tmp_path.iterdir()) == [page]


def test_the_error_names_the_page_that_cannot_be_written(tmp_path) -> None:
    with pytest.raises(EncodingError, match=r"gone.index\.html: the album cannot be written"):
        write_album(tmp_path / "gone", (ANNA,), "x")


def test_an_empty_album_has_no_sections() -> None:
    page = album_html((), "x")
    assert "0 pictures" in page and "<section" not in page


@pytest.mark.parametrize(
    ("date", "readable"),
    [
        ("12 FEB 1809", "12 February 1809"),
        ("1809-02-12", "12 February 1809"),
        ("ABT 1850", "about 1850"),
        ("BET 1850 AND MAR 1851", "between 1850 and March 1851"),
        ("@#DJULIAN@ 5 MAR 1712", "5 March 1712"),
        ("INT 1900 (from a letter)", "1900 (from a letter)"),
        ("Pfingsten 1850", "Pfingsten 1850"),
        ("1809-19-12", "1809-19-12"),
        ("Y", ""),
        ("", ""),
    ],
)
def test_dates_are_readable(date: str, readable: str) -> None:
    assert readable_date(date) == readable


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("family", "Family"),
        ("our_family-2020", "Our family 2020"),
        ("family-5.5.1", "Family 5.5.1"),
        ("Box of 1974", "Box of 1974"),
        ("Müller-Berg", "Müller-Berg"),
        ("_", "_"),
        ("", ""),
    ],
)
def test_file_names_become_titles(name: str, title: str) -> None:
    assert readable_title(name) == title


def test_dates_and_years_of_a_life() -> None:
    assert life_dates("", "Y") == ""
    assert life_dates("1850", "") == "born 1850"
    assert life_years("12 FEB 1809", "1865") == "1809\u20131865"
    assert life_years("", "AFT 1931") == "died 1931"
    assert life_dates("baptised 3 MAY 1801", "buried 5 MAR 1931").split(" · ") == [
        "baptised 3 May 1801",
        "buried 5 March 1931",
    ]
    assert life_years("", "buried 5 MAR 1931") == "buried 1931"
    assert life_years("", "") == ""
