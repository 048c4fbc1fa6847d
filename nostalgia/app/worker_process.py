"""The worker's process, seen from the server: started, spoken to, and ended with its children."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

Values = dict[str, Any]
_END_S = 1.0
_MALLOC = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "1048576",
    "MALLOC_TRIM_THRESHOLD_": "1048576",
}
"""Of glibc: give the memory of photos back to the system. 30 photos leave 27 MB, else 130."""


def shows_tracebacks() -> bool:
    """True if the environment variable NOSTALGIA_DEBUG asks for tracebacks in the terminal."""
    return os.environ.get("NOSTALGIA_DEBUG", "") not in ("", "0")


class WorkerProcess:
    """One process. `on_event` and `on_end` are called in a thread of its own."""

    def __init__(
        self,
        temporary: Path,
        on_event: Callable[[Values], None],
        on_end: Callable[["WorkerProcess"], None],
    ) -> None:
        """Start it; its temporary files lie in the folder `temporary`."""
        places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "nostalgia.app.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if shows_tracebacks() else subprocess.DEVNULL,
            env={**_MALLOC, **os.environ, **places},
            start_new_session=True,
        )
        self._on_event, self._on_end = on_event, on_end
        self._writing = threading.Lock()
        threading.Thread(target=self._read, name="nostalgia-worker-events", daemon=True).start()

    @property
    def pid(self) -> int:
        """Number of the process, which is that of its group too."""
        return self._process.pid

    def send(self, message: Values) -> None:
        """Send a message; one that is sent to a dead process is lost, and `on_end` follows."""
        pipe = self._process.stdin
        assert pipe is not None
        try:
            with self._writing:
                pipe.write(json.dumps(message).encode() + b"\n")
                pipe.flush()
        except (OSError, ValueError):
            return

    def kill(self) -> None:
        """End it at once, with ffmpeg and whatever else it has started."""
        try:
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        except (ProcessLookupError, PermissionError):
            pass
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            return

    def _read(self) -> None:
        tasks, events = self._process.stdin, self._process.stdout
        assert tasks is not None and events is not None
        try:
            with events:
                for line in events:
                    if line.endswith(b"\n"):  # the last one is cut off if it was killed
                        self._on_event(json.loads(line))
        finally:
            self.kill()  # its children too, if it died by itself
            with self._writing, suppress(OSError):
                tasks.close()
            self._on_end(self)
