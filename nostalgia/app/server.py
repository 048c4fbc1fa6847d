"""The server: translates HTTP into calls of a session. No pipeline logic lives here."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from nostalgia.app.access import Access
from nostalgia.app.connections import SILENCE_S
from nostalgia.app.guard import ENTER, MAX_JSON_BYTES, MAX_UPLOAD_BYTES, Guard
from nostalgia.app.session import Session
from nostalgia.app.uploads import UploadRefused, Uploads
from nostalgia.app.wording import error_values, fine_controls
from nostalgia.drivers.bank.bank import load_bank
from nostalgia.errors import InputError, NostalgiaError, UsageError
from nostalgia.types import BoxXYXY
from nostalgia.version import __version__

PAGE = Path(__file__).parent / "page"
_BEAT_S = 10.0
_LEAST_GAP_S = 0.05
_MOST_PX = 1e6
_ID = re.compile(r"[0-9a-f]{32}")


class Pages:
    """The requests of one session's pages."""

    def __init__(self, session: Session, access: Access, open_file: Callable[[Path], None]) -> None:
        self._session, self._access, self._open_file = session, access, open_file
        self._uploads = Uploads()
        self._ending = asyncio.Event()
        self._driver_clips: dict[str, str] = {}

    def end(self) -> None:
        """End the streams of changes, so that the server can stop."""
        self._ending.set()

    def app(self, host: str) -> Guard:
        """The application. host: the only value of the Host header that is answered."""
        calls: Mapping[str, tuple[str, Callable[[Request], Awaitable[Response]]]] = {
            ENTER: ("POST", self._enter),
            "/api/about": ("GET", self._about),
            "/api/changes": ("GET", self._changes),
            "/api/photos": ("PUT", self._add_photo),
            "/api/photos/{id}": ("DELETE", self._remove_photo),
            "/api/photos/{id}/turn": ("POST", self._turn),
            "/api/photos/{id}/box": ("POST", self._mark),
            "/api/photos/{id}/clips": ("POST", self._make),
            "/api/clips/{id}": ("DELETE", self._remove_clip),
            "/api/clips/{id}/cancel": ("POST", self._cancel),
            "/api/clips/{id}/gif": ("POST", self._gif),
            "/api/recordings": ("PUT", self._add_recording),
            "/api/recordings/{id}": ("DELETE", self._remove_recording),
            "/api/recordings/{id}/keep": ("POST", self._keep_recording),
            "/api/albums/{id}/run": ("POST", self._run_album),
            "/api/albums/{id}/stop": ("POST", self._stop_album),
            "/api/albums/{id}/open": ("POST", self._open_album),
            "/media/{id}": ("GET", self._media),
        }
        routes: list[Route | Mount] = [
            Route(path, endpoint, methods=[method]) for path, (method, endpoint) in calls.items()
        ]
        routes.append(Mount("/", StaticFiles(directory=PAGE, html=True)))
        handlers: Any = {
            NostalgiaError: _refused,
            UploadRefused: _upload_refused,
            ClientDisconnect: _disconnected,
            Exception: _broken,
        }
        return Guard(Starlette(routes=routes, exception_handlers=handlers), host, self._access)

    async def _enter(self, request: Request) -> Response:
        token = self._access.exchange((await _json(request)).get("code"))
        if token is None:
            error = {"kind": "code", "text": "this link has been used already"}
            return JSONResponse({"error": error}, 403)
        return JSONResponse({"token": token})

    async def _about(self, request: Request) -> Response:
        bank = load_bank()
        drivers = [
            {
                "name": entry.name,
                "title": entry.title,
                "gestures": list(entry.gestures),
                "clip": self._driver_clip(entry.folder / entry.clip) if entry.clip else None,
                "own": entry.from_user,
            }
            for entry in bank.entries.values()
        ]
        values = {"version": __version__, "drivers": drivers, "controls": fine_controls()}
        return JSONResponse(values | {"upload_limit": MAX_UPLOAD_BYTES})

    def _driver_clip(self, path: Path) -> str:
        key = str(path)
        if key not in self._driver_clips:
            self._driver_clips[key] = self._session.media.add(path, "video/mp4")
        return self._driver_clips[key]

    async def _changes(self, request: Request) -> Response:
        """Everything there is, then every change: a line of JSON each, until the server ends."""
        return StreamingResponse(self._lines(request), media_type="application/x-ndjson")

    async def _lines(self, request: Request) -> AsyncIterator[str]:
        board, loop, news = self._session.board, asyncio.get_running_loop(), asyncio.Event()

        def changed() -> None:
            with suppress(RuntimeError):  # the loop has ended, and the page with it
                loop.call_soon_threadsafe(news.set)

        stop = board.listen(changed)
        revision = 0
        try:
            while not self._ending.is_set():
                news.clear()
                revision, changes = board.since(revision)
                yield json.dumps(changes) + "\n"
                await asyncio.sleep(_LEAST_GAP_S)
                await self._first_of(news, self._ending)
        finally:
            stop()

    async def _first_of(self, *events: asyncio.Event) -> None:
        tasks = [asyncio.create_task(event.wait()) for event in events]
        try:
            await asyncio.wait(tasks, timeout=_BEAT_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()

    async def _add_photo(self, request: Request) -> Response:
        path = self._session.upload_path()
        await self._uploads.receive(request, path)
        try:
            photo_id = self._session.add_photo(path, _name(request))
        except NostalgiaError:
            path.unlink(missing_ok=True)
            raise
        return JSONResponse({"id": photo_id}, 201)

    async def _remove_photo(self, request: Request) -> Response:
        await asyncio.to_thread(self._session.remove_photo, _id(request))
        return Response(status_code=204)

    async def _turn(self, request: Request) -> Response:
        turns = (await _json(request)).get("turns")
        if not isinstance(turns, int):
            raise UsageError("quarter turns are whole numbers")
        self._session.turn_photo(_id(request), turns)
        return Response(status_code=204)

    async def _mark(self, request: Request) -> Response:
        box = (await _json(request)).get("box")
        if box is not None:
            numbers = isinstance(box, list) and len(box) == 4
            if not numbers or not all(_is_number(edge) for edge in box):
                raise UsageError("a box has four numbers: left, top, right and bottom")
            box = BoxXYXY((box[0], box[1], box[2], box[3]))
        self._session.mark_face(_id(request), box)
        return Response(status_code=204)

    async def _make(self, request: Request) -> Response:
        values = await _json(request)
        made = self._session.make(_id(request), str(values.get("look")), values.get("options", {}))
        return JSONResponse({"id": made}, 201)

    async def _cancel(self, request: Request) -> Response:
        self._session.clips.cancel(_id(request))
        return Response(status_code=204)

    async def _remove_clip(self, request: Request) -> Response:
        self._session.clips.remove(_id(request))
        return Response(status_code=204)

    async def _gif(self, request: Request) -> Response:
        return JSONResponse({"id": self._session.make_gif(_id(request))}, 201)

    async def _add_recording(self, request: Request) -> Response:
        path = self._session.upload_path()
        await self._uploads.receive(request, path)
        media_type = request.headers.get("content-type", "")
        return JSONResponse({"id": self._session.recordings.add(path, media_type)}, 201)

    async def _keep_recording(self, request: Request) -> Response:
        name = str((await _json(request)).get("name", ""))
        self._session.recordings.keep(_id(request), name)
        return Response(status_code=204)

    async def _remove_recording(self, request: Request) -> Response:
        self._session.recordings.remove(_id(request))
        return Response(status_code=204)

    async def _run_album(self, request: Request) -> Response:
        self._session.run_album(_id(request))
        return Response(status_code=204)

    async def _stop_album(self, request: Request) -> Response:
        self._session.stop_album(_id(request))
        return Response(status_code=204)

    async def _open_album(self, request: Request) -> Response:
        page = self._session.album_page(_id(request))
        await asyncio.to_thread(self._open_file, page)
        return Response(status_code=204)

    async def _media(self, request: Request) -> Response:
        medium = self._session.media.get(request.path_params["id"])
        if medium is None or not medium.path.is_file():
            return Response(status_code=404)
        return FileResponse(
            medium.path,
            media_type=medium.media_type,
            filename=medium.name,
            content_disposition_type="inline",
        )


def _id(request: Request) -> str:
    found = str(request.path_params["id"])
    if not _ID.fullmatch(found):
        raise InputError("there is no such thing")
    return found


def _name(request: Request) -> str:
    """The name of an upload, for display only."""
    return unquote(request.headers.get("x-file-name", ""), errors="replace")[:200] or "photo"


def _is_number(value: Any) -> bool:
    """True for a finite number: Python's JSON knows others, which no page can read."""
    return isinstance(value, int | float) and abs(value) <= _MOST_PX


async def _json(request: Request) -> Mapping[str, Any]:
    """The object in the body of a request.

    Raises:
        UsageError: it is none, too large, or too slow.
    """
    try:
        body = await asyncio.wait_for(_small_body(request), SILENCE_S)
    except TimeoutError as exc:
        raise UsageError("the request did not arrive in time") from exc
    try:
        values = json.loads(body or b"{}")
    except (ValueError, RecursionError) as exc:
        raise UsageError("the request is no JSON") from exc
    if not isinstance(values, dict):
        raise UsageError("the request is no JSON object")
    return values


async def _small_body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_JSON_BYTES:
            raise UsageError("the request is too large")
    return body


async def _refused(request: Request, error: Exception) -> Response:
    status = 404 if isinstance(error, InputError) else 400
    return JSONResponse({"error": error_values(error)}, status)


async def _upload_refused(request: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, UploadRefused) else 400
    # What is left of the body is not read: the connection ends.
    headers = {"Connection": "close"}
    return JSONResponse({"error": {"kind": "upload", "text": str(error)}}, status, headers)


async def _disconnected(request: Request, error: Exception) -> Response:
    return Response(status_code=400)


async def _broken(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": error_values(error)}, 500)
