"""Standard streams in odd surroundings: missing, closed, full, without UTF-8."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from nostalgia.cli import streams
from nostalgia.cli.demo import portrait_png
from nostalgia.cli.errors import with_exit_codes
from nostalgia.cli.outputs import write_json
from nostalgia.files import json_text, utf8

BASH = pytest.mark.skipif(os.name == "nt", reason="needs bash")
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
ODD_NAME = os.fsdecode(b"Gro\xdfmutter.png")


def shell(words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in which `nostalgia` is this one; it prints the codes of its pipes."""
    start = f"nostalgia() {{ '{sys.executable}' -m nostalgia \"$@\"; }}; "
    return subprocess.run(
        ["bash", "-c", f"{start}{words}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


@BASH
@pytest.mark.parametrize("words", ["drivers list --json", "version", "--help", "batch --help"])
@pytest.mark.parametrize("reader", ["head -n 1", "true"])
def test_a_reader_that_leaves_is_no_error(tmp_path: Path, words: str, reader: str) -> None:
    done = shell(f"nostalgia {words} | {reader}; echo ${{PIPESTATUS[0]}} >&2", tmp_path)
    assert done.stderr in ("0\n", "141\n")


@FULL
@pytest.mark.parametrize("words", ["drivers list", "drivers list --json", "--version", "--help"])
def test_a_full_device_is_said_in_words(tmp_path: Path, words: str) -> None:
    done = shell(f"nostalgia {words} > /dev/full", tmp_path)
    assert (done.returncode, done.stderr) == (
        7,
        "error: standard output cannot be written (No space left on device);"
        " write to another place\n",
    )


@FULL
def test_remarks_that_cannot_be_written_change_nothing(tmp_path: Path) -> None:
    done = shell("nostalgia explain none.jpg 2> /dev/full", tmp_path)
    assert (done.returncode, done.stdout) == (3, "")


@BASH
@pytest.mark.parametrize("closed", ["2>&-", ">&-", "<&- >&- 2>&-"])
def test_missing_streams_lead_nowhere(tmp_path: Path, closed: str) -> None:
    done = shell(f"nostalgia explain none.jpg {closed}", tmp_path)
    assert done.returncode == 3
    assert done.stderr == (
        "" if "2>&-" in closed else "error: none.jpg: no such file; check the name\n"
    )
    assert shell(f"nostalgia version {closed}", tmp_path).returncode == 0


@BASH
def test_no_file_takes_the_number_of_a_missing_stream(tmp_path: Path) -> None:
    """Else the remarks of a library in C would end up in a clip."""
    code = (
        "from nostalgia.cli.streams import open_streams; open_streams(); import os, sys;"
        "number = os.open('a.txt', os.O_WRONLY | os.O_CREAT); os.write(2, b'remark');"
        "sys.stdout.write('x'); sys.stderr.write('x'); sys.stdin.read();"
        "os.write(number, str(number > 2).encode())"
    )
    done = shell(f"'{sys.executable}' -c \"{code}\" <&- >&- 2>&-", tmp_path)
    assert done.returncode == 0
    assert (tmp_path / "a.txt").read_text() == "True"


def test_a_program_without_a_console_has_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    streams.open_streams()
    opened = [sys.stdin, sys.stdout, sys.stderr]
    assert all(stream is not None for stream in opened)
    sys.stdout.write("nowhere")
    for stream in opened:
        stream.close()


@pytest.mark.slow
@BASH
def test_a_clip_is_made_without_any_stream(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(portrait_png())
    done = shell("nostalgia animate a.png --preview -o a.mp4 <&- >&- 2>&-", tmp_path)
    assert done.returncode == 0
    assert (tmp_path / "a.mp4").stat().st_size > 1000


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="names that are not UTF-8")
def test_names_that_are_not_utf8_are_escaped_in_every_result(tmp_path: Path) -> None:
    (tmp_path / ODD_NAME).write_bytes(portrait_png())
    done = shell(
        "nostalgia animate Gro*.png --preview -o a.mp4 --report r.json --json &&"
        " nostalgia inspect a.mp4 --json && nostalgia faces Gro*.png --json",
        tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, "")
    shown = "Gro\\udcdfmutter.png"
    report = json.loads((tmp_path / "r.json").read_bytes().decode("utf-8"))
    printed, inspected, faces = map(json.loads, done.stdout.splitlines())
    assert report["photo"]["path"] == printed["photo"]["path"] == faces["photo"] == shown
    assert inspected["provenance"]["title"] == shown


def test_json_is_valid_utf8_whatever_a_name_is(tmp_path: Path) -> None:
    values = {ODD_NAME: [ODD_NAME, "Zoë \U0001f468", 1.5, None]}
    for text in (json_text(values), json_text(values, ascii_only=True), json_text(values, 2)):
        text.encode("utf-8")
        assert json.loads(text) == {utf8(ODD_NAME): [utf8(ODD_NAME), "Zoë \U0001f468", 1.5, None]}
    assert json_text(values, ascii_only=True).isascii()
    write_json(tmp_path / "r.json", values)
    assert json.loads((tmp_path / "r.json").read_text("utf-8")) == json.loads(json_text(values))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_full_disk_anywhere_is_no_bug(capsys: pytest.CaptureFixture[str], number: int) -> None:
    @with_exit_codes
    def command() -> None:
        raise OSError(number, os.strerror(number), "/tmp/part")

    with pytest.raises(typer.Exit) as exit_info:
        command()
    assert exit_info.value.exit_code == 7
    words = f"error: /tmp/part: cannot be written ({os.strerror(number)}); free some space"
    assert capsys.readouterr().err.startswith(words)
