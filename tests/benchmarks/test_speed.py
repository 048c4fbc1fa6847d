"""The table of the README is renewed between its marks, and nowhere else."""

from pathlib import Path

import pytest
import speed
from checkouts import BenchmarkError
from runs import Clip
from speed import BEGIN, END, README, renewed


def test_the_readme_has_a_place_for_the_table() -> None:
    page = README.read_text(encoding="utf-8")
    assert "| case |" in page.split(BEGIN)[1].split(END)[0]
    assert renewed(page, "x").startswith(page.split(BEGIN)[0])
    assert renewed(page, "x").endswith(page.split(END)[1])


def test_only_what_is_between_the_marks_changes() -> None:
    page = f"above\n{BEGIN}\nold\n{END}\nbelow\n"
    assert renewed(page, "new") == f"above\n{BEGIN}\nnew\n{END}\nbelow\n"
    assert renewed(renewed(page, "a"), "b") == renewed(page, "b")


@pytest.mark.parametrize("page", ["", BEGIN, f"{END} {BEGIN}", f"{BEGIN}{BEGIN}{END}"])
def test_a_page_without_a_place_is_refused(page: str) -> None:
    with pytest.raises(BenchmarkError, match=f"add {BEGIN} and {END}"):
        renewed(page, "x")


def test_one_command_renews_the_readme(monkeypatch, tmp_path: Path, series, capsys) -> None:
    page = tmp_path / "README.md"
    page.write_text(f"above\n{BEGIN}\nold\n{END}\nbelow\n")
    monkeypatch.setattr(speed, "README", page)
    monkeypatch.setattr(
        speed, "run_in_turns", lambda sides, cases, *rest: {"small": {"this": series()}}
    )
    assert speed.main(["--cases", "small", "--rounds", "2", "--readme"]) == 0
    text = page.read_text()
    assert text.startswith(f"above\n{BEGIN}\n")
    assert "; medians of 2 runs, least and most in brackets. " in text
    assert "| 512 px portrait | 640 x 480, 8.0 s | 5.0 (4.0-6.0) |" in text
    assert "old" not in text and text.endswith(f"{END}\nbelow\n")
    assert "| rendering | 4.00 |" in capsys.readouterr().out
    assert speed.main(["--cases", "small"]) == 0
    assert page.read_text() == text, "without --readme it is only printed"


def test_a_readme_without_a_place_is_refused_before_anything_runs(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(speed, "README", tmp_path / "README.md")
    (tmp_path / "README.md").write_text("no marks")
    monkeypatch.setattr(speed, "run_in_turns", lambda *words: pytest.fail("it ran"))
    assert speed.main(["--readme"]) == 1


def test_length_is_that_of_the_clip() -> None:
    assert Clip(64, 48, 50, 25.0).length_s == 2.0
