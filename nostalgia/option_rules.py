"""Which values options may have, and which options contradict each other.

The messages call options as the command line does; the Python names are the same words.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from nostalgia.errors import UsageError
from nostalgia.files import printable_name
from nostalgia.options import AnimateOptions

RANGES: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        "strength": (0.0, 2.0),
        "smile": (0.0, 2.0),
        "blink": (0.0, 2.0),
        "turn": (0.0, 2.0),
        "gaze": (0.0, 2.0),
        "enhance": (0.0, 1.0),
        "fidelity": (0.0, 1.0),
        "fomm-smoothing": (0.0, 1.0),
        "fps": (1.0, 120.0),
        "duration": (0.1, 600.0),
        "loop": (1, 100),
        "max-side": (16, 65_535),
    }
)
"""Option, as the command line calls it -> least and most."""

ORDERS = ("left-right", "largest")
CROPS = ("photo", "face")
FOMM_WORDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "output": ("native", "network"),
        "movement": ("relative", "absolute"),
        "precision": ("auto", "float32", "bfloat16"),
    }
)
POSTER_SUFFIXES = (".jpg", ".jpeg")


def check_options(options: AnimateOptions) -> None:
    """Refuse what makes no sense whatever the photo is.

    Raises:
        UsageError: a number out of its range, an unknown word, or options that exclude each other.
    """
    numbers = {
        "strength": options.strength,
        "smile": options.smile,
        "blink": options.blink,
        "turn": options.turn,
        "gaze": options.gaze,
        "enhance": options.enhance,
        "fidelity": options.fidelity,
        "fomm-smoothing": options.fomm.smoothing,
        "fps": options.fps,
        "duration": options.duration_s,
        "loop": options.loop,
        "max-side": options.max_side,
    }
    for name, number in numbers.items():
        if number is not None:
            _check_number(f"--{name}", number, RANGES[name])
    for face, strength in options.face_strengths.items():
        _check_face(f"--strength {face}={strength:g}", face)
        _check_number(f"--strength {face}=", strength, RANGES["strength"])
    for face, driver in options.face_drivers.items():
        _check_face(f"--driver {face}={driver}", face)
        if not driver:
            raise UsageError(f"--driver {face}= names no driver: type --driver {face}=smile")
    _check_word("--order", options.order, ORDERS)
    _check_word("--crop", options.crop, CROPS)
    for name, words in FOMM_WORDS.items():
        _check_word(f"--fomm-{name}", getattr(options.fomm, name), words)
    _check_length(options)
    _check_poster(options.poster)


def _check_number(name: str, number: float, limits: tuple[float, float]) -> None:
    least, most = limits
    if not math.isfinite(number) or not least <= number <= most:
        raise UsageError(f"{name} must be a number from {least:g} to {most:g}, not {number:g}")


def _check_face(said: str, face: int) -> None:
    if face < 1:
        raise UsageError(f"{said}: faces are numbered from 1, see nostalgia faces PHOTO")


def _check_word(name: str, word: str, words: tuple[str, ...]) -> None:
    if word not in words:
        raise UsageError(f"{name} must be {' or '.join(words)}, not {word!r}")


def _check_length(options: AnimateOptions) -> None:
    if options.loop > 1 and options.duration_s is not None:
        raise UsageError(
            "--loop and --duration both say how long the clip is: leave one of them out"
        )
    if options.loop > 1 and options.once_then_still:
        raise UsageError("--once-then-still plays once: leave out --loop or --once-then-still")


def _check_poster(poster: str | None) -> None:
    if poster is not None and Path(poster).suffix.lower() not in POSTER_SUFFIXES:
        raise UsageError(f"a poster is a JPEG: {printable_name(poster)} should end in .jpg")
