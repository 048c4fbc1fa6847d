"""The page in a real browser, as its users use it; skipped if Chromium is not installed."""

import base64
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

NO_BROWSER = "SKIPPED, NO BROWSER: the page was not tested in a browser (pip install .[app,dev])"
pytest.importorskip("starlette", reason="the extra app is not installed")
pytest.importorskip("playwright", reason=NO_BROWSER)
pytest.importorskip("axe_playwright_python", reason=NO_BROWSER)

from axe_playwright_python.sync_playwright import Axe  # noqa: E402
from playwright.sync_api import Browser, Page, Playwright, sync_playwright  # noqa: E402
from served_app import Served  # noqa: E402

from nostalgia.cli.demo import portrait_png  # noqa: E402
from nostalgia.clips.ffmpeg import run_ffmpeg  # noqa: E402
from nostalgia.clips.reader import read_frames  # noqa: E402
from nostalgia.errors import EncodingError  # noqa: E402
from nostalgia.files import driving_videos_folder  # noqa: E402

pytestmark = pytest.mark.slow
PATIENCE_MS = 60_000
PLAYING = "video => !video.paused && video.currentTime > 0.05"
PAUSED = "video => video.paused"
REFUSED = "Failed to load resource: the server responded with a status of 4"
OpenPage = Callable[..., Page]

DROP = """([where, kind, name, type, content]) => {
  const bytes = Uint8Array.from(atob(content), (char) => char.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type }));
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true })
    : new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true });
  return document.querySelector(where).dispatchEvent(event);
}"""


@pytest.fixture(scope="module")
def portrait() -> bytes:
    return portrait_png()


@pytest.fixture(scope="module")
def group(portrait: bytes) -> bytes:
    """Three times the same person, of whom the last is too small to move."""
    face = Image.open(BytesIO(portrait)).convert("RGB")
    picture = Image.new("RGB", (1200, 560), (120, 110, 100))
    picture.paste(face, (0, 30))
    picture.paste(face, (560, 30))
    picture.paste(face.resize((110, 110)), (1080, 200))
    return as_format(picture, "JPEG")


def as_format(picture: Image.Image, form: str) -> bytes:
    file = BytesIO()
    picture.convert("RGB").save(file, form)
    return file.getvalue()


@pytest.fixture(scope="module")
def program() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("NOSTALGIA_CHROMIUM") or next(filter(None, map(shutil.which, names)), "")
    if not found:
        pytest.skip(f"{NO_BROWSER}: apt-get install chromium, or set NOSTALGIA_CHROMIUM")
    return found


@pytest.fixture(scope="module")
def camera_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A performer of the bank, as a camera would show her."""
    film = tmp_path_factory.mktemp("camera") / "film.mjpeg"
    source = driving_videos_folder() / "calm.mp4"
    words = ["-v", "error", "-i", str(source), "-vf", "scale=640:640", "-q:v", "3", str(film)]
    assert run_ffmpeg(words, EncodingError).returncode == 0
    return film


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright, program: str, camera_film: Path) -> Iterator[Browser]:
    words = [
        *("--no-sandbox", "--use-fake-device-for-media-stream"),
        f"--use-file-for-fake-video-capture={camera_film}",
    ]
    opened = playwright.chromium.launch(executable_path=program, args=words)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("temporary")
    drivers = tmp_path_factory.mktemp("drivers")
    running = Served(folder, NOSTALGIA_DRIVERS=str(drivers)).enter()
    yield running
    assert running.end() == 0
    assert running.left_behind() == []


@pytest.fixture
def open_page(server: Served, browser: Browser) -> Iterator[OpenPage]:
    """Open a page of an empty session; at the end, check that the browser saw no problem."""
    contexts, problems = [], []
    for item in server.items().values():
        if item["kind"] in ("photo", "recording"):
            server.delete(f"/api/{item['kind']}s/{item['id']}")

    def opened(width: int = 1280, **settings: Any) -> Page:
        size = {"width": width, "height": 800}
        contexts.append(browser.new_context(viewport=size, accept_downloads=True, **settings))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE_MS)
        own = (f"http://{server.host}/", f"blob:http://{server.host}/", "data:")
        page.on("console", lambda message: message.text.startswith(REFUSED)
                or problems.append(message.text))  # fmt: skip
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda asked: asked.url.startswith(own) or problems.append(asked.url))
        enter(page, server)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert problems == []


def enter(page: Page, server: Served) -> None:
    """Open the page with the token of the session, as a reload does."""
    page.add_init_script(f"sessionStorage.setItem('nostalgia-token', '{server.token}')")
    page.goto(f"http://{server.host}/")
    page.locator("#pick").wait_for()


def put(page: Page, *files: tuple[str, bytes]) -> None:
    """Choose files with the picker; types are as wrong as browsers make them."""
    page.locator("#picker").set_input_files(
        [{"name": name, "mimeType": "application/octet-stream", "buffer": b} for name, b in files]
    )


def ready(page: Page, faces: int = 1) -> None:
    page.locator(".face").nth(faces - 1).wait_for()
    wait_for(page, "#bring", "button => !button.disabled")


def wait_for(page: Page, selector: str, condition: str) -> None:
    """Wait until the condition is true, by polling: the page's policy blocks Playwright's way."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while not page.locator(selector).first.evaluate(condition):
        assert time.monotonic() < end, (selector, condition)
        page.wait_for_timeout(50)


