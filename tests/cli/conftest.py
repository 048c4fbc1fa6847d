"""A stand-in for the pipeline, so that the command line is tested without networks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import create_autospec

import made_batch
import numpy as np
import pytest
from PIL import Image
from skimage import data
from typer.testing import CliRunner, Result

from nostalgia import pipeline as real_pipeline
from nostalgia.album.batch import runner as running
from nostalgia.album.batch.request import BatchRequest
from nostalgia.album.batch.runner import run_batch
from nostalgia.cli.app import app
from nostalgia.clips.output import plan_output
from nostalgia.declarations import changed
from nostalgia.options import AnimateOptions, DetectionOptions
from nostalgia.photo.reader import read_photo
from nostalgia.pipeline import Animation, Animator
from nostalgia.progress import Progress
from nostalgia.scene.analysis import Analysis
from nostalgia.scene.report import ClipFacts, PhotoFacts, Report
from nostalgia.types import Face, HeadPose, Photo

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """Runs `nostalgia` with the given words in this process."""

    def run_words(*words: str | Path, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words], input=stdin)

    return run_words


@dataclass(frozen=True)
class Call:
    """A clip that was asked for."""

    photo: str
    clip: Path
    options: AnimateOptions
    poster: Path | None
    overwrite: bool


@dataclass
class FakePipeline:
    """Notes what it is asked; raises what `errors` holds for a photo's name."""

    errors: dict[str, BaseException] = field(default_factory=dict)
    faces: tuple[Face, ...] = ()
    upright_turn: int = 0
    calls: list[Call] = field(default_factory=list)
    animators: int = 0

    def animator(self, options: AnimateOptions | None = None, **changes: object) -> Animator:
        """An `Animator` that plans its output as the real one does, but renders nothing."""
        stand_in = create_autospec(Animator, instance=True)
        stand_in.options = changed(options or AnimateOptions(), changes)

        def animate(photo, output=None, *, poster=None, overwrite=False, progress, cancel):
            options = stand_in.options
            photo = "-" if isinstance(photo, Photo) else photo  # standard input, which was read
            clip = plan_output(
                Path(photo) if photo != "-" else None,
                output,
                chosen_format=options.format,
                poster=poster,
                overwrite=overwrite,
                preview=options.preview,
            ).clip_path
            self.calls.append(Call(str(photo), clip, options, poster, overwrite))
            if progress is not None:
                progress(Progress("rendering", 0.5))
            cancel.check()
            if (error := self.errors.get(Path(photo).name)) is not None:
                raise error
            clip.write_bytes(b"clip")
            return Animation(clip, report_of(Path(photo), clip, options))

        stand_in.animate.side_effect = animate
        stand_in.analyse.side_effect = lambda photo: Analysis(
            read_photo(photo), self.faces, DetectionOptions(), upright_turn=self.upright_turn
        )
        self.animators += 1
        return stand_in


def report_of(photo: Path, clip: Path, options: AnimateOptions) -> Report:
    """A report with one warning."""
    return Report(
        nostalgia_version="0.0",
        photo=PhotoFacts(photo, "0" * 64, 64, 48),
        faces=(),
        clip=ClipFacts(clip, "mp4", 64, 48, frames=10, fps=10.0, size_bytes=4),
        options=options,
        backends={},
        seconds={"rendering": 1.0},
        warnings=("odd",),
    )


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> FakePipeline:
    """The stand-in, put where the commands look for the pipeline."""
    fake = FakePipeline()
    stand_in = create_autospec(Animator, side_effect=fake.animator)
    monkeypatch.setattr(real_pipeline, "Animator", stand_in)
    return fake


@pytest.fixture
def face() -> Face:
    """A face whose landmarks fill its box."""
    landmarks = np.zeros((478, 3), np.float32)
    landmarks[:, 0] = np.linspace(10, 30, 478)
    landmarks[:, 1] = np.linspace(12, 40, 478)
    return Face(1, (10.0, 12.0, 30.0, 40.0), 0.98, HeadPose(1.0, -2.0, 3.0), landmarks)


@pytest.fixture
def astronaut(tmp_path: Path) -> Path:
    """A portrait with two odd sides."""
    path = tmp_path / "astronaut.png"
    head = np.asarray(data.astronaut())[:300, 70:370]
    Image.fromarray(head).resize((151, 151)).save(path)
    return path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[BatchRequest]:
    """Requests of the runs; the stand-in makes their clips."""
    requests: list[BatchRequest] = []

    def run_inline(request, progress=None, executor=None, cancel=None):
        requests.append(request)
        return run_batch(request, progress, made_batch.Inline(), cancel)

    monkeypatch.setattr(running, "run_batch", create_autospec(run_batch, side_effect=run_inline))
    return requests
