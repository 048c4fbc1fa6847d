"""Weights that do not ship: where they are kept, how they get there, and whether they are right.

Nothing is fetched here: `nostalgia.weights.download` does, for `nostalgia checkpoints pull` alone.
A file gets its name in the folder only when it is whole and is what the manifest lists, or what
the user has accepted by hand; of that, its SHA-256 is noted beside it.
"""

import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from nostalgia.errors import CheckpointError
from nostalgia.files import checkpoint_path, partial_path, printable_name, stale_partials
from nostalgia.weights.manifest import ManifestRow, manifest_row, read_manifest, weights_of
from nostalgia.weights.validation import Fingerprint, fingerprint, refuse_other_files

Reader = Callable[[Path], object]
"""Opens a file of weights without running any of it; raises CheckpointError for other files."""


def store_folder() -> Path:
    """Where weights that do not ship are kept; it need not be there.

    NOSTALGIA_CHECKPOINT_STORE, else where the system keeps a user's data:
    ``~/.local/share/nostalgia/checkpoints`` on Linux, below ``~/Library/Application Support`` on
    macOS and ``AppData`` on Windows.
    """
    chosen = os.environ.get("NOSTALGIA_CHECKPOINT_STORE")
    if chosen:
        return Path(chosen)
    from platformdirs import user_data_path

    return user_data_path("nostalgia", appauthor=False) / "checkpoints"


def stored_checkpoint(name: str) -> Path:
    """The path of a weight file by its name in the manifest; only its size is looked at.

    Raises:
        CheckpointError: there are no weights of that name, they are not here, or are cut off.
    """
    row = manifest_row(name)
    if row.ships:
        return checkpoint_path(row.file)
    path = kept_path(row)
    remedy = f"type: nostalgia checkpoints pull {name}"
    if not path.is_file():
        raise CheckpointError(f"the weights {name} ({row.file}) are not here; {remedy}")
    refuse_other_files(path)
    size = path.stat().st_size
    if row.size not in (None, size) and not note_path(path).is_file():
        said = f"the weights {printable_name(path)} hold {size} bytes instead of {row.size}"
        raise CheckpointError(f"{said}; {remedy}")
    return path


def stored_weights(backend: str) -> Path:
    """The best file that is here of those a backend such as "motion/fomm" can use.

    Raises:
        CheckpointError: none is here; it speaks of the one to take.
    """
    first: CheckpointError | None = None
    for row in weights_of(backend):
        try:
            return stored_checkpoint(row.name)
        except CheckpointError as exc:
            first = first or exc
    raise first or CheckpointError(f"the manifest lists no weights for {backend}")


def kept_path(row: ManifestRow) -> Path:
    """Where a row's file is, or would be."""
    return checkpoint_path(row.file) if row.ships else store_folder() / row.file


def note_path(path: Path) -> Path:
    """Where the SHA-256 of a file is noted that the manifest does not list; as of sha256sum."""
    return path.with_name(f"{path.name}.sha256")


def is_here(row: ManifestRow) -> bool:
    """Whether a file of that name is there, right or not."""
    try:
        return kept_path(row).is_file()
    except CheckpointError:
        return False


def verify(row: ManifestRow, progress: Callable[[float], None] | None = None) -> bool:
    """Read a whole file: True for the listed one, False for another that the user has accepted.

    Raises:
        CheckpointError: it is not here, or is neither.
    """
    path = kept_path(row)
    again = f"nostalgia checkpoints pull {row.name}"
    remedy = f"type: {'pip install --force-reinstall photo-nostalgia' if row.ships else again}"
    if not path.is_file():
        raise CheckpointError(f"{row.name}: {printable_name(path)} is not here; {remedy}")
    try:
        found = fingerprint(path, progress)
        accepted = note_path(path).read_text("utf-8") if note_path(path).is_file() else ""
    except (OSError, UnicodeDecodeError) as exc:
        raise CheckpointError(f"{row.name}: {printable_name(path)} cannot be read ({exc})") from exc
    trouble = row.mismatch(found)
    if trouble is None:
        return True
    if accepted.split(maxsplit=1)[:1] == [found.sha256]:
        return False
    raise CheckpointError(f"{row.name}: {printable_name(path)} is damaged: {trouble}; {remedy}")


