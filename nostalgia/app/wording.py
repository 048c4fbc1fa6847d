"""Words of the library as the page needs them: options as the page calls them, errors as values."""

import json
import re
import tempfile
from collections.abc import Mapping
from typing import Any

from nostalgia.declarations import declared
from nostalgia.errors import NostalgiaError, worded
from nostalgia.files import printable_name
from nostalgia.options import EXPERT, AnimateOptions

_LABELS: Mapping[str, str] = {
    "faces": "the faces in the bar",
    "face_box": "a box drawn by hand",
    "face_drivers": "the performance of a face",
    "face_strengths": "the strength of a face",
    "driver": "performance",
    "smile": "Smile",
    "blink": "Blink",
    "turn": "Head",
    "gaze": "Eyes",
    "enhance": "Restore the faces",
    "duration_s": "Length in seconds",
    "loop": "Times to play",
    "once_then_still": "Once, then still",
    "crop": "Show",
    "size": "Size",
    "side_by_side": "Still photo beside it",
    "preview": "Quick look",
}
"""Option -> what the page calls it; the page's own words, in English, lie in page/words/en.js."""
_VALUES: Mapping[Any, str] = {
    "auto": "what suits the size of the heads",
    "face": "a square round the faces",
    "photo": "the whole photo",
    "share": "for sharing",
    "uhd": "for computers",
    "full": "the photo's own",
}
_MESSAGE_LIMIT = 1000
_OWN_NAME = re.compile(r"\b[0-9a-f]{32}\.\w+")
_COMMAND = re.compile(r"(^|[;:,] )`nostalgia [^`]*` (shows|lists) [^;.,]*")
_ELSEWHERE = (
    "faces",
    "face_box",
    "rotate",
    "order",
    "driver",
    "strength",
    "fps",
    "preview",
    "format",
)
"""Options that the page offers outside its fold of fine controls, or not at all."""


def page_wording(name: str, value: Any) -> str:
    """An option as the page names it; see `errors.Wording`."""
    label = _LABELS.get(name, name.removesuffix("_s").replace("_", " "))
    if isinstance(value, Mapping):
        face, setting = next(iter(value.items()), ("", ""))
        return f"“{label}” (face {face}: {setting})"
    if isinstance(value, bool) or value is None:
        return f"“{label}”" if value is not False else f"no “{label}”"
    if isinstance(value, list):
        return f"“{label}” (only {', '.join(map(str, value))})"
    return f"“{label}” at {_VALUES.get(value, value)}"


def page_text(message: str) -> str:
    """A message for a page: no commands of the terminal, no names of the private folder."""
    private = re.escape(tempfile.gettempdir())
    text = re.sub(rf"{private}[\\/]\S*[\\/]", "", worded(message, page_wording))
    return _COMMAND.sub("", _OWN_NAME.sub("the clip", text))


def error_values(error: BaseException) -> dict[str, Any]:
    """An error as plain JSON values: kind, text, and changes of options that would help.

    An error that is not the library's own gets a plain sentence, never a traceback.
    """
    if not isinstance(error, NostalgiaError):
        shown = printable_name(f"{type(error).__name__}: {error}", 300)
        text = f"this is a bug in nostalgia ({shown}); please report it"
        return {"kind": "bug", "text": text, "changes": {}}
    text = " ".join(page_text(error.message).splitlines())
    changes = dict(error.remedy.changes) if error.remedy else {}
    return {
        "kind": type(error).__name__,
        "text": printable_name(text, _MESSAGE_LIMIT),
        "changes": json.loads(json.dumps(changes)),
    }


def fine_controls() -> list[dict[str, Any]]:
    """The options of the fold "More", from their declarations: name, default, limits, choices."""
    defaults = AnimateOptions()
    return [
        {
            "name": name,
            "panel": info.panel,
            "help": info.help,
            "default": getattr(defaults, name),
            "limits": info.limits,
            "choices": info.choices,
        }
        for name, info in declared(AnimateOptions).items()
        if info.on_command_line
        and info.panel != EXPERT
        and not info.is_file
        and name not in _ELSEWHERE
        and not isinstance(getattr(defaults, name), Mapping)
    ]