def shorten(page: Page, side_px: int = 160) -> None:
    """Fine controls for a clip that is made in a moment."""
    page.locator("#more").click()
    page.locator("#fine-duration_s").fill("1")
    page.locator("#fine-max_side").fill(f"{side_px}")
    page.locator("#fine-max_side").press("Tab")


def press(page: Page, selector: str) -> None:
    """Press the button of the mouse over an element, and hold it."""
    box = page.locator(selector).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()


def test_a_drop_anywhere_is_taken_and_never_leaves_the_page(
    open_page: OpenPage, server: Served, portrait: bytes
) -> None:
    page = open_page()
    content = base64.b64encode(portrait).decode()
    address = page.url
    page.evaluate(DROP, ["footer", "dragenter", "a.png", "image/png", content])
    assert page.locator("#veil").is_visible()
    untaken = page.evaluate(DROP, ["footer", "drop", "a.png", "image/png", content])
    assert not untaken, "the browser would have opened the photo instead of the page"
    assert page.locator("#veil").is_hidden()
    ready(page)
    assert page.url == address
    assert page.locator(".face img").get_attribute("alt") == "Face 1 of 1"


def test_a_photo_is_pasted(open_page: OpenPage, portrait: bytes) -> None:
    page = open_page()
    content = base64.b64encode(portrait).decode()
    page.evaluate(DROP, ["body", "paste", "image.png", "image/png", content])
    ready(page)


@pytest.mark.parametrize(("form", "name"), [("TIFF", "scan.tif"), ("HEIF", "IMG_0001.HEIC")])
def test_heic_and_tiff_are_shown_and_looked_at(
    open_page: OpenPage, portrait: bytes, form: str, name: str
) -> None:
    if form == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    page = open_page()
    put(page, (name, as_format(Image.open(BytesIO(portrait)), form)))
    ready(page)
    wait_for(page, "#stage .still", "image => image.complete && image.naturalWidth > 400")


def test_a_group_gets_a_bar_and_each_face_its_own_driver(
    open_page: OpenPage, server: Served, group: bytes
) -> None:
    page = open_page()
    put(page, ("group.jpg", group))
    ready(page, 3)
    boxes = [box.bounding_box()["x"] for box in page.locator("#stage .box").all()]
    assert boxes == sorted(boxes)
    assert page.locator(".face.chosen").count() == 2
    assert "too small" in page.locator(".face").nth(2).inner_text()
    page.locator("#face-2-driver").click()
    wait_for(page, "dialog .performer video", PLAYING)
    page.locator("dialog input[value=wink]").check(force=True)
    page.locator("dialog input[type=range]").fill("0.6")
    page.locator("dialog footer .primary").click()
    wait_for(page, "#face-2-driver", "button => button.innerText === 'Wink\\n60 %'")
    page.locator("#face-1").uncheck(force=True)
    page.locator("#quick").click()
    wait_for(page, "video.moving", PLAYING)
    clip = next(item for item in server.items().values() if item["kind"] == "clip")
    assert clip["given"] == {"faces": [2], "face_drivers": {"2": "wink"},
                             "face_strengths": {"2": 0.6}}  # fmt: skip
    moved = {face["number"]: face["driver"] for face in clip["result"]["faces"] if face["moved"]}
    assert moved == {2: "wink"}


