"""Declarations of options: description, limits and choices beside the default."""

import difflib
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from numbers import Integral, Real
from typing import Any, TypeVar

from nostalgia.errors import UsageError, option

AnyOptions = TypeVar("AnyOptions")


@dataclass(frozen=True, slots=True)
class OptionInfo:
    """Description and limits of an option.

    help: one or two sentences. panel: the group that it is shown in. flag: its name on the command
    line, without dashes, if that is not the field's name. metavar: form of its value.
    limits: minimum and maximum of a number. choices: all words that it may be. shown_default:
    words for a default that is no value. per_face: the option that holds the values of faces.
    is_file: True if its value is the path of a file. albums: True if it makes sense for many
    photos at once. on_command_line: False for what only Python code can set.
    """

    help: str
    panel: str
    flag: str = ""
    metavar: str = ""
    limits: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    shown_default: str = ""
    per_face: str = ""
    is_file: bool = False
    albums: bool = True
    on_command_line: bool = True


def declared(options: type | Any) -> dict[str, OptionInfo]:
    """Name of every option of a class (or an instance) -> its declaration, in their order."""
    return {
        each.name: each.metadata["option"] for each in fields(options) if "option" in each.metadata
    }


def declare(default: Any, help_text: str, panel: str, **more: Any) -> Any:
    """A dataclass field that carries its declaration; `more`: fields of `OptionInfo`."""
    if isinstance(default, Mapping):
        info = {"option": OptionInfo(help_text, panel, **more)}
        return field(default_factory=lambda: dict(default), metadata=info)
    return field(default=default, metadata={"option": OptionInfo(help_text, panel, **more)})


def changed(options: AnyOptions, changes: Mapping[str, Any]) -> AnyOptions:
    """The options with some of them changed.

    Raises:
        UsageError: there is no option of that name, or its value makes no sense.
    """
    known = [each.name for each in fields(options)]  # type: ignore[arg-type]
    for name in changes:
        if name not in known:
            raise UsageError(f"there is no option {name!r}{did_you_mean(name, known)}")
    return replace(options, **changes)  # type: ignore[type-var]


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """The end of a message that rejects a word: "; did you mean ...?", or empty."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def plain_value(value: Any) -> Any:
    """Paths as text, numbers as Python's, mappings as dictionaries: what JSON can hold."""
    if isinstance(value, Mapping):
        return {plain_value(key): plain_value(each) for key, each in value.items()}
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, int | float):
        return value
    if isinstance(value, Integral):
        return int(value)
    return float(value) if isinstance(value, Real) else value


def plain_box(name: str, box: Any) -> tuple[float, float, float, float] | None:
    """A box as four numbers, left, top, right and bottom; None for None. `name`: of its option.

    Raises:
        UsageError: it is something else, or empty.
    """
    if box is None:
        return None
    try:
        left, top, right, bottom = (plain_value(edge) for edge in box)
        sides = right - left, bottom - top
    except (TypeError, ValueError) as exc:
        raise UsageError(
            f"{option(name)} must be four numbers, left, top, right and bottom, not {box!r}"
        ) from exc
    if not all(side > 0 and math.isfinite(side) for side in sides):
        raise UsageError(
            f"{option(name)}: right and bottom must be beyond left and top, not {box!r}"
        )
    return left, top, right, bottom


def check_declared(options: Any) -> None:
    """Check the declared limits and choices of all options, and that mappings are some.

    Raises:
        UsageError: a number is out of its range, a word is not among the choices, a switch is
            neither True nor False, or a mapping is something else.
    """
    defaults = {each.name: each.default for each in fields(options)}
    for name, info in declared(options).items():
        value = getattr(options, name)
        if value is None and defaults[name] is None:
            continue
        if defaults[name] is MISSING and not isinstance(value, Mapping):
            raise UsageError(f"{option(name)} must be a mapping such as a dict, not {value!r}")
        if isinstance(defaults[name], bool) and not isinstance(value, bool):
            raise UsageError(f"{option(name)} must be True or False, not {value!r}")
        if info.limits is not None:
            check_number(option(name), value, info.limits)
        if info.choices:
            check_choice(option(name), value, info.choices)


def check_choice(name: str, word: str, choices: Sequence[str]) -> None:
    """Refuse a word that is not among the choices; `name`: of the option, as in `check_number`.

    Raises:
        UsageError: it is none of them.
    """
    if word not in choices:
        raise UsageError(f"{name} must be {' or '.join(choices)}, not {word!r}")


def check_number(name: str, number: float, limits: tuple[float, float]) -> None:
    """Refuse a number out of its range; `name`: the option's name in the message.

    Raises:
        UsageError: it is out of the range, no number, or no whole one where the limits are.
    """
    least, most = limits
    in_range = isinstance(number, Real) and math.isfinite(number) and least <= number <= most
    if not in_range:
        shown = f"{number:g}" if isinstance(number, int | float) else repr(number)
        raise UsageError(f"{name} must be a number from {least:g} to {most:g}, not {shown}")
    if isinstance(least, int) and not isinstance(number, Integral):
        raise UsageError(f"{name} must be a whole number, not {number:g}")
