"""`nostalgia doctor`: installed and missing parts, and how to get the missing ones."""

import importlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

import nostalgia
from nostalgia.cli.console import print_json, print_result
from nostalgia.cli.errors import one_line, with_exit_codes
from nostalgia.cli.wording import in_flags
from nostalgia.errors import BackendError, NostalgiaError, counted
from nostalgia.registry import BUILT_IN, EXTRA_OF_MODULE, Group, available, remedy, target

NEEDED = (
    "numpy",
    "onnxruntime",
    "pillow",
    "imageio-ffmpeg",
    "platformdirs",
    "filelock",
    "ansel",
    "defusedxml",
    "jinja2",
)
OPENCV_OWNERS = (
    "opencv-python-headless",
    "opencv-python",
    "opencv-contrib-python-headless",
    "opencv-contrib-python",
)
"""Distributions that write into the same folder cv2; the extra learned brings the second one."""
OPENCV_REMEDY = "run: pip install --force-reinstall --no-deps opencv-python-headless"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor. needed: True for what `nostalgia animate` cannot do without."""

    name: str
    fine: bool
    detail: str
    needed: bool = True


@with_exit_codes
def doctor_command(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per finding, one per line.")
    ] = False,
) -> None:
    """Check the installation, and show how to get what is missing."""
    broken = 0
    for finding in findings():
        broken += finding.needed and not finding.fine
        if as_json:
            print_json(asdict(finding))
        else:
            mark = "ok" if finding.fine else "MISSING" if finding.needed else "-"
            print_result(f"{mark:<8}{finding.name:<26}{finding.detail}")
    if broken:
        parts = counted(broken, "required part", "required parts")
        raise BackendError(f"{parts} missing or damaged, see above")


def findings() -> Iterator[Finding]:
    """All findings, in the order of the report."""
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding("nostalgia", True, f"{nostalgia.__version__}, {Path(nostalgia.__file__).parent}")
    yield Finding("python", (3, 11) <= sys.version_info < (3, 14), f"{python}, {sys.executable}")
    for distribution in NEEDED:
        yield _distribution(distribution)
    yield _opencv()
    yield _ffmpeg()
    yield from _sizes()
    yield from _checkpoints()
    yield _drivers()
    yield from _user_drivers()
    for group in BUILT_IN:
        yield from _backends(group)
    yield from _extras()


def _distribution(name: str) -> Finding:
    try:
        return Finding(name, True, version(name))
    except PackageNotFoundError:
        return Finding(name, False, f"run: pip install '{name}'")


def _opencv() -> Finding:
    owners = {name: version(name) for name in OPENCV_OWNERS if _is_distribution(name)}
    listed = ", ".join(f"{name} {number}" for name, number in owners.items())
    try:
        importlib.import_module("cv2")
    except ImportError as error:
        return Finding("opencv", False, f"{one_line(error)}; {OPENCV_REMEDY}")
    if len(set(owners.values())) > 1:
        reason = f"two versions share the folder cv2: {listed}"
        same = owners.get("opencv-python-headless", "")
        return Finding("opencv", False, f"{reason}; run: pip install 'opencv-python=={same}'")
    return Finding("opencv", True, listed or "not installed by pip")


def _is_distribution(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _ffmpeg() -> Finding:
    from nostalgia.clips.ffmpeg import ffmpeg_program

    try:
        program = ffmpeg_program()
        version_text = subprocess.run(
            [program, "-version"], capture_output=True, text=True, check=True, timeout=20
        ).stdout
    except (NostalgiaError, OSError, subprocess.SubprocessError) as error:
        return Finding("ffmpeg", False, one_line(error))
    return Finding("ffmpeg", True, f"{version_text.split(' Copyright')[0]}, {program}")


def _sizes() -> Iterator[Finding]:
    """The sizes of clips, and whether ffmpeg makes what they promise."""
    from nostalgia.clips.levels import level_words, playback_words
    from nostalgia.scene.sizes import TIERS

    for size, tier in TIERS.items():
        if tier.megapixels is None:
            yield Finding(f"size {size}", True, "the photo's own", needed=False)
            continue
        area = f"{tier.megapixels:.1f} megapixels"
        detail = f"{tier.side_px} pixels a side, {area}, {level_words(tier.level)}"
        yield Finding(f"size {size}", True, f"{detail}: {playback_words(tier.level)}", needed=False)
    yield _encoder()


def _encoder() -> Finding:
    """A clip of one frame of the size to share, encoded and read back."""
    import numpy as np

    from nostalgia.clips.levels import PLAYS_EVERYWHERE, level_words
    from nostalgia.clips.stream_level import level_in_file
    from nostalgia.clips.writer import ClipWriter

    width, height = 1920, 1080
    try:
        with tempfile.TemporaryDirectory(prefix="nostalgia-") as folder:
            clip = Path(folder) / "clip.mp4"
            with ClipWriter(clip, width, height, 30) as writer:
                writer.write(np.full((height, width, 3), 128, np.uint8))
            level = level_in_file(clip)
    except (NostalgiaError, OSError) as error:
        return Finding("mp4 encoder", False, one_line(error))
    fits = level == PLAYS_EVERYWHERE
    return Finding("mp4 encoder", fits, f"{width} x {height} is {level_words(level)}")


def _checkpoints() -> Iterator[Finding]:
    """The shipped weights; the others are optional, and `_backends` shows what needs them."""
    from nostalgia.weights.manifest import read_manifest
    from nostalgia.weights.store import kept_path, verify

    try:
        rows = [row for row in read_manifest() if row.ships]
    except NostalgiaError as error:
        yield Finding("checkpoints", False, one_line(error))
        return
    for row in rows:
        try:
            verify(row)
        except NostalgiaError as error:
            yield Finding(row.name, False, one_line(error))
        else:
            yield Finding(row.name, True, f"{kept_path(row)}, SHA-256 {str(row.sha256)[:12]}")


def _backends(group: Group) -> Iterator[Finding]:
    """State of each backend; none is imported, and only the embedded ones are required."""
    from nostalgia.registry import missing_requirements

    try:
        for name in available(group):
            missing = missing_requirements(group, name)
            detail = (
                in_flags("; ".join(missing)) if missing else f"available ({target(group, name)})"
            )
            yield Finding(f"{group} {name}", not missing, detail, needed=False)
    except NostalgiaError as error:
        yield Finding(f"{group} backends", False, one_line(error), needed=False)


def _drivers() -> Finding:
    from nostalgia.drivers.bank.bank import load_bank
    from nostalgia.files import driving_videos_folder

    try:
        bank = load_bank(driving_videos_folder())
        bank.verify()
    except NostalgiaError as error:
        return Finding("drivers", False, one_line(error))
    return Finding("drivers", True, f"{len(bank.names)}: {', '.join(bank.names)}")


def _user_drivers() -> Iterator[Finding]:
    from nostalgia.drivers.bank.bank import load_user_entries

    try:
        entries = load_user_entries()
        for entry in entries.values():
            entry.verify()
    except NostalgiaError as error:
        yield Finding("your drivers", False, one_line(error), needed=False)
        return
    if entries:
        names = f"{len(entries)}: {', '.join(entries)}"
        yield Finding("your drivers", True, names, needed=False)


def _extras() -> Iterator[Finding]:
    from nostalgia.registry import is_installed

    for extra in sorted(set(EXTRA_OF_MODULE.values())):
        modules = [module for module, owner in EXTRA_OF_MODULE.items() if owner == extra]
        missing = [module for module in modules if not is_installed(module)]
        detail = "installed"
        if missing:
            detail = f"not installed; {remedy(missing[0])}"
        yield Finding(f"extra {extra}", not missing, detail, needed=False)
