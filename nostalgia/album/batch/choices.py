"""A user's choices, from ``choices.csv`` and from the options of one run, applied to a plan."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from nostalgia.album.batch.choice import NOTHING, Choice, ChoiceReader
from nostalgia.album.batch.choices_file import (
    CHOICES_FILE,
    GIVEN,
    TYPED,
    ChoicesRow,
    ChoicesTable,
    read_choices,
    write_choices,
)
from nostalgia.album.batch.planning import Plan, PlanItem, captions, picture_name
from nostalgia.album.batch.privacy import guard_of
from nostalgia.album.batch.request import BatchRequest
from nostalgia.album.state import State
from nostalgia.album.trees.model import FamilyTree
from nostalgia.errors import EncodingError, InputError, UsageError, option
from nostalgia.files import folded_file_name, printable_name

LEFT_OUT_WORDS = "left out by choice"

_ID_START = "pic-"
_REVEALING = ("title", "caption")
"""Choices that may say something about a person who is to stay unnamed."""
_MOST_MISTAKES = 5


@dataclass(frozen=True, slots=True)
class Chosen:
    """A plan with its user's choices.

    before, table: the rows of the file as read, and as they should be from now on. only: keys of
    the pictures that this run may work on, None = all. secret: keys of pictures, also of earlier
    runs, of people about whom nothing may be revealed. asked: True if options of this run have
    changed the choices.
    """

    plan: Plan
    before: ChoicesTable
    table: ChoicesTable
    only: frozenset[str] | None
    secret: frozenset[str]
    asked: bool

    def remember(self, request: BatchRequest) -> None:
        """Write the file if it must change, be it only into UTF-8.

        Done before the work, which may take hours, so that nothing is overwritten that the user
        types in the meantime.

        Raises:
            EncodingError: it cannot be written, and options of this run would be forgotten.
        """
        if self.table != self.before or self.before.warnings:
            write_choices(request.output / CHOICES_FILE, self.table)


def choose(tree: FamilyTree, plan: Plan, request: BatchRequest) -> Chosen:
    """Apply the choices of earlier runs and of this one to the plan of a tree.

    Raises:
        InputError: the file cannot be read, or has a mistake; the message names line and column.
        UsageError: an option names no picture of the plan, or sets what is not allowed.
    """
    before = read_choices(request.output / CHOICES_FILE)
    guard = guard_of(tree, request)
    hushed = {person.id for person in tree.persons if guard.refusal(person, None)}
    rows = _Rows(plan, before, hushed)
    reader = ChoiceReader(request)
    only = frozenset(
        chain.from_iterable(rows.keys(word, option("only", word)) for word in request.only)
    )
    asked = _ask(rows, reader, request)
    choices = _read(rows.by_key, reader)
    hidden = _left_out_people(plan, choices)
    people = {person.id: person for person in tree.persons}
    named = captions(tree.links, people, guard, hidden) if hidden else None
    items = tuple(_chosen(item, choices.get(item.key), named) for item in plan.items)
    plan = replace(plan, items=items, warnings=(*plan.warnings, *before.warnings))
    table = replace(before, rows=tuple(rows.written()))
    return Chosen(
        plan, before, table, only if request.only else None, frozenset(rows.secret), asked
    )


class _Rows:
    """Rows of the file by the pictures of a plan.

    by_key: item's key -> its row. secret: see `Chosen`. hushed: ids of people about whom nothing
    may be revealed.
    """

    def __init__(self, plan: Plan, table: ChoicesTable, hushed: Collection[str]) -> None:
        self._plan, self._table = plan, table
        theirs = (row.given["id"] for row in table.rows if row.given["person"] in hushed)
        self.secret = {word.removeprefix(_ID_START) for word in theirs}
        self.secret |= {item.key for item in plan.items if item.is_secret}
        items = [item for item in plan.items if _has_row(item)]
        self.by_key: dict[str, ChoicesRow] = {}
        self._keys: dict[int, str] = {}
        """Number of a row of the file -> key of its picture, "" if it has become part of others."""
        self._take_own(items)
        self._take_renamed(items)
        for item in items:
            old = self.by_key.get(item.key)
            self.by_key[item.key] = _row_of(item, old)
        self._take_general(items)

    def _take_own(self, items: Sequence[PlanItem]) -> None:
        keys = {_id_of(item): item.key for item in items}
        for number, row in enumerate(self._table.rows):
            key = keys.get(row.given["id"])
            if key is None:
                continue
            twin = self.by_key.get(key)
            if twin is None:
                self.by_key[key], self._keys[number] = row, key
            elif (twin.typed, twin.further) == (row.typed, row.further):
                self._keys[number] = ""
            else:
                raise InputError(
                    f"{CHOICES_FILE}, lines {twin.line} and {row.line}: are about the same picture,"
                    f" {printable_name(row.given['photo'])}, and differ; delete one of them"
                )

    def _take_renamed(self, items: Sequence[PlanItem]) -> None:
        """Rows of pictures whose path or whose person's identifier has changed in the tree."""
        new: defaultdict[tuple[str, str], list[PlanItem]] = defaultdict(list)
        for item in items:
            if item.key not in self.by_key:
                new[_name_of(item), picture_name(item.link)].append(item)
        known = {_id_of(item) for item in self._plan.items}
        for number, row in enumerate(self._table.rows):
            names = row.given["name"], row.given["photo"]
            is_old = row.given["id"] and row.given["id"] not in known and row.has_choices
            if is_old and names[1] and len(new.get(names, ())) == 1:
                (item,) = new.pop(names)
                self.by_key[item.key], self._keys[number] = row, item.key

    def _take_general(self, items: Sequence[PlanItem]) -> None:
        """Rows without an id, which a user has written for a person or a picture."""
        for number, row in enumerate(self._table.rows):
            wanted = {name: folded_file_name(cell) for name, cell in row.given.items() if cell}
            if "id" in wanted or not wanted:
                continue
            typed = {column: cell for column, cell in row.typed.items() if cell}
            for item in items:
                given = self.by_key[item.key].given
                if all(folded_file_name(given[name]) == cell for name, cell in wanted.items()):
                    self.set(item.key, typed)
                    self._keys[number] = ""

    def keys(self, word: str, mention: str) -> list[str]:
        """Keys of the pictures that an option means by `word`; mention: the option, as given.

        Raises:
            UsageError: there are none.
        """
        plain = word.strip().strip("@")
        items = [item for item in self._plan.items if item.key in self.by_key]
        for name_of in (_id_of, _person_of, _file_of, _stem_of):
            for form in (str, folded_file_name):  # names may differ in case alone
                found = [item.key for item in items if form(name_of(item)) == form(plain)]
                if found and plain:
                    return found
        raise UsageError(
            f"{mention}: names no picture that may be animated, and nobody who has one; a dry run"
            f" and {CHOICES_FILE} list them all"
        )

    def set(self, key: str, typed: Mapping[str, str]) -> None:
        """Type something into the row of a picture."""
        row = self.by_key[key]
        self.by_key[key] = replace(row, typed={**row.typed, **typed})

    def written(self) -> Iterator[ChoicesRow]:
        """All rows as the file should have them: the file's in its order, then the new ones.

        Rows of pictures that are not in the plan stay if the user has typed something.
        """
        given = dict.fromkeys(self.by_key)
        for number, row in enumerate(self._table.rows):
            key = self._keys.get(number)
            if row.given["id"].removeprefix(_ID_START) in self.secret and key is None:
                row = _veiled(row)
                if row.has_choices:
                    yield row
            elif key is None and row.has_choices:
                yield row
            elif key:
                del given[key]
                yield self.by_key[key]
        yield from (self.by_key[key] for key in given)


