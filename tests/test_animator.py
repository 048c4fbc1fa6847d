"""An animator loads each network once, finds faces once, and takes and returns pictures."""

import io
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import create_autospec

import numpy as np
import pytest
from installed_example import install_example
from PIL import Image
from pipeline_stand_ins import PIXELS

import nostalgia
from nostalgia import pipeline, registry
from nostalgia.clips.conversion import encoder_picture
from nostalgia.clips.writer import ClipWriter
from nostalgia.errors import BackendError, InputError, OutputExistsError, UsageError
from nostalgia.faces.finder import FaceFinder
from nostalgia.faces.landmarks.mesh import MeshNetwork
from nostalgia.options import AnimateOptions
from nostalgia.pipeline import Animator
from nostalgia.scene.analysis import detection_of
from nostalgia.scene.models import Models
from nostalgia.types import Photo

SHORT = {"driver": "nod", "duration_s": 0.5, "fps": 12.0}


@pytest.fixture
def animator(finder: FaceFinder) -> Animator:
    return Animator(enhance=0, **SHORT)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "oma.png"
    Image.fromarray(PIXELS).save(path)
    return path


@pytest.fixture(scope="module")
def astronauts() -> list[np.ndarray]:
    """Two small photos of one real face each."""
    data = pytest.importorskip("skimage.data")
    pixels = np.asarray(data.astronaut())[:300, 70:370]
    small = np.asarray(Image.fromarray(pixels).resize((200, 200)))
    return [small, np.ascontiguousarray(small[:, ::-1])]


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each kind of weights was loaded, as "group/name"."""
    counted: Counter[str] = Counter()
    find_class, load_mesh = registry.load, MeshNetwork.load

    def find_counted(group: registry.Group, name: str) -> Any:
        backend = find_class(group, name)

        class Counted(backend):
            @classmethod
            def load(cls, options: Any) -> Any:
                counted[f"{group}/{name}"] += 1
                return backend.load(options)

        return Counted

    def load_mesh_counted() -> MeshNetwork:
        counted["mesh network"] += 1
        return load_mesh()

    monkeypatch.setattr(registry, "load", find_counted)
    monkeypatch.setattr(MeshNetwork, "load", load_mesh_counted)
    return counted


def use_everything(animator: Animator, photos: list[np.ndarray], folder: Path) -> None:
    """Every method on every photo, with several options."""
    for number, pixels in enumerate(photos):
        analysis = animator.analyse(pixels)
        assert len(analysis.faces) == 1
        for strength in (0.5, 1.0):
            clip = folder / f"{number}-{strength}.mp4"
            animator.animate(analysis, clip, strength=strength)
        next(iter(animator.frames(pixels, blink=0.0)))
        animator.enhance(pixels, enhance=0.8)
        animator.explain(pixels, driver="smile")


def test_the_embedded_networks_are_loaded_once(loads, astronauts, tmp_path):
    use_everything(Animator(**SHORT), astronauts, tmp_path)
    assert loads == {
        "detection/embedded": 1,
        "mesh network": 1,
        "enhancement/embedded": 1,
        "motion/mesh": 1,
    }


def test_the_first_order_motion_model_is_loaded_once(loads, astronauts, tmp_path):
    torch = pytest.importorskip("torch")
    from motion.fomm.random_model import content, random_model

    weights = tmp_path / "random.pth.tar"
    torch.save(content(random_model()), weights)
    options = {"motion": "fomm", "checkpoint": str(weights), **SHORT, "duration_s": 0.2}
    use_everything(Animator(**options), astronauts, tmp_path)
    assert loads["motion/fomm"] == loads["landmarks/mesh"] == 1
    assert loads["detection/embedded"] == loads["mesh network"] == 1


@pytest.fixture
def sway(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The example of a third party's backend, installed for one test."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(install_example(site))
    yield
    sys.modules.pop("nostalgia_sway", None)


def test_the_backend_of_a_third_party_is_loaded_once(sway, loads, astronauts, tmp_path):
    use_everything(Animator(motion="sway", **SHORT), astronauts, tmp_path)
    assert loads["motion/sway"] == 1 and "motion/mesh" not in loads


LOADED_ANEW = [
    ("finder", {"detection": "face-alignment"}),
    ("finder", {"device": "cuda"}),
    ("enhancer", {"enhancement": "gfpgan"}),
    ("enhancer", {"enhancement_checkpoint": "own.pth"}),
    ("enhancer", {"fidelity": 0.9}),
    ("enhancer", {"device": "cuda"}),
    ("motion", {"motion": "fomm"}),
    ("motion", {"checkpoint": "own.pth"}),
    ("motion", {"motion_options": {"smoothing": 0.2}}),
    ("motion", {"device": "cuda"}),
]


@pytest.fixture
def stub_loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the backends that were loaded; nothing real is."""
    loaded: list[str] = []

    def find_stub(group: registry.Group, name: str) -> Any:
        def load(options: Any) -> Any:
            loaded.append(name)
            return SimpleNamespace(name=name, reads_signals=True)

        return SimpleNamespace(load=load, Options=object)

    monkeypatch.setattr(registry, "load", create_autospec(registry.load, side_effect=find_stub))
    mesh = create_autospec(MeshNetwork, instance=True)
    monkeypatch.setattr(MeshNetwork, "load", lambda: mesh)
    return loaded


