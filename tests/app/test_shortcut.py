"""Shortcuts that start the page at a double click."""

import configparser
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from nostalgia.app.shortcut import shortcut_folder, shortcut_name, shortcut_text, write_shortcut
from nostalgia.errors import EncodingError

ODD = ["/opt/My Python/bin/python3", '/opt/a"b$c`d/python', "/opt/100%/python", "/opt/ö/python"]


@pytest.mark.parametrize("program", ODD)
def test_a_desktop_entry_has_the_form_of_its_specification(program: str) -> None:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(shortcut_text(program, "linux"))
    entry = parser["Desktop Entry"]
    assert (entry["Type"], entry["Terminal"]) == ("Application", "true")
    assert Path(entry["Icon"]).is_file()
    # A string is unescaped first, then its quoted words, then its field codes.
    command = entry["Exec"].replace("\\\\", "\\")
    quoted = re.match(r'"((?:[^"\\]|\\.)*)" ', command)
    assert quoted is not None
    assert re.sub(r"\\(.)", r"\1", quoted[1]).replace("%%", "%") == program
    assert command.endswith(" -m nostalgia app %F")


@pytest.mark.skipif(os.name == "nt", reason="a script of sh")
def test_a_command_of_macos_runs_the_program(tmp_path: Path) -> None:
    program = tmp_path / "it's my python"
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(0o755)
    script = tmp_path / shortcut_name("darwin")
    script.write_text(shortcut_text(str(program), "darwin"))
    assert script.name == "Nostalgia.command"
    done = subprocess.run(["/bin/sh", str(script)], capture_output=True, text=True, check=True)
    assert done.stdout == "-m nostalgia app\n"


def test_a_batch_file_of_windows_has_its_form() -> None:
    text = shortcut_text("C:\\Program Files\\Python\\python.exe", "win32")
    assert text.splitlines(keepends=True)[0] == "@echo off\r\n"
    assert '"C:\\Program Files\\Python\\python.exe" -m nostalgia app\r\n' in text
    with pytest.raises(EncodingError, match="elsewhere"):
        shortcut_text("C:\\50%\\python.exe", "win32")


def test_a_shortcut_is_written_where_it_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    folder = shortcut_folder("linux")
    assert folder == tmp_path / "applications"
    path = write_shortcut(folder, "linux")
    write_shortcut(folder, "linux")
    assert os.name == "nt" or path.stat().st_mode & stat.S_IXUSR
    assert sys.executable in path.read_text()
    assert [each.name for each in folder.iterdir()] == ["nostalgia.desktop"]
