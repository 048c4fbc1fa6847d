"""The table of weight files, checkpoints/manifest.toml: what each is, what is unproven."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nostalgia.errors import CheckpointError
from nostalgia.files import checkpoints_folder, printable_name
from nostalgia.weights.validation import Fingerprint

MANIFEST_FILE = "manifest.toml"
KINDS = ("arrays", "tensors", "first-order-model", "program")
"""Arrays: our own .npz. Tensors: a torch.save file. First-order-model: such a file with the two
networks of the First Order Motion Model. Program: TorchScript, which is code and weights, and so
is taken with its very hash only."""

_TEXTS = ("name", "file", "licence", "source", "sha256", "md5", "kind")
_LISTS = ("urls", "backends")
_KEYS = {*_TEXTS, *_LISTS, "size", "unproven"}
_NEEDED = ("name", "file", "licence", "source")
_HEX_DIGITS = {"sha256": 64, "md5": 32}
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """One weight file.

    name: what the command line calls it. file: its name on disk. kind: see `KINDS`.
    size: in bytes, None where nobody has proven it. sha256, md5: hex digits, or None.
    urls: where it may be had, tried in turn; none means that it ships with the package.
    backends: who uses it, such as "motion/fomm"; a backend needs one of the files that name it.
    licence: as its makers state it. source: where it comes from.
    unproven_licence, unproven_hash: what is not known for certain, one sentence or "".
    """

    name: str
    file: str
    licence: str
    source: str
    kind: str = "arrays"
    size: int | None = None
    sha256: str | None = None
    md5: str | None = None
    urls: tuple[str, ...] = ()
    backends: tuple[str, ...] = ()
    unproven_licence: str = ""
    unproven_hash: str = ""

    @property
    def ships(self) -> bool:
        """Whether it comes with the package."""
        return not self.urls

    def mismatch(self, found: Fingerprint) -> str | None:
        """What is different about a file, in words; None where it is the one that is listed."""
        if self.size is not None and found.size < self.size:
            return f"it holds {found.size} of {self.size} bytes, so it is cut off or another file"
        if self.size is not None and found.size > self.size:
            return f"it holds {found.size} bytes, and the listed file {self.size}"
        for label, listed, hash_found in (
            ("SHA-256", self.sha256, found.sha256),
            ("MD5", self.md5, found.md5),
        ):
            if listed is not None and listed != hash_found:
                return (
                    f"its {label} begins with {hash_found[:12]}, the listed one with {listed[:12]}"
                )
        return None


def read_manifest(folder: Path | None = None) -> tuple[ManifestRow, ...]:
    """Every row, in the order of the file.

    folder: of manifest.toml, None = the folder of checkpoints.

    Raises:
        CheckpointError: it is missing, or a row is not as `ManifestRow` says.
    """
    path = (checkpoints_folder() if folder is None else folder) / MANIFEST_FILE
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        rows = tuple(_row(item) for item in content["checkpoint"])
        for field in ("name", "file"):
            values = [getattr(row, field) for row in rows]
            if len(set(values)) < len(values):
                raise ValueError(f"two rows have one {field}")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise CheckpointError(
            f"{printable_name(path)} is missing or damaged ({exc!s}): install photo-nostalgia again"
        ) from exc
    return rows


def manifest_row(name: str) -> ManifestRow:
    """The row of a name.

    Raises:
        CheckpointError: there is none of that name.
    """
    rows = read_manifest()
    for row in rows:
        if row.name == name:
            return row
    raise CheckpointError(
        f"there are no weights called {printable_name(name)!r};"
        f" there are {', '.join(row.name for row in rows)}"
    )


def weights_of(backend: str) -> tuple[ManifestRow, ...]:
    """The rows of which a backend such as "motion/fomm" needs one; none where it needs none.

    Raises:
        CheckpointError: the manifest is damaged.
    """
    return tuple(row for row in read_manifest() if backend in row.backends)


def _row(item: Mapping[str, Any]) -> ManifestRow:
    said = f"row {item.get('name', '?')!r}"
    if odd := set(item) - _KEYS:
        raise ValueError(f"{said} has unknown fields: {', '.join(sorted(odd))}")
    if absent := [field for field in _NEEDED if not item.get(field)]:
        raise ValueError(f"{said} lacks {', '.join(absent)}")
    texts: dict[str, Any] = {field: item[field] for field in _TEXTS if field in item}
    lists: dict[str, Any] = {field: tuple(item[field]) for field in _LISTS if field in item}
    unproven = dict(item.get("unproven", {}))
    row = ManifestRow(
        **texts,
        **lists,
        size=item.get("size"),
        unproven_licence=unproven.pop("licence", ""),
        unproven_hash=unproven.pop("hash", ""),
    )
    words = (*texts.values(), row.unproven_licence, row.unproven_hash)
    if not all(isinstance(word, str) for word in (*words, *row.urls, *row.backends)):
        raise ValueError(f"{said} holds something else than text")
    if unproven or row.kind not in KINDS or not (row.size is None or _is_size(row.size)):
        raise ValueError(f"{said} has an unknown kind, size or unproven field")
    if not (_NAME.fullmatch(row.name) and _FILE.fullmatch(row.file)):
        raise ValueError(f"{said} has a name or a file that cannot be one")
    for field, digits in _HEX_DIGITS.items():
        if not re.fullmatch(f"[0-9a-f]{{{digits}}}", texts.get(field, "0" * digits)):
            raise ValueError(f"{said}: {field} is not {digits} hex digits")
    if not (row.sha256 or row.md5) or (row.ships and not (row.size and row.sha256)):
        raise ValueError(f"{said} has no hash, or ships without size and SHA-256")
    return row


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
