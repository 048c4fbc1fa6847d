"""Trees that bring their pictures along: GEDZIP (.gdz, a zip) and Gramps packages (.gpkg, a tar).

Only names are read at first. Pictures are unpacked when asked for, to a folder that the caller
gives, under names of our own: what an entry is called decides nothing about where it is written.
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

from nostalgia.album.trees.media import is_safe_entry
from nostalgia.album.trees.model import FamilyTree, PhotoLink
from nostalgia.album.trees.opening import PACKED_MOST_BYTES, Bounded
from nostalgia.errors import InputError
from nostalgia.files import partial_path, printable_name, shortened

GEDZIP_TREE = "gedcom.ged"
GPKG_TREE = "data.gramps"
PICTURE_MOST_BYTES = 1 << 30
_SUSPICIOUS_BYTES = 64 << 20
_SUSPICIOUS_RATIO = 100
_MOST_ENTRIES = 200_000
_NAME_ROOM_BYTES = 120
_MOST_PACKAGE_BYTES = 64 << 30
_PROBLEMS = {
    "outside": "lies outside of the folders that you named; add its folder with --media",
    "web": "is a web address, and nothing is fetched; save the picture beside the tree",
    "unreadable": "is no plain file, or far too large for a picture",
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
"""What the archive readers raise at damaged, encrypted or unknown archives."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What an archive holds: all names, those too large to be pictures, and what was odd."""

    names: tuple[str, ...]
    too_large: frozenset[str]
    warnings: tuple[str, ...] = ()


def zip_contents(path: Path) -> Contents:
    """The entries of a GEDZIP.

    Raises:
        InputError: it is no zip, is damaged, or holds no gedcom.ged.
    """
    with _archive_errors(path), zipfile.ZipFile(path) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    names = [entry.filename for entry in entries]
    if GEDZIP_TREE not in names:
        raise InputError(
            f"{printable_name(path)}: a zip without gedcom.ged, so no GEDZIP; unpack it and name"
            " the tree in it"
        )
    too_large = frozenset(entry.filename for entry in entries if _is_too_large(entry))
    return Contents(tuple(names), too_large, tuple(_oddities(names)))


def _oddities(names: list[str]) -> Iterator[str]:
    unsafe = sum(not is_safe_entry(name) for name in names)
    if unsafe:
        yield f"{unsafe} entries of the archive would lie outside of it and are left alone"
    if len(names) > len(set(names)):
        yield "entries of the archive share a name: the last one counts"
    if len(names) > _MOST_ENTRIES:
        raise ValueError(f"more than {_MOST_ENTRIES} entries")


def _is_too_large(entry: zipfile.ZipInfo) -> bool:
    packed = max(1, entry.compress_size)
    bomb = entry.file_size > _SUSPICIOUS_BYTES and entry.file_size > packed * _SUSPICIOUS_RATIO
    return bomb or entry.file_size > PICTURE_MOST_BYTES


@contextmanager
def open_zipped_tree(path: Path) -> Iterator[IO[bytes]]:
    """The GEDCOM in a GEDZIP, seekable.

    Raises:
        InputError: it unpacks to more than a tree can hold, or is damaged.
    """
    with _archive_errors(path), zipfile.ZipFile(path) as archive:
        if archive.getinfo(GEDZIP_TREE).file_size > PACKED_MOST_BYTES:
            raise InputError(
                f"{printable_name(path)}: gedcom.ged in it unpacks to more than"
                f" {PACKED_MOST_BYTES >> 20} MiB; unpack it by hand and name that"
            )
        with archive.open(GEDZIP_TREE) as entry:
            bounded = Bounded(entry, PACKED_MOST_BYTES, printable_name(path))
            with _spooled(bounded) as file:
                yield file


@contextmanager
def _spooled(source: Bounded) -> Iterator[IO[bytes]]:
    """A copy that can be read twice; large ones lie on the disk meanwhile."""
    import tempfile

    with tempfile.SpooledTemporaryFile(max_size=16 << 20) as file:
        shutil.copyfileobj(source, file)
        file.seek(0)
        yield file