def get(models: Models, kind: str, options: AnimateOptions) -> Any:
    return getattr(models, kind)(detection_of(options) if kind == "finder" else options)


@pytest.mark.parametrize(("kind", "change"), LOADED_ANEW)
def test_an_option_that_decides_the_weights_loads_others(stub_loads, kind, change):
    models, options = Models(), AnimateOptions()
    first = get(models, kind, options)
    other = get(models, kind, AnimateOptions(**change))
    assert other is not first and len(stub_loads) == 2
    assert get(models, kind, options) is first
    assert get(models, kind, AnimateOptions(**change)) is other
    assert len(stub_loads) == 2, "both are kept"


@pytest.mark.parametrize("kind", ["finder", "enhancer", "motion"])
def test_other_options_load_nothing(stub_loads, kind):
    models = Models()
    first = get(models, kind, AnimateOptions())
    for change in ({"strength": 0.5}, {"seed": 3}, {"order": "largest"}, {"driver": "smile"}):
        assert get(models, kind, AnimateOptions(**change)) is first
    assert len(stub_loads) == 1


def test_the_finder_of_68_points_is_loaded_once_over_many_photos(stub_loads):
    models, options = Models(), AnimateOptions(motion="fomm")
    extractors = [models.signals(options, PIXELS) for _ in range(3)]
    assert len({id(extractor.landmarker) for extractor in extractors}) == 1
    assert len({id(extractor.cache) for extractor in extractors}) == 1
    assert stub_loads == ["fomm", "mesh"]
    models.signals(AnimateOptions(motion="fomm", motion_options={"landmarks": "other"}), PIXELS)
    assert stub_loads == ["fomm", "mesh", "fomm", "other"]


def test_motion_options_of_a_backend_without_options_are_refused(animator):
    with pytest.raises(UsageError, match="'mesh' has no options"):
        animator.frames(PIXELS, motion_options={"smoothing": 0.2})


def test_nothing_is_loaded_before_it_is_used(loads):
    Animator(motion="fomm", enhancement="gfpgan", detection="face-alignment")
    assert not loads


def test_faces_are_found_once_for_many_uses(animator, finder, tmp_path):
    analysis = animator.analyse(PIXELS)
    for strength in (0.5, 1.0):
        animator.animate(analysis, tmp_path / f"{strength}.mp4", strength=strength)
    assert len(animator.frames(analysis, crop="face")) == 6
    animator.enhance(analysis)
    animator.explain(analysis, driver="smile")
    assert animator.analyse(analysis) is analysis
    assert finder.find.call_count == 1


