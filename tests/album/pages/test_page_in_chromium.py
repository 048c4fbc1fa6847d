"""The album in a real browser, without a network; skipped if Chromium is not installed."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from album_entries import ANNA, KARL, LIVING, LOST
from PIL import Image

from nostalgia.album.pages.page import write_album
from nostalgia.clips.writer import ClipWriter

NO_BROWSER = "SKIPPED, NO BROWSER: the album was not tested in a browser (pip install .[readback])"
pytest.importorskip("playwright", reason=NO_BROWSER)
pytest.importorskip("axe_playwright_python", reason=NO_BROWSER)

from axe_playwright_python.sync_playwright import Axe  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

PEOPLE = 6
PATIENCE_MS = 10_000
PLAYING = "video => !video.paused && video.currentTime > 0.05"
OpenAlbum = Callable[..., Page]


def make_clip(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with ClipWriter(path, 64, 96, 10) as writer:
        for grey in range(20):
            writer.write(np.full((96, 64, 3), grey * 12, np.uint8))


@pytest.fixture(scope="module")
def album(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("album")
    make_clip(folder / "clips/one.mp4")
    make_clip(folder / "clips/Moving ö#.gif")
    (folder / "posters").mkdir()
    Image.new("RGB", (64, 96), (200, 30, 30)).save(folder / "posters/one.jpg")
    clip = replace(ANNA, clip="clips/one.mp4", poster="posters/one.jpg", width=64, height=96)
    entries = [
        replace(clip, key=str(number), person_id=f"P{number}", name=f"Person {number:03}")
        for number in range(PEOPLE)
    ]
    entries.append(replace(clip, key="gif", clip="clips/Moving ö#.gif", name="Zed", label=True))
    entries.append(replace(KARL, name="Zz <script>window.pwned=1</script>", clip="clips/one.mp4"))
    write_album(folder, [*entries, LIVING, LOST], "An album of many")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    program = os.environ.get("NOSTALGIA_CHROMIUM") or next(
        filter(None, map(shutil.which, names)), ""
    )
    if not program:
        pytest.skip(
            "SKIPPED, NO BROWSER: the album was not tested in a browser"
            " (apt-get install chromium, or set NOSTALGIA_CHROMIUM)"
        )
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def open_album(album: Path, browser: Browser) -> Iterator[OpenAlbum]:
    """Open the page without a network; at the end, check that the browser reported no problem."""
    contexts, problems = [], []

    def opened(**settings: object) -> Page:
        size = {"width": 1000, "height": 800}
        contexts.append(browser.new_context(viewport=size, offline=True, **settings))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "request",
            lambda request: request.url.startswith("file:") or problems.append(request.url),
        )
        page.goto((album / "index.html").as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert problems == []


def wait_for(page: Page, selector: str, condition: str) -> None:
    """Wait until the condition is true, by polling: the page's policy blocks Playwright's way."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while not page.locator(selector).evaluate(condition):
        assert time.monotonic() < end, (selector, condition)
        page.wait_for_timeout(50)


def test_films_play_muted_in_view_and_are_unloaded_out_of_view(open_album: OpenAlbum) -> None:
    page = open_album()
    page.locator("#p2").scroll_into_view_if_needed()
    wait_for(page, "#p2 video", PLAYING)
    assert page.evaluate("document.querySelector('#p2 video').muted")
    page.locator("#p6").scroll_into_view_if_needed()
    wait_for(page, "#p6 video", PLAYING)
    wait_for(page, "#p2 video", "video => video.paused && !video.hasAttribute('src')")
    page.locator("#p2").scroll_into_view_if_needed()
    wait_for(page, "#p2 video", PLAYING)


def test_a_film_pauses_under_the_mouse(open_album: OpenAlbum) -> None:
    page = open_album()
    page.locator("#p1 .frame").scroll_into_view_if_needed()
    wait_for(page, "#p1 video", PLAYING)
    page.locator("#p1 .print").hover()
    wait_for(page, "#p1 video", "video => video.paused")
    page.mouse.move(2, 2)
    wait_for(page, "#p1 video", PLAYING)


def test_everything_works_from_the_keyboard(open_album: OpenAlbum) -> None:
    page = open_album()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    first = page.locator("#p1 .toggle")
    first.focus()
    wait_for(page, "#p1 video", PLAYING)
    assert first.get_attribute("aria-label") == "Pause: Person 000, At the sea"
    page.keyboard.press("Space")
    wait_for(page, "#p1 video", "video => video.paused")
    assert first.get_attribute("aria-label") == "Play: Person 000, At the sea"
    page.keyboard.press("Enter")
    wait_for(page, "#p1 video", PLAYING)
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.closest('section').id") == "p2"
    wait_for(page, "#p2 video", PLAYING)
    page.keyboard.press("Escape")
    wait_for(page, "#p2 video", "video => video.paused")
    assert page.locator("#stop-all").inner_text() == "Resume movement"
    page.locator("#stop-all").press("Enter")
    wait_for(page, "#p2 video", PLAYING)


def test_with_reduced_motion_a_film_plays_only_on_request(open_album: OpenAlbum) -> None:
    page = open_album(reduced_motion="reduce")
    page.locator("#p1 .frame").scroll_into_view_if_needed()
    page.wait_for_timeout(600)
    assert page.evaluate("[...document.querySelectorAll('video')].every(video => video.paused)")
    page.locator("#p1 .toggle").click()
    wait_for(page, "#p1 video", PLAYING)
    page.locator("#p7 .frame").scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    assert not page.locator("#p7 .moving").is_visible()


def test_a_moving_image_moves_in_view_and_stops_on_request(open_album: OpenAlbum) -> None:
    page = open_album()
    moving = page.locator("#p7 .moving")
    page.locator("#p7 .frame").scroll_into_view_if_needed()
    moving.wait_for(state="visible")
    assert moving.evaluate("image => image.decode().then(() => image.naturalWidth)") == 64
    page.locator("#p7 .toggle").press("Enter")
    moving.wait_for(state="hidden")
    assert page.locator("#p7 .still").is_visible()


def test_markup_in_names_is_shown_as_text(open_album: OpenAlbum) -> None:
    page = open_album()
    assert page.evaluate("window.pwned") is None
    assert page.get_by_role("heading", name="Zz <script>window.pwned=1</script>").count() == 1


def test_without_script_every_film_has_controls(open_album: OpenAlbum) -> None:
    page = open_album(java_script_enabled=False)
    assert page.locator("video[controls]:visible").count() == PEOPLE + 1
    assert page.locator("video:visible").count() == PEOPLE + 1
    assert page.locator(".toggle:visible").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_no_violations(open_album: OpenAlbum, scheme: str, width: int) -> None:
    page = open_album(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    page.locator("details").first.evaluate("element => element.open = true")
    page.wait_for_timeout(300)
    found = Axe().run(page).response["violations"]
    assert [(rule["impact"], rule["id"], rule["nodes"][0]["html"]) for rule in found] == []


def test_narrow_pages_do_not_scroll_sideways(open_album: OpenAlbum) -> None:
    page = open_album()
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_print_shows_labelled_stills(open_album: OpenAlbum) -> None:
    page = open_album()
    page.emulate_media(media="print")
    assert page.locator(".still:visible").count() == PEOPLE + 1
    assert page.locator(".still ~ .moving:visible, .still ~ * .moving:visible").count() == 0
    # The picture whose clip and still carry the mark needs no second one.
    assert page.locator(".mark:visible").count() == PEOPLE + 1
    assert page.locator("button:visible").count() == 0
    assert page.pdf().startswith(b"%PDF")