def import_file(
    file: Path,
    name: str | None = None,
    *,
    reader: Callable[[ManifestRow], Reader] | None = None,
    accept_other: bool = False,
    progress: Callable[[float], None] | None = None,
) -> ManifestRow:
    """Copy a file that the user has into the store, if it is what the manifest lists.

    Args:
        file: any path; it stays as it is.
        name: of the manifest; None = the row of its hash, else of its file name.
        reader: what opens the file of a row without running anything; asked only about files
            that the manifest does not list, so that the refusal can say more than "other hash",
            and before such a file is accepted.
        accept_other: take a file of another hash too, where the manifest says that its hash is
            not proven, and the reader has opened it.
        progress: called with the share that is read, 0..1.

    Returns:
        The row that the file was kept for.

    Raises:
        CheckpointError: it cannot be read, is something else, or cannot be kept.
    """
    said = printable_name(file)
    try:
        refuse_other_files(file)
        found = fingerprint(file, progress)
    except OSError as exc:
        raise CheckpointError(f"{said} cannot be read ({exc}); give the path of a file") from exc
    row = _identified(file, found) if name is None else manifest_row(name)
    if row.ships:
        raise CheckpointError(f"{row.name} ships with nostalgia; there is nothing to import")
    trouble = row.mismatch(found)
    if trouble is not None:
        if reader is not None:
            _open_with(reader(row), file, f"{trouble}; type: nostalgia checkpoints pull {row.name}")
        _refuse_unlisted(said, row, trouble, accept_other)
    try:
        _copy(file, found, row)
    except OSError as exc:
        raise cannot_be_written(row, exc) from exc
    keep(_copy_path(row), row, None if trouble is None else found)
    return row


def keep(whole: Path, row: ManifestRow, accepted: Fingerprint | None = None) -> Path:
    """Give a file that was checked its name in the store.

    Args:
        whole: a temporary file in the store; it is renamed.
        row: what it is.
        accepted: the fingerprint of a file that the manifest does not list, None for the listed.

    Raises:
        CheckpointError: it cannot be renamed.
    """
    path = kept_path(row)
    try:
        if accepted is not None:
            note_path(path).write_text(f"{accepted.sha256}  {row.file}\n", encoding="utf-8")
        whole.replace(path)
        if accepted is None:
            note_path(path).unlink(missing_ok=True)
        for stale in stale_partials(path):
            stale.unlink(missing_ok=True)
    except OSError as exc:
        raise cannot_be_written(row, exc) from exc
    return path


def cannot_be_written(row: ManifestRow, error: OSError) -> CheckpointError:
    """The error of a full disk or of a folder that belongs to somebody else."""
    folder = printable_name(store_folder())
    return CheckpointError(
        f"{row.file} cannot be written to {folder} ({error.strerror or error});"
        " make room there, or set NOSTALGIA_CHECKPOINT_STORE to another folder"
    )


def _copy_path(row: ManifestRow) -> Path:
    return partial_path(kept_path(row))


def _copy(file: Path, found: Fingerprint, row: ManifestRow) -> None:
    """Copy beside the place where it will be, under a temporary name, and check the size."""
    partial = _copy_path(row)
    partial.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(file, partial)
        if partial.stat().st_size != found.size:
            raise OSError("the file changed while it was copied")
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _open_with(reader: Reader, file: Path, also: str) -> None:
    try:
        reader(file)
    except CheckpointError as exc:
        raise CheckpointError(f"{exc}; {also}") from exc


def _refuse_unlisted(said: str, row: ManifestRow, trouble: str, accept_other: bool) -> None:
    refusal = f"{said} is not the file that the manifest lists as {row.name}: {trouble}"
    if not row.unproven_hash:
        raise CheckpointError(f"{refusal}; get it again, or: nostalgia checkpoints pull {row.name}")
    if not accept_other:
        raise CheckpointError(
            f"{refusal}; the listed hash is not proven ({row.unproven_hash}): if you trust where"
            f" the file comes from, type: nostalgia checkpoints import FILE --as {row.name}"
            " --accept-hash"
        )


def _identified(file: Path, found: Fingerprint) -> ManifestRow:
    rows = [row for row in read_manifest() if not row.ships]
    exact = _first(row for row in rows if row.mismatch(found) is None)
    named = _first(row for row in rows if row.file.lower() == file.name.lower())
    if (row := exact or named) is None:
        raise CheckpointError(
            f"{printable_name(file)}: neither its hash nor its name is in the manifest; say what it"
            f" is with --as NAME: {', '.join(row.name for row in rows)}"
        )
    return row


def _first(rows: Iterable[ManifestRow]) -> ManifestRow | None:
    return next(iter(rows), None)
