"""`nostalgia inspect`: the metadata of a clip."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nostalgia.cli.console import print_json, print_result
from nostalgia.cli.errors import with_exit_codes
from nostalgia.files import printable_name

if TYPE_CHECKING:
    from nostalgia.clips.inspection import Inspection

_NO_PROVENANCE = (
    "No record of how it was made: nostalgia did not make it, or the record was removed."
)
_STATES = {
    "trusted": "valid, signed with a trusted certificate",
    "valid": "valid, signer not in your trust list",
    "invalid": "INVALID: the file was changed after signing, or the signature is wrong",
}


@with_exit_codes
def inspect_command(
    clip: Annotated[Path, typer.Argument(metavar="CLIP", help="A clip or a still picture.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    trust: Annotated[
        Path | None,
        typer.Option(metavar="ROOTS.pem", help="Root certificates to trust."),
    ] = None,
) -> None:
    """Show the metadata of a clip: its photo, level, driver, visible mark and signature.

    Metadata can be forged; `nostalgia verify` compares the pixels. The exit code is 0 even without
    metadata, and 3 if the file is not a clip.
    """
    from nostalgia.clips.inspection import inspect_clip

    found = inspect_clip(clip, trust)
    if as_json:
        print_json(_values(clip, found))
        return
    for line in _lines(clip, found):
        print_result(line)


def _values(clip: Path, found: "Inspection") -> dict[str, Any]:
    from nostalgia.clips.levels import playback_words

    info = found.info
    return {
        "clip": str(clip),
        "width": info.width,
        "height": info.height,
        "frames": info.frames,
        "fps": round(info.fps, 3),
        "codec": info.codec,
        "level": found.level or None,
        "playback": playback_words(found.level) if found.level else None,
        "sound": info.sound_codec or None,
        "provenance": asdict(found.provenance) | {"description": found.provenance.description}
        if found.provenance
        else None,
        "tags": dict(found.tags),
        "signed": found.is_signed,
        "credential": asdict(found.credential) if found.credential else None,
        "note": found.credential_note,
    }


def _lines(clip: Path, found: "Inspection") -> list[str]:
    info, provenance = found.info, found.provenance
    length = f"{info.frames} frames, {info.duration_s:.1f} s" if info.frames > 1 else "one picture"
    lines = [f"{printable_name(clip)}: {info.width} x {info.height}, {length}"]
    lines += _level_lines(found.level)
    if provenance is None:
        lines += [_NO_PROVENANCE]
        facts = list(found.tags.items())
    else:
        lines += [printable_name(provenance.description, 300)]
        facts = [
            ("photo", provenance.title),
            ("photo's sha256", provenance.source_sha256),
            ("driver", provenance.driver),
            ("motion", provenance.motion),
            ("enhancement", provenance.enhancement or "none"),
            ("photo taken", found.tags.get("date", "")),
            ("visible mark", f'"{provenance.label}"' if provenance.label else "none"),
            ("shows", _shown(provenance.shown_xyxy, provenance.layout)),
            ("made on", provenance.created),
            ("nostalgia", provenance.version),
            ("source type", provenance.digital_source_type),
        ]
    lines += [f"  {name:<15} {printable_name(text, 300)}" for name, text in facts if text]
    return lines + _signature_lines(found)


def _level_lines(level: str) -> list[str]:
    from nostalgia.clips.levels import level_words, playback_words

    return [f"{level_words(level)}: {playback_words(level)}."] if level else []


def _shown(box: tuple[int, int, int, int] | None, layout: str) -> str:
    if box is None:
        return ""
    x0, y0, x1, y1 = box
    beside = "" if layout in ("", "alone") else f", {layout} the still photo"
    return f"{x1 - x0} x {y1 - y0} pixels of the photo from {x0},{y0}{beside}"


def _signature_lines(found: "Inspection") -> list[str]:
    credential = found.credential
    if credential is None:
        return [f"  {'signature':<15} {found.credential_note or 'none'}"]
    who = ", ".join(word for word in (credential.signer, credential.issuer) if word)
    facts = [
        ("signature", _STATES.get(credential.state, credential.state)),
        ("signed by", who or "unnamed"),
        ("says", ", ".join(credential.actions)),
        ("source type", credential.digital_source_type),
        ("made from", ", ".join(credential.ingredients)),
    ]
    return [f"  {name:<15} {printable_name(text, 300)}" for name, text in facts if text]
