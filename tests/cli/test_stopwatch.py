"""What a command takes is counted over all its processes."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from nostalgia.cli import stopwatch
from nostalgia.cli.stopwatch import run_measured

BUSY = "import time\nwhile time.process_time() < 0.4: pass"
LARGE = "import sys, time; kept = b'x' * (80 << 20); print('ready', flush=True); time.sleep(1)"
IN_A_CHILD = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
BESIDE_A_CHILD = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, '-c', sys.argv[1]], stdout=subprocess.PIPE)
child.stdout.readline()
{LARGE}
child.wait()
"""
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")


def python(code: str, *words: str) -> list[str]:
    return [sys.executable, "-c", code, *words]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not report it")
@pytest.mark.parametrize("command", [python(BUSY), python(IN_A_CHILD, BUSY)], ids=["own", "child"])
def test_cpu_time_of_all_processes_is_counted(command: list[str]) -> None:
    spent = run_measured(command).spent
    assert spent.cpu_s >= 0.4
    assert spent.wall_s >= 0.4


@linux_only
def test_memory_of_all_processes_is_added_up() -> None:
    alone = run_measured(python(LARGE)).spent.peak_mib
    both = run_measured(python(BESIDE_A_CHILD, LARGE)).spent.peak_mib
    assert 80 < alone < 140
    assert 160 < both < 240


@linux_only
def test_a_process_that_was_just_forked_does_not_count_twice(monkeypatch) -> None:
    mib, started, child = 1 << 20, 1, 2
    looks = [{started: 200}, {started: 200, child: 200}, {started: 200, child: 5}]
    shown = iter([*looks, looks[-1]])
    seen_all = threading.Event()

    def resident(root: int) -> dict[int, int]:
        look = next(shown, None)
        if look is None:
            seen_all.set()
            return {}
        return {process: size * mib for process, size in look.items()}

    monkeypatch.setattr(stopwatch, "_SAMPLE_S", 0.001)
    monkeypatch.setattr(stopwatch, "_resident_bytes", resident)
    with stopwatch._MemoryWatch(started) as watch:
        assert seen_all.wait(30)
    assert watch.peak_mib == 205.0


def test_exit_code_log_folder_and_environment(tmp_path: Path) -> None:
    code = "import os, sys; print(os.getcwd(), os.environ['WORD'], file=sys.stderr); sys.exit(3)"
    outcome = run_measured(python(code), tmp_path, {"WORD": "tea", "SYSTEMROOT": "C:\\Windows"})
    assert outcome.exit_code == 3
    assert outcome.log.split() == [str(tmp_path.resolve()), "tea"]


def test_ctrl_c_ends_the_command(monkeypatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def interrupted(process: subprocess.Popen[bytes]) -> float | None:
        started.append(process)
        raise KeyboardInterrupt

    monkeypatch.setattr(stopwatch, "_wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_measured(python("import time; time.sleep(60)"))
    assert started[0].returncode not in (None, 0)


def test_a_program_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        run_measured([str(tmp_path / "nosuch")])
