"""Read the metadata of a clip: provenance, plain tags and Content Credentials."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from PIL import Image

from nostalgia.clips.ffmpeg import ClipInfo, require_file
from nostalgia.clips.provenance import Provenance, read_provenance
from nostalgia.clips.signing import Credential, has_credential, read_credential
from nostalgia.clips.stream_level import level_in_file
from nostalgia.clips.writer import probe
from nostalgia.errors import BackendError, EncodingError, InputError
from nostalgia.files import printable_name

_SHOWN_TAGS = ("title", "comment", "description", "artist", "copyright", "date", "encoder")
_STILLS = {"JPEG": "mjpeg", "PNG": "png", "TIFF": "tiff"}
"""Formats of still pictures -> the names of their codecs."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """Metadata found in a file.

    info: description of the clip; a still picture has one frame. provenance: None if nostalgia did
    not write it, or it was removed. tags: plain tags that are not empty. level: of H.264, as an
    MP4 states it, such as "4.0"; "" for any other file. is_signed: True if the file holds Content
    Credentials. credential: None if there are none or they cannot be read; credential_note: the
    reason for the latter.
    """

    info: ClipInfo
    provenance: Provenance | None
    tags: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    level: str = ""
    is_signed: bool = False
    credential: Credential | None = None
    credential_note: str = ""


def inspect_clip(path: Path | str, anchors: Path | str | None = None) -> Inspection:
    """Read the metadata of a clip or a still picture; nothing is checked against its pixels.

    anchors: PEM file of root certificates, whose signatures count as trusted.

    Raises:
        InputError: it is not a clip, or the anchors cannot be read.
    """
    path = Path(path)
    require_file(path, InputError)
    info = _info(path)
    credential, note = None, ""
    is_signed = has_credential(path)
    if is_signed:
        try:
            credential = read_credential(path, anchors)
        except BackendError as exc:
            note = exc.message
        if credential is None:
            note = note or "its Content Credentials are damaged"
    tags = {name: info.metadata[name] for name in _SHOWN_TAGS if info.metadata.get(name)}
    level = level_in_file(path)
    return Inspection(info, _provenance(path), tags, level, is_signed, credential, note)


def _info(path: Path) -> ClipInfo:
    try:
        with Image.open(path, formats=list(_STILLS)) as image:
            width, height = image.size
            codec = _STILLS[str(image.format)]
            tags = {"description": str(image.getexif().get(0x010E, ""))}
            return ClipInfo(width, height, 0.0, 1, 0.0, codec, "", 0.0, tags)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        pass
    try:
        return probe(path)
    except EncodingError as exc:
        raise InputError(
            f"{printable_name(path)}: is neither a clip nor a still picture ({exc.message})"
        ) from exc


def _provenance(path: Path) -> Provenance | None:
    try:
        return read_provenance(path)
    except EncodingError:  # a kind of video that nostalgia does not write to, or a damaged one
        return None
