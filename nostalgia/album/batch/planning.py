"""Plan of a batch: one item for each picture of each person, and why some are left out.

No photo is opened and no network loaded, so that a tree of thousands is planned in seconds.
"""

import hashlib
import math
import os
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from nostalgia.album.batch.hidden_names import HiddenNames, hidden_names, without_hidden
from nostalgia.album.batch.privacy import Guard, guard_of
from nostalgia.album.batch.request import (
    CLIPS,
    JOURNAL_FILE,
    POSTERS,
    STILLS,
    UNPACKED,
    WHOLE_PHOTOS,
    BatchRequest,
)
from nostalgia.album.batch.shared_photos import face_share, shared_photos
from nostalgia.album.pages.saved_album import ALBUM
from nostalgia.album.state import State
from nostalgia.album.trees.folder import is_picture_file
from nostalgia.album.trees.model import FamilyTree, Person, PhotoLink
from nostalgia.album.trees.references import file_name
from nostalgia.errors import InputError, counted
from nostalgia.files import PHOTO_SUFFIXES, printable_name
from nostalgia.photo.kinds import UNKNOWN, kind_of

_NOT_UTF_8 = re.compile("[\ud800-\udfff]")

_PROBLEMS = {
    "missing-file": (State.MISSING, "file not found; add its folder to the media folders"),
    "outside": (
        State.MISSING,
        "the file is outside the folders that may be read; add its folder to the media folders",
    ),
    "web": (
        State.MISSING,
        "the file is on the web, and nothing is downloaded; save it, under the name that it has"
        " there, into one of the media folders",
    ),
    "doubtful": (
        State.AMBIGUOUS,
        "the only file of this name is as likely another person's picture; save the pictures into"
        " folders named as in the tree",
    ),
    "unreadable": (State.FAILED, "the file is damaged, or you have no permission to read it"),
}
_DRIVER_PROBLEM = (
    "its driving clip is not in the folders that may be read; put it beside the table, or add its"
    " folder to the media folders"
)


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One picture of one person.

    key: the same in every run. status: ANIMATE, or the reason not to, which `reason` puts into
    words. face_limit: see `Task`. caption: the people in the photo from left to right, "" if the
    tree does not say where they are. strength, order: see `Choice`. shows_hidden: True if the tree
    links the photo to somebody who is left out, too. hidden: names that must not be told.
    """

    key: str
    status: State
    link: PhotoLink
    person: Person | None
    reason: str = ""
    face_limit: int = 0
    caption: str = ""
    strength: float | None = None
    order: float = math.inf
    shows_hidden: bool = False
    hidden: HiddenNames = field(default_factory=HiddenNames, repr=False)

    @property
    def is_secret(self) -> bool:
        """True if nothing may be revealed about the person."""
        return self.status == State.LIVING

    @property
    def told_name(self) -> str:
        """File name of the picture; another one if it holds the name of somebody left out."""
        name = picture_name(self.link)
        if not self.hidden.in_file_name(name, self.person):
            return name
        return f"photo-{self.key[:8]}{Path(name).suffix.lower()}"

    @property
    def told_stem(self) -> str:
        """The same without the suffix, for names of clips; "" instead of another one."""
        return Path(self.told_name).stem if self.told_name == picture_name(self.link) else ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Plan of a batch.

    form: that of the input, see `FamilyTree`. without_photo: people without a picture.
    people: number of people in the input.
    """

    form: str
    items: tuple[PlanItem, ...]
    without_photo: tuple[Person, ...]
    people: int
    warnings: tuple[str, ...]

    def counts(self) -> Mapping[State, int]:
        """Number of items in each state."""
        return Counter(item.status for item in self.items)

    def links_to_open(self) -> list[PhotoLink]:
        """Links of the pictures that are needed as files.

        Those whose faces are unclear may have names inside, or be marked by a choice.
        """
        opened = (State.ANIMATE, State.AMBIGUOUS)
        return [item.link for item in self.items if item.status in opened]


