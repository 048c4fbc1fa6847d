"""Files that appear whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nostalgia.errors import EncodingError
from nostalgia.files import partial_path, printable_name, stale_partials


@contextmanager
def whole_file(target: Path, kind: str) -> Iterator[Path]:
    """A temporary path to write to, which takes the place of `target` where nothing goes wrong.

    What a killed run has left of an earlier one is cleared away. kind: what it is, for the message,
    such as "album".

    Raises:
        EncodingError: it cannot be written.
    """
    partial = partial_path(target)
    try:
        for stale in stale_partials(target):
            stale.unlink(missing_ok=True)
        yield partial
        partial.replace(target)
    except OSError as exc:
        raise EncodingError(
            f"{printable_name(target)}: the {kind} cannot be written"
            f" ({exc.strerror or exc}); choose another folder"
        ) from exc
    finally:
        partial.unlink(missing_ok=True)
