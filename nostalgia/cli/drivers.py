"""`nostalgia drivers`: the driver bank, as a list, and one driver by name."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nostalgia.cli.console import print_json, print_result, print_status
from nostalgia.cli.drivers_lint import lint_command
from nostalgia.cli.drivers_user import add_command, remove_command
from nostalgia.cli.errors import with_exit_codes
from nostalgia.cli.help import Command, Group
from nostalgia.errors import DriverError
from nostalgia.files import printable_name, require_place, write_whole

if TYPE_CHECKING:
    from nostalgia.drivers.bank.bank import BankEntry

drivers_app = typer.Typer(
    cls=Group,
    help="List, record and check drivers: recorded motion for a face.",
    no_args_is_help=True,
)


def _names_of_drivers(incomplete: str) -> list[str]:
    """Names for the completion of a shell."""
    from nostalgia.drivers.bank.bank import load_bank

    return [name for name in load_bank().names if name.startswith(incomplete)]


drivers_app.command("lint", cls=Command)(lint_command)
drivers_app.command("add", cls=Command)(add_command)
drivers_app.command("remove", cls=Command)(remove_command)


@drivers_app.command("list", cls=Command)
@with_exit_codes
def list_command(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per driver, one per line.")
    ] = False,
) -> None:
    """List the drivers, including your own."""
    from nostalgia.drivers.bank import bank as bank_module

    bank = bank_module.load_bank()
    width = max(map(len, bank.names), default=0)
    for name in bank.names:
        entry = bank.entry(name)
        if as_json:
            print_json(_values(entry))
            continue
        line = (
            f"{name:<{width}}  {entry.duration_s:4.1f} s  yaw {entry.start_pose.yaw:+4.0f}"
            f"  {printable_name(', '.join(entry.gestures))}"
        )
        print_result(f"{line}{_owner(entry)}")
    if bank.user_error:
        raise DriverError(bank.user_error)
    for name in bank_module.load_user_entries():
        if not bank.entry(name).from_user:
            print_status(
                f"warning: your driver {name} is hidden by a shipped one of the same name; run:"
                f" nostalgia drivers remove {name}, and add your clip again under another name"
            )


@drivers_app.command("preview", cls=Command)
@with_exit_codes
def preview_command(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A name listed by `drivers list`.",
            autocompletion=_names_of_drivers,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE.mp4", help="Copy the driving clip to this file."
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing copy.")
    ] = False,
) -> None:
    """Describe a driver and show where its driving clip is."""
    from nostalgia.drivers.bank import bank as bank_module

    bank = bank_module.load_bank()
    entry = bank.entry(name)
    driver = bank.driver(name)
    clip = driver.clip_path
    if clip is None and not entry.from_user:
        raise DriverError(f"the driving clip of {name!r} is missing: {entry.remedy}")
    lines = {
        "title": entry.title,
        "gestures": ", ".join(entry.gestures),
        "length": f"{entry.duration_s:g} s at {entry.fps:g} frames per second",
        "licence": entry.licence,
    }
    for label, text in lines.items():
        print_result(f"{label + ':':<10}{printable_name(text, limit=400)}")
    if clip is None:
        if output is not None:
            raise DriverError(
                f"only the motion of {name!r} is stored, not its clip;"
                f" run: nostalgia demo --driver {name} -o FOLDER"
            )
        print_result(
            f"{'clip:':<10}only its motion is stored; to see it: nostalgia demo --driver {name}"
        )
        return
    if output is not None:
        require_place(output, overwrite=overwrite)
        write_whole(output, clip.read_bytes(), "copy of the clip")
        clip = output
    print_result(f"{'clip:':<10}{printable_name(clip, limit=4096)}")


def _owner(entry: "BankEntry") -> str:
    if not entry.from_user:
        return ""
    return "  (yours, on request only)" if entry.only_when_asked else "  (yours)"


def _values(entry: "BankEntry") -> dict[str, Any]:
    return {
        "name": entry.name,
        "title": entry.title,
        "gestures": list(entry.gestures),
        "duration_s": entry.duration_s,
        "fps": entry.fps,
        "start_pose_deg": entry.start_pose.to_dict(),
        "licence": entry.licence,
        "own": entry.from_user,
        "auto": not entry.only_when_asked,
    }
