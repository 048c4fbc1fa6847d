"""Trees packed with their pictures: GEDZIP (.gdz, a zip) and Gramps packages (.gpkg, a tar).

Only names are read at first. Pictures are unpacked on demand into a folder that the caller chooses,
under names chosen here: the name of an entry has no influence on where it is written.
"""

import hashlib
import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from nostalgia.album.trees.limits import MAX_UNPACKED_BYTES, LimitedReader
from nostalgia.album.trees.media import is_safe_entry
from nostalgia.album.trees.model import FamilyTree, PhotoLink
from nostalgia.errors import InputError, option
from nostalgia.files import partial_file, printable_name, shortened

GEDZIP_TREE = "gedcom.ged"
GPKG_TREE = "data.gramps"
GZIP_SIGNATURE = b"\x1f\x8b"
_MAX_PICTURE_BYTES = 1 << 30
_SUSPICIOUS_BYTES = 64 << 20
_SUSPICIOUS_RATIO = 100
_MAX_ENTRIES = 200_000
_MAX_NAME_BYTES = 120
_MAX_PACKAGE_BYTES = 64 << 30
_COPIED_IN_MEMORY_BYTES = 16 << 20
_PROBLEMS = {
    "outside": f"lies outside the folders that may be read; add its folder to {option('media')}",
    "web": "is a web address, and nothing is downloaded; save the picture beside the tree",
    "unreadable": "is not a plain file, or is far too large for a picture",
}
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


@dataclass(frozen=True, slots=True)
class ArchiveContents:
    """Entries of an archive.

    names: names of all files. too_large: of those too large to be pictures. warnings: one per
    anomaly.
    """

    names: tuple[str, ...]
    too_large: frozenset[str]
    warnings: tuple[str, ...] = ()


def zip_contents(path: Path) -> ArchiveContents:
    """The entries of a GEDZIP.

    Raises:
        InputError: the file is not a zip, is damaged, or contains no gedcom.ged.
    """
    with _archive_errors(path), zipfile.ZipFile(path) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    names = [entry.filename for entry in entries]
    if GEDZIP_TREE not in names:
        raise InputError(
            f"{printable_name(path)}: a zip without gedcom.ged is not a GEDZIP; unpack it and name"
            " the tree inside"
        )
    too_large = frozenset(entry.filename for entry in entries if _is_too_large(entry))
    return ArchiveContents(tuple(names), too_large, tuple(_warnings(names)))


def _warnings(names: list[str]) -> Iterator[str]:
    unsafe = sum(not is_safe_entry(name) for name in names)
    if unsafe:
        yield f"entries that lead out of the archive, not unpacked: {unsafe}"
    if len(names) > len(set(names)):
        yield "entries of the archive share a name: the last one is used"
    if len(names) > _MAX_ENTRIES:
        raise ValueError(f"more than {_MAX_ENTRIES} entries")


def _is_too_large(entry: zipfile.ZipInfo) -> bool:
    packed = max(1, entry.compress_size)
    bomb = entry.file_size > _SUSPICIOUS_BYTES and entry.file_size > packed * _SUSPICIOUS_RATIO
    return bomb or entry.file_size > _MAX_PICTURE_BYTES


@contextmanager
def open_zipped_tree(path: Path) -> Iterator[IO[bytes]]:
    """The GEDCOM inside a GEDZIP, seekable.

    Raises:
        InputError: it unpacks to more than a tree can hold, or the archive is damaged.
    """
    with _archive_errors(path), zipfile.ZipFile(path) as archive:
        if archive.getinfo(GEDZIP_TREE).file_size > MAX_UNPACKED_BYTES:
            raise InputError(
                f"{printable_name(path)}: its gedcom.ged unpacks to more than"
                f" {MAX_UNPACKED_BYTES >> 20} MiB; unpack it by hand and name the tree inside"
            )
        with archive.open(GEDZIP_TREE) as entry:
            limited = LimitedReader(entry, MAX_UNPACKED_BYTES, printable_name(path))
            with _seekable(limited) as file:
                yield file