def test_a_clip_survives_a_reload_plays_pauses_and_is_saved(
    open_page: OpenPage, portrait: bytes, tmp_path: Path
) -> None:
    page = open_page()
    put(page, ("Oma Zoë.png", portrait))
    ready(page)
    page.locator("#bring").click()
    page.locator("#panel progress").wait_for()
    page.reload()
    page.locator("#panel progress").wait_for()
    page.locator("#history .tile").wait_for()
    page.locator("video.moving").wait_for()
    wait_for(page, "video.moving", PLAYING)
    video = page.locator("video.moving")
    assert video.evaluate("video => video.muted && video.loop")
    page.locator("#stage .print").hover(position={"x": 20, "y": 200})
    wait_for(page, "video.moving", PAUSED)
    page.mouse.move(2, 2)
    wait_for(page, "video.moving", PLAYING)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Space")
    wait_for(page, "video.moving", PAUSED)
    page.keyboard.press("Space")
    wait_for(page, "video.moving", PLAYING)
    with page.expect_download() as saving:
        page.locator("#save").click()
    saved = tmp_path / saving.value.suggested_filename
    saving.value.save_as(saved)
    assert saved.name == "Oma Zoë.nostalgia.mp4"
    assert len(list(read_frames(saved, 25))) > 100
    with page.expect_download() as saving:
        page.locator("#save-still").click()
    assert saving.value.suggested_filename == "Oma Zoë.nostalgia.jpg"


def test_a_running_clip_is_cancelled(open_page: OpenPage, server: Served, portrait: bytes) -> None:
    page = open_page()
    put(page, ("a.png", portrait))
    ready(page)
    page.locator("#more").click()
    page.locator("#fine-loop").fill("50")
    page.locator("#fine-loop").press("Tab")
    page.locator("#bring").click()
    page.locator("#panel .progress").wait_for()
    press(page, "#panel .progress button")
    page.wait_for_timeout(400)  # news of the work comes ten times a second
    page.mouse.up()
    page.locator("#bring").wait_for()
    clip = next(item for item in server.items().values() if item["kind"] == "clip")
    assert server.wait(clip["id"], "cancelled")


def test_a_click_is_not_lost_to_news(open_page: OpenPage, server: Served, portrait: bytes) -> None:
    page = open_page()
    put(page, ("a.png", portrait))
    ready(page)
    photo = next(item for item in server.items().values() if item["kind"] == "photo")
    before = page.locator("#stage .still").get_attribute("src")
    press(page, "#tool-mark")
    server.post(f"/api/photos/{photo['id']}/turn", {"turns": 2})
    server.wait(photo["id"], "ready")
    page.wait_for_timeout(300)
    assert page.locator("#stage .still").get_attribute("src") == before
    page.mouse.up()
    page.locator(".marker").wait_for()
    wait_for(page, "#stage .still", f"image => image.getAttribute('src') !== {before!r}")


def test_a_photo_is_restored_compared_and_saved(
    open_page: OpenPage, server: Served, portrait: bytes
) -> None:
    page = open_page()
    put(page, ("a.png", portrait))
    ready(page)
    page.locator("#restore").click()
    page.locator("#save-restored").wait_for()
    assert page.locator("#tool-compare").get_attribute("aria-pressed") == "true"
    still = page.locator("#stage .still").evaluate("image => [image.naturalWidth, image.src]")
    curtain = page.locator("#stage .curtain").evaluate("image => [image.naturalWidth, image.src]")
    assert still[0] == curtain[0] > 100 and still[1] != curtain[1]
    page.locator("#compare-slider").focus()
    page.keyboard.press("Home")
    assert "100%" in page.locator(".curtain").evaluate("image => image.style.clipPath")
    order = page.evaluate(
        "[...document.querySelectorAll('#panel a, #panel button')].map((each) => each.id)"
    )
    assert order[:4] == ["save-restored", "bring", "quick", "restore"]
    with page.expect_download() as saving:
        page.locator("#save-restored").click()
    assert saving.value.suggested_filename == "a.enhanced.png"
    page.locator("#tool-compare").click()
    page.locator(".curtain").wait_for(state="detached")
    assert page.locator("#history .tile").count() == 1
    page.reload()
    page.locator("#save-restored").wait_for()
    made = next(item for item in server.items().values() if item.get("look") == "restored")
    assert made["result"]["warnings"] == []


