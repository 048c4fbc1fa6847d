"""The command is measured with each motion backend, in turns."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from nostalgia.cli import benchmark as benchmarking
from nostalgia.cli.benchmark import measure_backends, measure_command, option_words
from nostalgia.cli.speed import STARTING, Measurement, speed_values
from nostalgia.cli.stopwatch import Spent
from nostalgia.errors import BackendError, FaceError
from nostalgia.options import AnimateOptions
from nostalgia.progress import Progress

RUN = Measurement(
    driver="nod",
    width=64,
    height=48,
    frames=50,
    fps=25.0,
    seconds={"reading": 0.5, "rendering": 2.0},
    encoding_s=0.5,
    spent=Spent(wall_s=5.0, cpu_s=6.0, peak_mib=320.0),
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Backends in the order in which they ran; `slow` takes twice as long, `broken` cannot run."""
    order: list[str] = []

    def measure(photo: Path, options: AnimateOptions) -> Measurement:
        order.append(options.motion)
        if options.motion == "broken":
            raise BackendError("no weights; run: nostalgia checkpoints pull broken")
        busy = len(order) if options.motion == "quick" else 2.0
        spent = Spent(wall_s=5.0 * busy, cpu_s=6.0 * busy, peak_mib=320.0 + busy)
        return replace(RUN, seconds={"rendering": 2.0 * busy}, spent=spent)

    monkeypatch.setattr(benchmarking, "measure_command", measure)
    return order


def test_backends_run_in_turns_and_one_that_cannot_is_asked_once(asked: list[str]) -> None:
    reports: list[Progress] = []
    speeds = measure_backends(
        Path("photo.png"), AnimateOptions(), ["quick", "broken", "slow"], 3,
        reports.append,
    )  # fmt: skip
    assert asked == ["quick", "broken", "slow", "quick", "slow", "quick", "slow"]
    assert [speed.name for speed in speeds] == ["quick", "broken", "slow"]
    assert [len(speed.runs) for speed in speeds] == [3, 0, 3]
    assert "pull broken" in speeds[1].missing
    shares = [progress.share for progress in reports]
    assert shares == sorted(shares)


def test_figures_are_medians_and_the_peak_is_the_largest(asked: list[str]) -> None:
    quick, slow = measure_backends(Path("p.png"), AnimateOptions(), ["quick", "slow"])
    assert slow.rendered_per_s == 50 / 4.0
    assert (slow.whole_s, slow.cpu_s) == (10.0, 12.0)
    assert slow.times_length == 10.0 / 2.0, "50 frames at 25 per second are two seconds"
    assert slow.times_encoding == 10.0 / 0.5
    assert quick.whole_s == 5.0 * 3, "the first took 1, the second 3, the third 5 times"
    assert quick.peak_mib == 320.0 + 5
    unknown = replace(slow, runs=(replace(RUN, spent=Spent(5.0, None, None)),))
    assert unknown.peak_mib is None and unknown.cpu_s is None


def test_parts_add_up_to_the_whole_command() -> None:
    assert RUN.parts_s == {STARTING: 2.5, "reading": 0.5, "rendering": 2.0}
    assert sum(RUN.parts_s.values()) == RUN.spent.wall_s


def test_all_that_was_measured_is_in_the_values(asked: list[str]) -> None:
    speeds = measure_backends(Path("p.png"), AnimateOptions(), ["broken", "slow"], 2)
    values = speed_values("p.png", speeds)
    assert values["clip"] == {
        "width": 64, "height": 48, "frames": 50, "fps": 25.0, "duration_s": 2.0,
    }  # fmt: skip
    assert values["driver"] == "nod" and values["photo"] == "p.png"
    assert values["missing"] == [{"name": "broken", "reason": speeds[0].missing}]
    (backend,) = values["backends"]
    assert backend["name"] == "slow" and backend["times_plain_encoding"] == 20.0
    assert (backend["times_clip_length"], backend["cpu_s"]) == (5.0, 12.0)
    assert backend["seconds"] == {STARTING: 6.0, "rendering": 4.0}
    assert len(backend["runs"]) == 2


def test_if_none_can_run_the_first_reason_is_the_error(asked: list[str]) -> None:
    with pytest.raises(BackendError, match="pull broken"):
        measure_backends(Path("p.png"), AnimateOptions(), ["broken"])


def test_all_available_backends_run_if_none_is_named(asked: list[str], monkeypatch) -> None:
    monkeypatch.setattr(benchmarking.registry, "available", lambda group: ("a", "b"))
    assert [each.name for each in measure_backends(Path("p"), AnimateOptions(), rounds=1)] == asked


def test_a_clip_is_made_by_the_real_command(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    photo = Path("-portrait.png")
    Image.fromarray(np.asarray(data.astronaut())[:300, 70:370]).resize((150, 150)).save(photo)
    run = measure_command(photo, AnimateOptions(driver="nod", duration_s=0.4))
    assert (run.driver, run.width, run.height, run.frames) == ("nod", 150, 150, 10)
    assert 0 < run.seconds["rendering"] < run.spent.wall_s
    assert run.parts_s[STARTING] > 0
    assert run.encoding_s > 0
    assert [each.name for each in tmp_path.iterdir()] == [photo.name], "the clip is thrown away"
    if sys.platform == "linux":
        assert run.spent.cpu_s > 0.2 and 100 < run.spent.peak_mib < 2000


def test_options_become_flags_that_mean_the_same(run, pipeline, astronaut: Path) -> None:
    options = AnimateOptions(
        driver="my clip.mp4", duration_s=0.75, max_side=300, motion="fomm", checkpoint="a b.tar",
        motion_options={"smoothing": "0.3", "output": "network"}, face_drivers={2: "smile"},
    )  # fmt: skip
    assert run("animate", astronaut, *option_words(options)).exit_code == 0
    assert pipeline.calls[-1].options == options
    assert option_words(AnimateOptions()) == []


def test_an_error_of_the_command_is_raised_here(tmp_path: Path) -> None:
    photo = tmp_path / "wall.png"
    Image.new("RGB", (80, 60), (120, 120, 120)).save(photo)
    with pytest.raises(FaceError, match="no face was found in wall.png"):
        measure_command(photo, AnimateOptions())


def test_a_process_that_dies_is_reported(monkeypatch, tmp_path: Path, astronaut: Path) -> None:
    (tmp_path / "dying.py").write_text("import os\nos._exit(7)\n")
    package = tmp_path / "dying-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: dying\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[nostalgia.motion]\ndying = dying:Backend\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(BackendError, match=r"'dying' ended without a result \(exit code 7\)"):
        measure_command(astronaut, AnimateOptions(motion="dying"))
