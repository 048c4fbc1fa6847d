"""Hostile photos through the page: each gets an answer in plain words, and leaves nothing."""

import csv
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="the extra app is not installed")

from served_app import served  # noqa: E402
from shared_material import SharedMaterial  # noqa: E402

EXPECTED = {"input-error": "failed", "no-face": "empty", "ok": "faces", "ok-with-warning": "faces"}


@pytest.mark.slow
def test_each_hostile_photo_gets_its_answer(tmp_path: Path) -> None:
    hostile = SharedMaterial() / "hostile/expected.csv"
    with hostile.open(newline="", encoding="utf-8") as table:
        rows = [row for row in csv.DictReader(table) if row["file"].startswith("images/")]
    wrong = []
    with served(tmp_path) as server:
        for row in rows:
            allowed = {EXPECTED.get(word) for word in [row["expect"], *row["also"].split(";")]}
            path = hostile.parent / row["file"]
            body = path.read_bytes()
            if not body:
                status, values, _ = server.request("PUT", "/api/photos", body, server.own())
                assert status == 400 and "empty" in values["error"]["text"]
                continue
            photo = server.wait(server.add(body, path.name), "ready", "failed")
            got = photo["state"]
            if got == "ready":
                got = "faces" if photo["faces"] else "empty"
            error = photo["error"] or {"kind": "", "text": ""}
            if got not in allowed or error["kind"] == "bug" or "Traceback" in error["text"]:
                wrong.append((row["file"], got, allowed, error))
            if got == "failed":
                assert error["text"].startswith(path.name)
            server.delete(f"/api/photos/{photo['id']}")
        left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
        assert left <= {"owner.lock", ".ses"}  # the latter is ONNX Runtime's
        assert server.end() == 0
    assert wrong == []
    assert server.left_behind() == []
