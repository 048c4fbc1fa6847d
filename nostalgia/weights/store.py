"""Store of the weights that do not ship: lookup, import and verification.

Nothing is downloaded here; `nostalgia.weights.download` does that, for `nostalgia checkpoints pull`
alone. A file gets its name in the store only once it is complete and is the file that the manifest
lists, or one that the user has accepted; the SHA-256 of an accepted file is written beside it.
"""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from nostalgia.errors import CheckpointError, option
from nostalgia.files import (
    checkpoint_path,
    make_folder,
    partial_file,
    printable_name,
    put_in_place,
    remove_files,
    user_data_folder,
)
from nostalgia.weights.manifest import ManifestRow, manifest_row, read_manifest, weights_of
from nostalgia.weights.validation import Fingerprint, fingerprint, refuse_other_files

Reader = Callable[[Path], object]
"""Opens a weight file without running anything in it; raises CheckpointError for other files."""


def store_folder() -> Path:
    """Folder of the weights that do not ship, which NOSTALGIA_CHECKPOINT_STORE moves.

    See `user_data_folder`; it may not exist.
    """
    return user_data_folder("checkpoints", "NOSTALGIA_CHECKPOINT_STORE")


def stored_checkpoint(name: str) -> Path:
    """Path of a weight file by its name in the manifest; only its size is checked.

    Raises:
        CheckpointError: no weights have that name, or the file is missing or cut off.
    """
    row = manifest_row(name)
    if row.ships:
        return checkpoint_path(row.file)
    path = kept_path(row)
    remedy = f"run `nostalgia checkpoints pull {name}`"
    if not path.is_file():
        raise CheckpointError(f"the weights {name} ({row.file}) are missing; {remedy}")
    refuse_other_files(path)
    size = path.stat().st_size
    if row.size not in (None, size) and not note_path(path).is_file():
        raise CheckpointError(
            f"the weights {printable_name(path)} hold {size} bytes instead of {row.size}; {remedy}"
        )
    return path


def stored_weights(backend: str) -> Path:
    """Path of the best available file that a backend such as "motion/fomm" can use.

    Raises:
        CheckpointError: none is available; the message is about the best one.
    """
    first: CheckpointError | None = None
    for row in weights_of(backend):
        try:
            return stored_checkpoint(row.name)
        except CheckpointError as exc:
            first = first or exc
    raise first or CheckpointError(f"the manifest lists no weights for {backend}")


def kept_path(row: ManifestRow) -> Path:
    """Path of a row's file, whether or not it exists."""
    return checkpoint_path(row.file) if row.ships else store_folder() / row.file


def note_path(path: Path) -> Path:
    """Path of the note with the SHA-256 of an accepted file, in the format of sha256sum."""
    return path.with_name(f"{path.name}.sha256")


def is_here(row: ManifestRow) -> bool:
    """True if a file of that name exists, whatever it contains."""
    try:
        return kept_path(row).is_file()
    except CheckpointError:
        return False


def verify(row: ManifestRow, progress: Callable[[float], None] | None = None) -> bool:
    """Read a whole file: True if it is the listed one, False if it is one the user accepted.

    Raises:
        CheckpointError: it is missing, or is neither.
    """
    path = kept_path(row)
    again = f"run `nostalgia checkpoints pull {row.name}`"
    remedy = "reinstall photo-nostalgia" if row.ships else again
    if not path.is_file():
        raise CheckpointError(f"{row.name}: {printable_name(path)} is missing; {remedy}")
    try:
        found = fingerprint(path, progress)
        accepted = note_path(path).read_text("utf-8") if note_path(path).is_file() else ""
    except (OSError, UnicodeDecodeError) as exc:
        raise CheckpointError(f"{row.name}: {printable_name(path)} cannot be read ({exc})") from exc
    mismatch = row.mismatch(found)
    if mismatch is None:
        return True
    if accepted.split(maxsplit=1)[:1] == [found.sha256]:
        return False
    raise CheckpointError(f"{row.name}: {printable_name(path)} is damaged: {mismatch}; {remedy}")