def gpkg_contents(path: Path) -> Contents:
    """The plain files in a Gramps package.

    Raises:
        InputError: it is no tar, is damaged, or holds no data.gramps.
    """
    names, too_large, total = [], set(), 0
    with _archive_errors(path), tarfile.open(path, "r|*") as archive:
        for entry in archive:
            if entry.isfile():
                names.append(entry.name)
                if entry.size > PICTURE_MOST_BYTES:
                    too_large.add(entry.name)
            total += entry.size
            if len(names) > _MOST_ENTRIES or total > _MOST_PACKAGE_BYTES:
                raise ValueError("far more than a tree with its pictures")
    if GPKG_TREE not in names:
        raise InputError(
            f"{printable_name(path)}: holds no data.gramps, so it is no Gramps package; unpack it"
            " and name the tree in it"
        )
    return Contents(tuple(names), frozenset(too_large), tuple(_oddities(names)))


@contextmanager
def open_packaged_tree(path: Path) -> Iterator[IO[bytes]]:
    """The Gramps XML in a package, perhaps gzipped once more.

    Raises:
        InputError: the package is damaged.
    """
    with _archive_errors(path), tarfile.open(path, "r|*") as archive:
        for entry in archive:
            file = archive.extractfile(entry) if entry.name == GPKG_TREE else None
            if file is not None:
                with _spooled(Bounded(file, PACKED_MOST_BYTES, printable_name(path))) as copy:
                    yield copy
                return


def extract_media(tree: FamilyTree, link: PhotoLink, folder: Path) -> Path:
    """Unpack the picture of `link` into `folder` and return its path; a second time it is there.

    Links that are files already give their own path. From a package (.gpkg), which can only be
    read from its beginning, the first call unpacks all pictures that the tree names.

    Raises:
        InputError: there is no such file, or the archive is damaged, or the picture is too large.
    """
    if link.path is not None:
        return link.path
    if link.problem or not link.archive_name:
        why = _PROBLEMS.get(link.problem, "is not there")
        raise InputError(f"{printable_name(link.said)}: {why}")
    target = _target(link.archive_name, folder)
    if not target.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        if zipfile.is_zipfile(tree.path):
            _unzip(tree.path, link.archive_name, target)
        else:
            _untar(tree, folder)
    if not target.is_file():
        raise InputError(f"{printable_name(link.archive_name)}: is not in the archive any more")
    return target


def _target(archive_name: str, folder: Path) -> Path:
    """The entry's own name, which its clip will tell, in a folder of its own.

    Two entries may share a last name, or differ in case only.
    """
    mark = hashlib.sha256(archive_name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    name = PurePosixPath(archive_name.replace("\\", "/")).name
    plain = "".join(
        char if char.isprintable() and char not in '<>:"|?*\\' else "_" for char in name
    )
    stem = shortened(Path(plain).stem.strip(". "), _NAME_ROOM_BYTES) or "picture"
    return folder / mark / f"{stem}{Path(plain).suffix[:10].rstrip('. ')}"


def _unzip(path: Path, name: str, target: Path) -> None:
    with _archive_errors(path, name), zipfile.ZipFile(path) as archive:
        entry = archive.getinfo(name)
        if _is_too_large(entry):
            raise InputError(f"{printable_name(name)}: unpacks to more than a picture can need")
        with archive.open(entry) as packed:
            _write(packed, target, name)


def _untar(tree: FamilyTree, folder: Path) -> None:
    wanted = {link.archive_name for link in tree.links if link.archive_name}
    with _archive_errors(tree.path), tarfile.open(tree.path, "r|*") as archive:
        for entry in archive:
            packed = archive.extractfile(entry) if entry.name in wanted and entry.isfile() else None
            target = _target(entry.name, folder)
            if packed is not None and entry.size <= PICTURE_MOST_BYTES and not target.exists():
                _write(packed, target, entry.name)


def _write(packed: IO[bytes], target: Path, name: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_path(target)
    try:
        with partial.open("wb") as file:
            shutil.copyfileobj(Bounded(packed, PICTURE_MOST_BYTES, printable_name(name)), file)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
        with suppress(OSError):  # it holds the picture
            target.parent.rmdir()


@contextmanager
def _archive_errors(path: Path, name: str = "") -> Iterator[None]:
    said = f"{printable_name(path)}: " + (
        f"{printable_name(name)} in it" if name else "the archive"
    )
    try:
        yield
    except KeyError as exc:
        raise InputError(f"{said} is not there") from exc
    except _BROKEN as exc:
        raise InputError(f"{said} cannot be read ({exc}); export or copy the tree again") from exc
