"""Progress of a run rises once from start to end, and a cancelled run leaves nothing."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from drawn_clips import write
from PIL import Image
from pipeline_stand_ins import FACE, PIXELS
from synthetic_face import face_in

from nostalgia import progress
from nostalgia.errors import Cancelled, FaceError
from nostalgia.faces.finder import FaceFinder
from nostalgia.pipeline import STAGES, Animator
from nostalgia.progress import CancelToken, Progress, Run
from nostalgia.types import HeadPose

READING, FINDING, CASTING, RESTORING, PREPARING, RENDERING = STAGES


@pytest.fixture
def animator(finder: FaceFinder) -> Animator:
    return Animator(enhance=0, driver="nod", duration_s=0.5, fps=12.0)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "oma.png"
    Image.fromarray(PIXELS).save(path)
    return path


class Watch:
    """A progress callback that keeps what it was called with."""

    def __init__(self, act: Callable[[Progress], None] = lambda _: None) -> None:
        self.reports: list[Progress] = []
        self._act = act

    def __call__(self, report: Progress) -> None:
        self.reports.append(report)
        self._act(report)

    @property
    def stages(self) -> list[str]:
        return list(dict.fromkeys(report.stage for report in self.reports))

    def assert_one_pass(self) -> None:
        shares = [report.share for report in self.reports]
        assert shares == sorted(shares)
        assert shares[-1] == 1.0
        runs = [a.stage for a, b in zip(self.reports, self.reports[1:], strict=False)
                if a.stage != b.stage]  # fmt: skip
        assert len(runs) == len(self.stages) - 1, "a stage is entered once"
        assert [stage for stage in STAGES if stage in self.stages] == self.stages
        for report in self.reports:
            assert report.seconds_left is None or report.seconds_left >= 0


METHODS = {
    "analyse": [READING, FINDING],
    "explain": [READING, FINDING, CASTING],
    "enhance": [READING, FINDING, RESTORING],
    "frames": [READING, FINDING, CASTING, RESTORING, PREPARING],
    "animate": [READING, FINDING, CASTING, RESTORING, PREPARING, RENDERING],
}


@pytest.mark.parametrize("method", METHODS)
def test_each_method_reports_one_pass_through_its_stages(animator, photo, method):
    watch = Watch()
    getattr(animator, method)(photo, progress=watch)
    watch.assert_one_pass()
    assert watch.stages == METHODS[method]
    assert watch.reports[0].share == 0.0


@pytest.mark.parametrize("method", METHODS)
def test_with_an_analysis_progress_still_ends_at_one(animator, photo, method):
    analysis, watch = animator.analyse(photo), Watch()
    getattr(animator, method)(analysis, progress=watch)
    watch.assert_one_pass()
    assert READING not in watch.stages


def test_an_explanation_without_an_animated_face_ends_at_one(animator, finder, photo):
    finder.find.return_value = (face_in((90, 100), 90, HeadPose(80.0, 0.0, 0.0)),)
    watch = Watch()
    assert animator.explain(photo, progress=watch).clip is None
    watch.assert_one_pass()


def test_rendering_is_reported_frame_by_frame(animator, photo):
    watch = Watch()
    frames = animator.animate(photo, progress=watch).report.clip.frames
    shares = {report.share for report in watch.reports if report.stage == RENDERING}
    assert len(shares) == frames + 1 == 7


def test_the_usual_shares_of_the_stages_make_a_whole():
    assert sum(STAGES.values()) == pytest.approx(1.0)
    assert list(METHODS["animate"]) == list(STAGES)


def test_the_time_left_follows_the_pace_of_the_last_stage(monkeypatch):
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(progress, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    watch = Watch()
    run = Run({"loading": 0.2, "rendering": 0.8}, watch)
    with run.stage("loading"):
        clock.now += 30.0
    with run.stage("rendering"):
        clock.now += 2.0
        run.advance(0.25)
        clock.now += 2.0
        run.advance(0.5)
        clock.now += 4.0
    assert watch.reports[0].seconds_left is None, "too little is done"
    quarter, half = watch.reports[-3:-1]
    assert quarter.seconds_left == pytest.approx(6.0), "not at the pace of loading"
    assert half.seconds_left == pytest.approx(4.0)
    assert watch.reports[-1] == Progress("rendering", 1.0, 0.0)
    assert run.seconds == {"loading": pytest.approx(30.0), "rendering": pytest.approx(8.0)}


def test_a_token_stops_what_checks_it():
    token = CancelToken()
    token.check()
    assert not token.is_cancelled
    token.cancel()
    assert token.is_cancelled
    with pytest.raises(Cancelled) as caught:
        token.check()
    assert caught.value.exit_code == 130


def files(photo: Path) -> list[str]:
    return sorted(path.name for path in photo.parent.iterdir())


def assert_usable(animator: Animator, photo: Path) -> None:
    """The animator makes a clip as if nothing had happened."""
    assert animator.animate(photo, photo.with_name("after.mp4")).report.clip.frames == 6


@pytest.mark.parametrize("method", METHODS)
def test_a_cancelled_token_stops_each_method_before_any_work(animator, finder, photo, method):
    token = CancelToken()
    token.cancel()
    watch = Watch()
    with pytest.raises(Cancelled):
        getattr(animator, method)(photo, progress=watch, cancel=token)
    assert watch.reports == []
    finder.find.assert_not_called()
    assert files(photo) == ["oma.png"]
    assert_usable(animator, photo)


@pytest.mark.parametrize("stage", [READING, FINDING, CASTING, RESTORING, PREPARING])
def test_cancelled_in_a_stage_no_later_one_begins(animator, photo, stage):
    token = CancelToken()
    watch = Watch(lambda report: token.cancel() if report.stage == stage else None)
    with pytest.raises(Cancelled):
        animator.animate(photo, progress=watch, cancel=token)
    assert watch.stages[-1] == stage
    assert files(photo) == ["oma.png"]
    assert_usable(animator, photo)


def test_recording_a_driving_clip_is_cancelled_within_a_frame(animator, finder, photo, tmp_path):
    write(tmp_path / "film.mp4", count=60)
    token, searched = CancelToken(), []

    def find(picture, options=None):
        if picture.width == PIXELS.shape[1]:
            return (FACE,)
        searched.append(picture)
        token.cancel()
        return ()

    finder.find.side_effect = find
    with pytest.raises(Cancelled):
        animator.animate(photo, driver=str(tmp_path / "film.mp4"), cancel=token)
    assert len(searched) == 1, "of 60 frames"
    assert files(photo) == ["film.mp4", "oma.png"]
    assert_usable(animator, photo)


def nth_frame(number: int, act: Callable[[], None]) -> Watch:
    """Acts when that frame of the clip is written."""
    seen: list[Progress] = []

    def count(report: Progress) -> None:
        if report.stage == RENDERING:
            seen.append(report)
            if len(seen) == number + 1:
                act()

    return Watch(count)


@pytest.mark.parametrize("frame", [0, 1, 4])
@pytest.mark.parametrize("suffix", ["mp4", "gif", "webp"])
def test_cancelled_while_rendering_no_file_is_left(animator, photo, frame, suffix):
    token = CancelToken()
    watch = nth_frame(frame, token.cancel)
    clip, poster = photo.with_name(f"clip.{suffix}"), photo.with_name("poster.jpg")
    with pytest.raises(Cancelled):
        animator.animate(photo, clip, poster=poster, progress=watch, cancel=token)
    assert watch.stages[-1] == RENDERING and watch.reports[-1].share < 1.0
    assert files(photo) == ["oma.png"]
    assert_usable(animator, photo)


def test_cancelled_while_rendering_an_earlier_clip_stays(animator, photo):
    clip = photo.with_name("clip.mp4")
    clip.write_bytes(b"precious")
    token = CancelToken()
    with pytest.raises(Cancelled):
        animator.animate(
            photo, clip, overwrite=True, progress=nth_frame(2, token.cancel), cancel=token
        )
    assert clip.read_bytes() == b"precious"
    assert files(photo) == ["clip.mp4", "oma.png"]


class Stop(Exception):
    """Raised by a callback."""


def stop() -> None:
    raise Stop


def stop_in_casting(report: Progress) -> None:
    if report.stage == CASTING:
        raise Stop


@pytest.mark.parametrize("watch", [nth_frame(3, stop), Watch(stop_in_casting)])
def test_a_callback_that_raises_ends_the_run_the_same_way(animator, photo, watch):
    with pytest.raises(Stop):
        animator.animate(photo, poster=photo.with_name("poster.jpg"), progress=watch)
    assert files(photo) == ["oma.png"]
    assert_usable(animator, photo)


def test_a_token_cancelled_after_the_last_frame_leaves_the_finished_clip(animator, photo):
    token = CancelToken()

    def cancel_at_end(report: Progress) -> None:
        if report.share == 1.0:
            token.cancel()

    clip = animator.animate(photo, progress=cancel_at_end, cancel=token).clip_path
    assert clip.exists()


def test_a_failing_run_does_not_pretend_to_have_finished(animator, finder, photo):
    finder.find.return_value = ()
    watch = Watch()
    with pytest.raises(FaceError):
        animator.animate(photo, progress=watch)
    assert watch.reports[-1].share < 1.0


def test_prepared_frames_do_not_depend_on_the_token_any_more(animator):
    token = CancelToken()
    frames = animator.frames(PIXELS, cancel=token)
    token.cancel()
    assert np.array_equal(next(iter(frames)), PIXELS)
