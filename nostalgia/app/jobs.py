"""The jobs of a session: queued in two lanes, done one after the other by the worker."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nostalgia.app.worker_process import WorkerProcess

Values = dict[str, Any]
Listener = Callable[[str, Values], None]
"""Called with an event of a job and its values: started, progress, found, states, done, failed,
cancelled. The last three end it."""

LOOK, WORK = "look", "work"
"""Lanes: for what is wanted at once, and for clips and albums."""

ENDS = ("done", "failed", "cancelled")
PATIENCE_S = 4.0
"""A cancelled job that has not ended by then ends with its worker."""
_STOPPED = "the program that does the work was stopped; try again"
_ATTEMPTS = 2


@dataclass(eq=False, slots=True)
class Job:
    """A task for the worker. retry: True to do it again if the worker dies of another job."""

    id: str
    lane: str
    task: str
    args: Mapping[str, Any]
    listener: Listener
    retry: bool = False
    attempts: int = 0
    cancelled: bool = field(default=False)


class Jobs:
    """Queues of jobs and the one worker process; a crash of it is a failed job."""

    def __init__(self, temporary: Path) -> None:
        self._temporary = temporary
        self._lock = threading.RLock()
        self._waiting: dict[str, deque[Job]] = {LOOK: deque(), WORK: deque()}
        self._running: dict[str, Job] = {}
        self._closed = False
        self._worker: WorkerProcess | None = None
        self._timers: set[threading.Timer] = set()

    def start(self) -> None:
        """Start the worker, which loads its networks at once."""
        with self._lock:
            self._worker = self._started()

    @property
    def worker_pid(self) -> int:
        """Number of the worker's process; 0 without one."""
        with self._lock:
            return self._worker.pid if self._worker else 0

    def put(self, job: Job) -> None:
        """Queue a job."""
        with self._lock:
            self._waiting[job.lane].append(job)
            self._send_next(job.lane)

    def cancel(self, job_id: str) -> None:
        """Stop a job; one that waits is dropped, one that runs ends within a frame or so."""
        with self._lock:
            for waiting in self._waiting.values():
                for job in [each for each in waiting if each.id == job_id]:
                    waiting.remove(job)
                    job.listener("cancelled", {})
            for job in self._running.values():
                if job.id == job_id and not job.cancelled and self._worker is not None:
                    job.cancelled = True
                    self._worker.send({"cancel": job_id})
                    self._end_later(job)

    def close(self) -> None:
        """End the worker and all that it has started."""
        with self._lock:
            self._closed = True
            worker, self._worker = self._worker, None
            for timer in self._timers:
                timer.cancel()
        if worker is not None:
            worker.kill()

    def _started(self) -> WorkerProcess:
        worker = WorkerProcess(self._temporary, self._happened, self._ended)
        worker.send({"id": "warm", "lane": LOOK, "task": "warm", "args": {}})
        return worker

    def _send_next(self, lane: str) -> None:
        if lane in self._running or not self._waiting[lane] or self._closed:
            return
        job = self._running[lane] = self._waiting[lane].popleft()
        job.attempts += 1
        job.listener("started", {})
        if self._worker is None:
            self._worker = self._started()
        self._worker.send({"id": job.id, "lane": lane, "task": job.task, "args": dict(job.args)})

    def _happened(self, event: Values) -> None:
        with self._lock:
            job = next((each for each in self._running.values() if each.id == event["id"]), None)
            if job is None or self._closed:
                return
            kind = event["event"]
            if kind in ENDS:
                del self._running[job.lane]
            job.listener(kind, event)
            if kind in ENDS:
                self._send_next(job.lane)

    def _ended(self, worker: WorkerProcess) -> None:
        """The worker has died: its jobs fail, or are tried once more; the next ones go on."""
        with self._lock:
            if self._closed or worker is not self._worker:
                return
            self._worker = None
            lost, self._running = list(self._running.values()), {}
            for job in lost:
                if job.cancelled:
                    job.listener("cancelled", {})
                elif job.retry and job.attempts < _ATTEMPTS:
                    self._waiting[job.lane].appendleft(job)
                else:
                    job.listener("failed", {"error": {"kind": "stopped", "text": _STOPPED}})
            for lane in self._waiting:
                self._send_next(lane)

    def _end_later(self, job: Job) -> None:
        """Kill the worker if the job has not ended in time."""

        def end() -> None:
            with self._lock:
                self._timers.discard(timer)
                worker = self._worker if self._running.get(job.lane) is job else None
            if worker is not None:
                worker.kill()

        timer = threading.Timer(PATIENCE_S, end)
        timer.daemon = True
        self._timers.add(timer)
        timer.start()
