"""Who may use the server: one-time codes, exchanged for the token of the session."""

import hmac
import secrets
import threading

_BYTES = 16
_MOST_CODES = 32


class Access:
    """Codes and the token of one session; both are 128 random bits.

    A code stands in the fragment of a link, which browsers never send. The page exchanges it, once,
    for the token, which it sends in a header. There is no cookie: browsers send cookies of one port
    of a computer to all of its ports.
    """

    def __init__(self) -> None:
        self._token = secrets.token_urlsafe(_BYTES)
        self._codes: list[str] = []
        self._lock = threading.Lock()

    def new_code(self) -> str:
        """A code for one more page; the oldest of many unused ones expire."""
        code = secrets.token_urlsafe(_BYTES)
        with self._lock:
            self._codes = [*self._codes[1 - _MOST_CODES :], code]
        return code

    def exchange(self, code: object) -> str | None:
        """The token for a code that was not used before, else None."""
        given = str(code).encode()
        with self._lock:
            for known in self._codes:
                if hmac.compare_digest(known.encode(), given):
                    self._codes.remove(known)
                    return self._token
        return None

    def is_token(self, given: str) -> bool:
        """True for the token of this session."""
        return hmac.compare_digest(given.encode(), self._token.encode())
