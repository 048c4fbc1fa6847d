"""HTML of an album's parts; everything that comes from a tree or a file name is escaped here."""

import os
from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from nostalgia.album.pages.chapters import Chapter
from nostalgia.album.pages.entry import AlbumEntry, path_in_album
from nostalgia.album.pages.wording import counted, left_out_reason, life_dates, life_years

_WIDE, _TALL = 1.45, 0.85
_ICONS = (
    '<svg class="go" viewBox="0 0 16 16" aria-hidden="true"><path d="M4 2v12l10-6z"/></svg>'
    '<svg class="halt" viewBox="0 0 16 16" aria-hidden="true"><path d="M3 2h4v12H3zm6 0h4v12H9z"/>'
    "</svg>"
)


def plain(text: str) -> str:
    """Text for a page: markup escaped, characters that HTML cannot hold replaced."""
    kept = "".join(char if char >= " " or char in "\n\t" else " " for char in text)
    return escape(kept.encode("utf-8", "replace").decode("utf-8"), quote=True)


def name_of(text: str) -> str:
    """A name from the family: written in its own direction, whatever surrounds it."""
    return f'<bdi dir="auto">{plain(text)}</bdi>'


def address(place: str) -> str:
    """The address of a file below the album's folder, which has forward slashes in it.

    Raises:
        UsageError: it leads out of the folder.
    """
    return quote(os.fsencode(str(path_in_album(place))), safe="/")


def jump_list(people: Sequence[Chapter]) -> str:
    """Links to the persons, where there are several."""
    lines = [
        f'<li><a href="#p{number}">{name_of(person.heading)}</a>{_years(person)}</li>'
        for number, person in enumerate(people, 1)
    ]
    if len(lines) < 2:  # noqa: PLR2004
        return ""
    return f'<nav class="people" aria-label="People">\n<ul>\n{_lines(lines)}</ul>\n</nav>\n'


def person_section(number: int, person: Chapter) -> str:
    """The section of one person: name, dates, pictures."""
    dates = life_dates(person.born, person.died)
    spoken = f'<p class="dates">{plain(dates)}</p>\n' if dates else ""
    figures = "".join(_figure(entry) for entry in person.entries)
    return (
        f'<section class="person" id="p{number}" aria-labelledby="h{number}">\n'
        f'<h2 id="h{number}">{name_of(person.heading)}</h2>\n{spoken}'
        f'<div class="pictures">\n{figures}</div>\n</section>\n'
    )


def rest_section(groups: dict[str, list[AlbumEntry]]) -> str:
    """What is not animated, and why; of persons who may be living, only how many pictures."""
    parts = []
    for status, entries in groups.items():
        if status == "skipped-living":
            number = counted(len(entries), "picture", "pictures")
            parts.append(
                f"<h3>{number} of people who may be living</h3>\n"
                "<p>They are left out, and are not named here.</p>\n"
            )
        else:
            rows = [f"<li>{_unmoved(entry)}</li>" for entry in entries]
            parts.append(f"<h3>{left_out_reason(status)}</h3>\n<ul>\n{_lines(rows)}</ul>\n")
    if not parts:
        return ""
    heading = '<h2 id="rest">Pictures that do not move</h2>'
    return f'<section class="rest" aria-labelledby="rest">\n{heading}\n{"".join(parts)}</section>\n'


def _figure(entry: AlbumEntry) -> str:
    ratio = entry.width / entry.height if entry.width and entry.height else 1.0
    shape = " wide" if ratio > _WIDE else " tall" if ratio < _TALL else ""
    size = f' width="{entry.width}" height="{entry.height}"' if entry.width and entry.height else ""
    mark = " marked" if entry.label else ""
    return (
        f'<figure class="picture{shape}">\n<div class="frame"><div class="print{mark}">\n'
        f"{_still(entry, size)}{_moving(entry, size)}"
        f'<span class="mark">animated</span>{_toggle(entry)}\n</div></div>\n'
        f"<figcaption>\n{_caption(entry)}</figcaption>\n</figure>\n"
    )


