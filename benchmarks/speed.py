"""Seconds per stage, frames per second and peak memory, as a Markdown table.

python benchmarks/speed.py [--sizes 512,1280,2048] [--duration 8] [--photo FILE]

Each size runs in a process of its own, so that peak memory is that size's own. The photo is the
portrait of `nostalgia demo`, enlarged where a size asks for more pixels than it has.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SIZES = "512,1280,2048"


def main() -> None:
    """Read the command line, run each size, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default=SIZES, help="longest sides in pixels")
    parser.add_argument("--duration", type=float, default=8.0, help="length of the clip in seconds")
    parser.add_argument("--photo", type=Path, help="instead of the demo's portrait")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.one:
        measure(Path(words.one), words.duration)
        return
    with tempfile.TemporaryDirectory() as folder:
        rows = [
            run_size(int(size), words.duration, words.photo, Path(folder))
            for size in words.sizes.split(",")
        ]
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print(table(rows))


def run_size(size: int, duration_s: float, photo: Path | None, folder: Path) -> dict[str, Any]:
    """Animate the photo at one size in a process of its own and return what it measured."""
    from PIL import Image

    from nostalgia.cli.demo import portrait_png

    source = folder / "portrait.png"
    source.write_bytes(photo.read_bytes() if photo else portrait_png())
    scaled = folder / f"portrait-{size}.png"
    with Image.open(source) as picture:
        scale = size / max(picture.size)
        picture.convert("RGB").resize(
            (round(picture.width * scale), round(picture.height * scale))
        ).save(scaled)
    command = [sys.executable, __file__, "--one", str(scaled), "--duration", str(duration_s)]
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{size} pixels: {done.stderr}")
    return json.loads(done.stdout) | {"size": size, "process_s": time.perf_counter() - start}


def measure(photo: Path, duration_s: float) -> None:
    """Animate one photo and print its measurements as JSON; the work of the inner process."""
    import nostalgia

    options = nostalgia.AnimateOptions(duration_s=duration_s, overwrite=True)
    values = nostalgia.animate(photo, photo.with_suffix(".mp4"), options).report.values
    print(
        json.dumps(
            {
                "width": values["clip"]["width"],
                "height": values["clip"]["height"],
                "frames": values["clip"]["frames"],
                "clip_s": values["clip"]["duration_s"],
                "seconds": values["timing"]["seconds"],
                "peak_mib": values["peak_memory_mib"],
            }
        )
    )


def table(rows: list[dict[str, Any]]) -> str:
    """The measurements as a Markdown table: one column per size."""
    stages = list(dict.fromkeys(stage for row in rows for stage in row["seconds"]))
    lines: list[tuple[str, list[str]]] = [
        ("clip", [f"{row['width']} x {row['height']}, {row['clip_s']:.1f} s" for row in rows])
    ]
    lines += [
        (f"{stage}, s", [f"{row['seconds'].get(stage, 0.0):.2f}" for row in rows])
        for stage in stages
    ]
    lines += [
        ("**whole process, s**", [f"**{row['process_s']:.1f}**" for row in rows]),
        ("share of the clip's length", [f"{row['process_s'] / row['clip_s']:.2f}" for row in rows]),
        ("frames per second", [f"{row['frames'] / row['process_s']:.1f}" for row in rows]),
        ("peak memory without the encoder, MiB", [f"{row['peak_mib']:.0f}" for row in rows]),
    ]
    head = ["longest side", *(f"{row['size']} px" for row in rows)]
    rule = ["---", *("---:" for _ in rows)]
    return "\n".join(
        f"| {' | '.join(cells)} |" for cells in (head, rule, *([name, *v] for name, v in lines))
    )


if __name__ == "__main__":
    main()
