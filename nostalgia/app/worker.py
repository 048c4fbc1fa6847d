"""The worker: one process that holds the networks and does the tasks of a server.

It reads tasks from standard input and writes events to standard output, one JSON object a line. It
does them in two threads, so that a new photo is looked at while a clip is made. It ends, with the
processes that it has started, when its input ends.
"""

import json
import os
import queue
import signal
import threading
from typing import IO

from nostalgia.app.pictures import Shelf
from nostalgia.app.studio import Studio, Values
from nostalgia.app.wording import error_values
from nostalgia.errors import Cancelled
from nostalgia.pipeline import Animator
from nostalgia.progress import CancelToken
from nostalgia.registry import fault_of_others

LANES = ("look", "work")


class Worker:
    """Reads tasks, does them, and tells what happens."""

    def __init__(self, events: IO[str]) -> None:
        self._events, self._writing = events, threading.Lock()
        self._cancels: dict[str, CancelToken] = {}
        self._queues: dict[str, queue.SimpleQueue[Values]] = {
            lane: queue.SimpleQueue() for lane in LANES
        }

    def run(self, tasks: IO[str]) -> None:
        """Work until the input ends."""
        shelf = Shelf()
        for lane in LANES:
            target = self._do_all
            threading.Thread(target=target, args=(lane, shelf), name=lane, daemon=True).start()
        for line in tasks:
            message = json.loads(line)
            if (cancelled := message.get("cancel")) is not None:
                if (token := self._cancels.get(cancelled)) is not None:
                    token.cancel()
            else:
                self._cancels[message["id"]] = CancelToken()
                self._queues[message["lane"]].put(message)

    def _tell(self, task_id: str, event: str, values: Values) -> None:
        line = json.dumps({"id": task_id, "event": event, **values}, ensure_ascii=True)
        with self._writing:
            self._events.write(line + "\n")
            self._events.flush()

    def _do_all(self, lane: str, shelf: Shelf) -> None:
        studio = Studio(shelf, Animator())
        while True:
            message = self._queues[lane].get()
            self._do(studio, message)
            self._cancels.pop(message["id"], None)

    def _do(self, studio: Studio, message: Values) -> None:
        task_id = message["id"]

        def tell(event: str, values: Values) -> None:
            self._tell(task_id, event, values)

        cancel = self._cancels[task_id]
        try:
            cancel.check()
            result = studio.do(message["task"], message["args"], tell, cancel)
        except Cancelled:
            tell("cancelled", {})
        except Exception as error:  # noqa: BLE001 - the page says so, and the next task goes on
            shown = fault_of_others(error) or error
            tell("failed", {"error": error_values(shown)})
        else:
            tell("done", {"result": result})


def end_with_children() -> None:
    """End this process and all that it has started, at once."""
    if hasattr(os, "killpg") and os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Run the worker; started by `nostalgia.app.jobs`, in a process group of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server decides when it ends
    events = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # whatever a library prints is no event
    tasks = os.fdopen(os.dup(0), "r", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    try:
        Worker(events).run(tasks)
    finally:
        end_with_children()


if __name__ == "__main__":
    main()
