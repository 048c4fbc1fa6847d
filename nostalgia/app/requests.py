"""Options that the page asks for, checked: no path and no expert option comes from a page."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nostalgia.app.wording import fine_controls
from nostalgia.declarations import changed
from nostalgia.drivers.bank.bank import MIRRORED_SUFFIX, load_bank
from nostalgia.errors import DriverError, UsageError
from nostalgia.files import printable_name
from nostalgia.options import AnimateOptions

RECORDING = "recording:"
"""Before the id of a recording in the name of a driver."""

_ALSO = ("faces", "face_drivers", "face_strengths", "driver", "strength", "fps", "format")


def options_of(given: Any, recordings: Mapping[str, Path]) -> AnimateOptions:
    """Options of one clip from the values of a page.

    Args:
        given: mapping of names to values, as JSON gives it.
        recordings: id of each recording that was made in the page -> its file.

    Raises:
        UsageError: an option does not exist, is not for pages, or its value makes no sense.
        DriverError: there is no such driver.
    """
    if not isinstance(given, Mapping):
        raise UsageError("the options must be an object")
    allowed = {*_ALSO, *(control["name"] for control in fine_controls())}
    strangers = [name for name in given if name not in allowed]
    if strangers:
        raise UsageError(f"{printable_name(str(strangers[0]))!r} is no option of this page")
    values = dict(given)
    for name in ("face_drivers", "face_strengths"):
        if name in values:
            values[name] = _by_face(values[name])
    if "driver" in values:
        values["driver"] = _driver(values["driver"], recordings)
    if "face_drivers" in values:
        drivers = values["face_drivers"].items()
        values["face_drivers"] = {face: _driver(name, recordings) for face, name in drivers}
    try:
        return changed(AnimateOptions(), values)
    except (TypeError, ValueError, OverflowError) as exc:
        raise UsageError("the options cannot be read") from exc


def plain_options(options: AnimateOptions) -> dict[str, Any]:
    """The options that differ from their defaults, as JSON values."""
    defaults = asdict(AnimateOptions())
    return {name: value for name, value in asdict(options).items() if value != defaults[name]}


def _by_face(values: Any) -> dict[int, Any]:
    if not isinstance(values, Mapping) or not all(str(key).isdecimal() for key in values):
        raise UsageError("values of single faces must name their numbers")
    return {int(key): value for key, value in values.items()}


def _driver(named: Any, recordings: Mapping[str, Path]) -> str:
    """A name of the bank, "auto", or the file of a recording; never a path from the page."""
    name = str(named)
    if name.startswith(RECORDING):
        if (path := recordings.get(name.removeprefix(RECORDING))) is not None:
            return str(path)
        raise DriverError("that recording is not there any more; record it again")
    if name != "auto":
        load_bank().entry(name.removesuffix(MIRRORED_SUFFIX))
    return name