def test_other_options_of_detection_find_the_faces_anew(animator, finder):
    analysis = animator.analyse(PIXELS)
    by_size = animator.analyse(analysis, order="largest")
    assert finder.find.call_count == 2
    assert by_size.detection.order == "largest" and by_size.photo is analysis.photo
    animator.explain(analysis, detection="face-alignment")
    assert finder.find.call_count == 3
    boxed = animator.analyse(analysis, face_box=(40.0, 40.0, 140.0, 160.0))
    finder.in_box.assert_called_once()
    assert boxed.face_box == (40.0, 40.0, 140.0, 160.0)
    animator.explain(boxed, face_box=(40.0, 40.0, 140.0, 160.0))
    finder.in_box.assert_called_once()
    animator.explain(boxed)
    assert finder.find.call_count == 3, "the box of the analysis holds"
    finder.in_box.assert_called_once()
    animator.explain(boxed, face_box=None)
    assert finder.find.call_count == 4


def test_changes_are_for_one_call_alone(animator):
    options = animator.options
    assert len(animator.frames(PIXELS, duration_s=1.0)) == 12
    assert animator.options is options
    assert len(animator.frames(PIXELS)) == 6


@pytest.mark.parametrize("method", ["analyse", "animate", "frames", "enhance", "explain"])
def test_every_method_refuses_a_misspelt_option(animator, finder, photo, method):
    with pytest.raises(UsageError, match="'drivr'; did you mean driver"):
        getattr(animator, method)(photo, drivr="smile")
    finder.find.assert_not_called()


@pytest.mark.parametrize(
    "function",
    [Animator, *(pipeline.__dict__[n] for n in ("animate", "enhance", "explain", "clip"))],
    ids=lambda function: function.__name__,
)
def test_every_function_refuses_a_misspelt_option(finder, photo, function):
    photos = [] if function is Animator else [photo]
    with pytest.raises(UsageError, match="'drivr'; did you mean driver"):
        function(*photos, drivr="smile")
    with pytest.raises(UsageError, match=r"^turn must be a number from 0 to 2, not 9$"):
        function(*photos, turn=9)


def test_an_animator_works_on_after_an_error(animator, tmp_path):
    (tmp_path / "text.jpg").write_text("no photo")
    with pytest.raises(InputError):
        animator.animate(tmp_path / "text.jpg")
    assert len(animator.frames(PIXELS)) == 6


def rendered(animator: Animator, source: Any) -> np.ndarray:
    return np.stack(list(animator.frames(source)))


def test_a_file_gives_the_same_frames_however_it_is_given(animator, photo):
    content = photo.read_bytes()
    expected = rendered(animator, photo)
    for source in (
        str(photo),
        content,
        io.BytesIO(content),
        nostalgia.read_photo(photo),
        animator.analyse(photo),
    ):
        assert np.array_equal(rendered(animator, source), expected)
    with photo.open("rb") as file:
        assert np.array_equal(rendered(animator, file), expected)


def test_a_picture_in_memory_gives_the_same_frames_as_an_array(animator):
    expected = rendered(animator, PIXELS)
    assert np.array_equal(rendered(animator, Image.fromarray(PIXELS)), expected)
    assert np.array_equal(rendered(animator, nostalgia.read_photo(PIXELS)), expected)
    assert np.array_equal(expected[0], PIXELS)
    assert not np.array_equal(expected[3], PIXELS)


@pytest.mark.parametrize("make", [bytes, io.BytesIO, lambda content: PIXELS])
def test_a_photo_without_a_file_needs_a_place_for_its_clip(animator, photo, make):
    source = make(photo.read_bytes())
    with pytest.raises(UsageError, match="set output"):
        animator.animate(source)
    clip = animator.animate(make(photo.read_bytes()), photo.with_name("clip.mp4")).clip_path
    assert clip == photo.with_name("clip.mp4") and clip.exists()


def test_any_path_like_object_names_a_photo_and_its_clip(animator, photo):
    class Scan(os.PathLike):
        def __fspath__(self) -> str:
            return str(photo)

    assert animator.animate(Scan()).clip_path == photo.with_name("oma.nostalgia.mp4")


