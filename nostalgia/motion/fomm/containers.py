"""Selected tensors of a `torch.save` file, read without running any code in it.

Both containers are supported: the zip archive of torch 1.6 and later, and the older sequence of
pickles followed by raw storages, which the released weights use. The unpickler accepts tensors and
plain values only and refuses anything else.

`torch.load(weights_only=True)` is as safe, but reads the optimisers of a full file too, because it
cannot map the older container: 3.0 times the memory of the two networks, against 1.35 times here.
Nor does it compare the checksums of the zip archive, which notice flipped bits.
"""

import pickle
import pickletools
import sys
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch
from torch import Tensor

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_MOST_MEMOS = 1 << 20
_DTYPES = {
    "FloatStorage": np.float32,
    "DoubleStorage": np.float64,
    "HalfStorage": np.float16,
    "BFloat16Storage": np.uint16,  # NumPy has no bfloat16, and torch no storage of uint16
    "LongStorage": np.int64,
    "IntStorage": np.int32,
    "ShortStorage": np.int16,
    "CharStorage": np.int8,
    "ByteStorage": np.uint8,
    "BoolStorage": np.bool_,
}


class ContainerError(ValueError):
    """The file is not a checkpoint, is cut off, or holds more than tensors and plain values."""


@dataclass(frozen=True, slots=True)
class Storage:
    """A sequence of numbers in the file. key: its name there; count: its length in numbers."""

    key: str
    dtype: type[np.generic]
    count: int


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """A tensor not read yet: a view of a storage; offset and stride in numbers."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    def __post_init__(self) -> None:
        reach = self.offset + sum(
            (n - 1) * step for n, step in zip(self.shape, self.stride, strict=True)
        )
        sound = all(n >= 0 for n in (self.offset, *self.shape, *self.stride))
        if not sound or (0 not in self.shape and reach >= self.storage.count):
            raise ContainerError("a tensor reaches beyond its storage")


@dataclass(frozen=True, slots=True)
class Container:
    """An open checkpoint. content: as saved, with `StoredTensor` in place of tensors."""

    content: Any
    read_storage: Callable[[Storage], np.ndarray]

    def tensors(self, stored: Mapping[str, StoredTensor]) -> dict[str, Tensor]:
        """Read tensors, every storage once.

        Raises:
            ContainerError: the file is cut off.
        """
        rows: dict[str, np.ndarray] = {}
        tensors = {}
        for name, tensor in stored.items():
            key = tensor.storage.key
            if key not in rows:
                rows[key] = self.read_storage(tensor.storage)
            row = torch.from_numpy(rows[key])
            row = row.view(torch.bfloat16) if row.dtype == torch.uint16 else row
            tensors[name] = torch.as_strided(row, tensor.shape, tensor.stride, tensor.offset)
        return tensors


@contextmanager
def open_container(path: Path) -> Iterator[Container]:
    """Open a `torch.save` file of either kind.

    Raises:
        OSError: it cannot be opened.
        ContainerError: it cannot be read, also within the block; see the class.
    """
    try:
        with path.open("rb") as file:
            if file.read(2) == b"PK":
                with zipfile.ZipFile(path) as archive:
                    yield _from_archive(archive)
            else:
                file.seek(0)
                yield _from_pickles(file)
    except (
        pickle.UnpicklingError, zipfile.BadZipFile, EOFError, AttributeError, KeyError,
        IndexError, TypeError, ValueError, OverflowError, RuntimeError, MemoryError, zlib.error,
    ) as exc:  # fmt: skip
        raise ContainerError(str(exc) or type(exc).__name__) from exc


class _TensorsOnly(pickle.Unpickler):
    """Accepts tensors, storages and ordered dictionaries; refuses any other global name."""

    def __init__(self, file: IO[bytes]) -> None:
        _refuse_huge_memos(file)
        super().__init__(file)

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch._utils" and name == "_rebuild_tensor_v2":
            return _stored_tensor
        if module == "torch._utils" and name == "_rebuild_parameter":
            return _stored_parameter
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        if (module, name) == ("torch", "Size"):
            return tuple
        raise pickle.UnpicklingError(f"it contains {module}.{name}, which is more than weights")

    def persistent_load(self, pid: Any) -> Storage:
        kind, dtype, key, _, count, *view = pid
        if kind != "storage" or any(view) or not isinstance(count, int) or count < 0:
            raise pickle.UnpicklingError("it contains a storage of an unknown kind")
        if dtype not in _DTYPES.values():
            raise pickle.UnpicklingError("it contains numbers of an unknown type")
        return Storage(str(key), dtype, count)


def _refuse_huge_memos(file: IO[bytes]) -> None:
    """Refuse a pickle with absurd memo numbers, for which the unpickler allocates memory."""
    start = file.tell()
    for opcode, number, _ in pickletools.genops(file):
        if opcode.name in ("PUT", "BINPUT", "LONG_BINPUT") and int(number or 0) > _MOST_MEMOS:
            raise pickle.UnpicklingError("it is damaged")
    file.seek(start)


def _stored_tensor(storage: Storage, offset: int, shape: Any, stride: Any, *_: Any) -> StoredTensor:
    return StoredTensor(storage, int(offset), tuple(shape), tuple(stride))


def _stored_parameter(tensor: StoredTensor, *_: Any) -> StoredTensor:
    return tensor


def _from_archive(archive: zipfile.ZipFile) -> Container:
    inside = next((name for name in archive.namelist() if name.endswith("/data.pkl")), None)
    if inside is None:
        raise ContainerError("it is a zip archive without weights")
    folder = inside.removesuffix("data.pkl")
    with archive.open(inside) as stream:
        content = _TensorsOnly(stream).load()
    swapped = _byte_order(archive, folder) != sys.byteorder

    def read(storage: Storage) -> np.ndarray:
        member = archive.getinfo(f"{folder}data/{storage.key}")
        size = storage.count * np.dtype(storage.dtype).itemsize
        if member.file_size != size:
            raise ContainerError("a storage differs from its declared size")
        with archive.open(member) as stream:
            row = _read_row(stream, storage)
        return row.byteswap() if swapped else row

    return Container(content, read)


def _byte_order(archive: zipfile.ZipFile, folder: str) -> str:
    """Byte order of an archive, as in `sys.byteorder`; "little" if the file does not record it.

    The numbers of the older container are little-endian, whatever its header records.
    """
    name = f"{folder}byteorder"
    return archive.read(name).decode() if name in archive.namelist() else "little"


def _from_pickles(file: IO[bytes]) -> Container:
    magic, protocol, _ = (_TensorsOnly(file).load() for _ in range(3))
    if magic != _LEGACY_MAGIC or protocol != 1001:
        raise ContainerError("it is not a torch checkpoint")
    finder = _StorageFinder(file)
    content = finder.load()
    places, place = {}, None
    for key in map(str, _TensorsOnly(file).load()):
        place = file.tell() if place is None else place
        storage = finder.seen[key]
        places[key] = place
        place += 8 + storage.count * np.dtype(storage.dtype).itemsize

    def read(storage: Storage) -> np.ndarray:
        file.seek(places[storage.key])
        if int.from_bytes(file.read(8), "little") != storage.count:
            raise ContainerError("a storage differs from its declared size, or the file is cut off")
        return _read_row(file, storage)

    return Container(content, read)


class _StorageFinder(_TensorsOnly):
    """Records every storage, since their sizes determine their positions in the file."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self.seen: dict[str, Storage] = {}

    def persistent_load(self, pid: Any) -> Storage:
        storage = super().persistent_load(pid)
        return self.seen.setdefault(storage.key, storage)


def _read_row(stream: IO[bytes], storage: Storage) -> np.ndarray:
    row = np.empty(storage.count, storage.dtype)
    content = row.view(np.uint8)
    done = 0
    while done < len(content):
        part = stream.read(min(len(content) - done, 1 << 20))
        if not part:
            raise ContainerError("it is cut off")
        content[done : done + len(part)] = np.frombuffer(part, np.uint8)
        done += len(part)
    return row
