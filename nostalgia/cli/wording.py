"""How the command line names options: as the flags that set them."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

FLAGS: Mapping[str, str] = {
    "duration_s": "--duration",
    "face_drivers": "--driver",
    "face_strengths": "--strength",
    "album_title": "--title",
    "listed_as": "--as",
}
"""Option -> its flag, where the flag is not simply called as the option."""


def flag_of(name: str) -> str:
    """The flag that sets an option."""
    return FLAGS.get(name, f"--{name.replace('_', '-')}")


def flag_wording(name: str, value: Any) -> str:
    """An option as it is typed, such as ``--turn 0.5``; see `errors.Wording`."""
    flag = flag_of(name)
    if value is None or value is True:
        return flag
    if value is False:
        return f"--no-{flag.removeprefix('--')}"
    if isinstance(value, Mapping):
        return " ".join(f"{flag} {key}={_typed(each)}" for key, each in value.items())
    return f"{flag} {_typed(value)}"


def _typed(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return ",".join(map(str, value))
    return shlex.quote(value) if isinstance(value, str) else json.dumps(value)