@contextmanager
def _seekable(source: LimitedReader) -> Iterator[IO[bytes]]:
    """A temporary copy, which can be read twice; a large one is on disk."""
    import tempfile

    with tempfile.SpooledTemporaryFile(max_size=_COPIED_IN_MEMORY_BYTES) as file:
        shutil.copyfileobj(source, file)
        file.seek(0)
        yield file


def gpkg_contents(path: Path) -> ArchiveContents:
    """The plain files in a Gramps package.

    Raises:
        InputError: the file is not a tar, is damaged, or contains no data.gramps.
    """
    names, too_large, total = [], set(), 0
    with _archive_errors(path), tarfile.open(path, "r|*") as archive:
        for entry in archive:
            if entry.isfile():
                names.append(entry.name)
                if entry.size > _MAX_PICTURE_BYTES:
                    too_large.add(entry.name)
            total += entry.size
            if len(names) > _MAX_ENTRIES or total > _MAX_PACKAGE_BYTES:
                raise ValueError("far larger than a tree with its pictures")
    if GPKG_TREE not in names:
        raise InputError(
            f"{printable_name(path)}: a package without data.gramps is not a Gramps package;"
            " unpack it and name the tree inside"
        )
    return ArchiveContents(tuple(names), frozenset(too_large), tuple(_warnings(names)))


@contextmanager
def open_packaged_tree(path: Path) -> Iterator[IO[bytes]]:
    """The Gramps XML inside a package; it may be gzipped itself.

    Raises:
        InputError: the package is damaged.
    """
    with _archive_errors(path), tarfile.open(path, "r|*") as archive:
        for entry in archive:
            file = archive.extractfile(entry) if entry.name == GPKG_TREE else None
            if file is not None:
                with _seekable(
                    LimitedReader(file, MAX_UNPACKED_BYTES, printable_name(path))
                ) as copy:
                    yield copy
                return


def extract_media(tree: FamilyTree, link: PhotoLink, folder: Path) -> Path:
    """Path of the picture of `link`, unpacked into `folder` unless an earlier call did so.

    The picture of a link that is a file already stays where it is. A package (.gpkg) can only be
    read from its start, so the first call unpacks all the pictures that the tree names.

    Raises:
        InputError: the picture does not exist or is too large, or the archive is damaged.
    """
    if link.path is not None:
        return link.path
    if link.problem or not link.archive_name:
        problem = _PROBLEMS.get(link.problem, "does not exist")
        raise InputError(f"{printable_name(link.reference)}: {problem}")
    target = _target(link.archive_name, folder)
    if not target.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        if zipfile.is_zipfile(tree.path):
            _unzip(tree.path, link.archive_name, target)
        else:
            _untar(tree, folder)
    if not target.is_file():
        raise InputError(f"{printable_name(link.archive_name)}: is no longer in the archive")
    return target


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


def _unzip(path: Path, name: str, target: Path) -> None:
    with _archive_errors(path, name), zipfile.ZipFile(path) as archive:
        entry = archive.getinfo(name)
        if _is_too_large(entry):
            raise InputError(f"{printable_name(name)}: unpacks to far more than a picture")
        with archive.open(entry) as packed:
            _write(packed, target, name)


def _untar(tree: FamilyTree, folder: Path) -> None:
    wanted = {link.archive_name for link in tree.links if link.archive_name}
    with _archive_errors(tree.path), tarfile.open(tree.path, "r|*") as archive:
        for entry in archive:
            packed = archive.extractfile(entry) if entry.name in wanted and entry.isfile() else None
            target = _target(entry.name, folder)
            if packed is not None and entry.size <= _MAX_PICTURE_BYTES and not target.exists():
                _write(packed, target, entry.name)


def _write(packed: IO[bytes], target: Path, name: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with partial_file(target) as partial, partial.open("wb") as file:
            shutil.copyfileobj(
                LimitedReader(packed, _MAX_PICTURE_BYTES, printable_name(name)), file
            )
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
        raise InputError(f"{place} cannot be read ({exc}); export or copy the tree again") from exc
