"""Copy a GEDZIP (FamilySearch GEDCOM 7.0, chapter 4) with a changed tree and more files in it."""

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from nostalgia.album.trees.archives import GEDZIP_TREE
from nostalgia.album.trees.limits import MAX_UNPACKED_BYTES, LimitedReader
from nostalgia.album.trees.media import is_safe_entry
from nostalgia.errors import InputError
from nostalgia.files import folded_file_name, open_regular_file, printable_name

_MAX_BYTES = 32 << 30
_COPIED_IN_MEMORY_BYTES = 16 << 20
_ZIP64_BYTES = 1 << 31
_EARLIEST_DATE = (1980, 1, 1, 0, 0, 0)
_ENCRYPTED_FLAG = 1


def free_folder(archive: Path, files: Sequence[str]) -> str:
    """A folder inside the archive without entries of these names, "." if its top has none.

    Raises:
        InputError: the archive cannot be read.
    """
    with _opened(archive) as old:
        taken = {folded_file_name(name) for name in old.namelist()}
    folder, number = ".", 0
    while any(folded_file_name(str(PurePosixPath(folder, file))) in taken for file in files):
        number += 1
        folder = f"nostalgia-{number}"
    return folder


def copy_gedzip(
    archive: Path, target: Path, change: Callable[[bytes], bytes], more: Mapping[str, Path]
) -> None:
    """Copy `archive` to `target` with its tree changed by `change` and the files `more` added.

    Entries that lead out of the archive are not copied, nor are damaged ones (a batch lists their
    pictures as unreadable). Equal archives, files and changes give equal bytes.

    Args:
        archive: the user's file.
        target: the new file.
        change: from the bytes of the old tree to those of the new one.
        more: name of a new entry -> its file.

    Raises:
        InputError: the archive cannot be read, is encrypted, or unpacks to far too much.
    """
    name = printable_name(archive)
    with _opened(archive) as old, zipfile.ZipFile(target, "w") as new:
        for info in _entries_to_copy(old, name):
            _copy(old, new, info, change, name)
        for place, path in more.items():
            entry = zipfile.ZipInfo(place, _EARLIEST_DATE)
            entry.external_attr = 0o644 << 16
            with path.open("rb") as clip, new.open(entry, "w") as copy:
                shutil.copyfileobj(clip, copy)


@contextmanager
def _opened(archive: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with open_regular_file(archive, "GEDZIP") as file, zipfile.ZipFile(file) as opened:
            yield opened
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as exc:
        raise InputError(
            f"{printable_name(archive)}: not a readable GEDZIP ({exc}); export it again"
        ) from exc


def _entries_to_copy(old: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    infos = {info.filename: info for info in old.infolist()}
    if GEDZIP_TREE not in infos:
        raise InputError(f"{name}: contains no {GEDZIP_TREE}; export it again as GEDZIP")
    if any(info.flag_bits & _ENCRYPTED_FLAG for info in infos.values()):
        raise InputError(f"{name}: is encrypted; export it without a password")
    if sum(info.file_size for info in infos.values()) > _MAX_BYTES:
        raise InputError(
            f"{name}: unpacks to more than {_MAX_BYTES >> 30} GiB; unpack it by hand and name the"
            " tree inside"
        )
    return [info for info in infos.values() if is_safe_entry(info.filename)]


def _copy(
    old: zipfile.ZipFile,
    new: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    change: Callable[[bytes], bytes],
    name: str,
) -> None:
    entry = zipfile.ZipInfo(info.filename, info.date_time)
    entry.compress_type, entry.external_attr = info.compress_type, info.external_attr
    if info.filename == GEDZIP_TREE:
        with old.open(info) as source:
            new.writestr(entry, change(LimitedReader(source, MAX_UNPACKED_BYTES, name).readall()))
        return
    with tempfile.SpooledTemporaryFile(_COPIED_IN_MEMORY_BYTES) as whole:
        try:
            with old.open(info) as source:
                shutil.copyfileobj(source, whole)
        except (zipfile.BadZipFile, zlib.error, EOFError):
            return
        whole.seek(0)
        with new.open(entry, "w", force_zip64=info.file_size >= _ZIP64_BYTES) as place:
            shutil.copyfileobj(whole, place)
