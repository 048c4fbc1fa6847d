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
    cover, still, _ = elements.all("img")
    assert cover["src"] == still["src"] == "posters/Anna%2C%201.jpg"
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
    assert "2 pictures of people who may be living, left out and not named here." in page
    assert "zoe" not in page.lower()


def test_what_went_wrong_is_the_makers_business_and_not_on_the_page() -> None:
    states = ("missing-file", "no-face", "not-a-photo", "ambiguous", "failed", "waiting")
    lost = [replace(LOST, key=state, status=state, message=f"oh {state}") for state in states]
    assert album_html((ANNA, *lost), "Weiß") == album_html((ANNA,), "Weiß")


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
    assert Elements(album_html((odd,), "x")).all("img")[1]["src"] == "javascript%3Ax/y.jpg"
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


SAME = replace(ANNA, clip_sha256="ef" * 32, title="Their wedding")
HUSBAND = replace(SAME, key="9", name="Karl", person_id="I2", clip="clips/karl.mp4", born="1850")


def test_a_clip_of_two_people_is_shown_once_with_both_names() -> None:
    page = album_html((SAME, HUSBAND), "x")
    assert page.count("<figure") == 1 and "1 picture of 2 people" in page
    assert '<p class="text" dir="auto">Karl and Anna Weiß</p>' not in page, "order of the chapters"
    assert '<p class="text" dir="auto">Anna Weiß and Karl</p>' in page
    later = page[page.index('id="p2"') :]
    assert 'Also in: <a href="#p1-1">' in later and "Their wedding" in later
    assert 'id="p1-1"' in page


def test_different_clips_of_one_picture_stay_in_their_chapters() -> None:
    own = replace(HUSBAND, clip_sha256="aa" * 32)
    page = album_html((SAME, own), "x")
    assert page.count("<figure") == 2 and "Also in" not in page


def test_a_picture_that_is_linked_twice_to_one_person_is_shown_once() -> None:
    page = album_html((SAME, replace(SAME, key="7", clip="clips/again.mp4")), "x")
    assert page.count("<figure") == 1 and "Also in" not in page


def test_every_clip_can_be_saved_under_a_readable_name() -> None:
    code = replace(KARL, photo="IMG_1234.jpg", clip="clips/Karl, IMG_1234.mp4", date="1905-06-12")
    odd = replace(KARL, key="5", name="A/B: *", title="x" * 300, clip="clips/z.gif")
    links = [a for a in Elements(album_html((ANNA, code, odd), "x")).all("a") if "download" in a]
    names = {a["href"]: a["download"] for a in links}
    assert names["clips/Anna%2C%201.mp4"] == "Anna Weiß, At the sea.mp4"
    assert names["clips/Karl%2C%20IMG_1234.mp4"] == "Karl, 1905.mp4"
    assert names["clips/z.gif"] == "A B.gif"
    assert all(len(name.encode()) < 130 for name in names.values() if name)


def test_the_whole_photograph_is_a_click_away_if_the_album_has_it() -> None:
    page = album_html((replace(ANNA, whole_photo="photos/anna.jpg"), KARL), "x")
    (link,) = [a for a in Elements(page).all("a") if a.get("class") == "whole"]
    assert link["href"] == "photos/anna.jpg"
    with pytest.raises(UsageError, match="in its folder"):
        album_html((replace(ANNA, whole_photo="../../etc/x.jpg"),), "x")


def test_the_cover_shows_title_years_and_the_picture_that_most_people_share() -> None:
    large = replace(KARL, poster="posters/karl.jpg", width=900, height=900)
    elements = Elements(page := album_html((SAME, large, HUSBAND), "Weiß"))
    assert elements.all("img")[0]["src"] == "posters/Anna%2C%201.jpg"
    assert elements.all("img")[0]["alt"] == "Anna Weiß and Karl"
    assert '<p class="lifespan">1809\u20131865</p>' in page
    alone = Elements(album_html((replace(ANNA, photo_sha256="x"), large), "Weiß"))
    assert alone.all("img")[0]["src"] == "posters/karl.jpg", "the largest"
    whole = album_html((replace(SAME, whole_photo="photos/all.jpg"), HUSBAND), "Weiß")
    assert Elements(whole).all("img")[0]["src"] == "photos/all.jpg"
    assert "<img" not in album_html((), "Weiß")[: album_html((), "Weiß").index("<main")]


def test_captions_have_title_date_and_place_before_any_file_name() -> None:
    told = replace(ANNA, title="", photo="IMG_1234.jpg", date="1905-06", place="Riga, Latvia")
    page = album_html((told,), "x")
    assert '<p class="when" dir="auto">June 1905, Riga, Latvia</p>' in page
    assert 'class="title"' not in page
    named = album_html((replace(told, photo="harvest-at-home.jpg"),), "x")
    assert '<p class="title" dir="auto">Harvest at home</p>' in named
    code = album_html((replace(told, title="scan0001.jpg"),), "x")
    assert 'class="title"' not in code, "programs write the name of the file as its title"


@pytest.mark.parametrize(
    ("date", "readable"),
    [
        ("12 FEB 1809", "12 February 1809"),
        ("1809-02-12", "12 February 1809"),
        ("1809-02", "February 1809"),
        ("1809-00", "1809-00"),
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
