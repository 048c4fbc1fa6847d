"""Tables of `nostalgia batch`: the plan, the failures and their reasons, the progress."""

import io
import shutil
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from shlex import quote as quoted
from typing import TYPE_CHECKING

from nostalgia.cli.wording import in_flags
from nostalgia.errors import counted
from nostalgia.files import printable_name

if TYPE_CHECKING:
    from nostalgia.album.batch.preview import Preview
    from nostalgia.album.batch.reconcile import Reconciled
    from nostalgia.album.batch.runner import Status
    from nostalgia.album.pages.entry import AlbumEntry

_WIDTH = 100
_NAME, _WHY = 60, 300
_NOT_FAILED = ("done", "waiting", "running", "skipped-living", "left-out")
_MOST_PLANNED, _MOST_FAILED = 5000, 40
"""Most rows of a table: a terminal is not the place for a hundred thousand."""
_WORDS = {
    "skipped-living": "skipped: living",
    "missing-file": "file missing",
    "not-a-photo": "not a photo",
    "no-face": "no face",
    "left-out": "left out",
}
_COUNTED = {
    "missing-file": ("file missing", "files missing"),
    "not-a-photo": ("not a photo", "not photos"),
    "no-face": ("without a face", "without a face"),
}
"""States whose words change with their number: for one picture, and for several."""


def plan_table(items: Sequence["Reconciled"]) -> str:
    """One line per picture: person, picture, what happens. Living people are not named."""
    from nostalgia.album.batch.planning import picture_name

    rows = []
    for each in items:
        item = each.item
        person = item.person
        state = "animate" if each.is_open else each.row.state
        why = "" if each.is_open else item.reason or each.row.message
        if item.is_secret:
            rows.append((person.id if person is not None else "", "", _state_text(state), why))
            continue
        owner = f"{person.id} {person.name}" if person is not None else ""
        rows.append((owner, picture_name(item.link), _state_text(state), why))
    return _table(("person", "picture", "what", "why"), rows, _MOST_PLANNED)


def plan_totals(preview: "Preview") -> str:
    """Numbers of people and pictures, and of people without a picture."""
    # What is still in an archive is animated, or found to be as it was, once it is unpacked.
    unsure = [each.is_open or each.row.state == "animate" for each in preview.items]
    states = [each.row.state for each in preview.items]
    counts = Counter("to animate" if u else s for u, s in zip(unsure, states, strict=True))
    plan = preview.plan
    people = (
        f"{counted(plan.people, 'person', 'people')}, {len(plan.without_photo)} without a picture; "
    )
    return (people if plan.people else "") + totals(counts)


def totals(counts: Mapping[str, int]) -> str:
    """Totals such as "10 done, 1 file missing"."""
    if not counts:
        return "no pictures"
    first = [name for name in ("done", "to animate") if name in counts]
    rest = sorted(name for name in counts if name not in first)
    return ", ".join(_counted_state(name, counts[name]) for name in (*first, *rest))


def _counted_state(state: str, number: int) -> str:
    return counted(number, *_COUNTED.get(state, (_state_text(state),) * 2))


def bystander_words(entries: Sequence["AlbumEntry"]) -> list[str]:
    """A warning if group photos are attached to one person only."""
    from nostalgia.album.batch.tasks import BYSTANDERS, FORMER_BYSTANDERS

    hints = (BYSTANDERS, FORMER_BYSTANDERS)
    photos = [entry.photo for entry in entries if any(hint in entry.message for hint in hints)]
    if not photos:
        return []
    first = f"{photos[0]} and {len(photos) - 1} more" if len(photos) > 1 else photos[0]
    return [f"{first}: {BYSTANDERS}; mark the person's face if someone else in it may be alive"]


def unfinished_table(entries: Sequence["AlbumEntry"]) -> str:
    """Pictures that should have a clip but have none, and why."""
    from nostalgia.album.batch.summary import UNFINISHED

    return _table(
        ("person", "picture", "what", "why"),
        [
            (entry.name, entry.photo, _state_text(entry.status), entry.message)
            for entry in entries
            if entry.status in UNFINISHED
        ],
    )


def left_for_later(counts: Mapping[str, int]) -> str:
    """The words about pictures that a run was not to work on; "" if others have no clip either."""
    from nostalgia.album.batch.summary import UNFINISHED
    from nostalgia.album.state import State

    waiting = counts.get(State.WAITING, 0)
    if any(counts.get(state) for state in UNFINISHED if state != State.WAITING):
        return ""
    pictures = counted(waiting, "picture has", "pictures have")
    return f"{pictures} no clip yet: a run without --only makes {'it' if waiting == 1 else 'them'}"


def unfinished_words(counts: Mapping[str, int], folder: Path) -> str:
    """Number of pictures that are left, and the command to run next."""
    from nostalgia.album.batch.summary import UNFINISHED
    from nostalgia.album.state import State

    missed = sum(counts.get(state, 0) for state in UNFINISHED)
    expected = missed + counts.get("done", 0)
    pictures = counted(expected, "picture", "pictures")
    words = f"{missed} of {pictures} {'has' if missed == 1 else 'have'} no clip"
    if missed == counts.get(State.WAITING):
        return f"{words} yet; run the same command again to continue"
    if not any(counts.get(state) for state in (State.FAILED, State.MISSING)):
        return f"{words}; the table says what they need"
    again = f"nostalgia batch retry {quoted(printable_name(folder, limit=4096))}"
    return f"{words}; to retry the failed ones, run: {again}"


def status_lines(status: "Status") -> Sequence[str]:
    """Progress of a batch, and its failures."""
    rows = status.rows
    lines = [totals(Counter(row.state for row in rows))]
    lines.append("a run is in progress" if status.is_running else "no run is in progress")
    seconds = [row.seconds for row in rows if row.state == "done"]
    waiting = sum(row.state in ("waiting", "running") for row in rows)
    if seconds and waiting:
        left_min = sum(seconds) / len(seconds) * waiting / max(status.jobs, 1) / 60
        lines.append(f"about {max(round(left_min), 1)} min of work left")
    failed = [
        (row.photo, _state_text(row.state), row.message)
        for row in rows
        if row.message and row.state not in _NOT_FAILED
    ]
    return [*lines, _table(("picture", "what", "why"), failed)] if failed else lines


def _state_text(state: str) -> str:
    return _WORDS.get(state, state)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], most: int = _MOST_FAILED) -> str:
    """A table as wide as the terminal, whatever characters the names contain.

    Advice that several rows share follows once, below the table.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from nostalgia.album.batch.shared_photos import HOW_TO_MARK

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in head:
        table.add_column(name, overflow="fold", no_wrap=False)
    shared = sum(HOW_TO_MARK in row[-1] for row in rows[:most]) > 1
    for row in rows[:most]:
        *short, last = row
        last = last.partition(f"; {HOW_TO_MARK}")[0] if shared else last
        cells = [printable_name(cell, _NAME) for cell in short] + [
            printable_name(in_flags(last), _WHY)
        ]
        table.add_row(*(Text(cell) for cell in cells))
    width = max(_WIDTH, shutil.get_terminal_size((_WIDTH, 24)).columns)
    page = io.StringIO()
    Console(file=page, width=width, color_system=None, emoji=False).print(table)
    lines = [line.rstrip() for line in page.getvalue().splitlines()]
    if len(rows) > most:
        lines.append(f"... and {len(rows) - most} more")
    if shared:
        lines += textwrap.wrap(f"whose face is which: {HOW_TO_MARK}", width)
    return "\n".join(lines)