def test_frames_know_their_number_rate_and_size(animator):
    frames = animator.frames(PIXELS, side_by_side=True)
    pictures = list(frames)
    assert len(frames) == len(pictures) == 6
    assert frames.fps == 12.0 and frames.duration_s == pytest.approx(0.5)
    width, height = frames.size_wh
    assert {(each.shape, each.dtype) for each in pictures} == {
        ((height, width, 3), np.dtype(np.uint8))
    }


def test_frames_are_rendered_anew_at_each_iteration(animator):
    frames = animator.frames(PIXELS)
    first, second = iter(frames), iter(frames)
    pairs = [(next(first), next(second)) for _ in range(len(frames))]
    assert all(np.array_equal(one, other) and one is not other for one, other in pairs)
    assert all(np.array_equal(a, b[0]) for a, b in zip(frames, pairs, strict=True))


@pytest.mark.parametrize(
    "options", [{}, {"once_then_still": True, "duration_s": 2.0}, {"label": True}]
)
@pytest.mark.parametrize("kind", ["gif", "mp4"])
def test_frames_are_those_that_the_clip_gets(animator, photo, monkeypatch, options, kind):
    written: list[np.ndarray] = []
    write = ClipWriter.write

    def note(writer: ClipWriter, frame: np.ndarray) -> None:
        written.append(frame.copy())
        write(writer, frame)

    monkeypatch.setattr(ClipWriter, "write", create_autospec(write, side_effect=note))
    animator.animate(photo, format=kind, **options)
    frames = list(animator.frames(photo, **options))
    assert len(frames) == len(written)
    if kind == "gif":
        assert all(np.array_equal(a, b) for a, b in zip(frames, written, strict=True))
    for frame, planes in zip(frames, written, strict=True):
        if kind == "mp4":
            assert np.abs(encoder_picture(frame).pixels.astype(int) - planes).mean() < 0.5


def test_a_label_is_drawn_on_frames_in_memory_too(animator):
    plain, marked = (np.stack(list(animator.frames(PIXELS, label=each))) for each in (False, True))
    changed = (plain != marked).any(axis=(0, 3))
    assert 20 < changed.sum() < changed.size / 4


def test_drawing_on_a_frame_changes_no_other(animator):
    before = PIXELS.copy()
    frames = animator.frames(PIXELS, once_then_still=True, duration_s=2.0)
    expected = [frame.copy() for frame in frames]
    for number, frame in enumerate(frames):
        assert np.array_equal(frame, expected[number])
        frame[:] = 0
    assert all(np.array_equal(a, b) for a, b in zip(frames, expected, strict=True))
    assert np.array_equal(PIXELS, before)


def test_a_moviepy_clip_shows_the_frames_forwards_and_backwards(finder, photo):
    moviepy = pytest.importorskip("moviepy")
    clip = nostalgia.clip(photo, enhance=0, **SHORT)
    frames = list(Animator(enhance=0, **SHORT).frames(photo))
    assert isinstance(clip, moviepy.VideoClip)
    assert (clip.fps, clip.duration, clip.size) == (12.0, pytest.approx(0.5), (180, 200))
    order = [0, 1, 2, 5, 5, 4, 0, 3]
    for number in order:
        assert np.array_equal(clip.get_frame(number / 12), frames[number]), number
    assert np.array_equal(clip.get_frame(2.9 / 12), frames[2]), "between two frames"
    assert np.array_equal(clip.get_frame(9.0), frames[5]), "after the end"


def test_without_moviepy_the_error_names_the_package(finder, photo, monkeypatch):
    monkeypatch.setitem(sys.modules, "moviepy", None)
    with pytest.raises(
        BackendError, match=r"needs MoviePy .*; run: pip install 'photo-nostalgia\[moviepy\]'"
    ):
        nostalgia.clip(photo, enhance=0, **SHORT)


