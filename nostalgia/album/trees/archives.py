"""Trees packed with their pictures: GEDZIP (.gdz, a zip) and Gramps packages (.gpkg, a tar).

Only names are read at first. Pictures are unpacked on demand into a folder that the caller chooses,
under names chosen here: the name of an entry has no influence on where it is written. One limit
holds for the sum of all entries, see `unpacked_limit`.
"""

import errno
import hashlib
import io
import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast

from nostalgia.album.trees.limits import (
    MAX_ENTRIES,
    MAX_PICTURE_BYTES,
    MAX_UNPACKED_BYTES,
    CautiousReader,
    LimitedReader,
    too_much_unpacked,
    unpacked_limit,
)
from nostalgia.album.trees.media import is_safe_entry
from nostalgia.album.trees.packages import opened_package
from nostalgia.errors import EncodingError, InputError
from nostalgia.files import make_folder, open_regular_file, partial_file, printable_name, shortened

GEDZIP_TREE = "gedcom.ged"
GPKG_TREE = "data.gramps"
GZIP_SIGNATURE = b"\x1f\x8b"
_SUSPICIOUS_BYTES = 64 << 20
_SUSPICIOUS_RATIO = 100
_MAX_NAME_BYTES = 120
_COPIED_IN_MEMORY_BYTES = 16 << 20
_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    OSError,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)
"""Errors that the archive readers raise for damaged, encrypted or unsupported archives."""
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


@dataclass(frozen=True, slots=True)
class ArchiveContents:
    """Entries of an archive.

    names: names of all files. too_large: of those too large to be pictures. warnings: one per
    anomaly.
    """

    names: tuple[str, ...]
    too_large: frozenset[str]
    warnings: tuple[str, ...] = ()


@contextmanager
def opened_gedzip(path: Path) -> Iterator[tuple[ArchiveContents, IO[bytes]]]:
    """The entries of a GEDZIP, and the GEDCOM inside, seekable.

    Raises:
        InputError: the file is not a zip, is damaged, contains no gedcom.ged, or unpacks to more
            than a tree with its pictures can hold.
    """
    with _archive_errors(path), _opened_zip(path) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        names = [entry.filename for entry in entries]
        warnings = tuple(_warnings(names))
        if GEDZIP_TREE not in names:
            raise InputError(
                f"{printable_name(path)}: a zip without gedcom.ged is not a GEDZIP; unpack it and"
                " name the tree inside"
            )
        if archive.getinfo(GEDZIP_TREE).file_size > MAX_UNPACKED_BYTES:
            raise InputError(
                f"{printable_name(path)}: its gedcom.ged unpacks to more than"
                f" {MAX_UNPACKED_BYTES >> 20} MiB; unpack it by hand and name the tree inside"
            )
        too_large = frozenset(entry.filename for entry in entries if _is_too_large(entry))
        with archive.open(GEDZIP_TREE) as entry, _seekable(entry, path) as file:
            yield ArchiveContents(tuple(names), too_large, warnings), file


@contextmanager
def opened_gramps_package(path: Path) -> Iterator[tuple[ArchiveContents, IO[bytes]]]:
    """The plain files of a Gramps package, and the tree inside; it may be gzipped itself.

    Raises:
        InputError: the file is not a tar, is damaged, contains no data.gramps, or unpacks to more
            than a tree with its pictures can hold.
    """
    import tempfile

    names: list[str] = []
    too_large: set[str] = set()
    with tempfile.SpooledTemporaryFile(_COPIED_IN_MEMORY_BYTES) as tree:
        with _archive_errors(path), opened_package(path) as files:
            for entry, content in files:
                if entry.name == GPKG_TREE and GPKG_TREE not in names:
                    _copy(content, tree, MAX_UNPACKED_BYTES, path)
                names.append(entry.name)
                if entry.size > MAX_PICTURE_BYTES:
                    too_large.add(entry.name)
        if GPKG_TREE not in names:
            raise InputError(
                f"{printable_name(path)}: a package without data.gramps is not a Gramps package;"
                " unpack it and name the tree inside"
            )
        tree.seek(0)
        with _archive_errors(path):
            yield ArchiveContents(tuple(names), frozenset(too_large), tuple(_warnings(names))), tree


def extract_pictures(path: Path, names: Collection[str], folder: Path) -> Mapping[str, Path]:
    """Unpack some entries of an archive into a folder, unless an earlier call did so.

    The archive is read once, and nothing but these entries is written.

    Args:
        path: a GEDZIP or a Gramps package.
        names: of the entries.
        folder: is made if it does not exist.

    Returns:
        Name of an entry -> its file; those that are missing, damaged or too large are left out.

    Raises:
        InputError: the archive is damaged. EncodingError: the disk is full, or cannot be written.
    """
    targets = places_of_pictures(names, folder)
    with _archive_errors(path):
        is_zip = zipfile.is_zipfile(path)
    (_unzip if is_zip else _untar)(path, targets)
    return {name: target for name, target in targets.items() if target.is_file()}


