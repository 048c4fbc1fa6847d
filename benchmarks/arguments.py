"""Arguments that say what is measured; all scripts that run cases take them."""

import argparse
import shlex
from pathlib import Path

from cases import MADE


def add_case_arguments(parser: argparse.ArgumentParser) -> None:
    """What is measured, how often, and with which options."""
    parser.add_argument("--rounds", type=int, default=2, help="runs of each case (default: 2)")
    parser.add_argument("--cases", help=f"made cases, of {','.join(MADE)} (default: all)")
    parser.add_argument("--portrait", type=Path, metavar="FILE", help="photo that they are made of")
    parser.add_argument(
        "--photo", type=Path, nargs="+", default=[], metavar="FILE", help="photos as they are"
    )
    parser.add_argument(
        "--options", type=shlex.split, default=[], help="further options of animate, in quotes"
    )


def check_case_arguments(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """Turn `cases` into a list of names; ends the program if an argument makes no sense."""
    if arguments.rounds < 1:
        parser.error("--rounds must be 1 or more")
    for photo in (*arguments.photo, *([arguments.portrait] if arguments.portrait else [])):
        if not photo.is_file():
            parser.error(f"{photo} is not a file; check the name")
    if arguments.cases is None:
        arguments.cases = [] if arguments.photo else list(MADE)
        return
    arguments.cases = [name.strip() for name in arguments.cases.split(",") if name.strip()]
    for name in arguments.cases:
        if name not in MADE:
            parser.error(f"--cases {name}: no such case; choose from {', '.join(MADE)}")
    if not arguments.cases and not arguments.photo:
        parser.error("there is nothing to measure; name cases or photos")
