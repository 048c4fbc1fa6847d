"""Make the driver bank from pictures and labels: expression units, performers, drivers, bank.json.

    PYTHONPATH=.:training python training/make_bank.py PICTURES_FOLDER LABELS.npz [driving_videos] [--build build]

Steps whose inputs have not changed are skipped, so that an interrupted run resumes; --force makes
everything again and is needed after changes of the motion backend. After a new mesh network or a
change in reading clips use --record, which keeps the clips.

About 20 seconds for each performer and each driver on two cores; 10 minutes for all.
"""

import argparse
import hashlib
import subprocess
import sys
from pathlib import Path

from make_drivers import make_drivers, open_studio
from performances import PERFORMANCES

from nostalgia.faces.finder import FaceFinder

HERE = Path(__file__).resolve().parent
DRAWN_BY = (
    "make_performers.py",
    "casting_call.py",
    "average_faces.py",
    "anatomy.py",
    "hairdresser.py",
    "hair_painting.py",
    "wardrobe.py",
    "sitter.py",
    "studio.py",
    "fit_expressions.py",
)
"""Code that determines how performers look."""


def fingerprint(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def run_step(
    name: str, files: list[Path], made: list[Path], build: Path, force: bool, *command: str
) -> None:
    """Run a script of this folder, unless the files that it `made` exist and its input `files` are unchanged."""
    stamp = build / f"{name}.sha256"
    current = fingerprint(files)
    done = stamp.is_file() and stamp.read_text() == current
    if done and not force and all(path.is_file() for path in made):
        print(name, "are up to date", flush=True)
        return
    subprocess.run([sys.executable, str(HERE / command[0]), *command[1:]], check=True)
    missing = [str(path) for path in made if not path.is_file()]
    if missing:
        raise SystemExit(f"{command[0]} did not make {', '.join(missing)}")
    stamp.write_text(current)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pictures", type=Path, help="folder of muxspace/facial_expressions images")
    parser.add_argument("labels", type=Path, help="labels.npz of label_faces.py")
    parser.add_argument("out", type=Path, nargs="?", default=HERE.parent / "driving_videos")
    parser.add_argument("--build", type=Path, default=Path("build/drivers"))
    parser.add_argument("--force", action="store_true", help="make unchanged steps again too")
    parser.add_argument(
        "--record", action="store_true", help="keep the clips, extract their tracks again"
    )
    parser.add_argument("--only", nargs="*", default=[], help="names of drivers, default all")
    arguments = parser.parse_args()
    build: Path = arguments.build
    build.mkdir(parents=True, exist_ok=True)
    labels: Path = arguments.labels
    units, performers = build / "units.npz", build / "performers"
    needed = sorted({performance.performer for performance in PERFORMANCES})
    run_step(
        "units", [labels, HERE / "fit_expressions.py"], [units], build, arguments.force,
        "fit_expressions.py", str(labels), str(units),
    )  # fmt: skip
    run_step(
        "performers", [labels, *(HERE / name for name in DRAWN_BY)],
        [performers / f"{name}.png" for name in needed], build, arguments.force,
        "make_performers.py", str(arguments.pictures), str(labels), str(performers),
    )  # fmt: skip
    studio = open_studio(units, performers, FaceFinder.load())
    make_drivers(studio, arguments.out, arguments.only, arguments.force, arguments.record)


if __name__ == "__main__":
    main()
