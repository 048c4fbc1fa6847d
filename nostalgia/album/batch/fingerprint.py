"""Everything that decides how a clip looks, as one hash: another hash, another clip."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from importlib.metadata import entry_points
from pathlib import Path

from nostalgia.album.batch.planning import names_clip
from nostalgia.album.batch.tasks import Task
from nostalgia.drivers.bank.bank import MIRRORED_SUFFIX, DriverBank, load_bank
from nostalgia.errors import DriverError, InputError
from nostalgia.files import checkpoints_folder, printable_name
from nostalgia.options import AnimateOptions
from nostalgia.version import __version__
from nostalgia.weights.manifest import read_manifest
from nostalgia.weights.store import is_here, kept_path

FileHash = Callable[[Path], str]
"""Says the SHA-256 of a file; remembers it as long as the file does not change."""

_AUTO = "auto"
_PLACES = ("poster", "overwrite", "driver", "checkpoint", "enhancement_checkpoint")
"""Options that say where something is; of what decides a clip, the content counts."""


class Fingerprints:
    """Hashes of tasks; what many tasks share is looked at once.

    Args:
        options: of the whole batch.
        file_hash: see `FileHash`.

    Raises:
        BackendError: a backend's weights are named and are not there.
        DriverError: there is no such driver.
    """

    def __init__(self, options: AnimateOptions, file_hash: FileHash) -> None:
        self._hash = file_hash
        self._bank = load_bank()
        self._drivers: dict[str, str] = {}
        self._same = {
            "version": __version__,
            "weights": sorted(_hashed(weight_files(options), file_hash)),
            "packages": sorted(_packages(options)),
        }
        self.driver(options.driver)

    def of(self, task: Task, photo_sha256: str) -> str:
        """The hash of a task whose photo has that hash.

        Raises:
            DriverError: there is no such driver.
        """
        options = {k: v for k, v in asdict(task.options).items() if k not in _PLACES}
        values = {
            **self._same,
            "photo": photo_sha256,
            "options": options,
            "driver": [Path(task.options.driver).name, self.driver(task.options.driver)],
            "faces": [task.crop_px, task.crop_share, task.named],
        }
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()

    def driver(self, name: str) -> str:
        """The hash of what a driver is: its track, a clip's content, or all that may be chosen.

        Raises:
            DriverError: there is no such driver.
        """
        if name not in self._drivers:
            self._drivers[name] = _driver_hash(name, self._bank, self._hash)
        return self._drivers[name]


def _driver_hash(name: str, bank: DriverBank, file_hash: FileHash) -> str:
    plain = name.removesuffix(MIRRORED_SUFFIX)
    if name == _AUTO:
        rows = [
            f"{entry.name} {entry.track_sha256} {entry.penalty}"
            for entry in bank.entries.values()
            if not entry.only_when_asked
        ]
        return hashlib.sha256("\n".join(rows).encode()).hexdigest()
    if plain in bank.entries or not names_clip(name) or not Path(name).is_file():
        return bank.entry(plain).track_sha256
    try:
        return file_hash(Path(name))
    except InputError as exc:
        raise DriverError(str(exc)) from exc


def weight_files(options: AnimateOptions) -> list[Path]:
    """The files of weights that the backends of a batch read: all that ship, and the others' own.

    Raises:
        CheckpointError: the folder of weights that ship is not there.
    """
    named = [options.checkpoint, options.enhancement_checkpoint]
    used = {
        f"detection/{options.detection}",
        f"enhancement/{options.enhancement}",
        f"motion/{options.motion}",
        f"landmarks/{options.fomm.landmarks}",
    }
    kept = [
        kept_path(row)
        for row in read_manifest()
        if not row.ships and used.intersection(row.backends) and is_here(row)
    ]
    shipped = checkpoints_folder().glob("*.npz")
    return [*shipped, *kept, *(Path(name) for name in named if name is not None)]


def _hashed(files: Iterable[Path], file_hash: FileHash) -> list[str]:
    return [f"{file.name} {file_hash(file)}" for file in files]


def _packages(options: AnimateOptions) -> Iterable[str]:
    """Name and version of the packages that bring the backends of others."""
    wanted = {
        "nostalgia.detection": options.detection,
        "nostalgia.enhancement": options.enhancement,
        "nostalgia.motion": options.motion,
    }
    for group, name in wanted.items():
        for entry in entry_points(group=group, name=name):
            if entry.dist is not None and entry.dist.name != "photo-nostalgia":
                yield f"{entry.dist.name} {entry.dist.version}"


def read_sha256(path: Path) -> str:
    """The SHA-256 of a file.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as exc:
        raise InputError(f"{printable_name(path)}: cannot be read ({exc.strerror})") from exc
