"""What a batch would do: one item for each picture of each person, and why some are left out.

No photo is opened and no network loaded, so that a tree of thousands is planned in seconds.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nostalgia.album.batch.picture_files import is_picture_file
from nostalgia.album.batch.privacy import Guard, guard_of
from nostalgia.album.batch.request import CLIPS, JOURNAL_FILE, POSTERS, UNPACKED, BatchRequest
from nostalgia.album.batch.tasks import DONE, FAILED
from nostalgia.album.pages.saved_album import ALBUM
from nostalgia.album.trees.model import FamilyTree, Person, PhotoLink
from nostalgia.files import printable_name
from nostalgia.types import BoxXYWH

ANIMATE, LIVING, MISSING, NO_PHOTO = "animate", "skipped-living", "missing-file", "no-photo"
NOT_A_PHOTO = "not-a-photo"
_NOT_UTF_8 = re.compile("[\ud800-\udfff]")
WHOLE = 0.95
"""A part of a picture that covers more than this share of it is the picture."""

_PROBLEMS = {
    "missing-file": (MISSING, "the file is not there; name its folder with --media"),
    "outside": (MISSING, "the file is outside the folders that you named; add --media FOLDER"),
    "web": (MISSING, "the file is on the web, and nothing is fetched; save it and name its folder"),
    "unreadable": (FAILED, "the file cannot be read: it is damaged, or you may not read it"),
}


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One picture of one person.

    key: the same in every run. status: "animate", or why not, as in `AlbumEntry`. why: in words.
    named: see `Task`. caption: who is in the photo, from left to right, where the tree says that.
    """

    key: str
    status: str
    link: PhotoLink
    person: Person | None
    why: str = ""
    named: int = 0
    caption: str = ""

    @property
    def is_secret(self) -> bool:
        """Whether nothing may be told of the person."""
        return self.status == LIVING


@dataclass(frozen=True, slots=True)
class Plan:
    """What a batch would do. without_photo: the people of whom the tree has no picture."""

    form: str
    items: tuple[PlanItem, ...]
    without_photo: tuple[Person, ...]
    people: int
    warnings: tuple[str, ...]

    def counts(self) -> Mapping[str, int]:
        """Status -> how many items have it."""
        return Counter(item.status for item in self.items)


def plan_batch(tree: FamilyTree, request: BatchRequest) -> Plan:
    """Decide for every picture of a tree whether it is animated.

    Raises:
        UsageError: consent was given for somebody who is not in the tree.
    """
    people = {person.id: person for person in tree.persons}
    links = _without_own(tree.links)
    guard = guard_of(tree, request)
    sharing = _people_by_photo(links)
    captions = _captions(links, people, guard)
    items = []
    for link, key in zip(links, _keys(links), strict=True):
        person = people.get(link.person_id)
        status, why = _status(link, person, guard)
        if status == ANIMATE and names_clip(link.driver):
            link = replace(link, driver=_clip_within(link.driver, request))
            if not link.driver:
                status, why = FAILED, _NO_DRIVER
        named = 0
        if status == ANIMATE and not says_which_face(link):
            others = sharing[_picture(link)]
            some_live = any(guard.refuses(people.get(other), None) for other in others)
            if len(others) > 1:
                named = 1 if some_live else len(others)
        caption = captions.get(str(link.path), "")
        items.append(PlanItem(key, status, link, person, why, named, caption))
    pictured = {link.person_id for link in tree.links}
    without = tuple(person for person in tree.persons if person.id not in pictured)
    return Plan(tree.form, tuple(items), without, len(tree.persons), tree.warnings)


_NO_DRIVER = (
    "its driver is no clip in the folders that you named; put it beside the table, or name its"
    " folder with --media"
)


def names_clip(driver: str) -> bool:
    """Whether a driver is a file: names of the bank have no dots and no slashes."""
    return any(sign in driver for sign in "./\\")


def _clip_within(driver: str, request: BatchRequest) -> str:
    """The path of a driving clip that a table names, "" where it leads out of its folders."""
    folders = [request.source.parent, *request.media]
    for folder in folders:
        try:
            clip = (folder / driver.replace("\\", "/")).resolve()
            if clip.is_file() and any(clip.is_relative_to(each.resolve()) for each in folders):
                return str(clip)
        except (OSError, ValueError):  # a name that no file can have
            continue
    return ""