def _id_of(item: PlanItem) -> str:
    """Id of a picture in the file; no spreadsheet takes it for a number."""
    return f"{_ID_START}{item.key}"


def _person_of(item: PlanItem) -> str:
    return item.person.id if item.person is not None else ""


def _name_of(item: PlanItem) -> str:
    return item.person.name if item.person is not None else ""


def _file_of(item: PlanItem) -> str:
    return picture_name(item.link)


def _stem_of(item: PlanItem) -> str:
    return picture_name(item.link).rpartition(".")[0]


def _has_row(item: PlanItem) -> bool:
    return item.status not in (State.LIVING, State.NOT_A_PHOTO)


def _row_of(item: PlanItem, old: ChoicesRow | None) -> ChoicesRow:
    cells = (_id_of(item), _person_of(item), _name_of(item), _file_of(item))
    given = dict(zip(GIVEN, (" ".join(cell.split()) for cell in cells), strict=True))
    if old is None:
        return ChoicesRow(given, dict.fromkeys(TYPED, ""))
    return replace(old, given=given)


def _veiled(row: ChoicesRow) -> ChoicesRow:
    """The row of a picture about which nothing may be revealed, without what does."""
    given = {**dict.fromkeys(GIVEN, ""), "id": row.given["id"]}
    return replace(row, given=given, typed={**row.typed, **dict.fromkeys(_REVEALING, "")})


