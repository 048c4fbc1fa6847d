"""Values of --driver, --strength, --face-box and --motion-option, read from text."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nostalgia.errors import UsageError

if TYPE_CHECKING:
    from nostalgia.types import BoxXYXY

_FOR_ONE_FACE = re.compile(r"([0-9]{1,9})=(.*)", re.DOTALL)
_FOR_ONE_PICTURE = re.compile(r"(.+)=([^=]*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PerFace:
    """Values of an option. general: for all faces, None if not given. by_face: by number."""

    general: str | None
    by_face: Mapping[int, str]


def read_per_face(option: str, words: Sequence[str]) -> PerFace:
    """Separate values for all faces (``smile``) from those for one (``1=smile``).

    Raises:
        UsageError: two values for the same face, or a value that is the name of a file too.
    """
    general: list[str] = []
    by_face: dict[int, str] = {}
    for word in words:
        found = _FOR_ONE_FACE.fullmatch(word)
        if found is None:
            general.append(word)
            continue
        if Path(word).is_file():
            raise UsageError(
                f"{option} {word} is a file, but also means {found[2]!r} for face {found[1]};"
                f" write {option} ./{word} for the file"
            )
        if int(found[1]) in by_face:
            raise UsageError(f"{option} {found[1]}=... is given twice; leave one of them out")
        by_face[int(found[1])] = found[2]
    if len(general) > 1:
        raise UsageError(
            f"{option} {general[0]} and {option} {general[1]} contradict each other; for one face"
            f" each, write {option} 1={general[0]} {option} 2={general[1]}"
        )
    return PerFace(general[0] if general else None, by_face)


@dataclass(frozen=True, slots=True)
class PerPicture:
    """Values of options for single pictures: person or picture -> value, "" to take one back."""

    drivers: Mapping[str, str] = field(default_factory=dict)
    strengths: Mapping[str, str] = field(default_factory=dict)


def read_per_picture(option: str, words: Sequence[str]) -> tuple[str | None, Mapping[str, str]]:
    """The value for all pictures (``smile``), and those for some (``I4=smile``, ``I4=``).

    Raises:
        UsageError: two values for the same pictures.
    """
    general: list[str] = []
    by_picture: dict[str, str] = {}
    for word in words:
        found = _FOR_ONE_PICTURE.fullmatch(word)
        if found is None or Path(word).is_file():  # a driving clip
            general.append(word)
        elif by_picture.setdefault(found[1], found[2]) != found[2]:
            raise UsageError(f"{option} {found[1]}=... is given twice; leave one of them out")
    if len(general) > 1:
        raise UsageError(
            f"{option} {general[0]} and {option} {general[1]} contradict each other; for some"
            f" pictures only, write {option} I4={general[0]} {option} wedding.jpg={general[1]}"
        )
    return (general[0] if general else None), by_picture


def read_strength(word: str, typed: str, one: str = "2") -> float:
    """The number of a --strength; typed: the option as typed; one: example of what it is for.

    Raises:
        UsageError: it is not a number.
    """
    try:
        return float(word)
    except ValueError as exc:
        raise UsageError(
            f"{typed}: a number from 0 to 2 is needed, such as --strength 0.8 or --strength"
            f" {one}=0.5"
        ) from exc


def read_key_values(option: str, words: Sequence[str]) -> dict[str, str | float | bool]:
    """``["smoothing=0.3", "output=network"]`` as a mapping; its backend reads the values.

    Raises:
        UsageError: a word has no key or no value, or a key is given twice.
    """
    values: dict[str, str | float | bool] = {}
    for word in words:
        key, sign, value = word.partition("=")
        if not (key and sign and value):
            raise UsageError(f"{option} {word}: KEY=VALUE is needed, such as smoothing=0.3")
        if key in values:
            raise UsageError(f"{option} {key}=... is given twice; leave one of them out")
        values[key] = value
    return values


def read_face_box(text: str | None) -> "BoxXYXY | None":
    """The box of --face-box X,Y,W,H, in photo pixels.

    Raises:
        UsageError: it is anything else.
    """
    if text is None:
        return None
    from nostalgia.types import BoxXYXY  # brings NumPy, which the help does without

    try:
        x, y, width, height = (float(part) for part in text.split(","))
    except ValueError as exc:
        raise UsageError(f"--face-box needs x,y,width,height in pixels, not {text!r}") from exc
    if not all(map(math.isfinite, (x, y, width, height))) or width <= 0 or height <= 0:
        raise UsageError(f"--face-box needs a width and a height above 0, not {text!r}")
    return BoxXYXY((x, y, x + width, y + height))
