"""Seconds per stage, frames per second and peak memory by photo size, as a Markdown table.

python benchmarks/speed.py [--sizes 512,1280,2048] [--duration 8] [--photo FILE]

`nostalgia bench` compares motion backends at one size; this script compares sizes with one backend.
The photo is the portrait of `nostalgia demo`, enlarged for sizes above its own.
"""

import argparse
import os
import platform
import tempfile
from pathlib import Path

from nostalgia.cli.benchmark import Measurement, measure_alone
from nostalgia.options import AnimateOptions

SIZES = "512,1280,2048"


def main() -> None:
    """Read the command line, run each size in a separate process, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default=SIZES, help="longest sides in pixels")
    parser.add_argument("--duration", type=float, default=8.0, help="length of the clip in seconds")
    parser.add_argument("--photo", type=Path, help="photo to use instead of the demo's portrait")
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.sizes.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        runs = [
            measure_alone(
                scaled_photo(arguments.photo, size, Path(folder)),
                AnimateOptions(duration_s=arguments.duration),
            )
            for size in sizes
        ]
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print(table(sizes, runs))


def scaled_photo(photo: Path | None, size: int, folder: Path) -> Path:
    """Path of a PNG in `folder`: the photo, resized so that its longest side has `size` pixels."""
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
    return scaled


def table(sizes: list[int], runs: list[Measurement]) -> str:
    """The measurements as a Markdown table, one column per size."""
    stages = list(dict.fromkeys(stage for run in runs for stage in run.seconds))
    clips_s = [run.frames / run.fps for run in runs]
    lines = [
        (
            "clip",
            [f"{r.width} x {r.height}, {s:.1f} s" for r, s in zip(runs, clips_s, strict=True)],
        ),
        *(
            (f"{stage}, s", [f"{run.seconds.get(stage, 0.0):.2f}" for run in runs])
            for stage in stages
        ),
        ("**whole process, s**", [f"**{run.process_s:.1f}**" for run in runs]),
        (
            "share of the clip's length",
            [f"{run.process_s / s:.2f}" for run, s in zip(runs, clips_s, strict=True)],
        ),
        ("frames per second", [f"{run.frames / run.process_s:.1f}" for run in runs]),
        ("times a plain encoding", [f"{run.rendering_s / run.encoding_s:.2f}" for run in runs]),
        ("peak memory without the encoder, MiB", [f"{run.peak_mib or 0:.0f}" for run in runs]),
    ]
    head = ["longest side", *(f"{size} px" for size in sizes)]
    rule = ["---", *("---:" for _ in sizes)]
    return "\n".join(
        f"| {' | '.join(cells)} |" for cells in (head, rule, *([name, *v] for name, v in lines))
    )


if __name__ == "__main__":
    main()
