"""`nostalgia checkpoints`: what it says, its exit codes, and that no file of weights is run."""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from nostalgia.weights import download as fetching
from nostalgia.weights import store as checkpoint_store
from tests.motion.fomm.random_model import content, random_model, save
from tests.weights_server import CONTENT, PAGE, WeightsServer, give, serving, write_manifest


@pytest.fixture
def server() -> Iterator[WeightsServer]:
    with serving() as state:
        yield state


@pytest.fixture
def some_weights(tmp_path: Path, monkeypatch, server: WeightsServer) -> Path:
    """A manifest of one row, from a server that has the file; returns where it will be kept."""
    monkeypatch.setenv("NOSTALGIA_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("no_proxy", "*")
    server.answers["/some"] = give()
    write_manifest(tmp_path / "checkpoints", server.url("/some"))
    return Path(os.environ["NOSTALGIA_CHECKPOINT_STORE"]) / "some.pth.tar"


def test_list_shows_what_ships_and_what_is_missing(run) -> None:
    result = run("checkpoints", "list", "--json")
    assert result.exit_code == 0, result.output
    rows = {row["name"]: row for row in map(json.loads, result.stdout.splitlines())}
    assert rows["face-mesh"]["state"] == "ships" and Path(rows["face-mesh"]["path"]).is_file()
    vox = rows["fomm-vox"]
    assert (vox["state"], vox["path"], vox["size"]) == ("missing", None, 728_766_691)
    assert vox["unproven"]["licence"] and vox["unproven"]["hash"] and vox["urls"]
    plain = run("checkpoints", "list")
    assert len(plain.stdout.splitlines()) == len(rows)
    assert re.search(r"missing +728\.8 MB  motion/fomm", plain.stdout)
    assert "nostalgia checkpoints pull NAME" in plain.stderr


def test_licenses_say_what_is_unproven(run) -> None:
    result = run("checkpoints", "licenses")
    assert result.exit_code == 0
    assert "CC BY-NC 4.0" in result.stdout and "VoxCeleb" in result.stdout
    assert "face-mesh\n  licence:  Apache-2.0" in result.stdout


def test_pull_names_the_file_its_source_and_its_licence(run, some_weights, server) -> None:
    result = run("checkpoints", "pull", "some-weights")
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{some_weights}\n"
    for words in (
        "downloading some-weights: some.pth.tar, 700 kB",
        "from:     127.0.0.1",
        "licence:  Of the test",
        "unproven: whether it may be kept",
    ):
        assert words in result.stderr
    assert some_weights.read_bytes() == CONTENT
    again = run("checkpoints", "pull", "some-weights")
    assert again.stdout == f"some-weights is already stored: {some_weights}\n"
    assert len(server.asked) == 1
    assert run("checkpoints", "path", "some-weights").stdout == f"{some_weights}\n"
    assert run("checkpoints", "verify").stdout == "some-weights: matches the manifest\n"


def test_pull_mends_a_damaged_file(run, some_weights) -> None:
    some_weights.parent.mkdir()
    some_weights.write_bytes(CONTENT[:-1])
    assert run("checkpoints", "verify").exit_code == 6
    result = run("checkpoints", "pull", "some-weights")
    assert result.exit_code == 0
    assert "warning: some-weights" in result.stderr and "is damaged" in result.stderr
    assert some_weights.read_bytes() == CONTENT


def test_pull_replaces_a_file_that_was_accepted(run, some_weights) -> None:
    some_weights.parent.mkdir()
    some_weights.write_bytes(b"another")
    note = checkpoint_store.note_path(some_weights)
    note.write_text(f"{hashlib.sha256(b'another').hexdigest()}  some.pth.tar\n")
    result = run("checkpoints", "pull", "some-weights")
    assert result.exit_code == 0
    assert "your imported some.pth.tar will be replaced by the listed one" in result.stderr
    assert some_weights.read_bytes() == CONTENT and not note.exists()


def test_an_interrupted_pull_names_what_resumes_it(run, some_weights, monkeypatch) -> None:
    def stop(done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    real = fetching.pull
    monkeypatch.setattr(fetching, "pull", lambda row, show, remark: real(row, stop, remark))
    result = run("checkpoints", "pull", "some-weights")
    assert result.exit_code == 130
    assert "to resume, run: nostalgia checkpoints pull some-weights" in result.stderr
    assert not some_weights.exists()
    monkeypatch.undo()


def test_pull_that_finds_a_page_ends_in_one_sentence(run, some_weights, server) -> None:
    server.answers["/some"] = give(PAGE, kind="text/html")
    result = run("checkpoints", "pull", "some-weights")
    assert result.exit_code == 6
    errors = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert "sent a web page" in errors[0]
    assert "nostalgia checkpoints import FILE" in errors[0]
    assert not some_weights.exists()


def test_shipped_weights_are_not_downloaded(run) -> None:
    result = run("checkpoints", "pull", "face-mesh")
    assert result.exit_code == 0
    assert result.stdout.startswith("face-mesh ships with nostalgia: ")


@pytest.mark.parametrize("command", ["pull", "path", "verify"])
def test_an_unknown_name_is_refused(run, command: str) -> None:
    result = run("checkpoints", command, "magic")
    assert result.exit_code == 6
    assert (
        "no weights are called 'magic'; choose from colour-patches, damage, damage-pixels"
        in result.stderr
    )


@pytest.mark.parametrize("command", ["path", "verify"])
def test_missing_weights_name_the_command_that_downloads_them(run, command: str) -> None:
    result = run("checkpoints", command, "gfpgan-1.4")
    assert result.exit_code == 6
    assert "run `nostalgia checkpoints pull gfpgan-1.4`" in result.stderr


class _Bomb:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("as_zip", [False, True], ids=["legacy", "zip"])
@pytest.mark.parametrize("accept", [[], ["--accept-hash"]], ids=["refused", "accepted"])
@pytest.mark.parametrize("name", ["fomm-vox-adv", "gfpgan-1.4"])
def test_code_in_a_file_is_refused_and_not_run(run, tmp_path, as_zip, accept, name) -> None:
    saved = content(random_model())
    saved["epoch"] = _Bomb(tmp_path / "run")
    file = save(tmp_path / "evil.pth.tar", saved, as_zip=as_zip)
    result = run("checkpoints", "import", file, "--as", name, *accept)
    assert result.exit_code == 6
    assert "more than weights" in result.stderr
    assert not (tmp_path / "run").exists()
    assert not Path(os.environ["NOSTALGIA_CHECKPOINT_STORE"]).exists()


def test_import_takes_weights_of_another_hash_when_asked(run, tmp_path) -> None:
    file = save(tmp_path / "vox-adv-cpk.pth.tar", content(random_model()), as_zip=False)
    refused = run("checkpoints", "import", file)
    assert refused.exit_code == 6
    assert "its MD5 begins with" in refused.stderr and "--accept-hash" in refused.stderr
    taken = run("checkpoints", "import", file, "--accept-hash")
    assert taken.exit_code == 0, taken.output
    kept = Path(taken.stdout.removeprefix("fomm-vox-adv: ").strip())
    assert kept.read_bytes() == file.read_bytes()
    assert "not the file that the manifest lists" in taken.stderr
    verified = run("checkpoints", "verify", "fomm-vox-adv")
    assert verified.exit_code == 0
    assert "unchanged since you imported it" in verified.stdout


def test_without_torch_only_the_listed_file_is_imported(run, some_weights, tmp_path) -> None:
    listed, other = tmp_path / "listed.pth", tmp_path / "other.pth"
    listed.write_bytes(CONTENT)
    other.write_bytes(CONTENT + b"more")
    code = "import sys; sys.modules['torch'] = None; sys.argv = ['nostalgia', *sys.argv[1:]]"
    code += "\nfrom nostalgia.cli.app import main; main()"

    def imported(file: Path) -> subprocess.CompletedProcess[str]:
        words = ("checkpoints", "import", str(file), "--as", "some-weights")
        return subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False
        )

    refused = imported(other)
    assert refused.returncode == 6, refused.stderr
    assert "reading it needs torch" in refused.stderr
    assert "run: pip install 'photo-nostalgia[learned]'" in refused.stderr
    taken = imported(listed)
    assert taken.returncode == 0, taken.stderr
    assert some_weights.read_bytes() == CONTENT


def test_import_of_other_tensors_is_refused(run, tmp_path) -> None:
    torch.save({"generator": torch.zeros(500)}, tmp_path / "vox-adv-cpk.pth.tar")
    result = run("checkpoints", "import", tmp_path / "vox-adv-cpk.pth.tar", "--accept-hash")
    assert result.exit_code == 6
    assert "cannot be used as weights of the First Order Motion Model" in result.stderr


def test_import_of_a_page_or_half_a_file_is_refused(run, some_weights, tmp_path) -> None:
    for number, (file, words) in enumerate(((PAGE, "web page"), (CONTENT[:9000], "cut off"))):
        given = tmp_path / f"{number}.pth.tar"
        given.write_bytes(file)
        result = run("checkpoints", "import", given, "--as", "some-weights")
        assert result.exit_code == 6
        assert result.stderr.startswith("error: ") and words in result.stderr
        assert len(result.stderr.splitlines()) == 1
    assert not some_weights.exists()
