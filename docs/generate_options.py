"""Writes the table of options in docs/python-api.md from their declarations; a test compares them.

python docs/generate_options.py
"""

from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from nostalgia.declarations import OptionInfo, declared
from nostalgia.options import AnimateOptions

PAGE = Path(__file__).parent / "python-api.md"
START = "<!-- Options: written by docs/generate_options.py; change the code, not this table. -->\n"
END = "<!-- End of the options. -->\n"

FORMS = {
    "faces": '`"all"`, `"largest"`, `2`, `[1, 3]`',
    "face_box": "`(x0, y0, x1, y1)`",
    "driver": '`"auto"`, a name, or the path of a clip',
    "face_drivers": '`{1: "smile"}`',
    "face_strengths": "`{2: 0.5}`",
    "min_face_px": "pixels",
    "max_yaw_deg": "degrees",
    "seed": "0 or more",
    "motion_options": '`{"smoothing": 0.3}`',
}
"""Options whose values neither limits nor choices describe -> their forms in Python."""


def page() -> str:
    """The page with the table as it should be."""
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(START)
    return f"{head}{START}{table()}{END}{rest.partition(END)[2]}"


def table() -> str:
    """One row per option: name, default, values, description."""
    infos = declared(AnimateOptions)
    defaults = {
        each.name: each.default if each.default is not MISSING else {}
        for each in fields(AnimateOptions)
    }
    rows = [
        f"| `{name}` | {_default(defaults[name], info)} | {_values(name, info)} | {info.help} |\n"
        for name, info in infos.items()
    ]
    return "| Option | Default | Values | |\n|---|---|---|---|\n" + "".join(rows)


def _default(default: Any, info: OptionInfo) -> str:
    shown = f" ({info.shown_default})" if info.shown_default else ""
    return f"`{default!r}`{shown}"


def _values(name: str, info: OptionInfo) -> str:
    if name in FORMS:
        return FORMS[name]
    if info.choices:
        return ", ".join(f'`"{choice}"`' for choice in info.choices)
    if info.limits:
        return f"{info.limits[0]:g} to {info.limits[1]:g}"
    return "path" if info.is_file else ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
