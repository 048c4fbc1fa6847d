"""Fingerprints and journals of the first version stay valid: no old clip is rendered again."""

import json
import sqlite3
from dataclasses import fields, replace
from pathlib import Path

import made_batch
import pytest

from nostalgia.album.batch import runner
from nostalgia.album.batch.fingerprint import Fingerprints, fingerprint
from nostalgia.album.batch.journal import Journal, Row
from nostalgia.album.batch.request import (
    JOURNAL_FILE,
    BatchRequest,
    request_as_json,
    request_from_json,
)
from nostalgia.album.batch.stored_options import format_1
from nostalgia.album.batch.tasks import Task
from nostalgia.album.state import State
from nostalgia.errors import DriverError, InputError
from nostalgia.files import checkpoints_folder, sha256_of
from nostalgia.options import AnimateOptions

TUNED = {
    "faces": "1,3", "order": "largest", "strength": 0.5, "smile": 0.25, "blink": 1.5, "turn": 2.0,
    "gaze": 0.0, "enhance": 0.75, "fidelity": 0.25, "seed": 7, "fps": 12.5, "duration_s": 1.5,
    "once_then_still": True, "crop": "face", "side_by_side": True, "preview": True,
    "max_side": 400, "format": "gif", "min_face_px": 20.0, "max_yaw_deg": 45.0, "device": "cuda",
    "driver": "smile", "size": "full",
}  # fmt: skip
FOMM = {
    "output": "network", "movement": "absolute", "adapt_scale": False, "align_corners": False,
    "smoothing": 0.3, "precision": "float32", "landmarks": "mesh",
}  # fmt: skip


def with_motion_options(options: AnimateOptions, **values) -> AnimateOptions:
    return replace(options, motion_options=values)


PINNED = [
    (
        AnimateOptions(label=True, enhance=0.5),
        {},
        "6459add4310bfd4fb26757d12e88d8c59214bb2f250bd46d67158106b1dd8ed8",
    ),
    (
        AnimateOptions(**{**TUNED, "size": None}),
        {"crop_px": (10.0, 20.5, 30.0, 40.0)},
        "44171454b7699bdd1b24227460a0bb669d999d1acfec855c91b4870add4d9ebd",
    ),
    (
        with_motion_options(
            AnimateOptions(motion="fomm", loop=3, driver="nod:mirrored", enhance=0.5), **FOMM
        ),
        {"crop_share": (0.25, 0.0, 0.5, 1.0), "face_limit": 2},
        "6d0b148f27ae7c0610b580ac4273d623726c107c0ba94293fe59b1ab7312921c",
    ),
]
"""Options, further fields of the task, and its fingerprint as commit 0d1902e computed it."""

STORED = {
    "album_title": "", "consent": {"I1": "yes"}, "executor": "ray", "glob": "**/*",
    "include_living": False, "jobs": 3, "limit": None, "media": ["/photos"],
    "options": {
        "audio": None, "blink": 1.0, "checkpoint": None, "crop": "photo", "detection": "embedded",
        "device": "cpu", "driver": "auto", "duration_s": None, "enhance": 0.5,
        "enhancement": "embedded", "enhancement_checkpoint": None, "face_box": None,
        "face_drivers": {}, "face_strengths": {}, "faces": "all", "fidelity": 0.5,
        "fomm": {
            "adapt_scale": True, "align_corners": True, "landmarks": "mesh",
            "movement": "relative", "output": "native", "precision": "auto", "smoothing": 0.1,
        },
        "format": None, "fps": None, "gaze": 1.0, "label": False, "loop": 1, "max_side": 200,
        "max_yaw_deg": 60.0, "min_face_px": 28.0, "motion": "mesh", "once_then_still": False,
        "order": "left-right", "overwrite": False, "poster": None, "preview": False, "seed": 3,
        "side_by_side": False, "smile": 1.0, "strength": 1.0, "turn": 1.0,
    },
    "output": "/out", "ray_address": "", "reason": "", "source": "/photos/a.ged",
}  # fmt: skip
"""A request as commit 0d1902e stored it."""

FIRST_TABLES = """
CREATE TABLE items (key TEXT PRIMARY KEY, state, photo, photo_sha256, decision, stem, suffix,
 message, exit_code, passing, seconds, attempts, done, clip_sha256, width, height, duration_s,
 driver) WITHOUT ROWID;
CREATE TABLE files (path TEXT PRIMARY KEY, stamp TEXT, sha256 TEXT) WITHOUT ROWID;
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
INSERT INTO items VALUES ('144b59425748793c', 'done', 'a.jpg', 'ab', 'f0', 'a', '.mp4', 'odd', 0, 0,
 0.5, 2, 1, 'cd', 282, 400, 1.52, 'glance');
INSERT INTO items VALUES ('4136d92ca5d9973b', 'no-face', 'b.jpg', 'ec', '6d', 'b', '.mp4', 'no', 0,
 1, 0.2, 1, 0, '', 0, 0, 0.0, '');
PRAGMA user_version = 1;
"""
"""A journal as commit 0d1902e wrote it."""


def a_task(options: AnimateOptions, **more) -> Task:
    return Task("k", Path("photo.jpg"), Path("c.mp4"), Path("p.jpg"), options, **more)


def print_of(task: Task) -> str:
    weights = ["face_mesh.npz " + "cd" * 32]
    return fingerprint(task, "ab" * 32, "ef" * 32, weights, ["gfpgan 1.3.8"], "0.0.0-pinned")


@pytest.mark.parametrize(("options", "more", "pinned"), PINNED)
def test_the_fingerprint_of_the_first_version(options, more, pinned: str) -> None:
    assert print_of(a_task(options, **more)) == pinned


