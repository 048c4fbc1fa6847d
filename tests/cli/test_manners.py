"""How the command behaves towards shells: pipes, Ctrl-C, a terminal; and what its manual says."""

import io
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from terminals import put_terminal

from nostalgia.cli import console
from nostalgia.progress import Progress

ROOT = Path(__file__).parents[2]

SLOW_PIPELINE = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
from nostalgia.cli.app import main
from nostalgia.pipeline import Animator

def animate(self, photo, output=None, *, poster=None, overwrite=False, progress=None, cancel=None):
    partial = output.with_suffix(".partial")
    try:
        partial.touch()
        print("working", flush=True)
        while STUBBORN or not cancel.is_cancelled:
            if cancel.is_cancelled:
                print("asked to stop", flush=True)
            time.sleep(0.02)
        cancel.check()
    finally:
        partial.unlink()

Animator.animate = animate
main()
"""
"""A command whose clip is never finished."""


def start(photo: Path, *, stubborn: bool) -> subprocess.Popen[str]:
    """`nostalgia animate` at work; a stubborn one pays no heed to its `CancelToken`."""
    process = subprocess.Popen(
        [sys.executable, "-c", f"STUBBORN = {stubborn}\n{SLOW_PIPELINE}", "animate", str(photo)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "working\n"
    return process


@pytest.mark.parametrize(
    ("number", "code", "message"), [(signal.SIGINT, 130, "stopped\n"), (signal.SIGTERM, 143, "")]
)
def test_signals_end_the_command_and_leave_nothing(tmp_path: Path, number, code, message) -> None:
    process = start(tmp_path / "a.jpg", stubborn=number == signal.SIGTERM)
    process.send_signal(number)
    printed, remarks = process.communicate(timeout=60)
    assert (process.returncode, printed, remarks) == (code, "", message)
    assert not list(tmp_path.iterdir())


def test_a_second_interrupt_stops_what_does_not_heed_the_first(tmp_path: Path) -> None:
    process = start(tmp_path / "a.jpg", stubborn=True)
    assert process.stdout is not None
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "asked to stop\n"
    process.send_signal(signal.SIGINT)
    _, remarks = process.communicate(timeout=60)
    assert (process.returncode, remarks) == (130, "stopped\n")
    assert not list(tmp_path.iterdir())


def test_one_interrupt_stops_the_wait_for_a_silent_pipe(tmp_path: Path) -> None:
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from nostalgia.cli.app import main; main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, "animate", "-", "-o", str(tmp_path / "a.mp4")],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(bytes(1 << 20))  # more than a pipe holds: it is being read
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=60)
        finally:
            process.kill()
        assert (process.returncode, process.stderr.read()) == (130, b"stopped\n")
    assert not list(tmp_path.iterdir())


def test_a_closed_pipe_is_no_error() -> None:
    command = f"'{sys.executable}' -m nostalgia drivers list --json | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_a_pipe_sees_no_progress_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with console.progress_bar("a.jpg", quiet=False) as progress:
        assert progress is None


def test_a_terminal_sees_stage_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = put_terminal(monkeypatch)
    with console.progress_bar("a.jpg", quiet=False) as progress:
        assert progress is not None
        progress(Progress("reading", 0.0))
        progress(Progress("rendering", 0.5, seconds_left=12.0))
    shown = terminal.getvalue()
    assert "a.jpg" in shown and "rendering, 12 s left" in shown
    with console.progress_bar("a.jpg", quiet=True) as progress:
        assert progress is None
