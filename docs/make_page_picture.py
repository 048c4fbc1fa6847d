"""Writes the picture of the page: a portrait that moves, in Chromium.

The portrait is that of the looping picture (make_loop.py); nobody sat for it.

python docs/make_page_picture.py
"""

import io
import os
import re
import runpy
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).parent / "page.webp"
SIZE = {"width": 1180, "height": 800}
QUALITY = 82
PATIENCE_MS = 120_000
MOMENT_S = 5.2
"""What the picture shows of the clip."""
SEEK = """(video, moment) => new Promise((done) => {
  video.addEventListener("seeked", done, { once: true });
  video.pause();
  video.currentTime = moment;
})"""


def portrait() -> Image.Image:
    """The old print of the looping picture."""
    loop = runpy.run_path(str(Path(__file__).parent / "make_loop.py"))
    return Image.fromarray(loop["old_print"](loop["first_frame"](loop["SITTER"])))


def screenshot(link: str, photo: Path) -> bytes:
    """A PNG of the page with the clip of a photo."""
    program = os.environ.get("NOSTALGIA_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE, color_scheme="light", locale="en-GB")
        page.set_default_timeout(PATIENCE_MS)
        page.goto(link)
        page.locator("#picker").set_input_files(photo)
        page.locator("#bring:enabled").click()
        page.locator("#save").wait_for()
        page.locator("#tool-compare").click()
        page.mouse.move(0, 0)
        page.locator("video.moving").evaluate(SEEK, MOMENT_S)
        page.wait_for_timeout(500)
        picture = page.screenshot()
        browser.close()
    return picture


def main() -> None:
    """Make the picture."""
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "great-grandmother.png"
        portrait().save(photo)
        words = [sys.executable, "-m", "nostalgia", "app", "--no-browser"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            link = server.stdout.readline().strip()
            assert re.match("http://127", link)
            png = screenshot(link, photo)
            server.terminate()
    Image.open(io.BytesIO(png)).convert("RGB").save(PICTURE, quality=QUALITY, method=6)


if __name__ == "__main__":
    main()
