"""A clock that cannot be right stops a batch before anything is changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import made_batch
import pytest

from nostalgia.album.batch import clock, preview, runner
from nostalgia.album.batch.request import BatchRequest
from nostalgia.album.trees import reader
from nostalgia.errors import InputError

TABLE = "id,photo,name,born,died\n1,p0000.jpg,Anna,{year},\n2,p0001.jpg,Bert,1850,1920\n"


@contextmanager
def clock_at(moment: datetime) -> Iterator[None]:
    """The clock of this computer stands at another moment; files keep their dates."""

    class Shifted(datetime):
        @classmethod
        def now(cls, tz=None):
            return moment.astimezone(tz)

        @classmethod
        def today(cls):
            return moment.date()

    with patch.object(clock, "datetime", Shifted), patch.object(reader, "date", Shifted):
        yield


def years_on(years: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=365.25 * years)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Two people: Anna was born 112 years ago and counts as dead by that alone."""
    made_batch.make_photos(tmp_path / "tree", 2)
    path = tmp_path / "tree" / "family.csv"
    path.write_text(TABLE.format(year=datetime.now(UTC).year - 112))
    return path


@pytest.fixture
def output(table: Path, tmp_path: Path) -> Path:
    run(table, tmp_path / "out")
    return tmp_path / "out"


def run(table: Path, output: Path):
    return runner.run_batch(BatchRequest(table, output), executor=made_batch.Inline())


def contents(output: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in output.rglob("*") if path.is_file()}


@pytest.mark.parametrize("moment", [datetime(1970, 1, 2, tzinfo=UTC), years_on(-10), years_on(134)])
def test_a_wrong_clock_changes_nothing(table: Path, output: Path, moment: datetime) -> None:
    before = contents(output)
    assert sum("clips" in name for name in before) == 2
    with clock_at(moment), pytest.raises(InputError, match="nothing was changed: set the date"):
        run(table, output)
    with clock_at(moment), pytest.raises(InputError, match=f"the clock says .*{moment.year}"):
        preview.preview_batch(BatchRequest(table, output))
    assert contents(output) == before


@pytest.mark.parametrize("moment", [datetime(1970, 1, 2, tzinfo=UTC), years_on(134)])
def test_the_first_run_notices_it_too(table: Path, tmp_path: Path, moment: datetime) -> None:
    with clock_at(moment), pytest.raises(InputError, match="the clock says"):
        run(table, tmp_path / "out")
    assert not (tmp_path / "out" / "album").exists()


@pytest.mark.parametrize("later", [timedelta(0), timedelta(days=3000), timedelta(hours=-14)])
def test_a_clock_that_may_be_right_is_believed(table: Path, output: Path, later: timedelta) -> None:
    with clock_at(datetime.now(UTC) + later):
        assert run(table, output).is_complete


def test_nobody_comes_to_life_while_tree_and_options_stay_the_same(
    table: Path, output: Path
) -> None:
    """The clock had been three years ahead for the first run, which the dates cannot show."""
    table.write_text(TABLE.format(year=datetime.now(UTC).year - 108))
    first = output.with_name("first")
    with clock_at(years_on(3)):
        run(table, first)
    before = contents(first)
    assert sum("clips" in name for name in before) == 2
    with clock_at(years_on(0)), pytest.raises(InputError, match="nothing was changed"):
        run(table, first)
    with (
        patch.object(clock, "MOST_BEHIND", timedelta(days=9999)),
        clock_at(years_on(0)),
        pytest.raises(InputError, match="would now count as living"),
    ):
        run(table, first)
    assert contents(first) == before


def test_a_user_who_knows_better_can_say_so(
    table: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.write_text(TABLE.format(year=datetime.now(UTC).year - 108))
    with clock_at(years_on(3)):
        run(table, output)
    monkeypatch.setenv("NOSTALGIA_TRUST_CLOCK", "1")
    with clock_at(years_on(0)):
        assert run(table, output).counts() == {"done": 1, "skipped-living": 1}
    monkeypatch.delenv("NOSTALGIA_TRUST_CLOCK")
    assert len(list((output / "album" / "clips").iterdir())) == 1
    assert run(table, output).is_complete


def test_a_corrected_tree_still_takes_people_out(table: Path, output: Path) -> None:
    table.write_text(TABLE.format(year=2001))
    assert run(table, output).counts() == {"done": 1, "skipped-living": 1}
    assert len(list((output / "album" / "clips").iterdir())) == 1


def test_a_folder_depends_on_no_clock(table: Path, tmp_path: Path) -> None:
    with clock_at(datetime(1970, 1, 2, tzinfo=UTC)):
        assert made_batch.run(table.parent, tmp_path / "out").is_complete
