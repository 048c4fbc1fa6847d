"""Wall time, CPU time and peak memory of a command, with all processes that it starts."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_SAMPLE_S = 0.05


@dataclass(frozen=True, slots=True)
class Spent:
    """What a command took.

    wall_s: from its start to its end. cpu_s: user and system time of all its processes; None on
    Windows. peak_mib: the most resident memory of all its processes together, looked at twenty
    times a second; pages that two of them share count twice. None where there is no /proc.
    """

    wall_s: float
    cpu_s: float | None
    peak_mib: float | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A command that has ended. exit_code: negative for a signal. log: its standard error."""

    exit_code: int
    log: str
    spent: Spent


def run_measured(
    command: Sequence[str | Path],
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Outcome:
    """Run a command to its end without input; its standard output is thrown away.

    An exception, Ctrl-C included, ends the command before it leaves.

    Args:
        command: program and arguments.
        folder: where it runs; here, if None.
        environment: all of its environment variables; those of this process, if None.

    Raises:
        OSError: it cannot be started.
    """
    with tempfile.TemporaryFile() as log:
        start = time.perf_counter()
        process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            cwd=folder,
            env=None if environment is None else dict(environment),
        )
        with _MemoryWatch(process.pid) as watch:
            try:
                cpu_s = _wait(process)
            finally:
                if process.returncode is None:
                    process.kill()
                    process.wait()
            wall_s = time.perf_counter() - start
        log.seek(0)
        text = log.read().decode("utf-8", "replace")
    return Outcome(process.returncode, text, Spent(wall_s, cpu_s, watch.peak_mib))


def _wait(process: subprocess.Popen[bytes]) -> float | None:
    """Wait for the end of a process. Returns: its CPU seconds, its children's included."""
    if sys.platform == "win32":
        process.wait()
        return None
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


class _MemoryWatch:
    """Looks at the memory of a process and its descendants from a thread, until the block ends."""

    def __init__(self, process: int) -> None:
        self._root = process
        self._most_bytes = 0
        self._ended = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        if sys.platform == "linux":
            self._watcher.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._ended.set()
        if self._watcher.is_alive():
            self._watcher.join()

    @property
    def peak_mib(self) -> float | None:
        """Most memory seen, in MiB; None if none was seen."""
        return round(self._most_bytes / (1 << 20), 1) or None

    def _watch(self) -> None:
        known: dict[int, int] = {}
        while not self._ended.wait(_SAMPLE_S):
            resident = _resident_bytes(self._root)
            # A process that has just been forked still shows the memory of its parent.
            self._most_bytes = max(
                self._most_bytes, sum(resident[each] for each in resident if each in known)
            )
            known = resident


def _resident_bytes(root: int) -> dict[int, int]:
    """A process and its descendants, each with its resident memory; Linux only."""
    found: dict[int, int] = {}
    waiting = [root]
    while waiting:
        process = waiting.pop()
        folder = Path(f"/proc/{process}")
        try:
            pages = int((folder / "statm").read_text("ascii").split()[1])
            children = [listed.read_text("ascii") for listed in folder.glob("task/*/children")]
        except (OSError, IndexError):  # it has ended
            continue
        found[process] = pages * os.sysconf("SC_PAGE_SIZE")
        waiting += [int(child) for line in children for child in line.split()]
    return found