def test_without_a_face_nothing_can_be_made(open_page: OpenPage) -> None:
    page = open_page()
    put(page, ("nobody.png", as_format(Image.new("RGB", (400, 400), (90, 90, 90)), "PNG")))
    page.locator("#mark-here").wait_for()
    for name in ("bring", "quick", "restore"):
        assert page.locator(f"#{name}").is_disabled()
    words = page.locator("#panel .act").inner_text().split("\n")
    assert [line for line in words if line] == ["Bring to life", "Quick look", "Restore only"]


def test_other_performances_gifs_and_comparing(
    open_page: OpenPage, server: Served, portrait: bytes
) -> None:
    page = open_page()
    put(page, ("a.png", portrait))
    ready(page)
    shorten(page)
    page.locator("#bring").click()
    wait_for(page, "video.moving", PLAYING)
    first = page.locator("video.moving").get_attribute("src")
    with page.expect_download() as saving:
        page.locator("#save-gif").click()
    assert saving.value.suggested_filename == "a.nostalgia.gif"
    page.locator("#tool-compare").click()
    slider = page.locator("#compare-slider")
    slider.focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    assert "60%" in page.locator(".curtain").evaluate("image => image.style.clipPath")
    page.locator("#another").click()
    wait_for(page, "video.moving", f"video => video.getAttribute('src') !== {first!r}")
    clips = [item for item in server.items().values() if item.get("look") == "clip"]
    assert len({clip["result"]["faces"][0]["driver"] for clip in clips}) == 2
    assert page.locator("#history .tile").count() == 2
    assert [clip["save_as"] for clip in clips] == ["a.nostalgia.mp4", "a-2.nostalgia.mp4"]


def test_with_reduced_motion_a_clip_waits_for_the_user(
    open_page: OpenPage, portrait: bytes
) -> None:
    page = open_page(reduced_motion="reduce")
    put(page, ("a.png", portrait))
    ready(page)
    page.locator("#quick").click()
    page.locator("video.moving").wait_for()
    page.wait_for_timeout(500)
    assert page.locator("video.moving").evaluate(PAUSED)
    page.locator("#toggle").press("Enter")
    wait_for(page, "video.moving", PLAYING)


def test_a_face_is_marked_with_the_pointer_and_with_the_keys(
    open_page: OpenPage, server: Served, portrait: bytes
) -> None:
    page = open_page()
    put(page, ("nobody.png", as_format(Image.new("RGB", (400, 400), (90, 90, 90)), "PNG")))
    page.locator("#mark-here").click()
    for key in ("ArrowRight", "Shift+ArrowDown", "Enter"):
        page.locator("#marker").press(key)
    page.locator(".face").wait_for()
    photo = next(item for item in server.items().values() if item["kind"] == "photo")
    assert photo["box"] == pytest.approx([160, 112, 256, 256], abs=1)
    page.locator("#tool-faces").click()
    page.locator("#mark-here").click()
    marker = page.locator("#marker")
    place = marker.bounding_box()
    marker.hover(position={"x": place["width"] * 0.25, "y": place["height"] * 0.25})
    page.mouse.down()
    marker.hover(position={"x": place["width"] * 0.75, "y": place["height"] * 0.75})
    page.mouse.up()
    page.locator("#mark-accept").click()
    page.locator(".face").wait_for()
    photo = server.items()[photo["id"]]
    assert photo["box"] == pytest.approx([100, 100, 300, 300], abs=2)