def test_every_option_is_in_the_fingerprint_or_a_place() -> None:
    names = {field.name for field in fields(AnimateOptions)} - {"motion_options"}
    places = {"driver", "checkpoint", "enhancement_checkpoint"}  # the content of the files counts
    newer = {"size", "rotate"}  # only if set, so that the albums of the first version stay valid
    assert names - places - newer == set(format_1(AnimateOptions())) - {"fomm"}
    assert newer <= set(format_1(AnimateOptions(size="share", rotate="auto")))


@pytest.mark.parametrize("name", TUNED)
def test_each_option_changes_the_fingerprint(name: str) -> None:
    changed = print_of(a_task(AnimateOptions(**{name: TUNED[name]})))
    assert changed != print_of(a_task(AnimateOptions()))


def test_a_new_network_changes_the_fingerprint(tmp_path: Path, monkeypatch) -> None:
    for file in checkpoints_folder().iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    options = AnimateOptions(driver="nod")
    before = Fingerprints(options, sha256_of).of(a_task(options), "ab")
    monkeypatch.setenv("NOSTALGIA_CHECKPOINTS", str(tmp_path))
    assert Fingerprints(options, sha256_of).of(a_task(options), "ab") == before
    (tmp_path / "face_mesh.onnx").write_bytes(b"trained again")
    assert Fingerprints(options, sha256_of).of(a_task(options), "ab") != before


@pytest.mark.parametrize("name", ["checkpoint", "enhancement_checkpoint"])
def test_of_weights_the_content_counts_and_not_the_place(tmp_path: Path, name: str) -> None:
    def print_with(folder: str, content: bytes) -> str:
        path = tmp_path / folder / "weights.npz"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        options = AnimateOptions(**{name: str(path)})
        return Fingerprints(options, sha256_of).of(a_task(options), "ab")

    assert print_with("here", b"1") == print_with("there", b"1") != print_with("here", b"2")


def test_drivers_that_do_not_exist_are_an_error() -> None:
    with pytest.raises(DriverError):
        Fingerprints(AnimateOptions(driver="nobody"), sha256_of)


def test_a_request_is_stored_and_read_back(tmp_path: Path) -> None:
    options = AnimateOptions(seed=3, max_side=200, label=False, enhance=0.5)
    request = BatchRequest(
        tmp_path / "a.ged", tmp_path / "out", media=(tmp_path,),
        options=with_motion_options(options, smoothing=0.1), jobs=3, consent={"I1": "yes"},
        executor="ray",
    )  # fmt: skip
    assert request_from_json(request_as_json(request), request.output) == request
    with pytest.raises(InputError, match="another version of nostalgia ran here"):
        request_from_json('{"options": {"hair": 3}}', tmp_path)


def test_a_request_of_the_first_version_is_read() -> None:
    options = AnimateOptions(seed=3, max_side=200, label=False, enhance=0.5)
    assert request_from_json(json.dumps(STORED), Path("/moved")) == BatchRequest(
        Path("/photos/a.ged"), Path("/moved"), media=(Path("/photos"),),
        options=with_motion_options(options, smoothing=0.1), jobs=3, consent={"I1": "yes"},
        executor="ray",
    )  # fmt: skip


@pytest.fixture
def old_journal(tmp_path: Path) -> Path:
    path = tmp_path / JOURNAL_FILE
    connection = sqlite3.connect(path)
    connection.executescript(FIRST_TABLES)
    connection.close()
    return path


def test_a_journal_of_the_first_version_is_read_and_continued(old_journal: Path) -> None:
    done = Row(
        "144b59425748793c", State.DONE, "a.jpg", "ab", fingerprint="f0", stem="a", suffix=".mp4",
        message="odd", seconds=0.5, attempts=2, times_done=1, clip_sha256="cd", width=282,
        height=400, duration_s=1.52, driver="glance",
    )  # fmt: skip
    with Journal(old_journal) as journal:
        rows = journal.rows()
        assert rows[done.key] == done
        assert rows["4136d92ca5d9973b"].is_transient
        changed = replace(done, fingerprint="f1", state=State.WAITING)
        journal.put([changed])
        assert journal.rows()[done.key] == changed
    connection = sqlite3.connect(old_journal)
    found = connection.execute("SELECT state, decision, done FROM items WHERE key = ?", (done.key,))
    assert found.fetchone() == ("waiting", "f1", 1)
    connection.close()


def test_a_journal_with_an_unknown_state_is_damaged(old_journal: Path) -> None:
    connection = sqlite3.connect(old_journal)
    connection.execute("UPDATE items SET state = 'gone'")
    connection.commit()
    connection.close()
    with Journal(old_journal) as journal, pytest.raises(InputError, match="journal is damaged"):
        journal.rows()


def test_states_are_stored_as_plain_words(tmp_path: Path) -> None:
    made_batch.make_photos(tmp_path / "photos", 1)
    finished = made_batch.run(tmp_path / "photos", tmp_path / "out")
    connection = sqlite3.connect(tmp_path / "out" / JOURNAL_FILE)
    assert connection.execute("SELECT state FROM items").fetchall() == [("done",)]
    connection.close()
    album = tmp_path / "out/album"
    assert json.loads((album / "summary.json").read_text())["items"][0]["status"] == "done"
    assert ",done," in (album / "summary.csv").read_text("utf-8-sig")
    assert finished.counts() == {"done": 1}
    assert [row.state for row in runner.batch_status(tmp_path / "out").rows] == [State.DONE]
