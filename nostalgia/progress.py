"""How long each stage takes, and somebody who is told how far it is."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Progress = Callable[[str, float], None]
"""Called with the name of the stage and how much of it is done, 0..1."""


@dataclass(slots=True)
class Stopwatch:
    """Adds up the seconds of each stage and tells the listener, if there is one."""

    progress: Progress | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the block as the stage `name`."""
        self.tell(name, 0.0)
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start
        self.tell(name, 1.0)

    def tell(self, name: str, done: float) -> None:
        """Say how much of a stage is done, 0..1."""
        if self.progress is not None:
            self.progress(name, done)