def test_a_photo_on_its_side_is_turned_with_one_click(open_page: OpenPage, portrait: bytes) -> None:
    page = open_page()
    lying = Image.open(BytesIO(portrait)).convert("RGB").rotate(-90, expand=True)
    put(page, ("lying.png", as_format(lying, "PNG")))
    page.locator("#upright").click()
    page.locator("#upright").wait_for(state="detached")
    ready(page)


def test_a_file_that_is_no_photo_says_why_and_the_others_go_on(
    open_page: OpenPage, portrait: bytes
) -> None:
    page = open_page()
    put(page, ("a.png", portrait), ("cv.jpg", b"%PDF-1.7"), ("<img src=x>.jpg", b""))
    page.locator(".failure").wait_for()
    assert "a PDF document" in page.locator(".failure").inner_text()
    assert "<img src=x>.jpg: the file is empty" in page.locator("#notices").inner_text()
    page.locator(".tile").first.click()
    ready(page)


def test_an_own_performance_is_recorded_used_kept_and_deleted(
    open_page: OpenPage, server: Served, portrait: bytes
) -> None:
    page = open_page(permissions=["camera"])
    put(page, ("a.png", portrait))
    ready(page)
    page.locator("#face-1-driver").click()
    page.locator("dialog footer button").first.click()
    assert not page.evaluate("document.querySelector('dialog video').srcObject"), "unasked"
    page.locator("#webcam-open").click()
    page.locator("#webcam-record").click()
    wait_for(page, "#webcam-stop", "button => !button.disabled")
    page.wait_for_timeout(1500)
    page.locator("#webcam-stop").click()
    page.locator("#webcam-use").wait_for()
    assert not page.evaluate("document.querySelector('dialog video').srcObject"), "still open"
    page.locator("#webcam-use").click()
    wait_for(page, "#face-1-driver", "button => button.innerText === 'Your recording'")
    page.locator("#quick").click()
    wait_for(page, "video.moving", PLAYING)
    clip = next(item for item in server.items().values() if item.get("look") == "quick")
    assert clip["result"]["faces"][0]["moved"]
    recording = next(item for item in server.items().values() if item["kind"] == "recording")
    assert len(list(server.folder.glob("*/recordings/*"))) == 1
    headers = server.own(**{"Content-Type": "application/json"})
    kept = f"/api/recordings/{recording['id']}/keep"
    assert server.request("POST", kept, '{"name": "my-calm"}', headers)[0] == 204
    server.until(lambda items: recording["id"] not in items)
    assert list(server.folder.glob("*/recordings/*")) == []
    drivers = server.request("GET", "/api/about", headers=server.own())[1]["drivers"]
    assert [driver["name"] for driver in drivers if driver["own"]] == ["my-calm"]


def test_a_video_of_ones_own_is_a_performance(open_page: OpenPage, portrait: bytes) -> None:
    page = open_page()
    put(page, ("a.png", portrait))
    ready(page)
    page.locator("#face-1-driver").click()
    page.locator("dialog footer button").first.click()
    video = {"name": "no.mov", "mimeType": "video/quicktime", "buffer": b"no video at all"}
    page.locator("#webcam-file").set_input_files([video])  # type: ignore[list-item]
    page.locator("#webcam-again").click()
    page.locator("#webcam-file").set_input_files(driving_videos_folder() / "calm.mp4")
    page.locator("#webcam-use").click()
    wait_for(page, "#face-1-driver", "button => button.innerText === 'Your recording'")
    page.locator("#quick").click()
    wait_for(page, "video.moving", PLAYING)


def test_a_camera_that_is_allowed_too_late_is_closed(open_page: OpenPage, portrait: bytes) -> None:
    page = open_page(permissions=["camera"])
    put(page, ("a.png", portrait))
    ready(page)
    page.evaluate(LATE_CAMERA)
    page.locator("#face-1-driver").click()
    page.locator("dialog footer button").first.click()
    page.locator("#webcam-open").click()
    page.keyboard.press("Escape")
    page.evaluate("allow()")
    wait_for(page, "body", "() => window.given?.getTracks().every((t) => t.readyState === 'ended')")


