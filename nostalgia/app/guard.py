"""Refuses requests that do not come from the page, and gives every reply its safety headers."""

from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nostalgia.app.access import Access

TOKEN_HEADER = "X-Nostalgia-Token"
ENTER = "/api/enter"
MAX_JSON_BYTES = 64 << 10
MAX_UPLOAD_BYTES = 512 << 20

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; manifest-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=()",
    "Cache-Control": "no-store",
}
"""Of every reply. Nothing stays in the browser's cache."""

_FROM_THE_PAGE = ("same-origin", "none")


class Guard:
    """ASGI middleware: exact Host, own origin only, a token for every call, limited bodies.

    `SameSite` and CORS would not do: all ports of a computer are one site, and simple requests of
    other pages are sent, whatever is answered. No reply has a CORS header.
    """

    def __init__(self, app: ASGIApp, host: str, access: Access) -> None:
        self._app, self._host, self._access = app, host, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on."""
        if scope["type"] != "http":
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            status, text = refusal
            error = {"error": {"kind": "refused", "text": text}}
            await JSONResponse(error, status)(scope, receive, send_safely)
            return
        await self._app(scope, receive, send_safely)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers, path = Headers(scope=scope), scope["path"]
        if headers.getlist("host") != [self._host]:
            return 421, "wrong host"
        if scope["method"] not in ("GET", "HEAD", "POST", "PUT", "DELETE"):
            return 405, "method not allowed"
        is_open = not path.startswith(("/api/", "/media/"))
        if is_open:
            return None if scope["method"] in ("GET", "HEAD") else (405, "method not allowed")
        origins = headers.getlist("origin")
        if origins and origins != [f"http://{self._host}"]:
            return 403, "another origin"
        if headers.get("sec-fetch-site", "none") not in _FROM_THE_PAGE:
            return 403, "another site"
        if path.startswith("/api/") and path != ENTER and not self._has_token(headers):
            return 401, "no valid token"
        return _refused_body(headers, scope["method"])

    def _has_token(self, headers: Headers) -> bool:
        return any(self._access.is_token(each) for each in headers.getlist(TOKEN_HEADER))


def _refused_body(headers: Headers, method: str) -> tuple[int, str] | None:
    """A body that announces more than the limit is not read at all."""
    limit = MAX_UPLOAD_BYTES if method == "PUT" else MAX_JSON_BYTES
    for length in _lengths(headers.getlist("content-length")):
        if length > limit:
            return 413, f"too large: more than {limit >> 20 or 1} MiB"
    if method == "POST" and not headers.get("content-type", "").startswith("application/json"):
        return 415, "not JSON"
    return None


def _lengths(values: Iterable[str]) -> Iterable[int]:
    return (int(value) for value in values if value.isascii() and value.isdecimal())
