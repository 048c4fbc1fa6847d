"""Commits are checked out beside the repository, and nothing of them stays."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from checkouts import ROOT, BenchmarkError, Side, checked_out

BENCHMARKS = ROOT / "benchmarks"
WAITS = """
import sys, time
from pathlib import Path
from checkouts import checked_out, ended_by_signals
with ended_by_signals(), checked_out("HEAD", Path(sys.argv[1])) as folder:
    print(folder, flush=True)
    time.sleep(60)
"""


def git(folder: Path, *words: str) -> str:
    name = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    command = ["git", "-C", str(folder), *name, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose last two commits hold a file with the words "old" and "new"."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q")
    for word in ("old", "new"):
        (folder / "word.txt").write_text(word)
        git(folder, "add", ".")
        git(folder, "commit", "-qm", word)
    return folder


def worktrees(repository: Path) -> int:
    return git(repository, "worktree", "list").count("\n") + 1


def test_a_commit_is_checked_out_for_as_long_as_the_block_lasts(repository: Path) -> None:
    with checked_out("HEAD~1", repository) as folder:
        assert (folder / "word.txt").read_text() == "old"
        assert folder.name == git(repository, "rev-parse", "HEAD~1")[:12]
        assert worktrees(repository) == 2
    assert not folder.parent.exists()
    assert worktrees(repository) == 1
    assert (repository / "word.txt").read_text() == "new"


def test_the_same_commit_may_be_both_sides(repository: Path) -> None:
    with checked_out("HEAD", repository) as one, checked_out("HEAD", repository) as other:
        assert one != other
    assert worktrees(repository) == 1


def test_a_failure_leaves_nothing(repository: Path) -> None:
    with pytest.raises(KeyboardInterrupt), checked_out("HEAD", repository) as folder:
        (folder / "made.txt").write_text("by a run")
        raise KeyboardInterrupt
    assert not folder.parent.exists()
    assert worktrees(repository) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals end a process of Windows at once")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_a_signal_leaves_nothing(repository: Path, number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WAITS, str(repository)],
        env={"PYTHONPATH": str(BENCHMARKS), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        folder = Path(process.stdout.readline().strip())
        assert folder.is_dir() and worktrees(repository) == 2
        process.send_signal(number)
    assert process.returncode != 0
    assert not folder.parent.exists()
    assert worktrees(repository) == 1


def test_a_folder_is_used_as_it_is(repository: Path) -> None:
    with checked_out(str(repository)) as folder:
        assert folder == repository.resolve()
    assert repository.exists()


def test_what_is_neither_a_folder_nor_a_commit_is_refused(repository: Path) -> None:
    with pytest.raises(BenchmarkError, match="nosuch: neither a folder nor a commit.*HEAD~1"):
        with checked_out("nosuch", repository):
            pass
    assert worktrees(repository) == 1


def test_a_folder_without_nostalgia_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="pyproject.toml|--python-before"):
        Side("before", tmp_path).require()


def test_a_python_that_cannot_run_the_checkout_is_named(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="cannot be started.*--python-after"):
        Side("after", ROOT, str(tmp_path / "nosuch")).require()
    (tmp_path / "nostalgia").mkdir()
    (tmp_path / "nostalgia" / "__init__.py").write_text("import nosuchpackage")
    with pytest.raises(BenchmarkError, match="No module named 'nosuchpackage'.*--python-before"):
        Side("before", tmp_path).require()
