"""Writes the pictures of the genealogists' guide: the window, and an album in a browser.

The family never lived: the sitters are the performers of the driver bank, printed and aged by
`make_loop.old_print`. The commands are run, and what they print is what the window shows, with the
paths that it would have on a Windows computer. Needs the extra `readback` and a Chromium.

python docs/make_guide.py [CHROMIUM]
"""

import html
import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from make_loop import first_frame, old_print
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
WINDOW, ALBUM = HERE / "guide-window.png", HERE / "guide-album.jpg"
SITTERS = {
    "anna": ("wake-up", 1),
    "karl": ("subtle", 2),
    "marie": ("attentive", 3),
    "josef": ("homecoming", 4),
    "zoe": ("calm", 5),
}
"""File name -> the performer of a driver, and the seed of the print."""
TABLE = """id,photo,surname,given,born,died,title,source
1,anna.jpg,Berg,Anna,1848,1931,Her seventieth birthday,Album of aunt Ruth
2,karl.jpg,Berg,Karl,1841,1919,"Linz, about 1910",Album of aunt Ruth
3,marie.jpg,Berg,Marie,1879,1960,Her confirmation,Box of 1974
4,josef.jpg,Berg,Josef,1876,1944,"In Vienna, 1908",Box of 1974
5,zoe.jpg,Berg,Zoë,2001,,Last summer,
"""
WINDOWS_FOLDER = "C:\\Users\\Ruth\\Pictures\\Family"
PROMPT = "(.venv) C:\\Users\\Ruth\\Documents\\nostalgia&gt;"
COMMANDS = (
    ("animate", "anna.jpg"),
    ("batch", "family.csv", "--dry-run"),
    ("batch", "family.csv", "--title", "The Bergs of Linz"),
)
ALBUM_PX = (1100, 900)
STYLE = """
body { margin: 0; padding: 18px; background: #e9e4da; width: 864px; }
.window { border-radius: 9px; overflow: hidden; background: #0c0c0c; color: #d8d8d8;
  box-shadow: 0 6px 22px #0005; }
.bar { background: #2b2b2b; color: #eee; font: 14px sans-serif; padding: 9px 14px; }
.bar span { float: right; letter-spacing: 14px; }
pre { margin: 0; padding: 14px 16px 20px; font: 13.5px/1.45 'DejaVu Sans Mono', monospace;
  white-space: pre-wrap; overflow-wrap: anywhere; }
b { color: #fff; }
"""


def take_photos(folder: Path) -> None:
    """Write the family's photos and its table."""
    for name, (performer, seed) in SITTERS.items():
        print_of = Image.fromarray(old_print(first_frame(performer), seed))
        print_of.save(folder / f"{name}.jpg", quality=92)
    (folder / "family.csv").write_text(TABLE, encoding="utf-8")


def typed(words: tuple[str, ...], folder: Path) -> tuple[str, str]:
    """A command as it stands in the window, and what it prints."""
    files = [str(folder / word) if (folder / word).is_file() else word for word in words]
    run = subprocess.run(
        [sys.executable, "-u", "-m", "nostalgia", *files],
        env={**os.environ, "COLUMNS": "96", "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    quoted = [f'"{word}"' if " " in word else word for word in ("nostalgia", *files)]
    return _on_windows(" ".join(quoted), folder), _on_windows(run.stdout.rstrip(), folder)


def _on_windows(text: str, folder: Path) -> str:
    """Text with the paths that the files would have on Windows."""
    lines = text.split("\n")
    return "\n".join(
        line.replace("/", "\\").replace(str(folder).replace("/", "\\"), WINDOWS_FOLDER)
        if str(folder) in line
        else line
        for line in lines
    )


def window(lines: list[tuple[str, str]]) -> str:
    """Page that looks like the window of Windows."""
    text = "\n\n".join(
        f"{PROMPT}<b>{html.escape(command)}</b>\n{html.escape(printed)}"
        for command, printed in lines
    )
    bar = "Command Prompt <span>─☐✕</span>"
    return (
        f"<meta charset=utf-8><style>{STYLE}</style><div class=window>"
        f"<div class=bar>{bar}</div><pre>{text}</pre></div>"
    )


def screenshot(browser: Browser, page_file: Path, size: tuple[int, int], *, whole: bool) -> bytes:
    """PNG of a page."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.emulate_media(reduced_motion="reduce", color_scheme="light")
    page.goto(page_file.as_uri())
    page.wait_for_load_state("networkidle")
    return page.screenshot(full_page=whole)


def main() -> None:
    """Run the commands, and photograph the window and the album."""
    chromium = sys.argv[1] if len(sys.argv) > 1 else "/usr/bin/chromium"
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder = Path(temporary) / "Family"
        folder.mkdir()
        take_photos(folder)
        lines = [typed(words, folder) for words in COMMANDS]
        page = Path(temporary) / "window.html"
        page.write_text(window(lines), encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=chromium)
        shown = Image.open(io.BytesIO(screenshot(browser, page, (900, 300), whole=True)))
        shown.convert("P", palette=Image.Palette.ADAPTIVE, colors=128).save(WINDOW, optimize=True)
        index = folder / "family.nostalgia" / "album" / "index.html"
        shown = Image.open(io.BytesIO(screenshot(browser, index, ALBUM_PX, whole=False)))
        shown.convert("RGB").save(ALBUM, quality=86, optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
