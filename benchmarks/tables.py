"""Measurements as Markdown tables: medians, with the least and the most in brackets."""

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import date
from math import isinf
from pathlib import Path
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


def speed_table(titles: Mapping[str, str], results: Results) -> str:
    """One row per case and side."""
    rows = [["case", "clip", *(heading for heading, _ in COLUMNS.values())]]
    for name, sides in results.items():
        rows += [[titles[name], form(series), *figures(series)] for series in sides.values()]
    return markdown(rows, words=2)


def stage_table(titles: Mapping[str, str], results: Results) -> str:
    """Median seconds of each stage, a column per case; the rest of the time is the start."""
    columns = [series for sides in results.values() for series in sides.values()]
    stages = dict.fromkeys(stage for series in columns for run in series.stages_s for stage in run)
    rows = [["stage, s", *(titles[name] for name, sides in results.items() for _ in sides)]]
    rows += [
        [
            stage,
            *(f"{median(run.get(stage, 0.0) for run in each.stages_s):.2f}" for each in columns),
        ]
        for stage in stages
    ]
    return markdown(rows, words=1)


def comparison_table(titles: Mapping[str, str], results: Results) -> str:
    """Three rows per case: before, after, and the ratio of each round's two runs."""
    rows = [["case", "", "clip", *(heading for heading, _ in COLUMNS.values())]]
    for name, pair in results.items():
        before, after = pair["before"], pair["after"]
        for side, series in pair.items():
            title = titles[name] if side == "before" else ""
            rows.append([title, side, form(series), *figures(series)])
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
    ratios = {
        side: with_spread(paired(one, results["group"][side], "wall_s"), 2)
        for side, one in results["one-of-group"].items()
    }
    if len(ratios) == 1:
        return [f"Eight faces take {ratio} times as long as one." for ratio in ratios.values()]
    return [f"Eight faces take {r} times as long as one ({side})." for side, r in ratios.items()]


def paired(before: Series, after: Series, kind: str) -> list[float]:
    """Ratio of each run after to the run before in the same round; empty if one is unknown."""
    pairs = zip(before.figures(kind), after.figures(kind), strict=False)
    return [new / old for old, new in pairs]


def figures(series: Series) -> list[str]:
    """The cells of a series, in the order of `COLUMNS`."""
    return [with_spread(series.figures(kind), COLUMNS[kind][1]) for kind in COLUMNS]


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
    """Today's date and this computer."""
    today = date.today()
    return (
        f"{today.day} {today:%B %Y}, {processor()}, {os.cpu_count()} cores, {platform.system()},"
        f" Python {platform.python_version()}"
    )


def processor() -> str:
    """Name of the processor, or its kind where the system does not name it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
