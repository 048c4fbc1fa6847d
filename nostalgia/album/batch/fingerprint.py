"""Fingerprint of a clip: one hash of everything that determines its look."""

import hashlib
import json
from collections.abc import Callable, Iterable
from importlib.metadata import entry_points
from pathlib import Path

from nostalgia.album.batch.planning import names_clip
from nostalgia.album.batch.stored_options import format_1, motion_values
from nostalgia.album.batch.tasks import Task
from nostalgia.drivers.bank.bank import MIRRORED_SUFFIX, DriverBank, load_bank
from nostalgia.errors import DriverError, InputError
from nostalgia.files import checkpoints_folder
from nostalgia.options import AnimateOptions
from nostalgia.version import __version__
from nostalgia.weights.manifest import read_manifest
from nostalgia.weights.store import is_here, kept_path

FileHash = Callable[[Path], str]
"""Returns the SHA-256 of a file; remembers it until the file changes."""

_AUTO = "auto"


class Fingerprints:
    """Fingerprints of tasks; shared parts are computed once.

    The JSON text that is hashed is "format 1": a version that changes it renders every old album
    again. See `stored_options` for the options in it.

    Args:
        options: those of the whole batch.
        file_hash: see `FileHash`.

    Raises:
        BackendError: weights of a backend are named and do not exist.
        DriverError: the driver does not exist.
    """

    def __init__(self, options: AnimateOptions, file_hash: FileHash) -> None:
        self._file_hash = file_hash
        self._bank = load_bank()
        self._drivers: dict[str, str] = {}
        self._weights = [f"{file.name} {file_hash(file)}" for file in weight_files(options)]
        self._packages = list(_packages(options))
        self.driver(options.driver)

    def of(self, task: Task, photo_sha256: str) -> str:
        """Fingerprint of a task whose photo has that hash.

        Raises:
            DriverError: the task's driver does not exist.
        """
        driver = self.driver(task.options.driver)
        return fingerprint(task, photo_sha256, driver, self._weights, self._packages, __version__)

    def driver(self, name: str) -> str:
        """Hash of a driver: of its track, of a clip's content, or of all that `auto` chooses from.

        Raises:
            DriverError: the driver does not exist.
        """
        if name not in self._drivers:
            self._drivers[name] = _driver_hash(name, self._bank, self._file_hash)
        return self._drivers[name]


def fingerprint(
    task: Task,
    photo_sha256: str,
    driver_sha256: str,
    weights: Iterable[str],
    packages: Iterable[str],
    version: str,
) -> str:
    """Hash of everything that determines the look of a clip, in format 1.

    Args:
        task: the task of the clip; its paths do not count.
        photo_sha256: hash of the photo's bytes.
        driver_sha256: see `Fingerprints.driver`.
        weights: "name sha256" of each weight file.
        packages: "name version" of each package of a third party's backend.
        version: version of nostalgia.
    """
    values = {
        "version": version,
        "weights": sorted(weights),
        "packages": sorted(packages),
        "photo": photo_sha256,
        "options": format_1(task.options),
        "driver": [Path(task.options.driver).name, driver_sha256],
        # Format 1 knows no limit of one face.
        "faces": [task.crop_px, task.crop_share, task.face_limit if task.face_limit > 1 else 0],
        # Nor another name than the photo's own, which stands in the clip's metadata.
        **({"told_name": task.told_name} if task.told_name else {}),
    }
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


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
        raise DriverError(exc.message) from exc


def weight_files(options: AnimateOptions) -> list[Path]:
    """Weight files of a batch: all that are installed with nostalgia, and those of its backends.

    Raises:
        CheckpointError: the folder of the installed weights does not exist.
    """
    named = [options.checkpoint, options.enhancement_checkpoint]
    used = {
        f"detection/{options.detection}",
        f"enhancement/{options.enhancement}",
        f"motion/{options.motion}",
        f"landmarks/{motion_values(options)['landmarks']}",
    }
    stored = [
        kept_path(row)
        for row in read_manifest()
        if not row.ships and used.intersection(row.backends) and is_here(row)
    ]
    folder = checkpoints_folder()
    installed = [*folder.glob("*.npz"), *folder.glob("*.onnx")]
    return [*installed, *stored, *(Path(name) for name in named if name is not None)]


def _packages(options: AnimateOptions) -> Iterable[str]:
    """Name and version of the packages that provide third-party backends."""
    chosen = {
        "nostalgia.detection": options.detection,
        "nostalgia.enhancement": options.enhancement,
        "nostalgia.motion": options.motion,
    }
    for group, name in chosen.items():
        for entry in entry_points(group=group, name=name):
            if entry.dist is not None and entry.dist.name != "photo-nostalgia":
                yield f"{entry.dist.name} {entry.dist.version}"
