"""Flags of the command line, made from the declarations of the options."""

import functools
import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, get_type_hints

import typer

from nostalgia.cli.option_parsing import (
    PerPicture,
    read_face_box,
    read_key_values,
    read_per_face,
    read_per_picture,
    read_strength,
)
from nostalgia.cli.wording import flag_of
from nostalgia.declarations import OptionInfo, declared
from nostalgia.options import AnimateOptions

DEFAULTS = AnimateOptions()

P = ParamSpec("P")
R = TypeVar("R")

_SINGLE_FACES = " For a single face: FACE=VALUE; may be repeated."
_SINGLE_PICTURES = (
    " For one person or picture: ID=VALUE, kept in choices.csv; ID= takes it back. May be repeated."
)
_CAN_BE_SWITCHED_OFF = ("label",)


def takes_options(
    *,
    only: Collection[str] = (),
    without: Collection[str] = (),
    albums: bool = False,
    defaults: AnimateOptions = DEFAULTS,
) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Give a command the flags of `AnimateOptions`; it gets their values as `options`.

    With `albums`, it also gets the values for single pictures, as `single`.

    Args:
        only: names of the options to take; all if empty.
        without: names of options to leave out.
        albums: leave out what makes no sense for many photos at once.
        defaults: values of the options that are not given.
    """
    names = [
        name
        for name, info in declared(AnimateOptions).items()
        if info.on_command_line
        and name not in _of_single_faces()
        and name not in without
        and (not only or name in only)
        and (info.albums or not albums)
    ]

    def decorate(command: Callable[..., R]) -> Callable[..., R]:
        parameters: list[inspect.Parameter] = []
        for parameter in inspect.signature(command).parameters.values():
            if parameter.name == "options":
                parameters += [_parameter(name, defaults, albums=albums) for name in names]
            elif parameter.name != "single":
                parameters.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))

        @functools.wraps(command)
        def wrapped(**values: Any) -> R:
            given = {name: values.pop(name) for name in names}
            if albums:
                values["single"] = _take_single(given)
            return command(**values, options=_options(given, defaults, albums=albums))

        wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        wrapped.__annotations__ = {each.name: each.annotation for each in parameters}
        return wrapped

    return decorate


@functools.cache
def _of_single_faces() -> frozenset[str]:
    return frozenset(info.per_face for info in declared(AnimateOptions).values() if info.per_face)


@functools.cache
def _hints() -> Mapping[str, Any]:
    return get_type_hints(AnimateOptions)


def _parameter(name: str, defaults: AnimateOptions, *, albums: bool) -> inspect.Parameter:
    """The parameter that Typer makes a flag of."""
    info, default = declared(AnimateOptions)[name], getattr(defaults, name)
    annotation, shown = _hints()[name], info.shown_default or True
    metavar, help_text = info.metavar or _metavar(info), info.help
    if info.per_face:
        annotation, default = list[str], [f"{default}"]
        metavar = f"[{'ID' if albums else 'FACE'}=]{metavar}"
        help_text += _SINGLE_PICTURES if albums else _SINGLE_FACES
    elif name == "motion_options":
        annotation, shown, default = list[str] | None, False, None
        help_text += " May be repeated."
    elif name == "face_box":
        annotation, shown = str | None, False
    elif name == "faces":
        annotation = str
    elif name == "rotate":
        annotation = str | None
    elif info.is_file:
        annotation, shown = Path | None, False
    flag = flag_of(name)
    names = [f"{flag}/--no-{flag[2:]}" if name in _CAN_BE_SWITCHED_OFF else flag]
    option = typer.Option(
        *names,
        help=help_text,
        metavar=metavar or None,
        show_default=shown,
        rich_help_panel=info.panel,
        autocompletion=_driver_names if name == "driver" else None,
    )
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=_annotated(annotation, option),
    )


def _annotated(annotation: Any, option: Any) -> Any:
    from typing import Annotated

    return Annotated[annotation, option]


def _metavar(info: OptionInfo) -> str:
    if info.choices:
        return "|".join(info.choices)
    return f"{info.limits[0]:g}..{info.limits[1]:g}" if info.limits else ""


def _driver_names(incomplete: str) -> list[str]:
    """Names of drivers for shell completion; also after ``FACE=``."""
    from nostalgia.drivers.bank.bank import load_bank

    face, sign, start = incomplete.rpartition("=")
    names = ("auto", *load_bank().names)
    return [f"{face}{sign}{name}" for name in names if name.startswith(start)]


def _options(given: Mapping[str, Any], defaults: AnimateOptions, *, albums: bool) -> AnimateOptions:
    """The options of the values that Typer has read.

    Raises:
        UsageError: a value cannot be read, or makes no sense.
    """
    values: dict[str, Any] = {each.name: getattr(defaults, each.name) for each in fields(defaults)}
    infos = declared(AnimateOptions)
    for name, value in given.items():
        if infos[name].per_face and albums:
            if value is not None:
                values[name] = _general(name, value, one="I4")
        elif infos[name].per_face:
            words = read_per_face(flag_of(name), value or [])
            if words.general is not None:
                values[name] = _general(name, words.general)
            values[infos[name].per_face] = {
                face: _single(name, face, word) for face, word in words.by_face.items()
            }
        elif name == "motion_options":
            values[name] = read_key_values(flag_of(name), value or [])
        elif name == "face_box":
            values[name] = read_face_box(value)
        elif infos[name].is_file and value is not None:
            values[name] = str(value.absolute() if albums else value)
        else:
            values[name] = value
    return AnimateOptions(**values)


def _take_single(given: dict[str, Any]) -> PerPicture:
    """The values for single pictures, which leave those for all in `given`; None if not given.

    Raises:
        UsageError: a value contradicts another.
    """
    single = {}
    for name in ("driver", "strength"):
        given[name], single[name] = read_per_picture(flag_of(name), given[name] or [])
    return PerPicture(single["driver"], single["strength"])


def _general(name: str, word: str, one: str = "2") -> str | float:
    typed = f"{flag_of(name)} {word}"
    return read_strength(word, typed, one) if name == "strength" else word


def _single(name: str, face: int, word: str) -> str | float:
    return read_strength(word, f"{flag_of(name)} {face}={word}") if name == "strength" else word
