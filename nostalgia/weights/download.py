"""Download of weights that do not ship: the only module of nostalgia that uses a network.

Only `nostalgia checkpoints pull` calls it. A file grows under a hidden temporary name, from which
the next call resumes; it gets its final name once its size and hash match the manifest.
"""

import http.client
import os
import re
import shutil
import stat
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
from nostalgia.files import make_folder, printable_name
from nostalgia.version import __version__
from nostalgia.weights import store as checkpoint_store
from nostalgia.weights.manifest import ManifestRow
from nostalgia.weights.validation import fingerprint, is_web_page, size_in_words

Progress = Callable[[int, int | None], None]
"""Called with the downloaded bytes and those of the whole file, None if unknown."""

TIMEOUT_S = 30.0
ATTEMPTS = 10
"""Requests to one address in a row, as long as each brings more of the file."""

PAGE_HOSTS = ("drive.google.com", "yadi.sk", "disk.yandex.ru", "disk.yandex.com")
"""Hosts whose addresses lead to pages for a browser: large files need a click there."""

_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
_BLOCK_BYTES = 1 << 18
_LONGEST_REASON = 200
_PAGE = "a page for browsers"
_PART = re.compile(r"bytes (\d+)-\d+/(\d+)")


@dataclass(frozen=True, slots=True)
class _Response:
    """Response with a part of the file.

    offset: index of its first byte in the file. total: size of the whole file, None if unknown.
    """

    body: http.client.HTTPResponse
    offset: int
    total: int | None


class _Unusable(Exception):
    """An address does not serve the file; the next one is tried."""


class _Cut(Exception):
    """The connection ended before the file did."""


def pull(
    row: ManifestRow,
    progress: Progress | None = None,
    remark: Callable[[str], None] | None = None,
) -> Path:
    """Download the file of a row from the first of its addresses that serves it, into the store.

    Args:
        row: a row of the manifest that does not ship.
        progress: called after each block.
        remark: called with a sentence about each address that failed.

    Returns:
        Its path in the store.

    Raises:
        CheckpointError: no address serves the listed file, or it cannot be written. Downloaded
            bytes that may be the beginning of the file stay under the temporary name.
    """
    path = checkpoint_store.kept_path(row)
    partial = partial_file(row)
    try:
        make_folder(path.parent)
        _refuse_link(partial)
        with FileLock(path.with_name(f".{row.file}.lock"), timeout=0):
            _download(row, partial, progress or _ignore, remark or _ignore)
            return checkpoint_store.add_to_store(partial, row)
    except Timeout as exc:
        raise CheckpointError(
            f"another nostalgia process is downloading {row.name}; wait for it"
        ) from exc
    except OSError as exc:
        raise checkpoint_store.write_error(row, exc) from exc


def partial_file(row: ManifestRow) -> Path:
    """Path of the incomplete file, the same in every run, so that a later one resumes."""
    path = checkpoint_store.kept_path(row)
    return path.with_name(f".{path.name}.partial")


def _refuse_link(partial: Path) -> None:
    """Check that the incomplete file, whose name never changes, is a plain file.

    Raises:
        OSError: it is a link or something else, through which another file would be overwritten.
    """
    if os.path.lexists(partial) and not stat.S_ISREG(partial.lstat().st_mode):
        raise OSError(f"{printable_name(partial)} is not a plain file; delete it")


def is_allowed(url: str, came_from: str | None = None) -> bool:
    """True if an address may be opened: https, or http on this machine, which tests use.

    came_from: the address that redirected there; the network may not lead back to this machine.
    """
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    local = parts.scheme == "http" and parts.hostname in _LOCAL_HOSTS
    return local and (came_from is None or urlsplit(came_from).hostname in _LOCAL_HOSTS)


def is_for_browsers(url: str) -> bool:
    """True if an address is known to lead to a page instead of a file."""
    return urlsplit(url).hostname in PAGE_HOSTS


def _download(
    row: ManifestRow, partial: Path, progress: Progress, remark: Callable[..., None]
) -> None:
    """Download the whole, verified file to `partial`."""
    reasons = []
    for url in row.urls:
        try:
            _download_from(url, row, partial, progress)
            return
        except (_Unusable, _Cut) as exc:
            reason = printable_name(" ".join(str(exc).split()), _LONGEST_REASON)
            reasons.append(f"{urlsplit(url).hostname} {reason}")
            remark(f"{url} {reason}")
    done = _length(partial)
    resume = (
        f"; {size_in_words(done)} are downloaded; another attempt resumes from there"
        if done
        else ""
    )
    browser = " with a browser" if any(map(is_for_browsers, row.urls)) else ""
    raise CheckpointError(
        f"{row.name} could not be downloaded: {'; '.join(reasons)}{resume};"
        f" or download {row.file}{browser} and run `nostalgia checkpoints import FILE`"
    )


