"""The album's page: one HTML file that opens offline in any browser, also from a USB stick.

Style and script are inlined (page.css, page.js), and a content security policy names their hashes,
so nothing else can run or be loaded, whatever a tree or a file name contains.
"""

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from markupsafe import Markup

from nostalgia.album.pages.chapters import Chapter, chapters, left_out_as_living
from nostalgia.album.pages.cover import cover_of
from nostalgia.album.pages.entry import AlbumEntry
from nostalgia.album.pages.markup import template_environment
from nostalgia.album.pages.picture import Picture
from nostalgia.album.pages.wording import CLIP_NOTE
from nostalgia.errors import counted
from nostalgia.files import utf8, write_whole

PAGE_NAME = "index.html"
_PACKAGE = "nostalgia.album.pages"


def write_album(folder: Path, entries: Sequence[AlbumEntry], title: str) -> Path:
    """Write ``index.html`` into the folder that holds the clips, replacing an earlier one.

    The same entries and title give the same bytes.

    Args:
        folder: an existing folder; clips and posters lie in it or below.
        entries: finished and unfinished ones, in any order.
        title: title of the album.

    Raises:
        EncodingError: the page cannot be written.
        UsageError: the clip or poster of an entry lies outside the folder.
    """
    page = folder / PAGE_NAME
    write_whole(page, utf8(album_html(entries, title)).encode(), "album")
    return page


def album_html(entries: Sequence[AlbumEntry], title: str) -> str:
    """The page as text; see `write_album`."""
    style, script = _resource("page.css"), _resource("page.js")
    people = chapters(entries)
    sections = [(each, [Picture.of(clip) for clip in each.clips]) for each in people]
    living = left_out_as_living(entries)
    template = template_environment(_PACKAGE).get_template("page.html")
    return template.render(
        policy=_security_policy(style, script),
        style=style,
        script=script,
        title=title,
        cover=cover_of(people),
        count=_count(people),
        note=CLIP_NOTE,
        sections=sections,
        picture_of=Picture.of,
        left_out=counted(living, "picture", "pictures") if living else "",
    )


def _security_policy(style: str, script: str) -> str:
    return "; ".join(
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


def _count(people: Sequence[Chapter]) -> str:
    named = sum(1 for person in people if person.name)
    pictures = counted(sum(len(person.clips) for person in people), "picture", "pictures")
    return f"{pictures} of {counted(named, 'person', 'people')}" if named else pictures


def _resource(name: str) -> Markup:
    """A style sheet or script of this package, to be inserted unchanged."""
    text = files(_PACKAGE).joinpath(name).read_text(encoding="utf-8").strip() + "\n"
    return Markup(text)  # noqa: S704


def _hash_source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
