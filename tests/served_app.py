"""`nostalgia app` in a process of its own, and a client that speaks to it as the page does."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

PATIENCE_S = 60.0
ENDED = ("done", "failed", "cancelled")


class Served:
    """A running server. folder: where its temporary files lie, and nothing else."""

    def __init__(self, folder: Path, *words: str, **environment: str) -> None:
        if os.name == "nt":
            pytest.skip("a test cannot send Ctrl-C to a single process on Windows")
        self.folder = folder
        places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nostalgia", "app", "--no-browser", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **places, **environment},
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.link = self.process.stdout.readline().strip()
        found = re.fullmatch(r"http://(127\.0\.0\.1:\d+)/#c=([\w-]+)", self.link)
        assert found, self.link or self.process.communicate()
        self.host, self.code = found.groups()
        self.token = ""

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Status, body (as JSON, if it is some) and headers of a reply; nothing is added."""
        connection = http.client.HTTPConnection(self.host, timeout=PATIENCE_S)
        connection.request(method, path, body, dict(headers or {}))
        reply = connection.getresponse()
        content = reply.read()
        connection.close()
        try:
            values = json.loads(content) if content else None
        except ValueError:
            values = content
        return reply.status, values, {key.lower(): value for key, value in reply.getheaders()}

    def enter(self) -> "Served":
        """Exchange the code for the token."""
        status, values, _ = self.post("/api/enter", {"code": self.code})
        assert status == 200, values
        self.token = values["token"]
        return self

    def own(self, **more: str) -> dict[str, str]:
        """Headers of the page."""
        return {"X-Nostalgia-Token": self.token, **more}

    def post(self, path: str, values: Any) -> tuple[int, Any, Mapping[str, str]]:
        headers = self.own(**{"Content-Type": "application/json"})
        return self.request("POST", path, json.dumps(values), headers)

    def delete(self, path: str) -> int:
        return self.request("DELETE", path, headers=self.own())[0]

    def items(self) -> dict[str, dict[str, Any]]:
        """Everything that the session has, by its id."""
        connection = http.client.HTTPConnection(self.host, timeout=PATIENCE_S)
        connection.request("GET", "/api/changes", headers=self.own())
        with connection.getresponse() as reply:
            values = json.loads(reply.readline())
        connection.close()
        return {item["id"]: item for item in values["items"]}

    def wait(self, item_id: str, *states: str) -> dict[str, Any]:
        """The item, once it is in one of these states."""
        return self.until(lambda items: items[item_id]["state"] in states)[item_id]

    def until(self, condition: Callable[[dict[str, Any]], bool]) -> dict[str, dict[str, Any]]:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            items = self.items()
            if condition(items):
                return items
            time.sleep(0.05)
        raise AssertionError(self.items())

    def add(self, photo: Path | bytes, name: str = "photo.png") -> str:
        """Upload a photo; returns its id."""
        body = photo if isinstance(photo, bytes) else photo.read_bytes()
        status, values, _ = self.request(
            "PUT", "/api/photos", body, self.own(**{"X-File-Name": quote(name)})
        )
        assert status == 201, (status, values)
        return values["id"]

    def make(self, photo: str, look: str = "clip", **options: Any) -> str:
        """Ask for a clip; returns its id."""
        values = {"look": look, "options": options}
        status, made, _ = self.post(f"/api/photos/{photo}/clips", values)
        assert status == 201, (status, made)
        return made["id"]

    def processes(self) -> set[int]:
        """The processes below the server's, in any group; on Linux only."""
        return descendants(self.process.pid)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(timeout=15)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        return code

    def left_behind(self) -> list[str]:
        """What lies in the folder of temporary files."""
        return sorted(path.name for path in self.folder.iterdir())

    @contextmanager
    def watching(self) -> Iterator[None]:
        """A page that follows the changes, as every open page does."""
        connection = http.client.HTTPConnection(self.host, timeout=PATIENCE_S)
        connection.request("GET", "/api/changes", headers=self.own())
        reply = connection.getresponse()
        reply.readline()
        drain = threading.Thread(target=reply.read, daemon=True)
        drain.start()
        yield
        drain.join(timeout=10)
        assert not drain.is_alive()
        reply.close()
        connection.close()


def descendants(pid: int) -> set[int]:
    """Numbers of all processes that a process has started, and those of theirs."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = status.read_text()
        except OSError:
            continue
        fields = text.rpartition(")")[2].split()
        if fields[0] != "Z":
            parents[int(status.parent.name)] = int(fields[1])
    found: set[int] = set()
    level = {pid}
    while level := {child for child, parent in parents.items() if parent in level}:
        found |= level
    return found


@contextmanager
def served(folder: Path, *words: str, **environment: str) -> Iterator[Served]:
    """A server, which the page has entered; ended in any case."""
    server = Served(folder, *words, **environment)
    try:
        yield server.enter()
    finally:
        server.end()
