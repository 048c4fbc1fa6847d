"""Words about a picture: the tree's, and where it has none those in the photo itself."""

import re
from dataclasses import replace

from nostalgia.album.batch.planning import PlanItem
from nostalgia.album.trees.model import Person
from nostalgia.album.trees.photo_captions import PhotoCaption, photo_caption

_TITLE_CHARS = 80
"""A description of one line that is no longer can be the title."""

_YEAR = re.compile(r"\d{4}")


def picture_words(item: PlanItem) -> PhotoCaption:
    """Title, description, date and place of a picture.

    The photo's own words are left out if somebody in it is, and those that name such a person.
    """
    link, person = item.link, item.person
    own = PhotoCaption()
    if link.path is not None and not item.shows_hidden:
        own = _without_hidden(photo_caption(link.path), item)
    title, text = link.title or own.title, link.note or own.description
    if not title and len(text) <= _TITLE_CHARS and "\n" not in text:
        title = text
    return PhotoCaption(
        title=title,
        description=text if text != title else "",
        date=_possible_date(own, person),
        place=own.place,
    )


def _without_hidden(own: PhotoCaption, item: PlanItem) -> PhotoCaption:
    return replace(
        own,
        title="" if item.hidden.in_words(own.title, item.person) else own.title,
        description="" if item.hidden.in_words(own.description, item.person) else own.description,
    )


def _possible_date(own: PhotoCaption, person: Person | None) -> str:
    """The date in the photo, unless it is that of its scan: after a death, or a camera's own."""
    death = _YEAR.search(person.died) if person is not None else None
    if death is None:
        return own.date
    date = own.date or own.taken
    return date if date[:4] <= death[0] else ""
