"""Motion backends are measured side by side, each in a separate process."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from nostalgia.cli import benchmark as benchmarking
from nostalgia.cli.benchmark import Measurement, measure_alone, measure_backends, speed_values
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
    process_s=5.0,
    peak_mib=300.0,
    encoder_mib=20.0,
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
        return replace(RUN, seconds={"rendering": busy * RUN.rendering_s}, peak_mib=300.0 + busy)

    monkeypatch.setattr(benchmarking, "measure_alone", measure)
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
    assert slow.overall_per_s == 50 / 5.0
    assert slow.times_encoding == 8.0
    assert quick.times_encoding == 3 * 4.0, "the first took 1, the second 3, the third 5 times"
    assert quick.peak_mib == 300.0 + 5 + 20.0
    assert replace(slow, runs=(replace(RUN, peak_mib=None),)).peak_mib is None


def test_all_that_was_measured_is_in_the_values(asked: list[str]) -> None:
    speeds = measure_backends(Path("p.png"), AnimateOptions(), ["broken", "slow"], 2)
    values = speed_values("p.png", speeds)
    assert values["clip"] == {"width": 64, "height": 48, "frames": 50, "fps": 25.0}
    assert values["driver"] == "nod" and values["photo"] == "p.png"
    assert values["missing"] == [{"name": "broken", "reason": speeds[0].missing}]
    (backend,) = values["backends"]
    assert backend["name"] == "slow" and backend["times_plain_encoding"] == 8.0
    assert len(backend["runs"]) == 2


def test_if_none_can_run_the_first_reason_is_the_error(asked: list[str]) -> None:
    with pytest.raises(BackendError, match="pull broken"):
        measure_backends(Path("p.png"), AnimateOptions(), ["broken"])


def test_all_available_backends_run_if_none_is_named(asked: list[str], monkeypatch) -> None:
    monkeypatch.setattr(benchmarking.registry, "available", lambda group: ("a", "b"))
    assert [each.name for each in measure_backends(Path("p"), AnimateOptions(), rounds=1)] == asked


def test_a_clip_is_measured_in_a_process_of_its_own(tmp_path: Path) -> None:
    photo = tmp_path / "portrait.png"
    Image.fromarray(np.asarray(data.astronaut())[:300, 70:370]).resize((150, 150)).save(photo)
    run = measure_alone(photo, AnimateOptions(driver="nod", duration_s=0.4))
    assert (run.driver, run.width, run.height, run.frames) == ("nod", 150, 150, 10)
    assert 0 < run.rendering_s < run.process_s
    assert run.encoding_s > 0
    assert list(tmp_path.iterdir()) == [photo], "the clip is thrown away"
    if sys.platform == "linux":
        assert 100 < run.peak_mib < 2000 and 5 < run.encoder_mib < 500


def test_an_error_of_the_other_process_is_raised_in_this_one(tmp_path: Path) -> None:
    photo = tmp_path / "wall.png"
    Image.new("RGB", (80, 60), (120, 120, 120)).save(photo)
    with pytest.raises(FaceError, match="no face was found in wall.png"):
        measure_alone(photo, AnimateOptions())


def test_a_process_that_dies_is_reported(monkeypatch, tmp_path: Path, astronaut: Path) -> None:
    (tmp_path / "dying.py").write_text("import os\nos._exit(7)\n")
    package = tmp_path / "dying-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: dying\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[nostalgia.motion]\ndying = dying:Backend\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(BackendError, match=r"'dying' ended without a result \(exit code 7\)"):
        measure_alone(astronaut, AnimateOptions(motion="dying"))