def _without_own(links: Sequence[PhotoLink]) -> Sequence[PhotoLink]:
    """The links but those to what batches have made themselves: albums may lie in the input."""
    pictured = [link for link in links if not link.archive_name]
    folders = {link.path.parent for link in pictured if link.path is not None}
    made = {folder for folder in folders if _is_made(folder)}
    return [
        link
        for link in links
        if link.archive_name or link.path is None or link.path.parent not in made
    ]


def _is_made(folder: Path) -> bool:
    """Whether a folder is of posters, clips or unpacked pictures beside the journal of a batch."""
    for above in (folder, *folder.parents):
        if above.name == UNPACKED and (above.parent / JOURNAL_FILE).is_file():
            return True
        if above.name in (CLIPS, POSTERS) and above.parent.name == ALBUM:
            return (above.parent.parent / JOURNAL_FILE).is_file()
    return False


def _status(link: PhotoLink, person: Person | None, guard: Guard) -> tuple[str, str]:
    refusal = guard.refuses(person, link)
    if refusal:
        return LIVING, refusal
    packed = Path(link.archive_name) if link.archive_name and not link.problem else None
    path = link.path or packed
    if path is None:
        return _PROBLEMS.get(link.problem, _PROBLEMS["missing-file"])
    try:
        if is_picture_file(path):
            return ANIMATE, ""
    except FileNotFoundError:
        if link.path is not None:
            return _PROBLEMS["missing-file"]
    except OSError:
        return _PROBLEMS["unreadable"]
    return NOT_A_PHOTO, f"{printable_name(path.name)} is no picture"


def says_which_face(link: PhotoLink) -> bool:
    """Whether the tree says where in the picture the person is, or which of its faces."""
    return bool(link.faces) or link.crop_px is not None or face_share(link) is not None


def picture_name(link: PhotoLink) -> str:
    """What the file of a link is called, without folders, wherever it was unpacked to."""
    if link.path is not None and not link.archive_name:
        return _readable(link.path.name)
    return _readable((link.archive_name or link.reference).replace("\\", "/").rpartition("/")[2])


def _readable(name: str) -> str:
    """A name that every file can hold: some of old disks are not UTF-8."""
    return _NOT_UTF_8.sub("\ufffd", name)


def face_share(link: PhotoLink) -> BoxXYWH | None:
    """The person's share of the picture; None where that is the whole, which says nothing."""
    share = link.crop_share
    if share is None or share[2] * share[3] >= WHOLE:
        return None
    return share


def _keys(links: Sequence[PhotoLink]) -> Iterator[str]:
    """A key for each link that does not change with its crop, its title or its place in the tree.

    Where a tree names one picture twice for a person, the second has a key of its own.
    """
    seen: Counter[str] = Counter()
    for link in links:
        words = "\0".join((link.person_id, link.reference, link.region_name))
        seen[words] += 1
        yield hashlib.sha256(f"{words}\0{seen[words]}".encode(errors="surrogatepass")).hexdigest()[
            :16
        ]


def _picture(link: PhotoLink) -> str:
    return str(link.path) if link.path is not None else f"{link.archive_name}\0{link.reference}"


def _people_by_photo(links: Sequence[PhotoLink]) -> Mapping[str, set[str]]:
    sharing: defaultdict[str, set[str]] = defaultdict(set)
    for link in links:
        sharing[_picture(link)].add(link.person_id)
    return sharing


def _captions(
    links: Sequence[PhotoLink], people: Mapping[str, Person], guard: Guard
) -> Mapping[str, str]:
    """Photo -> who is in it from left to right, where several people's places are known."""
    places: defaultdict[Path, list[tuple[float, str]]] = defaultdict(list)
    for link in links:
        box = link.crop_px or face_share(link)
        if link.path is not None and box is not None:
            person = people.get(link.person_id)
            hidden = person is None or bool(guard.refuses(person, link))
            name = "somebody not named here" if hidden or person is None else person.name
            places[link.path].append((box[0] + box[2] / 2, name))
    return {
        str(path): "From left to right: " + ", ".join(name for _, name in sorted(placed))
        for path, placed in places.items()
        if len(placed) > 1
    }


def person_statuses(plan: Plan, states: Mapping[str, str]) -> Mapping[str, str]:
    """Person's id -> "animate" where any picture is, else the first one's status or "no-photo".

    states: item's key -> how it stands; "done" counts as "animate".
    """
    statuses = {person.id: NO_PHOTO for person in plan.without_photo}
    for item in plan.items:
        if item.person is not None and statuses.get(item.person.id) != ANIMATE:
            state = states[item.key]
            state = ANIMATE if state == DONE else state
            known = statuses.get(item.person.id, state)
            statuses[item.person.id] = ANIMATE if state == ANIMATE else known
    return statuses