LATE_CAMERA = """() => {
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const allowed = new Promise((resolve) => { window.allow = resolve; });
  navigator.mediaDevices.getUserMedia = async (what) => {
    await allowed;
    return (window.given = await open(what));
  };
}"""


def test_numbers_hide_no_face_and_stay_on_the_photo(
    open_page: OpenPage, server: Served, group: bytes
) -> None:
    page = open_page(width=360)
    put(page, ("a.jpg", group))
    ready(page, faces=3)
    (photo,) = (item for item in server.items().values() if item["kind"] == "photo")
    top = max(face["box_xyxy"][1] for face in photo["faces"][:2])
    picture = Image.open(BytesIO(group))
    cut = picture.crop((0, round(top) + 8, *picture.size))
    put(page, ("b.jpg", as_format(cut, "JPEG")))
    wait_for(page, "figcaption", "caption => caption.innerText === 'b.jpg'")
    ready(page, faces=3)
    wait_for(page, ".print", NUMBERS_ARE_FREE)


NUMBERS_ARE_FREE = """print => {
  const at = (each) => each.getBoundingClientRect();
  const whole = at(print), boxes = [...print.querySelectorAll(".box")];
  const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 3
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
  return boxes.length === 3 && boxes.every((box) => {
    const badge = at(box.firstElementChild);
    return badge.top >= whole.top - 1 && badge.left >= whole.left - 1
      && badge.right <= whole.right + 1 && !boxes.some((other) => meet(badge, at(other)));
  });
}"""


def test_a_second_page_joins_and_a_used_link_says_what_to_do(
    open_page: OpenPage, server: Served, browser: Browser, portrait: bytes
) -> None:
    page = open_page()
    put(page, ("a.png", portrait))
    ready(page)
    second = page.context.new_page()
    second.goto(f"http://{server.host}/")
    second.locator(".face").wait_for()
    second.close()
    stranger = browser.new_context().new_page()
    stranger.goto(server.link)
    stranger.locator(".locked").wait_for()
    assert "needs a new link" in stranger.locator(".locked").inner_text()
    assert "#" not in stranger.url
    stranger.context.close()


def test_a_link_opens_the_page_and_its_code_vanishes(browser: Browser, tmp_path: Path) -> None:
    running = Served(tmp_path)
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(running.link)
        page.locator("#pick").wait_for()
        assert page.url == f"http://{running.host}/"
        page.reload()
        page.locator("#pick").wait_for()
    finally:
        running.end()
    page.locator("#notices .notice").wait_for()
    assert "Is nostalgia still running?" in page.locator("#notices").inner_text()
    context.close()


@pytest.mark.parametrize("language", ["de", "zh"])
def test_the_page_speaks_the_language_of_its_reader(
    open_page: OpenPage, portrait: bytes, language: str
) -> None:
    page = open_page(locale=f"{language}-{'DE' if language == 'de' else 'CN'}")
    put(page, ("a.png", portrait))
    ready(page)
    assert page.evaluate("document.documentElement.lang") == language
    word = {"de": "Zum Leben erwecken", "zh": "让照片动起来"}[language]
    assert page.locator("#bring").inner_text() == word
    page.locator("#language").select_option("en")
    wait_for(page, "#bring", "button => button.innerText === 'Bring to life'")
    page.reload()
    ready(page)
    wait_for(page, "#bring", "button => button.innerText === 'Bring to life'")


def test_everything_is_reached_with_the_keyboard(open_page: OpenPage, portrait: bytes) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    put(page, ("a.png", portrait))
    ready(page)
    wanted = [
        "add-photo",
        "tool-turn",
        "tool-mark",
        "face-1",
        "face-1-driver",
        "bring",
        "quick",
        "restore",
    ]
    met = []
    for _ in range(40):
        page.keyboard.press("Tab")
        met.append(page.evaluate("document.activeElement.id"))
    places = [met.index(name) for name in wanted]
    assert places == sorted(places)
    page.locator("#face-1-driver").press("Enter")
    assert page.evaluate("document.activeElement.value") == "auto"
    page.keyboard.press("ArrowRight")
    chosen = page.evaluate("document.activeElement.value")
    page.keyboard.press("Escape")
    wait_for(page, "#face-1-driver", "button => button === document.activeElement")
    wait_for(
        page,
        "#face-1-driver",
        f"button => button.innerText.toLowerCase().replace(' ', '-') === {chosen!r}",
    )
    live = page.locator("#live")
    assert live.inner_text() == "Faces found: 1"


