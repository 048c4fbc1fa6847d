"""`nostalgia drivers add` and `drivers remove`: the user's own drivers."""

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
"""A longer driver makes clips that few have the patience for."""


@with_exit_codes
def add_command(
    clip: Annotated[
        Path, typer.Argument(metavar="CLIP.mp4", help="A clip of a person whose motion to keep.")
    ],
    name: Annotated[
        str, typer.Option(metavar="NAME", help="What to call it: letters, digits, - and _.")
    ],
    title: Annotated[str, typer.Option(metavar="TEXT", help="One line about it.")] = "",
    auto: Annotated[
        bool, typer.Option("--auto", help="Let `--driver auto` choose it too, where it fits best.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace your driver of this name.")
    ] = False,
) -> None:
    """Keep the motion of a clip of your own as a driver: the motion only, never the face."""
    from nostalgia.drivers.bank import names as own_names
    from nostalgia.drivers.bank import user as own
    from nostalgia.drivers.recording.recording import record_driver
    from nostalgia.faces.finder import FaceFinder

    name = own_names.check_name(name, overwrite=overwrite)
    print_status(f"watching {printable_name(clip)}")
    recording = record_driver(clip, FaceFinder.load())
    entry = own.add_driver(recording.track, name, title=title, in_auto=auto, overwrite=overwrite)
    for warning in recording.warnings:
        print_status(f"warning: {warning}")
    if entry.duration_s < SHORT_S:
        print_status(
            f"warning: {entry.duration_s:g} s are short, and repeat in a longer clip;"
            " five to ten seconds of somebody who looks about quietly are best"
        )
    for label, text in _told(entry, recording).items():
        print_result(f"{label + ':':<8}{text}")


def _told(entry: "BankEntry", recording: "Recording") -> dict[str, str]:
    from nostalgia.drivers.bank import user as own_tracks
    from nostalgia.drivers.tracks import easing

    track = easing.match_endpoints(recording.track)
    start, end = recording.used_s
    low, high = entry.pose_range[::2], entry.pose_range[1::2]
    spans = ", ".join(
        f"{axis} {round(a):+d} to {round(b):+d}"
        for axis, a, b in zip(("yaw", "pitch", "roll"), low, high, strict=True)
    )
    blinks = own_tracks.blink_count(track)
    others = [gesture for gesture in entry.gestures if gesture != "blink"]
    seen = [f"{blinks} blink{'' if blinks == 1 else 's'}", *others]
    told = {
        "name": entry.name,
        "length": f"{entry.duration_s:g} s at {entry.fps:g} frames per second"
        f" (of the clip: {start:.1f} s to {end:.1f} s)",
        "head": f"{spans} degrees, from yaw {round(entry.start_pose.yaw):+d}",
        "seen": ", ".join(seen),
        "ends": f"levelled in the first {easing.MATCH_IN_S:g} s and the last"
        f" {easing.MATCH_OUT_S:g} s, so that clips begin and end as the photo;"
        " --driver CLIP.mp4 plays the clip as it is",
        "kept": f"{printable_name(entry.folder / entry.track, limit=4096)} (motion, no picture)",
        "use": f"nostalgia animate photo.jpg --driver {entry.name}",
    }
    if entry.duration_s > LONG_S:
        told["use"] += "  (as long as the clip; --duration 8 is shorter)"
    return told


@with_exit_codes
def remove_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="One of your own drivers.")],
) -> None:
    """Delete one of your own drivers; those that ship stay."""
    from nostalgia.drivers.bank import user as own

    own.remove_driver(name)
    print_result(f"Your driver {printable_name(name)} is deleted")
