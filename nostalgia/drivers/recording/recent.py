"""The recordings that were made last: several clips with one performance read it once."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from nostalgia.drivers.recording import recording
from nostalgia.faces.finder import FaceFinder

_KEPT = 4
_Key = tuple[Path, int, int]
_kept: OrderedDict[_Key, recording.Recording] = OrderedDict()
_lock = threading.Lock()


def recorded_clip(
    clip_path: Path | str, finder: Callable[[], FaceFinder], check: Callable[[], None]
) -> recording.Recording:
    """As `record_driver`; a clip that has not changed since is not read again by this process.

    finder: makes what finds faces; not called if the recording is there.

    Raises:
        DriverError: as `record_driver`.
    """
    path = Path(clip_path)
    key = _key(path)
    with _lock:
        if key is not None and (known := _kept.get(key)) is not None:
            _kept.move_to_end(key)
            return known
    made = recording.record_driver(path, finder(), check=check)
    if key is not None and key == _key(path):
        with _lock:
            _kept[key] = made
            while len(_kept) > _KEPT:
                _kept.popitem(last=False)
    return made


def _key(path: Path) -> _Key | None:
    """What changes with the content of a file; None if there is none."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return path.absolute(), facts.st_mtime_ns, facts.st_size
