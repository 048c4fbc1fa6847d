"""Several photos in one command, one after the other: one that fails does not stop the others."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from nostalgia.cli.console import print_json, print_status
from nostalgia.cli.errors import one_line, wants_traceback
from nostalgia.cli.outputs import STANDARD_INPUT
from nostalgia.errors import Cancelled, NostalgiaError
from nostalgia.files import printable_name


def do_each(
    photos: Sequence[str],
    results: Sequence[Path],
    work: Callable[[str, Path, str], dict[str, Any]],
    *,
    as_json: bool,
) -> tuple[list[dict[str, Any]], int]:
    """Work on each photo; a failure is told at once, and is a line of the result.

    Args:
        photos: as they were typed.
        results: the file to make of each.
        work: takes a photo, its result and a title, and returns the values to report.
        as_json: print the values of each.

    Returns:
        The values of each photo, and the number of those that failed.

    Raises:
        NostalgiaError: the only photo failed. Cancelled: the user stopped the work.
    """
    values: list[dict[str, Any]] = []
    failure: NostalgiaError | None = None
    failed = 0
    for number, (photo, result) in enumerate(zip(photos, results, strict=True), 1):
        title = printable_name(photo if photo == STANDARD_INPUT else Path(photo).name)
        if len(photos) > 1:
            title = f"photo {number} of {len(photos)}: {title}"
        try:
            values.append(work(photo, result, title))
        except Cancelled:
            raise
        except NostalgiaError as error:
            if wants_traceback():
                raise
            failed, failure = failed + 1, error
            line = {"path": photo}
            values.append({"photo": line, "error": one_line(error), "exit_code": error.exit_code})
            if len(photos) > 1:
                print_status(f"error: {one_line(error)}")
        if as_json:
            print_json(values[-1])
    if failure is not None and len(photos) == 1:
        raise failure
    return values, failed