def _still(entry: AlbumEntry, size: str) -> str:
    if not entry.poster:
        return ""
    told = f"{_spoken_name(entry)}: a still of the photograph {entry.photo}"
    source = address(entry.poster)
    return f'<img class="still" src="{source}"{size} alt="{plain(told)}" loading="lazy">\n'


def _moving(entry: AlbumEntry, size: str) -> str:
    """A film, or a picture that moves by itself; it lies upon the still.

    Readers who ask for calm get the still alone. A `poster` is loaded at once for each film of a
    page, where the still waits until it is in view: with 900 clips that made 15 seconds of 5, so
    only browsers without script are given it.
    """
    source = address(entry.clip)
    told = plain(f"{_spoken_name(entry)}, the photograph set in motion; without sound")
    if _is_picture(entry):
        image = f'<img class="moving" src="{source}"{size} alt="{told}" loading="lazy">'
        if not entry.poster:
            return image + "\n"
        calm = f'media="(prefers-reduced-motion: reduce)" srcset="{address(entry.poster)}"'
        return f"<picture><source {calm}>{image}</picture>\n"
    film = (
        f'src="{source}"{size} preload="none" muted loop playsinline aria-label="{told}"></video>'
    )
    poster = f' poster="{address(entry.poster)}"' if entry.poster else ""
    return (
        f'<video class="moving scripted" {film}\n'
        f'<noscript><video class="moving" controls{poster} {film}</noscript>\n'
    )


def _toggle(entry: AlbumEntry) -> str:
    """The button of one clip; it shows itself where the page's script runs."""
    if not entry.poster and _is_picture(entry):
        return ""
    name = plain(_spoken_name(entry))
    return (
        f'<button class="toggle" type="button" data-name="{name}" aria-label="Play: {name}" hidden>'
        f"{_ICONS}</button>"
    )


def _caption(entry: AlbumEntry) -> str:
    paragraphs = [("title", entry.title), ("told", entry.caption), ("told", entry.note)]
    said = [f'<p class="{kind}" dir="auto">{plain(text)}</p>' for kind, text in paragraphs if text]
    photo = f"Photograph: {name_of(entry.photo)}" if entry.photo else ""
    source = f'Source: <bdi dir="auto">{plain(entry.source)}</bdi>' if entry.source else photo
    said += [f'<p class="source">{source}</p>'] if source else []
    facts = [
        ("Photograph", name_of(entry.photo)) if entry.photo else None,
        ("SHA-256", plain(entry.photo_sha256)) if entry.photo_sha256 else None,
        ("Movement", plain(entry.driver)) if entry.driver else None,
        ("Files", _links(entry)),
    ]
    rows = "".join(f"<dt>{fact[0]}</dt><dd>{fact[1]}</dd>" for fact in facts if fact)
    made = f"<details><summary>How this was made</summary><dl>{rows}</dl></details>"
    return _lines([*said, made])


def _links(entry: AlbumEntry) -> str:
    links = [("clip", entry.clip), ("still", entry.poster)]
    name = plain(_spoken_name(entry))
    return " · ".join(
        f'<a href="{address(place)}" aria-label="Open the {word}: {name}">{word}</a>'
        for word, place in links
        if place
    )


def _unmoved(entry: AlbumEntry) -> str:
    words = [
        name_of(entry.name) if entry.name else "",
        f'<bdi dir="auto">{plain(entry.title)}</bdi>' if entry.title else "",
        f'<span class="file">{name_of(entry.photo)}</span>' if entry.photo else "",
    ]
    return ", ".join(word for word in words if word)


def _is_picture(entry: AlbumEntry) -> bool:
    return entry.clip.lower().endswith((".gif", ".webp"))


def _spoken_name(entry: AlbumEntry) -> str:
    return ", ".join(word for word in (entry.name, entry.title) if word) or entry.photo


def _years(person: Chapter) -> str:
    years = life_years(person.born, person.died)
    return f' <span class="years">{plain(years)}</span>' if years else ""


def _lines(parts: Sequence[str]) -> str:
    return "".join(f"{part}\n" for part in parts)
