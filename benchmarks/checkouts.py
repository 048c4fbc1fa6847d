"""Checkouts to measure: a folder, or a commit in a temporary git worktree."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # encode and compare with this checkout, whichever is installed


class BenchmarkError(Exception):
    """A measurement that is not possible; the message says what to do."""


@dataclass(frozen=True)
class Side:
    """One of the things compared: a checkout, and the Python that has what it depends on."""

    name: str
    folder: Path
    python: str = sys.executable

    def command(self, *words: str | Path) -> list[str]:
        """The command line of this checkout."""
        return [self.python, "-m", "nostalgia", *map(str, words)]

    @property
    def environment(self) -> Mapping[str, str]:
        """Environment in which Python imports this checkout and no installed one."""
        return {**os.environ, "PYTHONPATH": str(self.folder), "PYTHONSAFEPATH": "1"}

    def require(self) -> str:
        """Check that this checkout's command line starts. Returns: its help on `animate`.

        Raises:
            BenchmarkError: it does not.
        """
        where = "import nostalgia; print(nostalgia.__file__)"
        if not Path(self._output(self.python, "-c", where).strip()).is_relative_to(self.folder):
            raise BenchmarkError(
                f"{self.python} does not import nostalgia from {self.folder}; name a checkout,"
                " the folder that holds pyproject.toml"
            )
        return self._output(*self.command("animate", "--help"))

    def _output(self, *command: str) -> str:
        try:
            done = subprocess.run(
                command,
                cwd=self.folder,
                env={**self.environment, "COLUMNS": "200"},
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
        except OSError as exc:
            raise BenchmarkError(
                f"{self.python} cannot be started ({exc.strerror}); name a Python with"
                f" --python-{self.name}"
            ) from exc
        if done.returncode != 0:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise BenchmarkError(
                f"{self.name}: nostalgia does not start in {self.folder} ({reason}); name a Python"
                f" that has what it depends on with --python-{self.name}"
            )
        return done.stdout


@contextmanager
def checked_out(reference: str, repository: Path = ROOT) -> Iterator[Path]:
    """The folder of a checkout: `reference` itself if it is a folder, else that commit's files.

    A commit is checked out into a temporary git worktree, which is removed when the block ends.

    Raises:
        BenchmarkError: it is neither, or git cannot check it out.
    """
    if Path(reference).is_dir():
        yield Path(reference).resolve()
        return
    try:
        commit = _git(repository, "rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}")
    except BenchmarkError as exc:
        raise BenchmarkError(
            f"{reference}: neither a folder nor a commit of {repository}; name one of them, such"
            " as HEAD~1 (git log shows commits)"
        ) from exc
    parent = Path(tempfile.mkdtemp(prefix="nostalgia-checkout-"))
    folder = parent / commit.strip()[:12]
    try:
        _git(repository, "worktree", "add", "--detach", "--force", str(folder), commit.strip())
        yield folder.resolve()
    finally:
        with _uninterrupted():
            shutil.rmtree(parent, ignore_errors=True)
            _forget(repository, folder)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGTERM end the program as Ctrl-C does, so that what it made is removed."""

    def end(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ignore a second Ctrl-C while the first one is followed by the clean-up."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _forget(repository: Path, folder: Path) -> None:
    """Remove a worktree that has no files any more from git's list, if it is there."""
    listed = _git(repository, "worktree", "list", "--porcelain").splitlines()
    if any(line.startswith("worktree ") and Path(line[9:]).name == folder.name for line in listed):
        _git(repository, "worktree", "remove", "--force", "--force", str(folder))


def _git(repository: Path, *words: str) -> str:
    """Run git, out of reach of Ctrl-C. Returns: what it prints."""
    try:
        done = subprocess.run(
            ["git", "-C", str(repository), *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
        )
    except OSError as exc:
        raise BenchmarkError(
            f"git cannot be started ({exc.strerror}); install it, or name folders"
        ) from exc
    if done.returncode != 0:
        raise BenchmarkError(f"git {words[0]} {words[1]} failed: {done.stderr.strip()}")
    return done.stdout