def _download_from(url: str, row: ManifestRow, partial: Path, progress: Progress) -> None:
    if is_for_browsers(url):
        raise _Unusable(f"is {_PAGE}")
    resumed = partial.exists()
    for _ in range(ATTEMPTS):
        before = _length(partial)
        try:
            _request_once(url, row, partial, progress)
        except _Cut:
            if _length(partial) > before:
                continue
            raise
        mismatch = row.mismatch(fingerprint(partial))
        if mismatch is None:
            return
        partial.unlink()
        if not resumed:
            raise _Unusable(f"serves a different file: {mismatch}")
        resumed = False  # The earlier bytes may have been the beginning of another file.
    raise _Cut("keeps breaking off")


def _request_once(url: str, row: ManifestRow, partial: Path, progress: Progress) -> None:
    """Make one request and append its body to the partial file."""
    present = _length(partial)
    if row.size is not None and present >= row.size:
        return  # The caller checks the hash.
    with _response(url, row, present) as response:
        if response is not None:
            _append(response, partial, progress)


def _append(response: _Response, partial: Path, progress: Progress) -> None:
    done, total = response.offset, response.total
    missing = 0 if total is None else total - done
    if missing > shutil.disk_usage(partial.parent).free:
        raise OSError(f"the disk has no room for the remaining {size_in_words(missing)}")
    block = _block(response.body, done)
    if done == 0 and is_web_page(block):
        raise _Unusable("sent a web page instead of weights")
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(partial, flags, 0o600), "r+b") as file:
        file.truncate(done)
        file.seek(done)
        while block:
            file.write(block)
            done += len(block)
            progress(done, total)
            block = _block(response.body, done)
    if total is not None and done < total:
        raise _Cut(f"disconnected after {size_in_words(done)} of {size_in_words(total)}")


def _block(body: IO[bytes], done: int) -> bytes:
    try:
        return body.read(_BLOCK_BYTES)
    except (OSError, http.client.HTTPException) as exc:
        reason = exc or type(exc).__name__
        raise _Cut(f"disconnected after {size_in_words(done)} ({reason})") from exc


@contextmanager
def _response(url: str, row: ManifestRow, present: int) -> Iterator[_Response | None]:
    """Request the file from byte `present`; None if the server has no more bytes."""
    request = Request(url, headers={"User-Agent": f"nostalgia/{__version__}"})
    if present:
        request.add_header("Range", f"bytes={present}-")
    try:
        body = _open(request)
    except HTTPError as exc:
        exc.close()
        if exc.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and present:
            yield None  # Complete, or of another file: the hash decides.
            return
        raise _Unusable(f"answers {exc.code} {exc.reason}") from exc
    except (OSError, ValueError, http.client.HTTPException) as exc:
        raise _Unusable(f"cannot be reached ({getattr(exc, 'reason', exc)})") from exc
    with body:
        offset, total = _range(body, present)
        if body.headers.get_content_type() in ("text/html", "application/xhtml+xml"):
            raise _Unusable("sent a web page instead of weights")
        if None not in (row.size, total) and total != row.size:
            raise _Unusable(f"offers {total} bytes instead of {row.size}")
        yield _Response(body, offset, row.size if total is None else total)


def _range(body: http.client.HTTPResponse, present: int) -> tuple[int, int | None]:
    """Index of the body's first byte in the file, and size of the file, None if unknown."""
    if body.status != http.client.PARTIAL_CONTENT:
        length = body.headers.get("Content-Length", "")
        return 0, int(length) if length.isdecimal() else None
    part = _PART.fullmatch(body.headers.get("Content-Range", ""))
    if part is None or int(part[1]) != present:
        raise _Unusable("sent a different part of the file than requested")
    return present, int(part[2])


def _open(request: Request) -> Any:
    if not is_allowed(request.full_url):
        raise _Unusable("is not an https address")
    return build_opener(_Redirects).open(request, timeout=TIMEOUT_S)


class _Redirects(HTTPRedirectHandler):
    """Follows redirects to https only, and refuses those to pages for browsers."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        fp.close()
        if not is_allowed(newurl, came_from=req.full_url):
            raise _Unusable("redirects to an address that is not https")
        if is_for_browsers(newurl):
            raise _Unusable(f"leads to {_PAGE}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _ignore(*_: object) -> None:
    pass
