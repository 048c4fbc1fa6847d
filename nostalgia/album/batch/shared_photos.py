"""Photos that may show more people than one: whose faces may move if nothing marks them.

Only faces of people who are known to have died, or who have agreed, are animated. If a tree does
not mark a person's face, the photo counts as theirs alone as long as it shows no more faces than
such people are linked to it, and nobody else is.
"""

import stat
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nostalgia.album.batch.privacy import Guard
from nostalgia.album.batch.tasks import BYSTANDERS, FORMER_BYSTANDERS, Task
from nostalgia.album.state import State
from nostalgia.album.trees.model import Person, PhotoLink
from nostalgia.errors import InputError, counted, option
from nostalgia.files import sha256_of
from nostalgia.types import BoxXYWH

WHOLE = 0.95
"""A part of a picture that covers at least this share of it counts as the whole picture."""

HOW_TO_MARK = (
    "mark who is who in your photo manager or genealogy program, or write the number of the face,"
    " as `nostalgia faces` shows it, into choices.csv"
)
_SHARED_WITH_OTHERS = (
    "its faces are not marked, and somebody else who is or may be alive, or is private, is linked"
    f" to it; {HOW_TO_MARK}"
)


def marks_face(link: PhotoLink) -> bool:
    """True if the tree says where in the picture the person is, or which of its faces."""
    return bool(link.faces) or link.crop_px is not None or face_share(link) is not None


def face_share(link: PhotoLink) -> BoxXYWH | None:
    """The person's share of the picture; None if that is the whole, which marks nobody."""
    share = link.crop_share
    if share is None or share[2] * share[3] >= WHOLE:
        return None
    return share


@dataclass(frozen=True, slots=True)
class SharedPhotos:
    """The people linked to each photo of a tree.

    is_guarded: False for a folder. limits: place of a photo, see `_place` -> the number of people
    linked to it, 0 if one of them may not be animated.
    """

    is_guarded: bool
    limits: Mapping[str, int]

    def rule(self, link: PhotoLink) -> tuple[State, str, int]:
        """Whether a link may be animated: ANIMATE or AMBIGUOUS, the reason, the face limit.

        The face limit is that of `Task`.
        """
        if not self.is_guarded or marks_face(link):
            return State.ANIMATE, "", 0
        limit = self.limits[_place(link)]
        return (State.ANIMATE, "", limit) if limit else (State.AMBIGUOUS, _SHARED_WITH_OTHERS, 0)

    def shows_hidden(self, link: PhotoLink) -> bool:
        """True if somebody who may not be animated is linked to the photo."""
        return self.is_guarded and not self.limits[_place(link)]


def shared_photos(
    links: Sequence[PhotoLink], people: Mapping[str, Person], guard: Guard
) -> SharedPhotos:
    """Group the links of a tree by photo; copies and other names of a file are one photo."""
    if not guard.is_on:
        return SharedPhotos(False, {})
    photos = _photos({_place(link): link for link in links})
    linked: defaultdict[str, set[str]] = defaultdict(set)
    refused = set()
    for link in links:
        photo = photos[_place(link)]
        linked[photo].add(link.person_id)
        if guard.refusal(people.get(link.person_id), link):
            refused.add(photo)
    limits = {
        place: 0 if photo in refused else len(linked[photo]) for place, photo in photos.items()
    }
    return SharedPhotos(True, limits)


def _place(link: PhotoLink) -> str:
    return str(link.path) if link.path is not None else link.archive_name or f"\0{link.reference}"


def _photos(links: Mapping[str, PhotoLink]) -> dict[str, str]:
    """Place -> the first place with the same content. Only files of equal size are read."""
    sizes: defaultdict[int, list[str]] = defaultdict(list)
    photos = {place: place for place in links}
    for place, link in links.items():
        if link.path is not None:
            try:
                found = link.path.stat()
            except (OSError, ValueError):
                continue
            if stat.S_ISREG(found.st_mode) and found.st_size:
                sizes[found.st_size].append(place)
    for places in sizes.values():
        if len(places) > 1:
            photos |= _same(places, links)
    return photos


def _same(places: Iterable[str], links: Mapping[str, PhotoLink]) -> dict[str, str]:
    first: dict[str, str] = {}
    photos = {}
    for place in places:
        path = links[place].path
        try:
            content = sha256_of(path) if path is not None else place
        except InputError:
            content = place
        photos[place] = first.setdefault(content, place)
    return photos


def too_many_faces(photo: str, faces: int, people: int) -> str:
    """The sentence about an unmarked photo that shows more faces than may move."""
    alone = "is" if people == 1 else "are"
    return (
        f"{photo} shows {counted(faces, 'face', 'faces')}, but only"
        f" {counted(people, 'person', 'people')} known to have died {alone} linked to it;"
        f" {HOW_TO_MARK}, or animate everybody with {option('all_faces')} and a {option('reason')}"
    )


def face_rule_changed(task: Task, state: State, message: str) -> bool:
    """True if `all_faces` would now decide otherwise about a photo than when its row was written.

    state, message: of the row. The fingerprint does not tell, so that a change of the option makes
    only the clips of those photos anew.
    """
    if not task.face_limit:
        return False
    if task.all_faces:
        return state == State.AMBIGUOUS
    return any(words in message for words in (BYSTANDERS, FORMER_BYSTANDERS))
