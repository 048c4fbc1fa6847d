"""How the command behaves towards shells: pipes, Ctrl-C, a terminal; and what its manual says."""

import io
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nostalgia.cli import console

ROOT = Path(__file__).parents[2]

SLOW_PIPELINE = """
import signal, sys, time, types
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
module = types.ModuleType("nostalgia.pipeline")
def animate(photo, output=None, options=None, progress=None):
    partial = output.with_suffix(".partial")
    try:
        partial.touch()
        print("working", flush=True)
        time.sleep(30)
    finally:
        partial.unlink()
module.animate = animate
sys.modules["nostalgia.pipeline"] = module
import nostalgia
nostalgia.pipeline = module
from nostalgia.cli.app import main
main()
"""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("number", "code", "said"), [(signal.SIGINT, 130, "stopped\n"), (signal.SIGTERM, 143, "")]
)
def test_signals_end_the_command_and_leave_nothing(tmp_path: Path, number, code, said) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW_PIPELINE, "animate", str(tmp_path / "a.jpg")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "working\n"
    process.send_signal(number)
    _, told = process.communicate(timeout=20)
    assert process.returncode == code
    assert told == said
    assert not list(tmp_path.iterdir())


def test_a_reader_that_has_gone_is_no_error() -> None:
    command = f"'{sys.executable}' -m nostalgia drivers list --json | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_a_pipe_sees_no_progress_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with console.progress_bar("a.jpg", quiet=False) as progress:
        assert progress is None


def test_a_terminal_sees_stage_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys, "stderr", terminal)
    with console.progress_bar("a.jpg", quiet=False) as progress:
        assert progress is not None
        progress("rendering", 0.0)
        progress("rendering", 0.5)
        progress("rendering", 1.0)
    shown = terminal.getvalue()
    assert "a.jpg" in shown and "rendering" in shown and "left" in shown
    with console.progress_bar("a.jpg", quiet=True) as progress:
        assert progress is None
