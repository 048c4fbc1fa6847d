"""The scripts of benchmarks/ are no package: the tests find them as they find each other."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))


@pytest.fixture
def series():
    """Two runs of a case: of 4 and 6 s for a clip of 8 s; plain encodings of 2 and 3 s."""
    from runs import Clip, Series

    from nostalgia.cli.stopwatch import Spent

    def made(seconds=(4.0, 6.0), peaks=(300.0, 310.0), path=Path("clip.mp4")):
        spent = [Spent(s, 2 * s, peak) for s, peak in zip(seconds, peaks, strict=True)]
        stages = [{"reading": 0.5, "rendering": s - 1} for s in seconds]
        return Series(Clip(640, 480, 200, 25.0), path, spent, stages, [2.0, 3.0][: len(spent)])

    return made
