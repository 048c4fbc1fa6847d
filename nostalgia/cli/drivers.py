"""`nostalgia drivers`: the driver bank, as a list, and one driver by name."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from nostalgia.cli.border import bordered
from nostalgia.cli.console import say
from nostalgia.cli.outputs import refuse_to_overwrite, write_bytes
from nostalgia.errors import DriverError
from nostalgia.naming import printable_name

drivers_app = typer.Typer(
    help="The drivers: whose motion a face can take over.", no_args_is_help=True
)


@drivers_app.command("list")
@bordered
def list_command(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per line and driver.")
    ] = False,
) -> None:
    """List the drivers of the bank."""
    from nostalgia.drivers import bank as bank_module

    bank = bank_module.load_bank()
    width = max(map(len, bank.names), default=0)
    for name in bank.names:
        values = _values(bank.entry(name))
        if as_json:
            say(json.dumps(values))
            continue
        say(
            f"{name:<{width}}  {values['duration_s']:4.1f} s"
            f"  yaw {values['start_pose_deg']['yaw']:+4.0f}"
            f"  {', '.join(values['gestures'])}"
        )


@drivers_app.command("preview")
@bordered
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
    from nostalgia.drivers import bank as bank_module

    bank = bank_module.load_bank()
    values = _values(bank.entry(name))
    driver = bank.driver(name)
    if driver.clip_path is None or not driver.clip_path.is_file():
        raise DriverError(f"the driving clip of {name!r} is missing: install photo-nostalgia again")
    lines = {
        "title": values["title"],
        "gestures": ", ".join(values["gestures"]),
        "length": f"{values['duration_s']:g} s at {values['fps']:g} frames per second",
        "licence": values["licence"],
    }
    for label, text in lines.items():
        say(f"{label + ':':<10}{text}")
    clip = driver.clip_path
    if output is not None:
        refuse_to_overwrite(output, overwrite)
        write_bytes(output, clip.read_bytes())
        clip = output
    say(f"{'clip:':<10}{printable_name(clip, limit=4096)}")


def _values(entry: Any) -> dict[str, Any]:
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
    }