def test_a_preview_has_its_own_name_and_replaces_an_earlier_one(finder, photo):
    animator = Animator(enhance=0, driver="nod", fps=6.0, preview=True)
    clip = animator.animate(photo).clip_path
    assert clip == photo.with_name("oma.preview.mp4")
    clip.write_bytes(b"earlier")
    assert animator.animate(photo).clip_path == clip
    assert clip.stat().st_size > 100
    named = animator.animate(photo, photo.with_name("oma.preview.gif")).clip_path
    assert animator.animate(photo, named).clip_path == named, "the name counts, not the place"


def test_a_preview_replaces_neither_a_poster_nor_a_clip_of_another_name(finder, photo):
    animator = Animator(enhance=0, driver="nod", fps=6.0, preview=True)
    poster, other = photo.with_name("poster.jpg"), photo.with_name("holiday.mp4")
    for file in (poster, other):
        file.write_bytes(b"precious")
    with pytest.raises(OutputExistsError, match=r"poster\.jpg"):
        animator.animate(photo, poster=poster)
    with pytest.raises(OutputExistsError, match=r"holiday\.mp4"):
        animator.animate(photo, other)
    assert poster.read_bytes() == other.read_bytes() == b"precious"
    finder.find.assert_not_called()


def test_without_preview_a_clip_named_like_one_is_not_replaced(animator, photo):
    clip = photo.with_name("oma.preview.mp4")
    clip.write_bytes(b"precious")
    with pytest.raises(OutputExistsError):
        animator.animate(photo, clip)
    assert clip.read_bytes() == b"precious"


def test_an_existing_clip_can_be_replaced_as_its_error_advises(animator, photo):
    animator.animate(photo)
    with pytest.raises(OutputExistsError) as caught:
        animator.animate(photo)
    assert dict(caught.value.remedy.changes) == {"overwrite": True}
    animator.animate(photo, **caught.value.remedy.changes)


def test_the_report_has_the_options_of_the_call_and_the_seconds_of_each_stage(animator, photo):
    animation = animator.animate(photo, strength=0.5, poster=photo.with_name("poster.jpg"))
    report = animation.report
    assert report.options.strength == 0.5 and report.faces[0].strength == 0.5
    assert list(report.seconds) == list(pipeline.STAGES)
    assert report.clip.poster == photo.with_name("poster.jpg")
    assert json.loads(json.dumps(report.to_dict())) == report.to_dict()


def test_an_enhanced_photo_keeps_its_size_and_everything_outside_the_faces(astronauts):
    animator = Animator()
    pixels = astronauts[0]
    before = pixels.copy()
    restored = animator.enhance(pixels, enhance=1.0)
    assert np.array_equal(pixels, before), "the photo given is left alone"
    assert restored.pixels.shape == pixels.shape
    assert not np.array_equal(restored.pixels, pixels)
    x0, y0, x1, y1 = (round(v) for v in restored.faces[0].face.box_xyxy)
    far = np.ones(pixels.shape[:2], bool)
    far[max(y0 - (y1 - y0), 0) : y1 + (y1 - y0), max(x0 - (x1 - x0), 0) : x1 + (x1 - x0)] = False
    assert far.any() and np.array_equal(restored.pixels[far], pixels[far])
    assert 0.88 <= restored.faces[0].likeness <= 1.0


def test_functions_of_the_module_do_the_same_once(finder, photo):
    options = AnimateOptions(enhance=0, driver="nod", fps=12.0)
    animation = nostalgia.animate(photo, options=options, duration_s=0.5)
    assert animation.report.options == AnimateOptions(enhance=0, **SHORT)
    assert nostalgia.explain(photo, options).faces[0].choice.match.driver.name == "nod"
    assert np.array_equal(nostalgia.enhance(photo, options).pixels, PIXELS)
    assert [face.number for face in nostalgia.detect_faces(photo)] == [1]
    assert isinstance(nostalgia.read_photo(photo), Photo)


def test_a_clip_is_verified_against_its_photo(astronauts, tmp_path):
    Image.fromarray(astronauts[0]).save(tmp_path / "oma.png")
    clip = nostalgia.animate(tmp_path / "oma.png", **SHORT).clip_path
    result = nostalgia.verify(clip, tmp_path / "oma.png")
    assert result.is_ok and result.same_file
