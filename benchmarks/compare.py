"""Compare two checkouts of nostalgia side by side: time, CPU, memory, and what their clips show.

python benchmarks/compare.py BEFORE [AFTER] [--rounds 2] [--cases small,portrait]
    [--photo FILE ...] [--portrait FILE] [--options "--driver smile"] [--json FILE]

BEFORE and AFTER are commits (checked out into temporary git worktrees) or folders; AFTER is this
checkout if it is left out. Each run is the real command line in a fresh process, in turns: A B B A.
Where the two need different packages, --python-before and --python-after name their Pythons.

Cases are made from one portrait: that of `nostalgia demo`, or --portrait FILE. --photo measures
photos as they are, instead of the made cases or, with --cases too, after them.
"""

import argparse
import json
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from arguments import add_case_arguments, check_case_arguments
from cases import all_cases
from checkouts import ROOT, BenchmarkError, Side, checked_out, ended_by_signals
from clip_difference import Difference, clip_difference
from runs import Results, run_in_turns, say
from tables import comparison_table, difference_table, group_lines, machine

from nostalgia.errors import NostalgiaError


def main(words: list[str] | None = None) -> int:
    """Read the command line, compare, print the tables. Returns: the exit code."""
    arguments = read_arguments(words)
    try:
        with ended_by_signals(), ExitStack() as stack:
            compare(arguments, stack)
    except (BenchmarkError, NostalgiaError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; temporary checkouts are removed", file=sys.stderr)
        return 130
    return 0


def read_arguments(words: list[str] | None) -> argparse.Namespace:
    """Arguments of the command line; ends the program with a message if they make no sense."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("before", metavar="BEFORE", help="commit or folder")
    parser.add_argument(
        "after", metavar="AFTER", nargs="?", default=str(ROOT), help="the same (default: this one)"
    )
    for side in ("before", "after"):
        parser.add_argument(
            f"--python-{side}",
            default=sys.executable,
            metavar="PROGRAM",
            help=f"Python of {side.upper()} (default: the one that runs this)",
        )
    add_case_arguments(parser)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to this file")
    parser.add_argument("--keep-clips", type=Path, metavar="FOLDER", help="keep the clips there")
    arguments = parser.parse_args(words)
    check_case_arguments(parser, arguments)
    return arguments


def compare(arguments: argparse.Namespace, stack: ExitStack) -> None:
    """Check out, run, print. What is temporary is removed as `stack` closes.

    Raises:
        BenchmarkError: a side cannot be checked out or run.
    """
    named = (arguments.before, arguments.after)
    pythons = (arguments.python_before, arguments.python_after)
    sides = [
        Side(name, stack.enter_context(checked_out(reference)), python)
        for name, reference, python in zip(("before", "after"), named, pythons, strict=True)
    ]
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nostalgia-compare-")))
    clips = arguments.keep_clips or folder
    clips.mkdir(parents=True, exist_ok=True)
    cases = all_cases(arguments.cases, arguments.portrait, arguments.photo, folder)
    results = run_in_turns(sides, cases, arguments.rounds, arguments.options, clips.resolve())
    differences: dict[str, Difference] = {}
    titles = {case.name: case.title for case in cases}
    for name, pair in results.items():
        say(f"comparing clips: {titles[name]}")
        differences[name] = clip_difference(pair["before"].clip_path, pair["after"].clip_path)
    before, after = (described(*each) for each in zip(sides, named, strict=True))
    head = f"{before} against {after}; {machine()}; medians of {arguments.rounds} rounds"
    tables = (comparison_table(titles, results), difference_table(titles, differences))
    print("\n\n".join((head, *tables, *group_lines(results))))
    if arguments.json:
        values = json_values(head, results, differences)
        arguments.json.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def json_values(head: str, results: Results, differences: dict[str, Difference]) -> dict[str, Any]:
    """All figures as plain JSON values; equal planes have a PSNR of null."""
    return {
        "what": head,
        "cases": {
            name: {
                **{side: series.to_dict() for side, series in pair.items()},
                "psnr": differences[name].to_dict(),
            }
            for name, pair in results.items()
        },
    }


def described(side: Side, named: str) -> str:
    """A side as the user named it; its commit too where that is one."""
    return named if Path(named).is_dir() else f"{named} ({side.folder.name})"


if __name__ == "__main__":
    sys.exit(main())
