"""Options of the First Order Motion Model; importing them loads no network."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from nostalgia.declarations import check_number, declare, declared, did_you_mean
from nostalgia.errors import UsageError, option

_PANEL = "First Order Motion Model"
_BOOLEANS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}


@dataclass(frozen=True, slots=True)
class FommOptions:
    """Options of the First Order Motion Model; `declared` describes each option.

    Raises:
        UsageError: a value is out of its range or not among the choices.
    """

    output: str = declare(
        "native",
        "Pixels of the clip: the photo's own at their own size, painted only where they cannot show"
        " what is needed (native), or the network's own picture of 256 pixels (network).",
        _PANEL,
        choices=("native", "network"),
    )
    movement: str = declare(
        "relative",
        "Motion relative to the driver's first frame, or absolute, which transfers the driver's"
        " face shape too.",
        _PANEL,
        choices=("relative", "absolute"),
    )
    adapt_scale: bool = declare(
        True, "Scale the motion by the size of the photo's face over that of the driver's.", _PANEL
    )
    align_corners: bool = declare(
        True,
        "Grid sampling as the released weights were trained; false samples as the original code"
        " does on torch 1.3 and later.",
        _PANEL,
    )
    smoothing: float = declare(
        0.5,
        "Strength of the filter that steadies the driver's keypoints.",
        _PANEL,
        limits=(0.0, 1.0),
    )
    precision: str = declare(
        "auto",
        "Precision of the decoder; auto uses bfloat16 if the processor supports it.",
        _PANEL,
        choices=("auto", "float32", "bfloat16"),
    )
    landmarks: str = declare(
        "mesh",
        "Landmark backend used to find the best frame of a driving clip.",
        _PANEL,
    )

    def __post_init__(self) -> None:
        """Check every value against the type, the choices and the limits of its option."""
        for each in fields(self):
            _check(each.name, getattr(self, each.name), type(each.default))

    @classmethod
    def from_mapping(cls, given: Mapping[str, str | float | bool]) -> Self:
        """Return the options of a mapping, whose values may be texts such as "0.3" or "true".

        Raises:
            UsageError: a key is unknown, or a value does not suit its option.
        """
        kinds = {each.name: type(each.default) for each in fields(cls)}
        for name, value in given.items():
            if name not in kinds:
                names = list(kinds)
                hint = did_you_mean(name, names) or f"; its options are {', '.join(names)}"
                raise UsageError(
                    f"{option('motion_options', {name: value})}: the motion backend 'fomm' has no"
                    f" option {name!r}{hint}"
                )
        values: dict[str, Any] = {name: _parsed(text, kinds[name]) for name, text in given.items()}
        return cls(**values)


def _parsed(value: str | float | bool, kind: type) -> str | float | bool:
    """Read a value of the option's type from text; what cannot be read is left to `_check`."""
    if kind is bool and isinstance(value, str):
        return _BOOLEANS.get(value.strip().lower(), value)
    if kind is float and not isinstance(value, bool):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _check(name: str, value: Any, kind: type) -> None:
    given, info = option("motion_options", {name: value}), declared(FommOptions)[name]
    if kind is bool and not isinstance(value, bool):
        raise UsageError(f"{given}: {name} must be true or false")
    if info.choices and value not in info.choices:
        raise UsageError(f"{given}: {name} must be {' or '.join(info.choices)}")
    if kind is str and not isinstance(value, str):
        raise UsageError(f"{given}: {name} must be a word")
    if info.limits is not None:
        number: Any = str(value) if isinstance(value, bool) else value
        check_number(f"{given}: {name}", number, info.limits)
