"""`nostalgia drivers`: the driver bank, as a list, and one driver by name."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nostalgia.cli.console import print_result, print_status
from nostalgia.cli.drivers_lint import lint_command
from nostalgia.cli.drivers_own import add_command, remove_command
from nostalgia.cli.errors import with_exit_codes
from nostalgia.cli.outputs import refuse_to_overwrite, write_bytes
from nostalgia.errors import DriverError
from nostalgia.files import printable_name

if TYPE_CHECKING:
    from nostalgia.drivers.bank.bank import BankEntry

drivers_app = typer.Typer(
    help="The drivers: whose motion a face can take over.", no_args_is_help=True
)
drivers_app.command("lint")(lint_command)
drivers_app.command("add")(add_command)
drivers_app.command("remove")(remove_command)


@drivers_app.command("list")
@with_exit_codes
def list_command(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per line and driver.")
    ] = False,
) -> None:
    """List the drivers of the bank, your own among them."""
    from nostalgia.drivers.bank import bank as bank_module

    bank = bank_module.load_bank()
    width = max(map(len, bank.names), default=0)
    for name in bank.names:
        entry = bank.entry(name)
        if as_json:
            print_result(json.dumps(_values(entry)))
            continue
        line = (
            f"{name:<{width}}  {entry.duration_s:4.1f} s  yaw {entry.start_pose.yaw:+4.0f}"
            f"  {printable_name(', '.join(entry.gestures))}"
        )
        print_result(f"{line}{_whose(entry)}")
    if bank.own_trouble:
        raise DriverError(bank.own_trouble)
    for name in bank_module.load_own_entries():
        if not bank.entry(name).from_user:
            print_status(
                f"warning: a driver that ships is called {name} too, and hides yours; type:"
                f" nostalgia drivers remove {name}, and add your clip again under another name"
            )


@drivers_app.command("preview")
@with_exit_codes
def preview_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name that `drivers list` tells.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE.mp4", help="Copy the driving clip there."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the copy if it is there.")
    ] = False,
) -> None:
    """Tell what a driver does and where its driving clip is."""
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
                f"no clip is kept of {name!r}, only its motion;"
                f" type: nostalgia demo --driver {name} -o FOLDER"
            )
        print_result(
            f"{'clip:':<10}none is kept of your own; to see it: nostalgia demo --driver {name}"
        )
        return
    if output is not None:
        refuse_to_overwrite(output, overwrite)
        write_bytes(output, clip.read_bytes())
        clip = output
    print_result(f"{'clip:':<10}{printable_name(clip, limit=4096)}")


def _whose(entry: "BankEntry") -> str:
    if not entry.from_user:
        return ""
    return "  (yours, when asked for)" if entry.only_when_asked else "  (yours)"


def _values(entry: "BankEntry") -> dict[str, Any]:
    return {
        "name": entry.name,
        "title": entry.title,
        "gestures": list(entry.gestures),
        "duration_s": entry.duration_s,
        "fps": entry.fps,
        "start_pose_deg": {
            "yaw": entry.start_pose.yaw,
            "pitch": entry.start_pose.pitch,
            "roll": entry.start_pose.roll,
        },
        "licence": entry.licence,
        "own": entry.from_user,
        "auto": not entry.only_when_asked,
    }
