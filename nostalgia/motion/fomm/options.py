"""Options of the First Order Motion Model; importing them loads no network."""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from nostalgia.errors import UsageError, option

_BOOLEANS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}


def _declare(default: Any, help_text: str, **more: Any) -> Any:
    """A field that carries its description and its `choices` or `limits`."""
    return field(default=default, metadata={"help": help_text, **more})


@dataclass(frozen=True, slots=True)
class FommOptions:
    """How the First Order Motion Model runs.

    The metadata of each field hold its `help`, and its `choices` or `limits` (least, most).

    Raises:
        UsageError: a value is out of its range or not among the choices.
    """

    output: str = _declare(
        "native",
        "Pixels of the clip: the photo's own at their own size, painted only where they cannot show"
        " what is needed (native), or the network's own picture of 256 pixels (network).",
        choices=("native", "network"),
    )
    movement: str = _declare(
        "relative",
        "Motion relative to the driver's first frame, or absolute, which transfers the driver's"
        " face shape too.",
        choices=("relative", "absolute"),
    )
    adapt_scale: bool = _declare(
        True, "Scale the motion by the size of the photo's face over that of the driver's."
    )
    align_corners: bool = _declare(
        True,
        "Grid sampling as the released weights were trained; false samples as the original code"
        " does on torch 1.3 and later.",
    )
    smoothing: float = _declare(
        0.5, "Strength of the filter that steadies the driver's keypoints.", limits=(0.0, 1.0)
    )
    precision: str = _declare(
        "auto",
        "Precision of the decoder; auto takes bfloat16 where the processor computes in it.",
        choices=("auto", "float32", "bfloat16"),
    )
    landmarks: str = _declare(
        "mesh", "Landmark backend of the best-frame search in a driving clip (registry key)."
    )

    def __post_init__(self) -> None:
        """Check every value against the type, the choices and the limits of its field."""
        for each in fields(self):
            _check(each.name, getattr(self, each.name), type(each.default), each.metadata)

    @classmethod
    def from_mapping(cls, given: Mapping[str, str | float | bool]) -> Self:
        """The options of a mapping, whose values may be texts such as "0.3" or "true".

        Raises:
            UsageError: a key is unknown, or a value does not suit its option.
        """
        kinds = {each.name: type(each.default) for each in fields(cls)}
        for name in given:
            if name not in kinds:
                raise UsageError(
                    f"{option('motion_options', {name: given[name]})}: the motion backend 'fomm'"
                    f" has no option {name!r}{_suggestion(name, kinds)}"
                )
        values: dict[str, Any] = {name: _parsed(text, kinds[name]) for name, text in given.items()}
        return cls(**values)


def _suggestion(name: str, known: Mapping[str, type]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; its options are {', '.join(known)}"


def _parsed(value: str | float | bool, kind: type) -> str | float | bool:
    """Read a value of the field's type from text; what cannot be read is left to `_check`."""
    if kind is bool and isinstance(value, str):
        return _BOOLEANS.get(value.strip().lower(), value)
    if kind is float and not isinstance(value, bool):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _check(name: str, value: Any, kind: type, declared: Mapping[str, Any]) -> None:
    given = option("motion_options", {name: value})
    if kind is bool and not isinstance(value, bool):
        raise UsageError(f"{given}: must be true or false")
    if kind is str and not isinstance(value, str):
        raise UsageError(f"{given}: must be a word")
    if choices := declared.get("choices"):
        if value not in choices:
            raise UsageError(f"{given}: must be {' or '.join(choices)}")
    if limits := declared.get("limits"):
        sound = isinstance(value, int | float) and not isinstance(value, bool)
        if not sound or not math.isfinite(value) or not limits[0] <= value <= limits[1]:
            raise UsageError(f"{given}: must be a number from {limits[0]:g} to {limits[1]:g}")