ATTACK = """async (target) => {
  const seen = {};
  const load = (name, element, url) => new Promise((end) => {
    element.onload = element.onloadeddata = () => { seen[name] = "loaded"; end(); };
    element.onerror = () => { seen[name] = "refused"; end(); };
    element.src = url;
    document.body.append(element);
  });
  const ask = async (name, url, options) => {
    try {
      const reply = await fetch(url, { credentials: "include", ...options });
      seen[name] = reply.type === "opaque" ? "opaque" : `${reply.status}`;
    } catch { seen[name] = "refused"; }
  };
  await load("img", document.createElement("img"), target.view);
  await load("script", document.createElement("script"), target.base + "main.js");
  await load("video", Object.assign(document.createElement("video"), {}), target.clip);
  await ask("get", target.base + "api/about", {});
  await ask("simple get", target.base + "api/about", { mode: "no-cors" });
  await ask("simple post", target.base + "api/enter",
    { mode: "no-cors", method: "POST", body: "{}" });
  await ask("post", target.base + "api/enter", { method: "POST", body: "{}",
    headers: { "Content-Type": "application/json" } });
  await ask("put", target.base + "api/photos", { method: "PUT", body: "x",
    headers: { "X-Nostalgia-Token": "guess" } });
  const frame = document.createElement("iframe");
  frame.src = target.base;
  document.body.append(frame);
  await new Promise((end) => { frame.onload = end; setTimeout(end, 1000); });
  try { seen.frame = frame.contentDocument ? "same" : "closed"; } catch { seen.frame = "closed"; }
  return seen;
}"""


