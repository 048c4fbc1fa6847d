"""The clock decides who must be alive: one that cannot be right stops the batch.

Nothing may be deleted, and nobody animated, because a battery is empty or a year was mistyped.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nostalgia.album.batch.file_hashes import stamp_of
from nostalgia.album.batch.journal import Row
from nostalgia.album.batch.left_out import put_back
from nostalgia.album.batch.reconcile import Reconciled
from nostalgia.album.batch.request import BatchRequest
from nostalgia.album.pages.page import PAGE_NAME
from nostalgia.album.state import State
from nostalgia.errors import InputError
from nostalgia.files import printable_name
from nostalgia.version import SURELY_PAST, __version__

LAST_RUN_FACT = "last run"
"""Name of the journal's fact that holds the time of the last run."""

MOST_BEHIND = timedelta(days=2)
"""Files may seem to be this much younger than the clock says: disks store local times."""

MOST_AHEAD = timedelta(days=20 * 365)
"""The clock may be this much ahead of every date that is known."""

_TRUST = "NOSTALGIA_TRUST_CLOCK"
_ADVICE = (
    "nothing was changed: set the date of this computer right and run the batch again; if the date"
    f" is right, and was wrong before, set the environment variable {_TRUST}=1 for one run"
)


def this_moment() -> str:
    """The time, as the journal stores that of a run."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def living_rules(request: BatchRequest) -> str:
    """Hash of all that decides who counts as living, but for the date; "" for a folder."""
    if request.source.is_dir():
        return ""
    values = [
        __version__,
        stamp_of(request.source),
        sorted(request.consent.items()),
        request.include_living,
    ]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def refuse_wrong_clock(request: BatchRequest, last_run: str) -> None:
    """Check that the clock agrees with the dates of files and of the last run.

    A folder of photos says nothing about births, so that its batches depend on no clock.

    Args:
        request: of this run.
        last_run: time of the last one, as the journal has it; "" if unknown.

    Raises:
        InputError: it does not.
    """
    if request.source.is_dir() or _is_trusted():
        return
    now = datetime.now(UTC)
    known = dict(_known_moments(request, last_run))
    what, newest = max(known.items(), key=lambda item: item[1])
    if now < newest - MOST_BEHIND:
        raise InputError(
            f"the clock says {_words(now)}, but {what} is of {_words(newest)}: who may be alive"
            f" cannot be told; {_ADVICE}"
        )
    if now > newest + MOST_AHEAD:
        raise InputError(
            f"the clock says {_words(now)}, more than {MOST_AHEAD.days // 365} years after all"
            f" files of this batch: people who live would count as dead; {_ADVICE}"
        )


def refuse_sudden_living(
    items: Sequence[Reconciled], before: Mapping[str, Row], *, same_rules: bool
) -> None:
    """Check that nobody has come to life only because the clock was changed.

    same_rules: True if tree, consent and version are those of the last run.

    Raises:
        InputError: somebody has, of whom a finished clip would be deleted.
    """
    if not same_rules or _is_trusted():
        return
    for item in items:
        old = before.get(item.row.key)
        if item.row.state != State.LIVING or old is None:
            continue
        if put_back(old).state == State.DONE:
            raise InputError(
                "somebody whose clip is finished would now count as living, though neither the tree"
                f" nor the options have changed: the clock was wrong, now or then; {_ADVICE}"
            )


def _is_trusted() -> bool:
    return os.environ.get(_TRUST, "") not in ("", "0")


def _words(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _known_moments(request: BatchRequest, last_run: str) -> Iterable[tuple[str, datetime]]:
    yield "this version of nostalgia", SURELY_PAST
    with suppress(ValueError):
        moment = datetime.fromisoformat(last_run)
        yield "the last run", moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    files = {
        printable_name(request.source.name): request.source,
        f"the album's {PAGE_NAME}": request.album / PAGE_NAME,
        "the installed nostalgia": Path(__file__),
    }
    for words, path in files.items():
        with suppress(OSError, ValueError, OverflowError):
            yield words, datetime.fromtimestamp(path.stat().st_mtime, UTC)