def _ask(rows: _Rows, reader: ChoiceReader, request: BatchRequest) -> bool:
    """Type the options of this run into the rows; False if there are none."""
    both = set(request.leave_out) & set(request.put_back)
    if both:
        word = min(both)
        raise UsageError(
            f"{option('leave_out', word)} and {option('put_back', word)} contradict each other"
        )
    wanted = [
        (word, option(name, word), "leave_out", text)
        for name, text in (("leave_out", "yes"), ("put_back", ""))
        for word in getattr(request, name)
    ]
    for name, column in (("drivers", "driver"), ("strengths", "strength")):
        read = reader.driver if column == "driver" else reader.strength
        for word, value in getattr(request, name).items():
            text = str(value).strip()
            mention = option(name, {word: text})
            try:
                if text:
                    read(text)
            except ValueError as exc:
                raise UsageError(f"{mention}: {text!r} {exc}") from exc
            wanted.append((word, mention, column, text))
    for word, mention, column, text in wanted:
        for key in rows.keys(word, mention):
            rows.set(key, {column: text})
    return bool(wanted)


def _read(rows: Mapping[str, ChoicesRow], reader: ChoiceReader) -> dict[str, Choice]:
    mistakes: list[str] = []
    choices = {}
    for key, row in rows.items():
        place = f"{CHOICES_FILE}, line {row.line}, column"
        found = reader.read(row.typed)
        choices[key] = found.choice
        mistakes += [f"{place} {column}: {words}" for column, words in found.mistakes]
    if len(mistakes) > _MOST_MISTAKES:
        more = len(mistakes) - _MOST_MISTAKES
        mistakes[_MOST_MISTAKES:] = [f"and {more} more"]
    if mistakes:
        raise InputError("; ".join(mistakes))
    return choices


def _left_out_people(plan: Plan, choices: Mapping[str, Choice]) -> Collection[str]:
    """Ids of the people all of whose pictures are left out: nothing else names them either."""
    shown: defaultdict[str, bool] = defaultdict(bool)
    for item in plan.items:
        if item.key in choices and item.person is not None:
            shown[item.person.id] |= not choices[item.key].leave_out
    return {person_id for person_id, is_shown in shown.items() if not is_shown}


def _chosen(item: PlanItem, choice: Choice | None, named: Mapping[str, str] | None) -> PlanItem:
    if named is not None:
        item = replace(item, caption=named.get(str(item.link.path), ""))
    if choice is None or choice == Choice():
        return item
    link = item.link
    if choice.face and not link.problem and item.status in (State.ANIMATE, State.AMBIGUOUS):
        link = replace(link, faces=str(choice.face))
        item = replace(item, status=State.ANIMATE, reason="", face_limit=0)
    if choice.title:
        link = replace(link, title="" if choice.title == NOTHING else choice.title)
    if choice.driver:
        link = replace(link, driver=choice.driver)
    if choice.caption:
        item = replace(item, caption="" if choice.caption == NOTHING else choice.caption)
    if choice.leave_out:
        item = replace(item, status=State.LEFT_OUT, reason=LEFT_OUT_WORDS)
    return replace(item, link=link, strength=choice.strength, order=choice.order)


def remembered(chosen: Chosen, request: BatchRequest) -> Sequence[str]:
    """Write the choices; a warning if the file is open elsewhere and nothing would be lost.

    Raises:
        EncodingError: options of this run would be forgotten.
    """
    try:
        chosen.remember(request)
    except EncodingError as exc:
        if chosen.asked:
            raise EncodingError(
                f"{CHOICES_FILE} cannot be written, so that your choices would be forgotten; close"
                " it in other programs, and run the same command again"
            ) from exc
        return (
            f"{CHOICES_FILE} cannot be written; close it in other programs: the next run adds"
            " what is new",
        )
    return ()