def plan_batch(tree: FamilyTree, request: BatchRequest) -> Plan:
    """Decide for every picture of a tree whether it is animated.

    Raises:
        UsageError: consent names somebody who is not in the tree.
    """
    people = {person.id: person for person in tree.persons}
    links = _without_own_files(tree.links)
    guard = guard_of(tree, request)
    shared = shared_photos(links, people, guard)
    captioned = captions(links, people, guard)
    hidden = _hidden_names(tree.persons, guard)
    items = []
    unsaid = 0
    for link, key in zip(links, _keys(links), strict=True):
        person = people.get(link.person_id)
        status, reason = _status(link, person, guard)
        if status == State.ANIMATE and names_clip(link.driver):
            link = replace(link, driver=clip_within(link.driver, request))
            if not link.driver:
                status, reason = State.FAILED, _DRIVER_PROBLEM
        face_limit = 0
        if status == State.ANIMATE:
            status, reason, face_limit = shared.rule(link)
        shows_hidden = shared.shows_hidden(link)
        told = without_hidden(link, person, hidden, shows_hidden=shows_hidden)
        if status != State.LIVING:
            unsaid += told != link
        link = told
        items.append(
            PlanItem(
                key,
                status,
                link,
                person,
                reason,
                face_limit,
                caption=captioned.get(str(link.path), ""),
                shows_hidden=shows_hidden,
                hidden=hidden,
            )
        )
    pictured = {link.person_id for link in tree.links}
    without = tuple(person for person in tree.persons if person.id not in pictured)
    warnings = (*tree.warnings, *_unsaid(unsaid))
    return Plan(tree.form, tuple(items), without, len(tree.persons), warnings)


def _hidden_names(persons: Sequence[Person], guard: Guard) -> HiddenNames:
    if not guard.is_on:
        return HiddenNames()
    left_out = [person for person in persons if guard.refusal(person, None)]
    ids = {person.id for person in left_out}
    return hidden_names([person for person in persons if person.id not in ids], left_out)


def _unsaid(number: int) -> Iterator[str]:
    if number:
        whose = counted(number, "picture", "pictures")
        yield f"titles, notes or sources that may tell of somebody left out are not shown: {whose}"


def names_clip(driver: str) -> bool:
    """True if a driver is a path: names in the bank have no dots and no slashes."""
    return any(sign in driver for sign in "./\\")


def clip_within(driver: str, request: BatchRequest) -> str:
    """Path of a driving clip that a table names; "" if it is outside the folders to read."""
    folders = [request.source.parent, *request.media]
    for folder in folders:
        try:
            clip = (folder / driver.replace("\\", "/")).resolve()
            if clip.is_file() and any(clip.is_relative_to(each.resolve()) for each in folders):
                return str(clip)
        except (OSError, ValueError):  # a name that no file can have
            continue
    return ""


def _without_own_files(links: Sequence[PhotoLink]) -> Sequence[PhotoLink]:
    """The links without those to files of earlier batches, whose albums may lie in the input."""
    pictured = [link for link in links if not link.archive_name]
    folders = {link.path.parent for link in pictured if link.path is not None}
    own = {folder for folder in folders if _is_own(folder)}
    return [
        link
        for link in links
        if link.archive_name or link.path is None or link.path.parent not in own
    ]


def _is_own(folder: Path) -> bool:
    """True if a batch made the folder: posters, clips or unpacked pictures beside its journal."""
    for above in (folder, *folder.parents):
        if above.name == UNPACKED and (above.parent / JOURNAL_FILE).is_file():
            return True
        if above.name in (CLIPS, POSTERS, WHOLE_PHOTOS, STILLS) and above.parent.name == ALBUM:
            return (above.parent.parent / JOURNAL_FILE).is_file()
    return False


