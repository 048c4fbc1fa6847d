"""A file that starts the page at a double click: one form for each system."""

import os
import shlex
import stat
import sys
from pathlib import Path

from nostalgia.errors import EncodingError
from nostalgia.files import write_whole

_NAME = "Nostalgia"
_ICON = Path(__file__).parent / "page" / "icon.svg"


def shortcut_name(system: str = sys.platform) -> str:
    """File name of a shortcut on a system, as `sys.platform` names it."""
    if system == "win32":
        return f"{_NAME}.bat"
    return f"{_NAME}.command" if system == "darwin" else "nostalgia.desktop"


def shortcut_text(program: str, system: str = sys.platform) -> str:
    """Content of a shortcut that runs the page with a Python program in a window of its own.

    Raises:
        EncodingError: the program's path has characters that the form cannot hold.
    """
    if any(ord(char) < 32 for char in program):
        raise EncodingError("the path of Python has a line break; install it elsewhere")
    if system == "win32":
        if "%" in program or '"' in program:
            raise EncodingError("the path of Python has % or quotes; install it elsewhere")
        lines = [
            "@echo off",
            "chcp 65001 >nul",
            f'"{program}" -m nostalgia app',
            "if errorlevel 1 pause",
        ]
        return "\r\n".join(lines) + "\r\n"
    if system == "darwin":
        return f"#!/bin/sh\nexec {shlex.quote(program)} -m nostalgia app\n"
    return (
        "[Desktop Entry]\nType=Application\nVersion=1.0\n"
        f"Name={_NAME}\nComment=Bring the faces in old photos to life\n"
        "Comment[de]=Gesichter auf alten Fotos zum Leben erwecken\n"
        "Comment[zh]=让老照片中的人动起来\n"
        f"Exec={_quoted_for_desktop(program)} -m nostalgia app %F\n"
        f"Icon={_ICON}\nTerminal=true\nCategories=Graphics;Photography;\n"
        "MimeType=image/jpeg;image/png;image/tiff;image/webp;image/heif;\n"
    )


def write_shortcut(folder: Path, system: str = sys.platform) -> Path:
    """Write a shortcut into a folder, in place of an earlier one; returns its path.

    Raises:
        EncodingError: it cannot be written.
    """
    path = folder / shortcut_name(system)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(path, shortcut_text(sys.executable, system).encode(), "shortcut")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def shortcut_folder(system: str = sys.platform) -> Path:
    """Where a user finds it: the desktop; on Linux the menu of applications."""
    if system not in ("win32", "darwin"):
        data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
        return Path(data) / "applications"
    from platformdirs import user_desktop_path

    return user_desktop_path()


def _quoted_for_desktop(word: str) -> str:
    """A word of `Exec`: quoted by the rules of the Desktop Entry Specification."""
    escaped = "".join(f"\\{char}" if char in '"`$\\' else char for char in word)
    return '"' + escaped.replace("\\", "\\\\").replace("%", "%%") + '"'
