"""`nostalgia drivers lint`: checks of the drivers of a bank."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nostalgia.cli.console import print_result
from nostalgia.cli.errors import with_exit_codes
from nostalgia.errors import DriverError, UsageError
from nostalgia.files import json_text, printable_name

if TYPE_CHECKING:
    from nostalgia.drivers.tracks.checks import Finding


@with_exit_codes
def lint_command(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="FOLDER", help="A driver bank.", show_default="the shipped one and your own"
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per finding, one per line.")
    ] = False,
) -> None:
    """Check drivers: list, hashes, neutral ends, loop, jitter, blinks, rest, timing, size.

    The exit code is 5 if there are errors; warnings alone do not count.
    """
    from nostalgia.drivers.bank.bank import load_user_entries
    from nostalgia.drivers.bank.lint import lint_bank
    from nostalgia.files import driving_videos_folder, user_drivers_folder

    if folder is not None and not folder.is_dir():
        raise UsageError(f"{printable_name(folder)} is not a folder; name one that has a bank.json")
    folders = [driving_videos_folder(), user_drivers_folder()] if folder is None else [folder]
    errors = 0
    for each in folders:
        findings = lint_bank(each)
        if folder is None and each == folders[1] and not findings and not load_user_entries():
            continue  # A user without drivers is nothing to report.
        errors += sum(finding.severity == "error" for finding in findings)
        for line in _lines(each, findings, as_json):
            print_result(line)
    if errors:
        raise DriverError(f"{errors} error{'s' if errors > 1 else ''} in the drivers, see above")


def _lines(folder: Path, findings: "tuple[Finding, ...]", as_json: bool) -> list[str]:
    place = printable_name(folder, limit=4096)
    if as_json:
        return [
            json_text({"folder": str(folder), **asdict(finding)}, ascii_only=True)
            for finding in findings
        ]
    if not findings:
        return [f"{place}: clean"]
    width = max(len(finding.driver) for finding in findings)
    rows = [
        f"  {finding.severity:<7}  {finding.driver:<{width}}  {finding.check:<6}  {finding.text}"
        for finding in findings
    ]
    return [f"{place}:", *rows]