def places_of_pictures(names: Collection[str], folder: Path) -> Mapping[str, Path]:
    """Name of an entry -> the file into which `extract_pictures` unpacks it."""
    return {name: _target(name, folder) for name in names}


def _warnings(names: list[str]) -> Iterator[str]:
    if len(names) > MAX_ENTRIES:
        raise ValueError(f"more than {MAX_ENTRIES} entries")
    unsafe = sum(not is_safe_entry(name) for name in names)
    if unsafe:
        yield f"entries that lead out of the archive, not unpacked: {unsafe}"
    if len(names) > len(set(names)):
        yield "entries of the archive share a name: the last one is used"


@contextmanager
def _opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """A zip whose entries all together unpack to no more than its size allows.

    Raises:
        InputError: they unpack to more.
    """
    with (
        open_regular_file(path, "GEDZIP") as file,
        CautiousReader(cast(io.RawIOBase, file)) as cautious,
        zipfile.ZipFile(cautious) as archive,
    ):
        limit = unpacked_limit(path.stat().st_size)
        if sum(entry.file_size for entry in archive.infolist()) > limit:
            raise too_much_unpacked(path)
        yield archive


def _is_too_large(entry: zipfile.ZipInfo) -> bool:
    packed = max(1, entry.compress_size)
    bomb = entry.file_size > _SUSPICIOUS_BYTES and entry.file_size > packed * _SUSPICIOUS_RATIO
    return bomb or entry.file_size > MAX_PICTURE_BYTES


@contextmanager
def _seekable(source: IO[bytes], path: Path) -> Iterator[IO[bytes]]:
    """A temporary copy, which can be read twice; a large one is on disk."""
    import tempfile

    with tempfile.SpooledTemporaryFile(_COPIED_IN_MEMORY_BYTES) as file:
        _copy(source, file, MAX_UNPACKED_BYTES, path)
        file.seek(0)
        yield file


def _copy(source: IO[bytes], target: IO[bytes], limit: int, name: Path | str) -> None:
    shutil.copyfileobj(LimitedReader(source, limit, printable_name(name)), target)


def _target(archive_name: str, folder: Path) -> Path:
    """Path that an entry is unpacked to, with its own name, which appears in the clip's name.

    Each entry has its own folder: two may share a file name, or differ only in case.
    """
    digest = hashlib.sha256(archive_name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    name = PurePosixPath(archive_name.replace("\\", "/")).name
    plain = "".join(
        char if char.isprintable() and char not in '<>:"|?*\\' else "_" for char in name
    )
    stem = shortened(Path(plain).stem.strip(". "), _MAX_NAME_BYTES) or "picture"
    return folder / digest / f"{stem}{Path(plain).suffix[:10].rstrip('. ')}"


def _unzip(path: Path, targets: Mapping[str, Path]) -> None:
    with _archive_errors(path), _opened_zip(path) as archive:
        for name, target in targets.items():
            with suppress(InputError), _archive_errors(path, name):
                entry = archive.getinfo(name)
                if not _is_too_large(entry) and not _is_there(target, entry.file_size):
                    with archive.open(entry) as packed:
                        _write(packed, target, name)


def _untar(path: Path, targets: Mapping[str, Path]) -> None:
    left = set(targets)
    with _archive_errors(path), opened_package(path) as files:
        for entry, content in files:
            if entry.name in left and entry.size <= MAX_PICTURE_BYTES:
                left.remove(entry.name)
                if not _is_there(targets[entry.name], entry.size):
                    _write(content, targets[entry.name], entry.name)
            if not left:
                break


def _is_there(target: Path, size: int) -> bool:
    return target.is_file() and target.stat().st_size == size


def _write(packed: IO[bytes], target: Path, name: str) -> None:
    make_folder(target.parent)
    try:
        with partial_file(target) as partial, partial.open("wb") as file:
            _copy(packed, file, MAX_PICTURE_BYTES, name)
    finally:
        with suppress(OSError):  # not empty: it contains the picture
            target.parent.rmdir()


@contextmanager
def _archive_errors(path: Path, name: str = "") -> Iterator[None]:
    subject = f"{printable_name(name)} in it" if name else "the archive"
    place = f"{printable_name(path)}: {subject}"
    try:
        yield
    except KeyError as exc:
        raise InputError(f"{place} does not exist") from exc
    except _BROKEN as exc:
        if isinstance(exc, OSError) and exc.errno in _NO_ROOM:
            raise EncodingError(
                f"{place} cannot be unpacked ({exc.strerror}); choose another output folder"
            ) from exc
        raise InputError(f"{place} cannot be read ({exc}); export or copy the tree again") from exc
