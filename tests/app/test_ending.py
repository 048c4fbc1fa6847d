"""However the server ends, nothing is left: no process, no temporary file."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="the extra app is not installed")

from filelock import FileLock  # noqa: E402
from served_app import Served, descendants, served  # noqa: E402

from nostalgia.app.folder import PrivateFolder, remove_stale_folders  # noqa: E402
from nostalgia.cli.demo import portrait_png  # noqa: E402

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="signals and /proc")


def alive(processes: set[int]) -> set[int]:
    """Those that still run; zombies have ended."""
    return {
        process
        for process in processes
        if (status := Path(f"/proc/{process}/stat")).exists()
        and status.read_text().rpartition(")")[2].split()[0] != "Z"
    }


def busy(server: Served) -> set[int]:
    """Start a long clip; returns the processes that work on it."""
    photo = server.wait(server.add(portrait_png()), "ready")["id"]
    clip = server.make(photo, loop=50)
    server.until(lambda items: items[clip]["stage"] == "rendering")
    return server.processes()


@LINUX
@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_all_work(tmp_path: Path, name: str) -> None:
    with served(tmp_path) as server, server.watching():
        workers = busy(server)
        assert len(workers) >= 2  # the worker and ffmpeg
        (private,) = tmp_path.iterdir()
        assert private.stat().st_mode & 0o777 == 0o700
        assert server.end(getattr(signal, name)) == 0
        assert alive(workers) == set()
        assert server.left_behind() == []


@LINUX
@pytest.mark.slow
def test_after_a_crash_the_worker_ends_and_the_next_start_cleans_up(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        workers = busy(server)
        server.end(signal.SIGKILL)
        assert len(server.left_behind()) == 1
    for _ in range(100):
        if not alive(workers):
            break
        time.sleep(0.05)
    assert alive(workers) == set()
    with served(tmp_path) as server:
        assert len(server.left_behind()) == 1  # its own
    assert server.left_behind() == []


def test_only_folders_of_sessions_that_died_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "keep").touch()
    running, dead = PrivateFolder(), tmp_path / "nostalgia-app-dead"
    dead.mkdir()
    (dead / "owner.lock").touch()
    (dead / "photo").touch()
    young = tmp_path / "nostalgia-app-young"
    young.mkdir()
    (tmp_path / "nostalgia-app-link").symlink_to(elsewhere)
    with FileLock(running.path / "owner.lock.other", timeout=0):
        assert remove_stale_folders() == 1
    assert running.path.exists() and young.exists() and (elsewhere / "keep").exists()
    running.remove()
    assert not running.path.exists()


@pytest.mark.slow
def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        words = [sys.executable, "-m", "nostalgia", "app", "--no-browser"]
        port = server.host.split(":")[1]
        done = subprocess.run([*words, "--port", port], capture_output=True, text=True, timeout=60)
        assert done.returncode == 2
        assert f"--port {port} cannot be used" in done.stderr


@pytest.mark.slow
def test_a_port_is_free_again_at_once(tmp_path: Path) -> None:
    with served(tmp_path) as server, server.watching():
        assert server.end() == 0
    port = server.host.split(":")[1]
    with served(tmp_path, "--port", port) as again:
        assert again.host == server.host


@pytest.mark.slow
def test_photos_of_the_command_line_are_there_and_stay(tmp_path: Path) -> None:
    photo = tmp_path / "Grandma.png"
    photo.write_bytes(portrait_png())
    private = tmp_path / "private"
    private.mkdir()
    with served(private, str(photo)) as server:
        items = server.until(lambda items: any(i.get("state") == "ready" for i in items.values()))
        (item,) = items.values()
        assert item["name"] == "Grandma.png"
        assert server.delete(f"/api/photos/{item['id']}") == 204
    assert photo.exists()


def test_without_the_extra_the_command_says_what_to_type(monkeypatch, capsys) -> None:
    from typer.testing import CliRunner

    from nostalgia.cli.app import app

    monkeypatch.setattr("nostalgia.cli.app_command.find_spec", lambda name: None)
    done = CliRunner().invoke(app, ["app"])
    assert done.exit_code == 6
    assert "pip install 'photo-nostalgia[app]'" in done.output


@LINUX
@pytest.mark.slow
def test_in_a_terminal_enter_prints_a_new_link_and_ctrl_c_ends(tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", IN_A_TERMINAL, sys.executable],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    shown = read_until(ours, b"Ctrl-C to end")
    os.write(ours, b"\n")
    shown += read_until(ours, b"#c=")
    assert len(set(re.findall(rb"#c=([\w-]+)", shown))) == 2
    os.write(ours, b"\x03")
    shown = read_until(ours, b"ended; nothing of the session was kept")
    assert process.wait(timeout=15) == 0
    assert b"Traceback" not in shown and b"Fatal" not in shown
    os.close(ours)
    assert list(tmp_path.iterdir()) == []


IN_A_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], [sys.argv[1], "-m", "nostalgia", "app", "--no-browser"])
"""


def read_until(terminal: int, words: bytes) -> bytes:
    """What a terminal shows until it shows these words, and the rest of their line."""
    shown = b""
    while b"\n" not in shown.partition(words)[2]:
        shown += os.read(terminal, 4096)
    return shown


@LINUX
@pytest.mark.slow
def test_in_the_background_keys_of_the_terminal_do_not_stop_it(tmp_path: Path) -> None:
    import pty

    shell, ours = pty.fork()
    if shell == 0:
        os.chdir(tmp_path)
        os.execvpe("bash", ["bash", "--norc", "-i"], {**os.environ, "TMPDIR": str(tmp_path)})
    os.write(ours, f"{sys.executable} -m nostalgia app --no-browser &\n".encode())
    read_until(ours, b"Ctrl-C to end")
    os.write(ours, b"\n")
    time.sleep(0.5)
    os.write(ours, b'jobs; kill -9 %1; wait; echo all-"ended"\n')
    shown = read_until(ours, b"all-ended")
    os.write(ours, b"exit\n")
    os.waitpid(shell, 0)
    os.close(ours)
    assert b"Running" in shown and b"Traceback" not in shown


@LINUX
@pytest.mark.slow
def test_the_browser_is_opened_through_a_file_that_only_the_user_reads(tmp_path: Path) -> None:
    """Command lines can be read by every user of the computer: the code is on none of them."""
    log = tmp_path / "browser.log"
    browser = tmp_path / "browser.sh"
    browser.write_text(f'#!/bin/sh\necho "$1" > {log}.partial\nmv {log}.partial {log}\n')
    browser.chmod(0o755)
    private = tmp_path / "private"
    private.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "nostalgia", "app"],
        env={**os.environ, "TMPDIR": str(private), "BROWSER": str(browser)},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(200):
            if log.exists():
                break
            time.sleep(0.05)
        opened = log.read_text().strip()
        assert opened.startswith("file://") and "#c=" not in opened
        page = Path(opened.removeprefix("file://"))
        assert "http://127.0.0.1:" in page.read_text() and "#c=" in page.read_text()
        assert page.parent.stat().st_mode & 0o777 == 0o700
    finally:
        started = descendants(process.pid)
        process.terminate()
        assert process.wait(timeout=15) == 0
    assert alive(started) == set()
    assert list(private.iterdir()) == []
