"""The album's page: one HTML file that opens offline, from a stick, with nothing but a browser.

Style and script are inside it (page.css, page.js), and a content security policy names their
hashes, so that nothing else can run or be loaded, whatever names a tree brings along.
"""

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from nostalgia.album.pages.chapters import Chapter, chapters, left_out
from nostalgia.album.pages.entry import AlbumEntry
from nostalgia.album.pages.markup import jump_list, name_of, person_section, plain, rest_section
from nostalgia.album.pages.wording import CLIP_NOTE, counted
from nostalgia.files import whole_file

PAGE_NAME = "index.html"


def write_album(folder: Path, entries: Sequence[AlbumEntry], title: str) -> Path:
    """Write ``index.html`` into the folder that holds the clips, in place of an earlier one.

    The same entries and title give the same bytes.

    Args:
        folder: it must be there; clips and posters lie in it or below.
        entries: finished and unfinished ones, in any order.
        title: what the album is called.

    Raises:
        EncodingError: the page cannot be written.
        UsageError: an entry's clip or poster lies outside the folder.
    """
    page = folder / PAGE_NAME
    content = album_html(entries, title).encode()
    with whole_file(page, "album") as partial:
        partial.write_bytes(content)
    return page


def album_html(entries: Sequence[AlbumEntry], title: str) -> str:
    """The page as text; see `write_album`."""
    style, script = _resource("page.css"), _resource("page.js")
    people = chapters(entries)
    sections = "".join(person_section(number, person) for number, person in enumerate(people, 1))
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n{_head(title, style, script)}</head>\n<body>\n'
        f'<a class="skip" href="#pictures">Go to the pictures</a>\n{_cover(people, title)}'
        f'{jump_list(people)}<main id="pictures" tabindex="-1">\n{sections}'
        f"{rest_section(left_out(entries))}</main>\n"
        '<footer class="end"><p>This page needs no network and no program but a browser. '
        "Keep it together with the files beside it.</p></footer>\n"
        '<button id="stop-all" type="button" hidden>Stop all movement</button>\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _head(title: str, style: str, script: str) -> str:
    policy = "; ".join(
        (
            "default-src 'none'",
            "img-src 'self' file:",
            "media-src 'self' file:",
            f"style-src {_hash_source(style)}",
            f"script-src {_hash_source(script)}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    return (
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="robots" content="noindex, nofollow">\n'
        '<meta name="generator" content="nostalgia">\n'
        f"<title>{plain(title)}</title>\n<style>{style}</style>\n"
    )


def _cover(people: Sequence[Chapter], title: str) -> str:
    named = sum(1 for person in people if person.name)
    clips = counted(sum(len(person.entries) for person in people), "picture", "pictures")
    count = f"{clips} of {counted(named, 'person', 'people')}" if named else clips
    return (
        f'<header class="cover">\n<h1>{name_of(title)}</h1>\n<p class="count">{count}</p>\n'
        f'<p class="note">{plain(CLIP_NOTE)}</p>\n</header>\n'
    )


def _resource(name: str) -> str:
    return files("nostalgia.album.pages").joinpath(name).read_text(encoding="utf-8").strip() + "\n"


def _hash_source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