def import_file(
    file: Path,
    listed_as: str | None = None,
    *,
    reader: Callable[[ManifestRow], Reader] | None = None,
    accept_hash: bool = False,
    progress: Callable[[float], None] | None = None,
) -> ManifestRow:
    """Copy a weight file of the user into the store, if the manifest lists it.

    Args:
        file: any path; the file is not changed.
        listed_as: name in the manifest; None = the row with its hash, else with its file name.
        reader: gives the reader of a row's file. It opens files that the manifest does not list,
            so that the refusal can say more than "other hash", and before one is accepted.
        accept_hash: also accept a file of another hash, if the manifest says that the listed hash
            is unproven and the reader has opened the file.
        progress: called with the share read so far, 0..1.

    Returns:
        The row of the file.

    Raises:
        CheckpointError: it cannot be read, is another file, or cannot be written to the store.
    """
    try:
        refuse_other_files(file)
        found = fingerprint(file, progress)
    except OSError as exc:
        raise CheckpointError(
            f"{printable_name(file)} cannot be read ({exc}); give the path of a file"
        ) from exc
    row = _identified(file, found) if listed_as is None else manifest_row(listed_as)
    if row.ships:
        raise CheckpointError(f"{row.name} ships with nostalgia; there is nothing to import")
    mismatch = row.mismatch(found)
    if mismatch is not None:
        if reader is not None:
            _open_with(reader(row), file, mismatch, row)
        _refuse_unlisted(file, row, mismatch, accept_hash)
    try:
        _copy(file, found, row, is_listed=mismatch is None)
    except OSError as exc:
        raise write_error(row, exc) from exc
    return row


def add_to_store(whole: Path, row: ManifestRow) -> Path:
    """Give a verified file that the manifest lists its name in the store.

    whole: a temporary file in the store; it is renamed.

    Raises:
        CheckpointError: it cannot be renamed.
    """
    path = kept_path(row)
    try:
        put_in_place(whole, path)
        remove_files([note_path(path)])
    except OSError as exc:
        raise write_error(row, exc) from exc
    return path


def write_error(row: ManifestRow, error: OSError) -> CheckpointError:
    """Error of a full disk or of a folder without permission to write."""
    folder = printable_name(store_folder())
    return CheckpointError(
        f"{row.file} cannot be written to {folder} ({error.strerror or error});"
        " free some space there, or set NOSTALGIA_CHECKPOINT_STORE to another folder"
    )


def _copy(file: Path, found: Fingerprint, row: ManifestRow, *, is_listed: bool) -> None:
    """Copy a file into the store, with a note on its hash if the manifest does not list it."""
    path = kept_path(row)
    make_folder(path.parent)
    with partial_file(path) as partial:
        shutil.copyfile(file, partial)
        if partial.stat().st_size != found.size:
            raise OSError("the file changed while it was copied")
        if not is_listed:  # first, because the copy counts as damaged without it
            with partial_file(note_path(path)) as note:
                note.write_text(f"{found.sha256}  {row.file}\n", encoding="utf-8")
    if is_listed:
        remove_files([note_path(path)])


def _open_with(reader: Reader, file: Path, mismatch: str, row: ManifestRow) -> None:
    try:
        reader(file)
    except CheckpointError as exc:
        raise CheckpointError(
            f"{exc.message}; {mismatch}; run `nostalgia checkpoints pull {row.name}`"
        ) from exc


def _refuse_unlisted(file: Path, row: ManifestRow, mismatch: str, accept_hash: bool) -> None:
    refusal = (
        f"{printable_name(file)} is not the file that the manifest lists as {row.name}: {mismatch}"
    )
    if not row.unproven_hash:
        raise CheckpointError(f"{refusal}; run `nostalgia checkpoints pull {row.name}`")
    if not accept_hash:
        raise CheckpointError(
            f"{refusal}; the listed hash is unverified ({row.unproven_hash}): if you trust the"
            f" origin of the file, import it with {option('listed_as', row.name)} and"
            f" {option('accept_hash', True)}"
        )


def _identified(file: Path, found: Fingerprint) -> ManifestRow:
    rows = [row for row in read_manifest() if not row.ships]
    exact = _first(row for row in rows if row.mismatch(found) is None)
    named = _first(row for row in rows if row.file.lower() == file.name.lower())
    if (row := exact or named) is None:
        raise CheckpointError(
            f"{printable_name(file)}: neither its hash nor its name is in the manifest; choose"
            f" its row with {option('listed_as')}: {', '.join(row.name for row in rows)}"
        )
    return row


def _first(rows: Iterable[ManifestRow]) -> ManifestRow | None:
    return next(iter(rows), None)