def _status(link: PhotoLink, person: Person | None, guard: Guard) -> tuple[State, str]:
    refusal = guard.refusal(person, link)
    if refusal:
        return State.LIVING, refusal
    if link.path is None and link.problem == "ambiguous":
        return State.AMBIGUOUS, _ambiguity(link)
    if link.path is None and (link.problem or not link.archive_name):
        return _PROBLEMS.get(link.problem, _PROBLEMS["missing-file"])
    if link.path is None:
        is_picture = Path(link.archive_name).suffix.lower() in PHOTO_SUFFIXES
    else:
        try:
            is_picture = is_picture_file(link.path)
        except InputError:
            exists = os.path.lexists(link.path)
            return _PROBLEMS["unreadable" if exists else "missing-file"]
    if is_picture:
        return State.ANIMATE, ""
    return State.NOT_A_PHOTO, _no_picture(link)


def _no_picture(link: PhotoLink) -> str:
    """Sentence about a file that is no picture, with its kind if it can be told."""
    name = f"{printable_name(picture_name(link))} is not a picture that can be read"
    kind = kind_of(link.path) if link.path is not None else UNKNOWN
    return name if kind == UNKNOWN else f"{name}: {kind}; save the picture as JPEG or PNG"


def _ambiguity(link: PhotoLink) -> str:
    """Sentence about a picture that may be any of several files."""
    places = f": {', '.join(link.places)}" if link.places else ""
    return f"different files have this name{places}; rename or move those that are not meant"


def picture_name(link: PhotoLink) -> str:
    """File name of a picture without folders, wherever it was unpacked to."""
    if link.path is not None and not link.archive_name:
        return _readable(link.path.name)
    return _readable(file_name(link.archive_name or link.reference))


def _readable(name: str) -> str:
    """The name in characters that every file can hold: names on old disks may not be UTF-8."""
    return _NOT_UTF_8.sub("\ufffd", name)


def _keys(links: Sequence[PhotoLink]) -> Iterator[str]:
    """A key for each link that does not change with its crop, its title or its place in the tree.

    If a tree links one picture to a person twice, the two links have different keys.
    """
    seen: Counter[str] = Counter()
    for link in links:
        words = "\0".join((link.person_id, link.reference, link.region_name))
        seen[words] += 1
        yield hashlib.sha256(f"{words}\0{seen[words]}".encode(errors="surrogatepass")).hexdigest()[
            :16
        ]


def captions(
    links: Sequence[PhotoLink],
    people: Mapping[str, Person],
    guard: Guard,
    left_out: Collection[str] = (),
) -> Mapping[str, str]:
    """Photo -> the people in it from left to right, where several people's places are known.

    left_out: ids of people who are not to be named.
    """
    places: defaultdict[Path, list[tuple[float, str]]] = defaultdict(list)
    for link in links:
        box = link.crop_px or face_share(link)
        if link.path is not None and box is not None:
            person = people.get(link.person_id)
            refused = person is None or not person.name or bool(guard.refusal(person, link))
            hidden = refused or link.person_id in left_out
            name = "somebody not named here" if hidden or person is None else person.name
            places[link.path].append((box[0] + box[2] / 2, name))
    return {
        str(path): "From left to right: " + ", ".join(name for _, name in sorted(placed))
        for path, placed in places.items()
        if len(placed) > 1
    }


def person_statuses(plan: Plan, states: Mapping[str, State]) -> Mapping[str, State]:
    """Person's id -> ANIMATE if any picture has or will get a clip, else the first one's state.

    states: item's key -> its state; DONE counts as ANIMATE.
    """
    statuses = {person.id: State.NO_PHOTO for person in plan.without_photo}
    for item in plan.items:
        if item.person is not None and statuses.get(item.person.id) != State.ANIMATE:
            state = states[item.key]
            state = State.ANIMATE if state == State.DONE else state
            known = statuses.get(item.person.id, state)
            statuses[item.person.id] = State.ANIMATE if state == State.ANIMATE else known
    return statuses
