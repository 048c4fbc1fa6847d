"""Measure this checkout: time, CPU and memory of the whole command, as a Markdown table.

python benchmarks/speed.py [--rounds 2] [--cases small,portrait] [--photo FILE ...]
    [--portrait FILE] [--options "--driver smile"] [--readme]

With --readme the table of README.md is renewed. Cases are those of compare.py, which compares two
checkouts; `nostalgia bench` measures one photo, and compares motion backends.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from arguments import add_case_arguments, check_case_arguments
from cases import all_cases
from checkouts import ROOT, BenchmarkError, Side
from runs import run_in_turns
from tables import group_lines, machine, speed_table, stage_table

from nostalgia.errors import NostalgiaError

README = ROOT / "README.md"
BEGIN, END = "<!-- speed:begin -->", "<!-- speed:end -->"


def main(words: list[str] | None = None) -> int:
    """Read the command line, measure, print the tables. Returns: the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_case_arguments(parser)
    parser.add_argument("--readme", action="store_true", help="renew the table of README.md")
    arguments = parser.parse_args(words)
    check_case_arguments(parser, arguments)
    try:
        measure(arguments)
    except (BenchmarkError, NostalgiaError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; nothing was changed", file=sys.stderr)
        return 130
    return 0


def measure(arguments: argparse.Namespace) -> None:
    """Run the cases, print the tables, and renew the README's if that is asked for.

    Raises:
        BenchmarkError: a case cannot be run, or the README has no place for the table.
    """
    page = README.read_text(encoding="utf-8") if arguments.readme else f"{BEGIN}{END}"
    renewed(page, "")  # a missing place is no reason to throw away an hour's figures
    with tempfile.TemporaryDirectory(prefix="nostalgia-speed-") as folder:
        cases = all_cases(arguments.cases, arguments.portrait, arguments.photo, Path(folder))
        side = Side("this checkout", ROOT)
        results = run_in_turns(
            [side], cases, arguments.rounds, arguments.options, Path(folder).resolve()
        )
    titles = {case.name: case.title for case in cases}
    text = figures_text(
        arguments.rounds, speed_table(titles, results), group_lines(results), machine()
    )
    print(f"{text}\n\n{stage_table(titles, results)}")
    if arguments.readme:
        README.write_text(renewed(page, text), encoding="utf-8")


def figures_text(rounds: int, table: str, remarks: list[str], where: str) -> str:
    """The table with what a reader must know about it."""
    runs = "one run" if rounds == 1 else f"medians of {rounds} runs, least and most in brackets"
    head = f"{where}; {runs}. Times are those of the whole command, its start included."
    foot = (
        "A plain encoding is the still photo, encoded as often as the clip has frames and as the"
        " clip is: nothing can be faster."
    )
    return "\n\n".join((head, table, " ".join((*remarks, foot))))


def renewed(page: str, text: str) -> str:
    """A page with `text` between its two marks, instead of what is there.

    Raises:
        BenchmarkError: the marks are not there, once each and in their order.
    """
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise BenchmarkError(f"README.md has no place for the table; add {BEGIN} and {END}")
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    sys.exit(main())
