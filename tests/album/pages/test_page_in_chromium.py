"""The album in a real browser, without a network; skipped if Chromium is not installed."""

import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
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


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, *args: object) -> None:
        pass


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
    (folder / "photos").mkdir()
    Image.new("RGB", (64, 96), (200, 30, 30)).save(folder / "posters/one.jpg")
    Image.new("RGB", (1600, 1200), (30, 90, 30)).save(folder / "photos/one.jpg")
    clip = replace(ANNA, clip="clips/one.mp4", poster="posters/one.jpg", width=64, height=96)
    entries = [
        replace(clip, key=str(number), person_id=f"P{number}", name=f"Person {number:03}")
        for number in range(PEOPLE)
    ]
    entries[1] = replace(entries[1], whole_photo="photos/one.jpg")
    entries.append(replace(clip, key="gif", clip="clips/Moving ö#.gif", name="Zed", label=True))
    entries.append(
        replace(KARL, key="zz", name="Zz <script>window.pwned=1</script>", clip="clips/one.mp4")
    )
    shared = replace(clip, key="s", name="Zz 1", person_id="Z1", clip_sha256="ee" * 32)
    entries += [shared, replace(shared, key="t", name="Zz 2", person_id="Z2")]
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
    assert page.locator(".stop-all").inner_text() == "Resume movement"
    page.locator(".stop-all").press("Enter")
    page.locator("#p2 .frame").scroll_into_view_if_needed()
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
    assert page.locator("video[controls]:visible").count() == PEOPLE + 2
    assert page.locator("video:visible").count() == PEOPLE + 2
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


def test_the_button_that_stops_everything_covers_nothing(open_album: OpenAlbum) -> None:
    page = open_album()
    for width in (360, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        covering = page.evaluate(
            """() => {
                const button = document.querySelector(".stop-all");
                const place = getComputedStyle(button).position;
                const box = button.getBoundingClientRect();
                return place !== "static" || [...document.querySelectorAll("figure, img, a")].some(
                    (each) => {
                        const other = each.getBoundingClientRect();
                        return other.left < box.right && box.left < other.right
                            && other.top < box.bottom && box.top < other.bottom;
                    });
            }"""
        )
        assert not covering


def test_on_a_telephone_the_pause_button_is_seen_only_while_touched(open_album: OpenAlbum) -> None:
    page = open_album(has_touch=True, is_mobile=True)
    page.set_viewport_size({"width": 360, "height": 740})
    page.locator("#p1 .frame").scroll_into_view_if_needed()
    wait_for(page, "#p1 video", PLAYING)
    wait_for(page, "#p1 .toggle", "toggle => getComputedStyle(toggle).opacity === '0'")
    page.locator("#p1 .print").dispatch_event("pointerdown", {"pointerType": "touch"})
    wait_for(page, "#p1 .toggle", "toggle => getComputedStyle(toggle).opacity === '1'")
    wait_for(page, "#p1 .toggle", "toggle => getComputedStyle(toggle).opacity === '0'")
    page.locator("#p1 video").tap()
    wait_for(page, "#p1 video", "video => video.paused")
    page.wait_for_timeout(2000)
    assert page.locator("#p1 .toggle").evaluate("each => getComputedStyle(each).opacity") == "1"


def test_the_pause_button_leaves_the_corners_to_the_mark(open_album: OpenAlbum) -> None:
    page = open_album()
    page.set_viewport_size({"width": 320, "height": 740})
    page.locator("#p1 .frame").scroll_into_view_if_needed()
    picture, toggle = (page.locator(f"#p1 {name}").bounding_box() for name in (".print", ".toggle"))
    assert picture is not None and toggle is not None
    left, right = toggle["x"] - picture["x"], toggle["x"] + toggle["width"] - picture["x"]
    assert 0.38 * picture["width"] < left < right < 0.62 * picture["width"]


def test_the_whole_photograph_opens_on_top_and_closes(open_album: OpenAlbum) -> None:
    page = open_album()
    page.locator("#p2 .whole").click()
    image = page.locator("dialog img")
    wait_for(page, "dialog img", "image => image.naturalWidth === 1600")
    box = image.bounding_box()
    assert box is not None and box["width"] <= 1000 and box["height"] <= 800
    assert image.get_attribute("alt") == "Person 001, At the sea: the whole photograph"
    page.keyboard.press("Escape")
    assert not page.locator("dialog").is_visible()
    assert page.locator(".stop-all").inner_text() == "Stop all movement"
    page.locator("#p2 .whole").press("Enter")
    page.get_by_role("button", name="Close").click()
    assert not page.locator("dialog").is_visible()
    assert page.evaluate("document.activeElement.className") == "whole"


def test_without_script_the_whole_photograph_is_a_link(open_album: OpenAlbum) -> None:
    page = open_album(java_script_enabled=False)
    page.locator("#p2 .whole").click()
    assert page.url.endswith("/photos/one.jpg")


def test_a_clip_is_saved_with_one_click_on_a_telephone(open_album: OpenAlbum) -> None:
    page = open_album()
    page.set_viewport_size({"width": 360, "height": 740})
    save = page.locator("#p1 .save")
    save.scroll_into_view_if_needed()
    box = save.bounding_box()
    assert box is not None and box["height"] >= 44 and box["x"] + box["width"] <= 360
    size = save.evaluate("each => parseFloat(getComputedStyle(each).fontSize)")
    assert size >= 16 and save.inner_text() == "Save this clip"
    with page.context.expect_page() as opened:
        save.click()
    assert opened.value.url.endswith("/clips/one.mp4"), "browsers save no files of the own disk"
    assert "folder clips beside this page: one.mp4" in page.locator("#p1 .hint").inner_text()


def test_on_the_web_a_clip_is_saved_under_its_name(album: Path, browser: Browser) -> None:
    handler = partial(QuietHandler, directory=str(album))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/index.html")
        with page.expect_download() as download:
            page.locator("#p1 .save").click()
        assert download.value.suggested_filename == "Person 000, At the sea.mp4"
        context.close()
        server.shutdown()


def test_narrow_pages_do_not_scroll_sideways(open_album: OpenAlbum) -> None:
    page = open_album()
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_print_shows_labelled_stills(open_album: OpenAlbum) -> None:
    page = open_album()
    page.emulate_media(media="print")
    wait_for(
        page, "body", "body => [...body.querySelectorAll('.still')].every(one => one.complete)"
    )
    assert page.locator(".still:visible").count() == PEOPLE + 2
    assert page.locator(".still ~ .moving:visible, .still ~ * .moving:visible").count() == 0
    # The picture whose clip and still carry the mark needs no second one.
    assert page.locator(".mark:visible").count() == PEOPLE + 2
    assert page.locator("button:visible, .save:visible, .whole:visible").count() == 0
    pdf = page.pdf()
    assert pdf.startswith(b"%PDF")
    sheets = max(map(int, re.findall(rb"/Count (\d+)", pdf)))
    assert sheets == PEOPLE + 5, "the cover and a sheet for each person"
