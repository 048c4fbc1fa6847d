"""Tables of measurements: medians, spread, and ratios of runs of the same round."""

from math import inf

import tables
from clip_difference import Difference
from tables import comparison_table, difference_table, group_lines, speed_table, stage_table


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_comparison_has_both_sides_and_the_ratio_of_each_rounds_runs(series) -> None:
    results = {"small": {"before": series(), "after": series((1.0, 3.0), (150.0, 155.0))}}
    _, _, before, after, ratio = comparison_table({"small": "tiny"}, results).splitlines()
    assert cells(before) == [
        "tiny", "before", "640 x 480, 8.0 s", "5.0 (4.0-6.0)", "0.62 (0.50-0.75)",
        "2.00 (2.00-2.00)", "10.0 (8.0-12.0)", "305 (300-310)",
    ]  # fmt: skip
    assert cells(after)[:4] == ["", "after", "640 x 480, 8.0 s", "2.0 (1.0-3.0)"]
    assert cells(ratio)[3] == "**0.38 (0.25-0.50)**", "1 / 4 and 3 / 6, not the medians' 2 / 5"
    assert cells(ratio)[-1] == "**0.50 (0.50-0.50)**"


def test_what_the_system_does_not_report_is_a_question_mark(series) -> None:
    unknown = series(peaks=(None, None))
    table = comparison_table({"small": "tiny"}, {"small": {"before": unknown, "after": series()}})
    assert [cells(line)[-1] for line in table.splitlines()[2:]] == ["?", "305 (300-310)", "**?**"]


def test_one_run_has_no_spread(series) -> None:
    (row,) = speed_table({"a": "A"}, {"a": {"this": series((4.0,), (300.0,))}}).splitlines()[2:]
    assert cells(row) == ["A", "640 x 480, 8.0 s", "4.0", "0.50", "2.00", "8.0", "300"]


def test_stages_are_medians(series) -> None:
    table = stage_table({"a": "A", "b": "B"}, {n: {"this": series()} for n in "ab"})
    assert [cells(line) for line in table.splitlines()[2:]] == [
        ["reading", "0.50", "0.50"],
        ["rendering", "4.00", "4.00"],
    ]


def test_clips_are_compared_by_their_first_and_their_worst_frame() -> None:
    differences = {
        "a": Difference((50.0, 48.0, inf), (inf, inf, inf)),
        "b": Difference(remark="other size"),
    }
    rows = difference_table({"a": "A", "b": "B"}, differences).splitlines()[2:]
    assert cells(rows[0]) == ["A", "3", "50.0", "48.0", "equal", "equal"]
    assert cells(rows[1]) == ["B", "other size", "-", "-", "-", "-"]


def test_the_group_is_told_in_units_of_one_face(series) -> None:
    results = {
        "group": {"before": series((8.0, 9.0)), "after": series()},
        "one-of-group": {"before": series(), "after": series()},
    }
    assert group_lines(results) == [
        "Eight faces take 1.75 (1.50-2.00) times as long as one (before).",
        "Eight faces take 1.00 (1.00-1.00) times as long as one (after).",
    ]
    del results["group"]
    assert group_lines(results) == []


def test_the_machine_is_described(monkeypatch) -> None:
    monkeypatch.setattr(tables.os, "cpu_count", lambda: 3)
    assert ", 3 cores, " in tables.machine()
