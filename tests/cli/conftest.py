"""A stand-in for the pipeline, so that the command line is tested without networks."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import nostalgia
from nostalgia.cli.app import app
from nostalgia.options import AnimateOptions
from nostalgia.types import Face, HeadPose, Photo, Report

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """Runs `nostalgia` with the given words in this process."""

    def run_words(*words: str | Path, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words], input=stdin)

    return run_words


@dataclass(frozen=True)
class FakeAnimation:
    clip_path: Path
    report: Report


@dataclass
class FakePipeline:
    """Notes what it is asked; raises what `errors` says for a photo's name."""

    errors: dict[str, BaseException] = field(default_factory=dict)
    faces: tuple[Face, ...] = ()
    calls: list[tuple[str, Path, AnimateOptions]] = field(default_factory=list)

    def animate(self, photo, output=None, options=None, progress=None) -> FakeAnimation:
        clip = Path(output) if output else Path(photo).with_suffix(".mp4")
        self.calls.append((str(photo), clip, options))
        if progress is not None:
            progress("rendering", 0.5)
        if (error := self.errors.get(Path(photo).name)) is not None:
            raise error
        clip.write_bytes(b"clip")
        values = {"photo": {"path": str(photo)}, "clip": {"path": str(clip)}, "warnings": ["odd"]}
        return FakeAnimation(clip, Report(values))

    def detect_faces(self, photo: Photo, options=None) -> tuple[Face, ...]:
        return self.faces


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> FakePipeline:
    """The stand-in, put where the commands look for the pipeline."""
    fake = FakePipeline()
    module = ModuleType("nostalgia.pipeline")
    module.animate = fake.animate
    module.detect_faces = fake.detect_faces
    monkeypatch.setitem(sys.modules, "nostalgia.pipeline", module)
    monkeypatch.setattr(nostalgia, "pipeline", module, raising=False)
    return fake


@pytest.fixture
def face() -> Face:
    """A face whose landmarks fill its box."""
    landmarks = np.zeros((478, 3), np.float32)
    landmarks[:, 0] = np.linspace(10, 30, 478)
    landmarks[:, 1] = np.linspace(12, 40, 478)
    return Face(1, (10.0, 12.0, 30.0, 40.0), 0.98, HeadPose(1.0, -2.0, 3.0), landmarks)
