"""Manifest of the weight files, checkpoints/manifest.toml: identity, origin and licence of each."""

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
KINDS = ("arrays", "network", "tensors", "first-order-model", "program")
"""Arrays: an .npz of ours. Network: an .onnx of ours. Tensors: a torch.save file.
First-order-model: such a file with the two networks of the First Order Motion Model. Program:
TorchScript, which holds code, and is therefore accepted with the listed hash only."""

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

    name: its name on the command line. file: its name on disk. kind: see `KINDS`.
    size: bytes, None if not established. sha256, md5: hex digits, or None.
    urls: addresses to download it from, tried in order; empty if it ships with the package.
    backends: those that use it, such as "motion/fomm"; each needs one of the files listed for it.
    licence: as its authors state it. source: its origin.
    unproven_licence, unproven_hash: open questions about them, one sentence or "".
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
        """True if it comes with the package."""
        return not self.urls

    def mismatch(self, found: Fingerprint) -> str | None:
        """Describe how a file differs from the listed one; None if it is the listed one."""
        if self.size is not None and found.size < self.size:
            return f"it has {found.size} of {self.size} bytes, so it is cut off or a different file"
        if self.size is not None and found.size > self.size:
            return f"it has {found.size} bytes instead of {self.size}"
        for label, listed, hash_found in (
            ("SHA-256", self.sha256, found.sha256),
            ("MD5", self.md5, found.md5),
        ):
            if listed is not None and listed != hash_found:
                return f"its {label} begins with {hash_found[:12]} instead of {listed[:12]}"
        return None


def read_manifest(folder: Path | None = None) -> tuple[ManifestRow, ...]:
    """Read every row, in the order of the file.

    folder: folder of manifest.toml; None = the folder of checkpoints.

    Raises:
        CheckpointError: it is missing, or a row does not match `ManifestRow`.
    """
    path = (checkpoints_folder() if folder is None else folder) / MANIFEST_FILE
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        rows = tuple(_row(item) for item in content["checkpoint"])
        for field in ("name", "file"):
            values = [getattr(row, field) for row in rows]
            if len(set(values)) < len(values):
                raise ValueError(f"two rows have the same {field}")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise CheckpointError(
            f"{printable_name(path)} is missing or damaged ({exc!s}): reinstall photo-nostalgia"
        ) from exc
    return rows


def manifest_row(name: str) -> ManifestRow:
    """Return the row of that name.

    Raises:
        CheckpointError: no row has that name.
    """
    rows = read_manifest()
    for row in rows:
        if row.name == name:
            return row
    raise CheckpointError(
        f"no weights are called {printable_name(name)!r};"
        f" choose from {', '.join(row.name for row in rows)}"
    )


def weights_of(backend: str) -> tuple[ManifestRow, ...]:
    """Rows of which a backend such as "motion/fomm" needs one, best first; empty if it needs none.

    Raises:
        CheckpointError: the manifest is damaged.
    """
    return tuple(row for row in read_manifest() if backend in row.backends)


def _row(item: Mapping[str, Any]) -> ManifestRow:
    label = f"row {item.get('name', '?')!r}"
    if odd := set(item) - _KEYS:
        raise ValueError(f"{label} has unknown fields: {', '.join(sorted(odd))}")
    if absent := [field for field in _NEEDED if not item.get(field)]:
        raise ValueError(f"{label} has no {', '.join(absent)}")
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
        raise ValueError(f"{label} has values that are not text")
    if unproven or row.kind not in KINDS or not (row.size is None or _is_size(row.size)):
        raise ValueError(f"{label} has an unknown kind, size or unproven field")
    if not (_NAME.fullmatch(row.name) and _FILE.fullmatch(row.file)):
        raise ValueError(f"{label} has an invalid name or file")
    for field, digits in _HEX_DIGITS.items():
        if not re.fullmatch(f"[0-9a-f]{{{digits}}}", texts.get(field, "0" * digits)):
            raise ValueError(f"{label}: {field} is not {digits} hex digits")
    if not (row.sha256 or row.md5) or (row.ships and not (row.size and row.sha256)):
        raise ValueError(f"{label} has no hash, or ships without size and SHA-256")
    return row


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
