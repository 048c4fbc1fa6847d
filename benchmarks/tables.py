"""Measurements as Markdown tables: medians, with the least and the most in brackets."""

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import date
from math import isinf
from statistics import median

from clip_difference import Difference
from runs import Results, Series

COLUMNS = {
    "wall_s": ("time, s", 1),
    "length": ("/ clip's length", 2),
    "encoding": ("/ plain encoding", 2),
    "cpu_s": ("CPU, s", 1),
    "peak_mib": ("peak memory, MiB", 0),
}
"""Figure of `Series.figures` -> heading and decimals."""


def comparison_table(titles: Mapping[str, str], results: Results) -> str:
    """Three rows per case: before, after, and the ratio of each round's two runs."""
    rows = [["case", "", "clip", *(heading for heading, _ in COLUMNS.values())]]
    for name, pair in results.items():
        before, after = pair["before"], pair["after"]
        for side, series in pair.items():
            cells = [with_spread(series.figures(kind), COLUMNS[kind][1]) for kind in COLUMNS]
            rows.append([titles[name] if side == "before" else "", side, form(series), *cells])
        ratios = [with_spread(paired(before, after, kind), 2) for kind in COLUMNS]
        rows.append(["", "**after / before**", "", *(f"**{ratio}**" for ratio in ratios)])
    return markdown(rows, words=3)


def difference_table(titles: Mapping[str, str], differences: Mapping[str, Difference]) -> str:
    """PSNR of the clips after against before, of the first frame and of the worst one."""
    rows = [["case", "frames", "luma: first, dB", "worst", "chroma: first, dB", "worst"]]
    for name, each in differences.items():
        cells = ["-"] * 4
        if each.frames:
            pairs = (each.luma, each.chroma)
            cells = [decibels(figure) for plane in pairs for figure in (plane[0], min(plane))]
        rows.append([titles[name], each.remark or str(each.frames), *cells])
    return markdown(rows, words=1)


def group_lines(results: Results) -> list[str]:
    """The time of eight moving faces in units of one, where both were measured."""
    if not {"group", "one-of-group"} <= results.keys():
        return []
    return [
        f"Eight faces take {with_spread(paired(one, results['group'][side], 'wall_s'), 2)} times"
        f" as long as one ({side})."
        for side, one in results["one-of-group"].items()
    ]


def paired(before: Series, after: Series, kind: str) -> list[float]:
    """Ratio of each run after to the run before in the same round; empty if one is unknown."""
    pairs = zip(before.figures(kind), after.figures(kind), strict=False)
    return [new / old for old, new in pairs]


def form(series: Series) -> str:
    """Size and length of a clip."""
    clip = series.clip
    return f"{clip.width} x {clip.height}, {clip.length_s:.1f} s"


def with_spread(figures: Sequence[float], decimals: int) -> str:
    """The median, with the least and the most in brackets where there are several."""
    if not figures:
        return "?"
    text = f"{median(figures):.{decimals}f}"
    if len(figures) > 1:
        text += f" ({min(figures):.{decimals}f}-{max(figures):.{decimals}f})"
    return text


def decibels(figure: float) -> str:
    """A PSNR; "equal" where nothing differs."""
    return "equal" if isinf(figure) else f"{figure:.1f}"


def markdown(rows: Sequence[Sequence[str]], words: int) -> str:
    """A table whose first row is its head. words: number of columns that are not figures."""
    rule = ["---"] * words + ["---:"] * (len(rows[0]) - words)
    lines = [rows[0], rule, *rows[1:]]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def machine() -> str:
    """This computer and today's date, in one sentence."""
    return (
        f"{date.today():%d %B %Y}; {platform.system()}, {platform.machine()},"
        f" {os.cpu_count()} cores, Python {platform.python_version()}"
    )
