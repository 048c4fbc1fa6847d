"""The store accepts weight files that the manifest lists, and never runs anything in one."""

import hashlib
import os
import pickle
import zipfile
from pathlib import Path

import pytest

from nostalgia.errors import CheckpointError
from nostalgia.weights import store as checkpoint_store
from nostalgia.weights.manifest import manifest_row
from nostalgia.weights.store import import_file, store_folder, stored_checkpoint, verify
from tests.weights_server import CONTENT, PAGE, write_manifest

UNPROVEN = 'hash = "nobody publishes one"\n'


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "checkpoints"
    monkeypatch.setenv("NOSTALGIA_CHECKPOINTS", str(folder))
    monkeypatch.setenv("NOSTALGIA_CHECKPOINT_STORE", str(tmp_path / "store"))
    write_manifest(folder, "https://example.org/some.pth.tar")
    return tmp_path / "store"


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """The listed file, under another name."""
    file = tmp_path / "from a friend.bin"
    file.write_bytes(CONTENT)
    return file


def allow_other_hashes(store: Path) -> None:
    manifest = store.with_name("checkpoints") / "manifest.toml"
    manifest.write_text(manifest.read_text() + UNPROVEN)


def other_file(folder: Path, name: str = "some.pth.tar") -> Path:
    file = folder / name
    file.write_bytes(CONTENT[:-1] + b"?")
    return file


def test_the_store_is_the_users_own_folder(monkeypatch) -> None:
    monkeypatch.setenv("NOSTALGIA_CHECKPOINT_STORE", "/somewhere")
    assert store_folder() == Path("/somewhere")
    monkeypatch.delenv("NOSTALGIA_CHECKPOINT_STORE")
    usual = store_folder()
    assert usual.name == "checkpoints" and usual.is_absolute() and "nostalgia" in usual.parts


def test_missing_weights_name_the_command_that_downloads_them(store) -> None:
    with pytest.raises(CheckpointError, match="run `nostalgia checkpoints pull some-weights`"):
        stored_checkpoint("some-weights")
    with pytest.raises(CheckpointError, match="is missing; run `nostalgia checkpoints pull"):
        verify(manifest_row("some-weights"))


def test_a_file_that_ships_is_found_where_it_ships() -> None:
    assert stored_checkpoint("face-mesh").name == "face_mesh.onnx"
    assert verify(manifest_row("face-mesh"))


def test_a_listed_file_is_recognised_by_its_hash_and_copied(store, given) -> None:
    row = import_file(given)
    assert row.name == "some-weights"
    assert stored_checkpoint("some-weights") == store / "some.pth.tar"
    assert (store / "some.pth.tar").read_bytes() == given.read_bytes() == CONTENT
    assert verify(row)
    assert [path.name for path in store.iterdir()] == ["some.pth.tar"]
    import_file(store / "some.pth.tar")  # from the store itself
    assert verify(row)


def test_a_file_that_was_cut_later_is_noticed(store, given) -> None:
    row = import_file(given)
    kept = store / "some.pth.tar"
    kept.write_bytes(CONTENT[:-5])
    with pytest.raises(CheckpointError, match="hold 699995 bytes instead of 700000; run `nosta"):
        stored_checkpoint("some-weights")
    with pytest.raises(CheckpointError, match="is damaged: it has 699995 of 700000 bytes"):
        verify(row)
    kept.write_bytes(CONTENT[:-1] + b"?")
    with pytest.raises(CheckpointError, match="is damaged: its SHA-256 begins with"):
        verify(row)


def test_a_page_put_into_the_store_by_hand_is_named(store) -> None:
    store.mkdir()
    (store / "some.pth.tar").write_bytes(PAGE)
    with pytest.raises(CheckpointError, match="is a web page, not weights"):
        stored_checkpoint("some-weights")


def test_an_unknown_file_needs_the_name_of_its_row(store, tmp_path) -> None:
    with pytest.raises(CheckpointError, match="choose its row with listed_as: some-weights"):
        import_file(other_file(tmp_path, "what.bin"))
    with pytest.raises(CheckpointError, match="is not the file that the manifest lists as some-w"):
        import_file(other_file(tmp_path, "what.bin"), "some-weights")
    with pytest.raises(CheckpointError, match="no weights are called 'magic'"):
        import_file(other_file(tmp_path, "what.bin"), "magic")


def test_another_hash_is_always_refused_if_the_listed_one_is_proven(store, tmp_path) -> None:
    for accept in (False, True):
        with pytest.raises(CheckpointError, match="run `nostalgia checkpoints pull some-weights`"):
            import_file(other_file(tmp_path), accept_hash=accept)
    assert not store.exists()


