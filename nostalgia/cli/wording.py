"""Names of options on the command line: the flags that set them."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from nostalgia.declarations import declared
from nostalgia.errors import worded
from nostalgia.options import AnimateOptions

_DECLARED = declared(AnimateOptions)

_OTHER_FLAGS: Mapping[str, str] = {
    "album_title": "title",
    "as_json": "json",
    "card_s": "card",
    "drivers": "driver",
    "fade_s": "fade",
    "listed_as": "as",
    "strengths": "strength",
}
"""Option that `AnimateOptions` does not declare -> its flag, if that is not the option's name."""

_OF_SINGLE_FACES: Mapping[str, str] = {
    info.per_face: name for name, info in _DECLARED.items() if info.per_face
}


def flag_of(name: str) -> str:
    """The flag that sets an option, such as ``--duration`` for `duration_s`."""
    name = _OF_SINGLE_FACES.get(name, name)
    flag = _DECLARED[name].flag if name in _DECLARED else _OTHER_FLAGS.get(name, "")
    return f"--{flag or name.replace('_', '-')}"


def flag_wording(name: str, value: Any) -> str:
    """An option as typed, such as ``--turn 0.5``; see `errors.Wording`."""
    flag = flag_of(name)
    if value is None or value is True:
        return flag
    if value is False:
        return f"--no-{flag.removeprefix('--')}"
    if isinstance(value, Mapping):
        return " ".join(f"{flag} {shlex.quote(f'{key}={_text(v)}')}" for key, v in value.items())
    return f"{flag} {shlex.quote(_text(value))}"


def in_flags(message: str) -> str:
    """A message of the library with its options named as flags."""
    return worded(message, flag_wording)


def _text(value: Any) -> str:
    if isinstance(value, float | int) and not isinstance(value, bool):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, list | tuple):
        return ",".join(map(_text, value))
    return value if isinstance(value, str) else json.dumps(value)
