"""`nostalgia drivers add` and `drivers remove`: drivers of the user."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nostalgia.cli.console import print_result, print_status
from nostalgia.cli.errors import with_exit_codes
from nostalgia.files import printable_name

if TYPE_CHECKING:
    from nostalgia.drivers.bank.bank import BankEntry
    from nostalgia.drivers.recording.recording import Recording

SHORT_S = 3.0
LONG_S = 20.0
"""A longer driver makes clips that few people watch to the end."""


@with_exit_codes
def add_command(
    clip: Annotated[
        Path, typer.Argument(metavar="CLIP.mp4", help="A clip of the person whose motion to keep.")
    ],
    name: Annotated[
        str, typer.Option(metavar="NAME", help="Name of the driver: letters, digits, - and _.")
    ],
    title: Annotated[str, typer.Option(metavar="TEXT", help="Description in one line.")] = "",
    auto: Annotated[
        bool, typer.Option("--auto", help="Let `--driver auto` choose it too.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace your driver of the same name.")
    ] = False,
) -> None:
    """Keep the motion of your own clip as a driver: the motion only, never the face."""
    from nostalgia.drivers.bank import names, user
    from nostalgia.drivers.recording.recording import record_driver
    from nostalgia.faces.finder import FaceFinder

    name = names.check_name(name, overwrite=overwrite)
    print_status(f"reading {printable_name(clip)}")
    recording = record_driver(clip, FaceFinder.load())
    entry = user.add_driver(recording.track, name, title=title, in_auto=auto, overwrite=overwrite)
    for warning in recording.warnings:
        print_status(f"warning: {warning}")
    if entry.duration_s < SHORT_S:
        print_status(
            f"warning: {entry.duration_s:g} s is short and repeats in a longer clip; five to ten"
            " seconds of somebody looking around quietly are best"
        )
    for label, text in _summary(entry, recording).items():
        print_result(f"{label + ':':<8}{text}")


def _summary(entry: "BankEntry", recording: "Recording") -> dict[str, str]:
    from nostalgia.drivers.bank.user import blink_count
    from nostalgia.drivers.tracks import easing

    track = easing.match_endpoints(recording.track)
    start, end = recording.used_s
    low, high = entry.pose_range[::2], entry.pose_range[1::2]
    spans = ", ".join(
        f"{axis} {round(a):+d} to {round(b):+d}"
        for axis, a, b in zip(("yaw", "pitch", "roll"), low, high, strict=True)
    )
    blinks = blink_count(track)
    others = [gesture for gesture in entry.gestures if gesture != "blink"]
    seen = [f"{blinks} blink{'' if blinks == 1 else 's'}", *others]
    summary = {
        "name": entry.name,
        "length": f"{entry.duration_s:g} s at {entry.fps:g} frames per second"
        f" (of the clip: {start:.1f} s to {end:.1f} s)",
        "head": f"{spans} degrees, from yaw {round(entry.start_pose.yaw):+d}",
        "seen": ", ".join(seen),
        "ends": f"eased in the first {easing.MATCH_IN_S:g} s and the last"
        f" {easing.MATCH_OUT_S:g} s, so clips begin and end like the photo;"
        " --driver CLIP.mp4 plays the clip unchanged",
        "kept": f"{printable_name(entry.folder / entry.track, limit=4096)} (motion, no picture)",
        "use": f"nostalgia animate photo.jpg --driver {entry.name}",
    }
    if entry.duration_s > LONG_S:
        summary["use"] += "  (as long as the clip; --duration 8 makes it shorter)"
    return summary


def _names_of_own_drivers(incomplete: str) -> list[str]:
    """Names for the completion of a shell."""
    from nostalgia.drivers.bank.bank import load_bank

    entries = load_bank().entries
    return [name for name, one in entries.items() if one.from_user and name.startswith(incomplete)]


@with_exit_codes
def remove_command(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="One of your own drivers.", autocompletion=_names_of_own_drivers
        ),
    ],
) -> None:
    """Delete one of your own drivers; the shipped ones stay."""
    from nostalgia.drivers.bank import user

    user.remove_driver(name)
    print_result(f"deleted your driver {printable_name(name)}")