def test_another_hash_is_accepted_on_request_if_the_listed_one_is_unproven(store, tmp_path) -> None:
    allow_other_hashes(store)
    file = other_file(tmp_path, "some.pth.tar")
    with pytest.raises(
        CheckpointError,
        match=r"nobody publishes one.* listed_as='some-weights' and accept_hash=True",
    ):
        import_file(file)
    opened: list[Path] = []
    row = import_file(file, accept_hash=True, reader=lambda _: opened.append)
    assert opened == [file]
    assert stored_checkpoint("some-weights").read_bytes() == file.read_bytes()
    assert not verify(row)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert (store / "some.pth.tar.sha256").read_text() == f"{digest}  some.pth.tar\n"
    (store / "some.pth.tar").write_bytes(b"x" * 5000)
    with pytest.raises(CheckpointError, match="is damaged"):
        verify(row)


def test_the_message_of_a_reader_that_refuses_comes_first(store, tmp_path) -> None:
    allow_other_hashes(store)

    def refuse(path: Path) -> None:
        raise CheckpointError(f"{path.name} holds code")

    with pytest.raises(
        CheckpointError,
        match="holds code; its SHA-256 .*; run `nostalgia checkpoints pull some-weights`",
    ):
        import_file(other_file(tmp_path), reader=lambda _: refuse, accept_hash=True)
    assert not store.exists()


class _Bomb:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.mark),)


def half_a_zip(folder: Path) -> bytes:
    with zipfile.ZipFile(folder / "whole.zip", "w") as archive:
        archive.writestr("archive/data.pkl", os.urandom(5000))
    return (folder / "whole.zip").read_bytes()[:3000]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda _: PAGE, "is a web page, not weights"),
        (lambda _: b"\xef\xbb\xbf\r\n<html>" + b" " * 2000, "is a web page, not weights"),
        (lambda _: b"version https://git-lfs.github.com/spec/v1\noid sha256:ab", "git-lfs pointer"),
        (lambda _: b"", "has 0 bytes, too few for weights"),
        (half_a_zip, "is cut off: the end of its zip archive is missing"),
        (lambda _: CONTENT[:5000], "it has 5000 of 700000 bytes, so it is cut off"),
        (lambda folder: pickle.dumps([_Bomb(folder / "run"), "x" * 2000]), "so it is cut off or"),
    ],
)
def test_files_that_are_not_weights_are_named_and_not_imported(
    store, tmp_path, content, words
) -> None:
    file = tmp_path / "some.pth.tar"
    file.write_bytes(content(tmp_path))
    with pytest.raises(CheckpointError, match=words):
        import_file(file)
    assert not store.exists()
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["none.pth", "."])
def test_a_path_without_a_file_is_an_error(store, tmp_path, name: str) -> None:
    with pytest.raises(CheckpointError, match="cannot be read"):
        import_file(tmp_path / name)


def test_what_ships_cannot_be_imported(tmp_path) -> None:
    with pytest.raises(CheckpointError, match="face-mesh ships with nostalgia"):
        import_file(other_file(tmp_path), "face-mesh")


def test_a_store_that_cannot_be_written_is_an_error_and_leaves_nothing(store, given) -> None:
    store.write_text("a file where the folder should be")
    with pytest.raises(CheckpointError, match="set NOSTALGIA_CHECKPOINT_STORE to another folder"):
        import_file(given)


def test_a_copy_that_fails_leaves_nothing(store, given, monkeypatch) -> None:
    def half(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:1000])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint_store.shutil, "copyfile", half)
    with pytest.raises(CheckpointError, match=r"\(No space left on device\); free some space"):
        import_file(given)
    assert list(store.iterdir()) == []


def test_the_best_available_weights_of_a_backend_are_used(monkeypatch) -> None:
    here = {"fomm-vox"}

    def stored(name: str) -> Path:
        if name not in here:
            raise CheckpointError(f"no {name}")
        return Path(name)

    monkeypatch.setattr(checkpoint_store, "stored_checkpoint", stored)
    assert checkpoint_store.stored_weights("motion/fomm") == Path("fomm-vox")
    here.add("fomm-vox-adv")
    assert checkpoint_store.stored_weights("motion/fomm") == Path("fomm-vox-adv")
    here.clear()
    with pytest.raises(CheckpointError, match="no fomm-vox-adv"):
        checkpoint_store.stored_weights("motion/fomm")
