"""Copy a GEDZIP (FamilySearch GEDCOM 7.0, chapter 4) with a changed tree and more files in it."""

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from nostalgia.album.trees.media import is_safe_entry
from nostalgia.album.trees.opening import PACKED_MOST_BYTES, Bounded, open_plain
from nostalgia.errors import InputError
from nostalgia.files import printable_name

TREE_ENTRY = "gedcom.ged"
_MOST_BYTES = 32 << 30
_HELD_BYTES, _LARGE_BYTES = 16 << 20, 1 << 31
_EPOCH = (1980, 1, 1, 0, 0, 0)
_ENCRYPTED = 1


def free_folder(archive: Path, files: Sequence[str]) -> str:
    """A folder inside the archive where nothing of these names is yet, "." if that will do.

    Raises:
        InputError: the archive cannot be read.
    """
    with _opened(archive) as old:
        taken = {name.casefold() for name in old.namelist()}
    folder, number = ".", 0
    while any(str(PurePosixPath(folder, file)).casefold() in taken for file in files):
        number += 1
        folder = f"nostalgia-{number}"
    return folder


def copy_gedzip(
    archive: Path, target: Path, change: Callable[[bytes], bytes], more: Mapping[str, Path]
) -> None:
    """Write `archive` to `target` with the tree as `change` makes it, and with the files `more`.

    Entries that lead out of an archive are left behind, and so are damaged ones, which nobody can
    read (a batch lists their pictures as unreadable). The same archive, files and change give the
    same bytes.

    Args:
        archive: the user's file.
        target: a new one.
        change: from the bytes of the tree inside to the new ones.
        more: name of a new entry -> file that it shall hold.

    Raises:
        InputError: the archive cannot be read, is encrypted, or unpacks to far too much.
    """
    said = printable_name(archive)
    with _opened(archive) as old, zipfile.ZipFile(target, "w") as new:
        for info in _worth_copying(old, said):
            _copy(old, new, info, change, said)
        for name, path in more.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o644 << 16
            with path.open("rb") as clip, new.open(entry, "w") as place:
                shutil.copyfileobj(clip, place)


@contextmanager
def _opened(archive: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with open_plain(archive) as file, zipfile.ZipFile(file) as opened:
            yield opened
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as exc:
        raise InputError(
            f"{printable_name(archive)}: not a GEDZIP that can be read ({exc}); export it anew"
        ) from exc


def _worth_copying(old: zipfile.ZipFile, said: str) -> list[zipfile.ZipInfo]:
    infos = {info.filename: info for info in old.infolist()}
    if TREE_ENTRY not in infos:
        raise InputError(f"{said}: holds no {TREE_ENTRY}; export it anew as GEDZIP")
    if any(info.flag_bits & _ENCRYPTED for info in infos.values()):
        raise InputError(f"{said}: is encrypted; export it without a password")
    if sum(info.file_size for info in infos.values()) > _MOST_BYTES:
        raise InputError(
            f"{said}: unpacks to more than {_MOST_BYTES >> 30} GiB; unpack it by hand and name what"
            " is inside"
        )
    return [info for name, info in infos.items() if is_safe_entry(name)]


def _copy(
    old: zipfile.ZipFile,
    new: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    change: Callable[[bytes], bytes],
    said: str,
) -> None:
    entry = zipfile.ZipInfo(info.filename, info.date_time)
    entry.compress_type, entry.external_attr = info.compress_type, info.external_attr
    if info.filename == TREE_ENTRY:
        with old.open(info) as source:
            new.writestr(entry, change(Bounded(source, PACKED_MOST_BYTES, said).readall()))
        return
    with tempfile.SpooledTemporaryFile(_HELD_BYTES) as whole:
        try:
            with old.open(info) as source:
                shutil.copyfileobj(source, whole)
        except (zipfile.BadZipFile, zlib.error, EOFError):
            return
        whole.seek(0)
        with new.open(entry, "w", force_zip64=info.file_size >= _LARGE_BYTES) as place:
            shutil.copyfileobj(whole, place)
