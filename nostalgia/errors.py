"""Every error that nostalgia raises on purpose; each class carries its exit code.

    NostalgiaError              1
    +-- UsageError              2  the request itself makes no sense
    +-- InputError              3  a photo (or another input file) cannot be used
    |   +-- PhotoTooLargeError
    +-- FaceError               4  no usable face
    +-- DriverError             5  a driver or driving clip cannot be used
    +-- BackendError            6  a backend or a checkpoint is missing or broken
    |   +-- CheckpointError
    +-- EncodingError           7  the clip cannot be written
    |   +-- OutputExistsError
    +-- BatchIncomplete         8  some items of a batch failed
    +-- Cancelled             130  the caller stopped the run

A message says what happened, to which file, and what to do next. It names options through
`option`, never as flags, so that each front end can put them into its own words: `str` gives
Python's (`turn=0.5`), the command line flags (`--turn 0.5`), a page buttons.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

# Characters of the private use area: `files.printable_name` escapes them in names of files.
_OPTION = re.compile("\ue000(\\w+)(?:\ue001([^\ue002]*))?\ue002")
_UNSET = object()

Wording = Callable[[str, Any], str]
"""Names an option, given its Python name and the value to set (None: no value is meant)."""


def option(name: str, value: Any = _UNSET) -> str:
    """Mention of an option in a message, with the value to set if one is meant.

    Args:
        name: the field of `AnimateOptions`, `BatchRequest` or another class of options.
        value: anything that JSON can hold.
    """
    assignment = "" if value is _UNSET else f"\ue001{json.dumps(value)}"
    return f"\ue000{name}{assignment}\ue002"


def worded(message: str, wording: Wording) -> str:
    """A message with its options named as a front end names them."""
    return _OPTION.sub(
        lambda found: wording(found[1], _value(found[2]) if found[2] else None), message
    )


def mentions(message: str, name: str) -> bool:
    """True if a message mentions the option of this name."""
    return any(found[1] == name for found in _OPTION.finditer(message))


def _value(text: str) -> Any:
    return json.loads(text, object_hook=_with_numbers)


def _with_numbers(mapping: dict[str, Any]) -> dict[int | str, Any]:
    """The mapping with its face numbers, which JSON turned into text, as numbers again."""
    return {int(key) if key.isdecimal() else key: value for key, value in mapping.items()}


def python_wording(name: str, value: Any) -> str:
    """An option as Python code names it, such as ``turn=0.5``."""
    return name if value is None else f"{name}={value!r}"


@dataclass(frozen=True, slots=True)
class Remedy:
    """Ways to fix an error, or to follow a piece of advice.

    text: a phrase in plain English, its options named through `option`.
    changes: option name -> value to set, for front ends that can set it at a click.
    """

    text: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return worded(self.text, python_wording)


def counted(number: int, singular: str, plural: str) -> str:
    """A number with its noun: "1 person", "3 people"."""
    return f"{number:,} {singular if number == 1 else plural}"


class NostalgiaError(Exception):
    """Base of all errors that a user may see without a traceback.

    Attributes:
        message: the message, with its options still to be named by `worded`.
        remedy: ways to fix it, as values; None if there is only the message.
    """

    exit_code: int = 1

    def __init__(self, message: str = "", remedy: Remedy | None = None) -> None:
        super().__init__(message)
        self.remedy = remedy

    @property
    def message(self) -> str:
        """The whole message, the remedy's text at its end."""
        text = str(self.args[0]) if self.args else ""
        return f"{text}; {self.remedy.text}" if self.remedy and self.remedy.text else text

    def __str__(self) -> str:
        return worded(self.message, python_wording)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class UsageError(NostalgiaError):
    """The request makes no sense, such as face 7 of a photo with three faces."""

    exit_code = 2


class InputError(NostalgiaError):
    """A photo or another input file cannot be used."""

    exit_code = 3


class PhotoTooLargeError(InputError):
    """A photo declares more pixels than the limit; it was not decoded."""


class FaceError(NostalgiaError):
    """No usable face was found in a photo."""

    exit_code = 4


class DriverError(NostalgiaError):
    """A driver is unknown, damaged, or a driving clip holds no usable face."""

    exit_code = 5


class BackendError(NostalgiaError):
    """A backend is unknown, not installed, or failed."""

    exit_code = 6


class CheckpointError(BackendError):
    """A weight file is missing, damaged, or of another layout."""


class EncodingError(NostalgiaError):
    """The clip could not be written."""

    exit_code = 7


class OutputExistsError(EncodingError):
    """The file to be written already exists, and overwriting was not requested."""


class BatchIncomplete(NostalgiaError):
    """Some items of a batch failed; the others are done."""

    exit_code = 8


class Cancelled(NostalgiaError):
    """The caller stopped the run; nothing half-written is left."""

    exit_code = 130
