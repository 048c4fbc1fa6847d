"""Preview of a run: what it would do, without writing anything."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nostalgia.album.batch.choices import choose
from nostalgia.album.batch.clock import LAST_RUN_FACT, refuse_wrong_clock
from nostalgia.album.batch.continuity import (
    fewer_words,
    held_back,
    is_withdrawn,
    lost_rows,
    with_new_keys,
)
from nostalgia.album.batch.file_hashes import FileHashes
from nostalgia.album.batch.fingerprint import Fingerprints
from nostalgia.album.batch.inputs import read_input, unpacked_before
from nostalgia.album.batch.journal import Journal, Row
from nostalgia.album.batch.left_out import put_back
from nostalgia.album.batch.own_files import refuse_links
from nostalgia.album.batch.planning import Plan, plan_batch
from nostalgia.album.batch.privacy import CONSENT_FACT, refuse_consent_of_others
from nostalgia.album.batch.reconcile import Reconciled, reconcile
from nostalgia.album.batch.request import JOURNAL_FILE, REQUEST_FACT, BatchRequest, check_request
from nostalgia.album.state import State
from nostalgia.errors import counted


@dataclass(frozen=True, slots=True)
class Preview:
    """Preview of a run. items: those of the plan, compared with earlier runs."""

    plan: Plan
    items: Sequence[Reconciled]


def preview_batch(request: BatchRequest) -> Preview:
    """Plan a batch and compare the plan with earlier runs; writes nothing.

    If the run would stop because the input has fewer pictures than the album, or would delete
    clips, the plan has a warning about it.

    Raises:
        UsageError, InputError, DriverError, BackendError: as `run_batch`.
    """
    check_request(request)
    refuse_links(request.output)
    path = request.output / JOURNAL_FILE
    with Journal(path if path.is_file() else Path(":memory:")) as journal:
        refuse_wrong_clock(request, journal.fact(LAST_RUN_FACT))
        tree = read_input(request)
        plan = plan_batch(tree, request)
        unpacked = unpacked_before(tree, plan.links_to_open(), request.output, journal.stamps())
        if unpacked is not tree:
            plan = plan_batch(unpacked, request)
        chosen = choose(unpacked, plan, request)
        refuse_consent_of_others(tree, request, journal.fact(CONSENT_FACT))
        plan = chosen.plan
        hashes = FileHashes(journal)
        fingerprints = Fingerprints(request.options, hashes.of)
        rows, _ = with_new_keys(plan, journal.rows(), hashes.known)
        lost = lost_rows(rows, plan, request, journal.fact(REQUEST_FACT), hashes.known)
        items = reconcile(plan, request, rows, hashes, fingerprints, read=False)
        items, _ = held_back(items, rows, request, chosen.only, hashes)
    lost = [row for row in lost if row.key not in chosen.secret]
    if lost and not request.allow_fewer:
        # The same pictures may be under other names among those that are still in an archive.
        is_sure = all(each.link.path or not each.link.archive_name for each in plan.items)
        words = f"a run {'would' if is_sure else 'may'} stop: {fewer_words(lost, request)}"
        plan = replace(plan, warnings=(*plan.warnings, words))
    leaving = [each for each in items if _leaves(rows.get(each.row.key), each)]
    if leaving:
        pictures = counted(len(leaving), "picture", "pictures")
        words = (
            f"a run would take {pictures} out of the album, as the people in"
            f" {'it' if len(leaving) == 1 else 'them'} are or may be alive or want no clip, and"
            " delete all that was made of them"
        )
        plan = replace(plan, warnings=(*plan.warnings, words))
    return Preview(plan, items)


def _leaves(old: Row | None, each: Reconciled) -> bool:
    """True if a clip of an earlier run would be deleted."""
    return old is not None and put_back(old).state == State.DONE and is_withdrawn(old, each)
