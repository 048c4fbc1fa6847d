"""Uploads stay within their limits, and leave nothing behind when they fail."""

import asyncio
import os
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

import pytest

pytest.importorskip("starlette", reason="the extra app is not installed")

from starlette.requests import Request  # noqa: E402

from nostalgia.app.jobs import Jobs  # noqa: E402
from nostalgia.app.session import Session  # noqa: E402
from nostalgia.app.uploads import AT_ONCE, UploadRefused, Uploads  # noqa: E402
from nostalgia.errors import UsageError  # noqa: E402


def request(*chunks: bytes, stalls: bool = False, breaks: bool = False) -> Request:
    """A request whose body arrives in chunks, and then ends, stalls or breaks off."""
    waiting = list(chunks)

    async def receive() -> dict[str, Any]:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(0), "more_body": True}
        if stalls:
            await asyncio.sleep(60)
        if breaks:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": b"", "more_body": False}

    return Request({"type": "http", "method": "PUT", "headers": []}, receive)


def received(uploads: Uploads, path: Path, sent: Request) -> int:
    """Status with which an upload is refused; 0 if it was kept."""
    try:
        asyncio.run(uploads.receive(sent, path))
    except UploadRefused as refused:
        assert str(refused)
        return refused.status
    return 0


def test_a_body_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    assert received(Uploads(), path, request(b"one", b"", b"two")) == 0
    assert path.read_bytes() == b"onetwo"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (request(b"x" * 60, b"x" * 60), 413),
        (request(b"x", stalls=True), 408),
        (request(b"x", breaks=True), 400),
        (request(), 400),
    ],
    ids=["too large", "too slow", "broken off", "empty"],
)
def test_a_bad_upload_is_refused_and_removed(tmp_path: Path, sent: Request, status: int) -> None:
    path = tmp_path / "upload"
    assert received(Uploads(limit_bytes=100, idle_s=0.05), path, sent) == status
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "open", lambda *_: open("/dev/full", "wb", buffering=0))
    assert received(Uploads(), tmp_path / "upload", request(b"x" * 10_000)) == 507


@pytest.mark.parametrize(("total", "reserve"), [(120, 0), (1 << 30, 1 << 60)])
def test_all_uploads_together_have_a_limit_and_leave_space_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, total: int, reserve: int
) -> None:
    (tmp_path / "earlier").write_bytes(b"x" * 100)
    monkeypatch.setattr("nostalgia.app.uploads.MAX_TOTAL_BYTES", total)
    monkeypatch.setattr("nostalgia.app.uploads.RESERVE_BYTES", reserve)
    assert received(Uploads(), tmp_path / "upload", request(b"x" * 60)) == 507
    assert [path.name for path in tmp_path.iterdir()] == ["earlier"]


def test_a_session_takes_no_more_than_its_number_of_photos(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nostalgia.app.session._MOST_PHOTOS", 2)
    session = Session(tmp_path, create_autospec(Jobs, instance=True))
    for _ in range(2):
        session.add_photo(session.upload_path(), "a.png")
    with pytest.raises(UsageError, match="many photos"):
        session.upload_path()


def test_a_few_uploads_are_received_at_a_time(tmp_path: Path) -> None:
    async def all_at_once() -> int:
        uploads = Uploads(idle_s=0.2)
        slow = [
            asyncio.create_task(uploads.receive(request(b"x", stalls=True), tmp_path / f"{n}"))
            for n in range(AT_ONCE + 3)
        ]
        await asyncio.sleep(0.05)
        open_files = len(list(tmp_path.iterdir()))
        await asyncio.gather(*slow, return_exceptions=True)
        return open_files

    assert asyncio.run(all_at_once()) == AT_ONCE
    assert list(tmp_path.iterdir()) == []
