"""Fetch weights that do not ship: the only module of nostalgia that uses a network.

Only `nostalgia checkpoints pull` calls it. A file grows under a hidden temporary name, from which
the next call goes on; it gets its own name when its size and hash are those of the manifest.
"""

import http.client
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from filelock import FileLock, Timeout

from nostalgia.errors import CheckpointError
from nostalgia.files import printable_name
from nostalgia.version import __version__
from nostalgia.weights import store as checkpoint_store
from nostalgia.weights.manifest import ManifestRow
from nostalgia.weights.validation import fingerprint, is_web_page, size_in_words

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are here and those of the whole file, None = not known."""

TIMEOUT_S = 30.0
ATTEMPTS = 10
"""So often one address is asked in a row, as long as each answer brings something."""

PAGE_HOSTS = ("drive.google.com", "yadi.sk", "disk.yandex.ru", "disk.yandex.com")
"""Their addresses lead to pages for a browser, which hand over large files after a click only."""

_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
_BLOCK_BYTES = 1 << 18
_SAID_AT_MOST = 200
_PAGE = "is a page for browsers"
_PART = re.compile(r"bytes (\d+)-\d+/(\d+)")


@dataclass(frozen=True, slots=True)
class _Answer:
    """offset: which byte of the file the body begins with. total: of the whole file, if said."""

    body: http.client.HTTPResponse
    offset: int
    total: int | None


class _Unusable(Exception):
    """An address that does not give the file; the next one is tried."""


class _Cut(Exception):
    """The connection ended before the file did."""


def pull(
    row: ManifestRow,
    progress: Progress | None = None,
    remark: Callable[[str], None] | None = None,
) -> Path:
    """Fetch the file of a row from the first of its addresses that gives it, and keep it.

    Args:
        row: of the manifest; one that does not ship.
        progress: called after each block.
        remark: called with a sentence for every address that was of no use.

    Returns:
        Where it is now.

    Raises:
        CheckpointError: no address gives the listed file, or it cannot be written. What has come
            stays under the temporary name, if it may be the beginning of the file.
    """
    path = checkpoint_store.kept_path(row)
    partial = partial_file(row)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f".{row.file}.lock"), timeout=0):
            _fetch(row, partial, progress or _ignore, remark or _ignore)
            return checkpoint_store.keep(partial, row)
    except Timeout as exc:
        raise CheckpointError(f"{row.name} is being fetched by another nostalgia; wait") from exc
    except OSError as exc:
        raise checkpoint_store.cannot_be_written(row, exc) from exc


def partial_file(row: ManifestRow) -> Path:
    """Where the file grows; the same in every run, so that a later one goes on."""
    path = checkpoint_store.kept_path(row)
    return path.with_name(f".{path.name}.partial")


def is_allowed(url: str, came_from: str | None = None) -> bool:
    """Whether an address may be asked: https, or http on this very machine, as tests use it.

    came_from: the address that led there; the network may not lead back to this machine.
    """
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    local = parts.scheme == "http" and parts.hostname in _LOCAL_HOSTS
    return local and (came_from is None or urlsplit(came_from).hostname in _LOCAL_HOSTS)


def is_for_browsers(url: str) -> bool:
    """Whether an address is known to lead to a page, not to a file."""
    return urlsplit(url).hostname in PAGE_HOSTS


def _fetch(
    row: ManifestRow, partial: Path, progress: Progress, remark: Callable[..., None]
) -> None:
    """Leave the whole, checked file at `partial`."""
    reasons = []
    for url in row.urls:
        try:
            _fetch_from(url, row, partial, progress)
            return
        except (_Unusable, _Cut) as exc:
            said = printable_name(" ".join(str(exc).split()), _SAID_AT_MOST)
            reasons.append(f"{urlsplit(url).hostname} {said}")
            remark(f"{url} {said}")
    here = _length(partial)
    on = (
        f"; {size_in_words(here)} are here, and the same command goes on from there" if here else ""
    )
    pages = " with a browser" if any(map(is_for_browsers, row.urls)) else ""
    raise CheckpointError(
        f"{row.name} could not be fetched: {'; '.join(reasons)}{on}; or get {row.file}{pages},"
        " and type: nostalgia checkpoints import FILE"
    )


def _fetch_from(url: str, row: ManifestRow, partial: Path, progress: Progress) -> None:
    if is_for_browsers(url):
        raise _Unusable(_PAGE)
    resumed = partial.exists()
    for _ in range(ATTEMPTS):
        before = _length(partial)
        try:
            _download(url, row, partial, progress)
        except _Cut:
            if _length(partial) > before:
                continue
            raise
        trouble = row.mismatch(fingerprint(partial))
        if trouble is None:
            return
        partial.unlink()
        if not resumed:
            raise _Unusable(f"gives another file: {trouble}")
        resumed = False  # What was here may have been the beginning of something else.
    raise _Cut("breaks off again and again")


def _download(url: str, row: ManifestRow, partial: Path, progress: Progress) -> None:
    """Ask once, and add what comes to what is here."""
    here = _length(partial)
    if row.size is not None and here >= row.size:
        return  # The caller looks whether it is the file.
    with _answer(url, row, here) as answer:
        if answer is not None:
            _add(answer, partial, progress)


def _add(answer: _Answer, partial: Path, progress: Progress) -> None:
    done, total = answer.offset, answer.total
    missing = 0 if total is None else total - done
    if missing > shutil.disk_usage(partial.parent).free:
        raise OSError(f"{size_in_words(missing)} are missing, and the disk has less room")
    block = _block(answer.body, done)
    if done == 0 and is_web_page(block):
        raise _Unusable("answers with a web page instead of weights")
    with partial.open("r+b" if done else "wb") as file:
        file.seek(done)
        while block:
            file.write(block)
            done += len(block)
            progress(done, total)
            block = _block(answer.body, done)
    if total is not None and done < total:
        raise _Cut(f"broke off after {size_in_words(done)} of {size_in_words(total)}")


def _block(body: IO[bytes], done: int) -> bytes:
    try:
        return body.read(_BLOCK_BYTES)
    except (OSError, http.client.HTTPException) as exc:
        raise _Cut(f"broke off after {size_in_words(done)} ({exc or type(exc).__name__})") from exc


@contextmanager
def _answer(url: str, row: ManifestRow, here: int) -> Iterator[_Answer | None]:
    """Ask for the file from byte `here` on; None where the server says that nothing is missing."""
    request = Request(url, headers={"User-Agent": f"nostalgia/{__version__}"})
    if here:
        request.add_header("Range", f"bytes={here}-")
    try:
        body = _open(request)
    except HTTPError as exc:
        exc.close()
        if exc.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and here:
            yield None  # Whole or of another file: the hash says which.
            return
        raise _Unusable(f"answers {exc.code} {exc.reason}") from exc
    except (OSError, ValueError, http.client.HTTPException) as exc:
        raise _Unusable(f"cannot be reached ({getattr(exc, 'reason', exc)})") from exc
    with body:
        offset, total = _place(body, here)
        if body.headers.get_content_type() in ("text/html", "application/xhtml+xml"):
            raise _Unusable("answers with a web page instead of weights")
        if None not in (row.size, total) and total != row.size:
            raise _Unusable(f"offers {total} bytes, and the listed file has {row.size}")
        yield _Answer(body, offset, row.size if total is None else total)


def _place(body: http.client.HTTPResponse, here: int) -> tuple[int, int | None]:
    """Which byte of the file the body begins with, and how long the file is, if that is said."""
    if body.status != http.client.PARTIAL_CONTENT:
        length = body.headers.get("Content-Length", "")
        return 0, int(length) if length.isdecimal() else None
    part = _PART.fullmatch(body.headers.get("Content-Range", ""))
    if part is None or int(part[1]) != here:
        raise _Unusable("answers with another part of the file than was asked for")
    return here, int(part[2])


def _open(request: Request) -> Any:
    if not is_allowed(request.full_url):
        raise _Unusable("is not an https address")
    return build_opener(_Redirects).open(request, timeout=TIMEOUT_S)


class _Redirects(HTTPRedirectHandler):
    """Follows to https only; a page for browsers at the end is said to be one."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        fp.close()
        if not is_allowed(newurl, came_from=req.full_url):
            raise _Unusable("leads to an address that is not https")
        if is_for_browsers(newurl):
            raise _Unusable(f"leads to what {_PAGE}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _ignore(*_: object) -> None:
    pass
