"""What people type behind --driver, --strength and --face-box, read."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nostalgia.errors import UsageError

_FOR_ONE_FACE = re.compile(r"([0-9]{1,9})=(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PerFace:
    """Words of an option. general: for all faces, None where not given. by_face: by number."""

    general: str | None
    by_face: Mapping[int, str]


def read_per_face(option: str, words: Sequence[str]) -> PerFace:
    """Tell ``smile`` from ``1=smile``.

    Raises:
        UsageError: two words for the same, or a word that is the name of a file too.
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
                f"{option} {word}: is a file, and reads as {found[2]!r} for face {found[1]}; "
                f"type {option} ./{word} for the file"
            )
        if int(found[1]) in by_face:
            raise UsageError(f"{option} {found[1]}=... is there twice: leave one of them out")
        by_face[int(found[1])] = found[2]
    if len(general) > 1:
        raise UsageError(
            f"{option} {general[0]} and {option} {general[1]}: which one? For one face each, type "
            f"{option} 1={general[0]} {option} 2={general[1]}"
        )
    return PerFace(general[0] if general else None, by_face)


def read_strength(word: str, said: str) -> float:
    """The number behind --strength; `said` is the option as it was typed.

    Raises:
        UsageError: it is no number.
    """
    try:
        return float(word)
    except ValueError as exc:
        raise UsageError(
            f"{said}: wants a number from 0 to 2, such as --strength 0.8 or --strength 2=0.5"
        ) from exc


def read_face_box(text: str | None) -> tuple[float, float, float, float] | None:
    """The four numbers of --face-box: x, y, width, height in photo pixels.

    Raises:
        UsageError: it is anything else.
    """
    if text is None:
        return None
    try:
        x, y, width, height = (float(part) for part in text.split(","))
    except ValueError as exc:
        raise UsageError(f"--face-box wants x,y,width,height in pixels, not {text!r}") from exc
    if not all(map(math.isfinite, (x, y, width, height))) or width <= 0 or height <= 0:
        raise UsageError(f"--face-box wants a width and a height above 0, not {text!r}")
    return x, y, width, height
