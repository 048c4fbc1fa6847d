"""Seal of a stored request: it proves that this user's nostalgia stored it on this computer.

A request names the files to read: somebody else's could bring this user's pictures into a folder
that goes back to them. The key is a random file among the user's own data.
"""

import hashlib
import hmac
import secrets
from pathlib import Path

from nostalgia.files import make_folder, partial_file, user_data_folder

_KEY_BYTES = 32


def seal_of(text: str) -> str:
    """The seal of a text in hex digits; "" where this user has no place for a key."""
    key = _key()
    if not key:
        return ""
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def is_sealed(text: str, seal: str) -> bool:
    """True if `seal_of` gave that seal to this user on this computer."""
    own = seal_of(text)
    return bool(own) and hmac.compare_digest(own, seal)


def key_path() -> Path:
    """File of the key, in a folder that NOSTALGIA_KEYS moves; it may not exist."""
    return user_data_folder("keys", "NOSTALGIA_KEYS") / "batch.key"


def _key() -> bytes:
    path = key_path()
    try:
        if not path.is_file() or path.stat().st_size != _KEY_BYTES:
            make_folder(path.parent)
            with partial_file(path, mode=0o600) as partial:
                partial.write_bytes(secrets.token_bytes(_KEY_BYTES))
        return path.read_bytes()
    except OSError:
        return b""
