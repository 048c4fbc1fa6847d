"""`nostalgia bench`: a table, a JSON file, and the reasons of backends that cannot run."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from nostalgia.cli import benchmark as benchmarking
from nostalgia.cli.speed import Measurement
from nostalgia.errors import CheckpointError
from nostalgia.options import AnimateOptions
from tests.cli.test_benchmark import RUN

Asked = list[tuple[Path, AnimateOptions]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What was to be measured; `fomm` has no weights unless some are named."""
    calls: Asked = []

    def measure(photo: Path, options: AnimateOptions) -> Measurement:
        with Image.open(photo) as picture:
            calls.append((photo, options))
            if options.motion == "fomm" and options.checkpoint is None:
                raise CheckpointError("no weights; run: nostalgia checkpoints pull fomm-vox")
            return replace(RUN, width=picture.width, height=picture.height)

    monkeypatch.setattr(benchmarking, "measure_command", measure)
    return calls


def test_all_backends_run_on_the_demos_portrait(run, asked: Asked) -> None:
    result = run("bench")
    assert result.exit_code == 0, result.output
    assert "the demo's portrait, driver nod: 50 frames of 512 x 512" in result.stdout
    (row,) = (line for line in result.stdout.splitlines() if line.startswith("| mesh"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells == ["mesh", "5.0", "2.50", "10.00", "6.0", "320", "25.0"]
    assert "This computer makes a clip in 2.50 times its length" in result.stdout
    assert "5.0 s for a clip of 2.0 s" in result.stdout
    assert "| rendering and encoding | 2.00 s, 40% |" in result.stdout
    assert "| start and imports      | 2.50 s, 50% |" in result.stdout
    assert "fomm cannot run here: no weights; run: nostalgia checkpoints pull" in result.stderr
    assert {options.duration_s for _, options in asked} == {None}, "the driver's length"


def test_options_reach_the_measuring(run, asked: Asked, tmp_path: Path) -> None:
    photo, weights, written = (tmp_path / n for n in ("grandma.png", "vox.pth.tar", "speed.json"))
    Image.new("RGB", (40, 30)).save(photo)
    result = run(
        "bench", photo, "--driver", "nod", "--motion", "mesh", "--motion", "fomm",
        "--checkpoint", weights, "--duration", "0.5", "--max-side", "64", "--rounds", "1",
        "--json", written,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert [options.motion for _, options in asked] == ["mesh", "fomm"]
    _, options = asked[1]
    assert (options.driver, options.checkpoint) == ("nod", str(weights))
    assert (options.duration_s, options.max_side) == (0.5, 64)
    values = json.loads(written.read_text())
    assert [backend["name"] for backend in values["backends"]] == ["mesh", "fomm"]
    assert values["clip"]["width"] == 40 and values["missing"] == []
    again = run("bench", photo, "--json", written)
    assert again.exit_code == 7 and "--overwrite" in again.stderr


def test_a_backend_that_cannot_run_alone_is_an_error(run, asked: Asked) -> None:
    result = run("bench", "--motion", "fomm")
    assert result.exit_code == 6
    assert "checkpoints pull fomm-vox" in result.stderr


def test_a_length_out_of_range_is_refused_before_anything_runs(run, asked: Asked) -> None:
    result = run("bench", "--duration", "0")
    assert result.exit_code == 2 and "--duration" in result.stderr
    assert asked == []
