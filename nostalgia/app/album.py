"""An album from the page: the plan of a folder or a tree, and its run, through the batch."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nostalgia.album.batch.planning import picture_name
from nostalgia.album.batch.preview import preview_batch
from nostalgia.album.batch.reconcile import Reconciled
from nostalgia.album.batch.request import BatchRequest
from nostalgia.album.batch.runner import batch_status, run_batch
from nostalgia.album.trees.folder import is_picture_file
from nostalgia.app.wording import page_wording
from nostalgia.errors import InputError, worded
from nostalgia.progress import CancelToken, Progress, ProgressCallback

_MOST_ROWS = 2000
_STATES_GAP_S = 1.0


def request_of(source: Path) -> BatchRequest:
    """The batch that `nostalgia batch SOURCE` runs: its output lies beside the source."""
    source = source.resolve() if ".." in source.parts else source.absolute()
    request = BatchRequest(source=source, output=Path())
    return replace(request, output=request.usual_output)


def plan_values(args: Mapping[str, Any]) -> dict[str, Any]:
    """Who, which picture, and what will be done; the living are not named.

    Raises:
        InputError: the source cannot be read. UsageError: the batch makes no sense.
    """
    request = request_of(Path(args["source"]))
    preview = preview_batch(request)
    rows = [_row(item) for item in preview.items[:_MOST_ROWS]]
    return {
        "form": preview.plan.form,
        "people": preview.plan.people,
        "rows": rows,
        "more": max(len(preview.items) - _MOST_ROWS, 0),
        "open": sum(item.is_open for item in preview.items),
        "warnings": [worded(text, page_wording) for text in preview.plan.warnings],
        "output": str(request.output),
        "page": _page(request),
    }


def run_values(
    args: Mapping[str, Any], show: ProgressCallback, tell: Any, cancel: CancelToken
) -> dict[str, Any]:
    """Make the clips that are missing, and the album; what is finished stays.

    Raises:
        NostalgiaError: as `run_batch`. Cancelled: it was stopped; it goes on where it was.
    """
    request = request_of(Path(args["source"]))
    shown_at = 0.0

    def progressed(progress: Progress) -> None:
        nonlocal shown_at
        show(progress)
        now = time.monotonic()
        if now - shown_at >= _STATES_GAP_S:
            shown_at = now
            tell("states", {"states": _states(request)})

    finished = run_batch(request, progressed, cancel=cancel)
    values = plan_values(args)
    told = [worded(text, page_wording) for text in finished.notices]  # nobody may miss them
    return values | {
        "warnings": [*told, *values["warnings"]],
        "page": str(finished.page),
        "counts": {str(state): count for state, count in finished.counts().items()},
    }


def _states(request: BatchRequest) -> dict[str, str]:
    """State of each picture that is not as planned, by its key."""
    try:
        rows = batch_status(request.output).rows
    except InputError:
        return {}
    return {row.key: row.state.value for row in rows[:_MOST_ROWS]}


def _row(each: Reconciled) -> dict[str, str]:
    item = each.item
    state = "animate" if each.is_open else each.row.state.value
    reason = worded(item.reason or each.row.message, page_wording)
    if item.is_secret:
        return {"key": each.row.key, "who": "", "picture": "", "state": state, "reason": reason}
    return {
        "key": each.row.key,
        "who": item.person.name if item.person is not None else "",
        "picture": picture_name(item.link),
        "state": state,
        "reason": reason,
    }


def _page(request: BatchRequest) -> str:
    from nostalgia.album.pages.page import PAGE_NAME

    page = request.album / PAGE_NAME
    return str(page) if page.is_file() else ""


def kinds_of(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Photos, and the sources of albums (folders, tables, trees), among the named paths."""
    albums = [path for path in paths if path.is_dir() or not is_picture_file(path)]
    return [path for path in paths if path not in albums], albums