class _Evil(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>evil</title>")

    def log_message(self, *words: object) -> None: ...


def test_a_page_of_another_port_gets_and_changes_nothing(
    server: Served, browser: Browser, portrait: bytes
) -> None:
    photo = server.wait(server.add(portrait), "ready")
    clip = server.wait(server.make(photo["id"], "quick"), "done")
    before = server.items()
    evil = ThreadingHTTPServer(("127.0.0.1", 0), _Evil)
    threading.Thread(target=evil.serve_forever, daemon=True).start()
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{evil.server_port}/")
        base = f"http://{server.host}/"
        target = {"base": base, "view": f"{base}media/{photo['picture']}",
                  "clip": f"{base}media/{clip['clip']}"}  # fmt: skip
        seen = page.evaluate(ATTACK, target)
    finally:
        context.close()
        evil.shutdown()
        evil.server_close()
    assert set(seen.values()) <= {"refused", "closed"}, seen
    assert server.items() == before


def show_empty(page: Page, group: bytes) -> None: ...


def show_faces(page: Page, group: bytes) -> None:
    put(page, ("group.jpg", group))
    ready(page, 3)
    page.locator("#more").click()


def show_performers(page: Page, group: bytes) -> None:
    put(page, ("group.jpg", group))
    ready(page, 3)
    page.locator("#face-1-driver").click()
    page.wait_for_timeout(500)


def show_webcam(page: Page, group: bytes) -> None:
    show_performers(page, group)
    page.locator("dialog footer button").first.click()


def show_running(page: Page, group: bytes) -> None:
    put(page, ("group.jpg", group))
    ready(page, 3)
    page.locator("#more").click()
    page.locator("#fine-loop").fill("50")
    page.locator("#fine-loop").press("Tab")
    page.locator("#bring").click()
    page.locator("#panel .progress").wait_for()


def show_result(page: Page, group: bytes) -> None:
    put(page, ("group.jpg", group))
    ready(page, 3)
    shorten(page, 800)
    page.locator("#bring").click()
    wait_for(page, "video.moving", PLAYING)
    page.locator("#tool-compare").click()


def show_restored(page: Page, group: bytes) -> None:
    put(page, ("group.jpg", group))
    ready(page, 3)
    page.locator("#restore").click()
    page.locator("#save-restored").wait_for()


def show_error(page: Page, group: bytes) -> None:
    put(page, ("group.jpg", group), ("cv.jpg", b"%PDF-1.7"), ("empty.jpg", b""))
    page.locator(".failure").wait_for()
    page.locator("#notices .notice").wait_for()


def show_marking(page: Page, group: bytes) -> None:
    put(page, ("nobody.png", as_format(Image.new("RGB", (400, 400), (90, 90, 90)), "PNG")))
    page.locator("#mark-here").click()


STATES = [
    *(show_empty, show_faces, show_performers, show_webcam, show_running),
    *(show_result, show_restored, show_error, show_marking),
]


@pytest.mark.parametrize("show", STATES, ids=lambda show: show.__name__)
def test_axe_finds_nothing_in_any_state_width_and_scheme(
    open_page: OpenPage, server: Served, group: bytes, show: Callable[[Page, bytes], None]
) -> None:
    page = open_page()
    show(page, group)
    look_at(page, show.__name__.removeprefix("show_"))
    for item in server.items().values():
        if item["kind"] == "clip":
            server.post(f"/api/clips/{item['id']}/cancel", {})


def test_an_album_is_made_and_axe_finds_nothing(
    browser: Browser, portrait: bytes, tmp_path: Path
) -> None:
    photos, private = tmp_path / "Family", tmp_path / "private"
    photos.mkdir()
    private.mkdir()
    small = Image.open(BytesIO(portrait)).resize((160, 160))
    for name in ("one", "two"):
        small.save(photos / f"{name}.png")
    server = Served(private, str(photos))
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(server.link)
        page.locator(".album table").wait_for()
        assert "2 pictures, 2 of them to be made" in page.locator(".album").inner_text()
        page.locator(".album .primary").click()
        page.locator(".album .progress").wait_for()
        page.get_by_role("button", name="Open the album").wait_for()
        wait_for(page, ".album tbody", "table => table.querySelectorAll('.is-done').length === 2")
        assert (tmp_path / "Family.nostalgia/album/index.html").is_file()
        look_at(page, "album")
    finally:
        context.close()
        server.end()


TREE = """0 HEAD
1 GEDC
2 VERS 5.5.1
1 CHAR UTF-8
0 @I1@ INDI
1 NAME Anna /Old/
1 DEAT
2 DATE 1950
1 OBJE
2 FILE anna.png
0 @I2@ INDI
1 NAME Berta /Young/
1 BIRT
2 DATE 1990
1 OBJE
2 FILE young.png
0 TRLR
"""


def test_the_plan_of_a_tree_says_why_somebody_is_left_out_and_fits_a_phone(
    browser: Browser, portrait: bytes, tmp_path: Path
) -> None:
    private = tmp_path / "private"
    private.mkdir()
    (tmp_path / "anna.png").write_bytes(portrait)
    Image.new("RGB", (300, 300), (90, 120, 60)).save(tmp_path / "young.png")
    (tmp_path / "tree.ged").write_text(TREE)
    server = Served(private, str(tmp_path / "tree.ged"))
    context = browser.new_context(viewport={"width": 360, "height": 800}, locale="de")
    try:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(server.link)
        page.locator(".album table").wait_for()
        rows = page.locator(".album tbody tr").all_inner_texts()
        assert "Anna Old" in rows[0] and "noch zu machen" in rows[0]
        assert "Eine lebende Person" in rows[1] and "born 1990" in rows[1]
        assert "Berta" not in page.content() and "young.png" not in page.content()
        look_at(page, "tree")
    finally:
        context.close()
        server.end()


def look_at(page: Page, name: str) -> None:
    """Run axe at two widths and in both schemes; NOSTALGIA_SCREENSHOTS keeps pictures."""
    pictures = os.environ.get("NOSTALGIA_SCREENSHOTS")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            page.wait_for_timeout(400)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (name, width, wide)
            if pictures:
                path = Path(pictures) / f"{name}-{width}-{scheme}.png"
                page.screenshot(path=path, full_page=True)
            found = Axe().run(page).response["violations"]
            problems = [(rule["id"], rule["nodes"][0]["html"]) for rule in found]
            assert problems == [], (name, width, scheme)
