"""Photos that lie on their side or head, with the real networks: from file to clip."""

import json
import sys

import numpy as np
import pytest
from PIL import Image

from nostalgia import pipeline
from nostalgia.cli.app import main
from nostalgia.errors import FaceError, UsageError
from nostalgia.options import AnimateOptions
from nostalgia.photo.reader import read_photo
from nostalgia.photo.turning import TURNS, turned_face, turned_photo
from nostalgia.pipeline import Animator
from nostalgia.scene.selection import select_faces
from nostalgia.scene.verify import verify
from nostalgia.types import Photo, StillReason

SHORT = AnimateOptions(duration_s=0.4, fps=10)


@pytest.fixture(scope="module")
def upright() -> Photo:
    data = pytest.importorskip("skimage.data")
    return Photo(np.ascontiguousarray(data.astronaut()[:301, 60:311]), sha256="ab" * 32)


@pytest.fixture(scope="module")
def animator() -> Animator:
    return Animator(SHORT)


@pytest.fixture(scope="module")
def moved(upright, animator):
    return [frame.copy() for frame in animator.frames(upright)]


def lying(upright: Photo, turn: int) -> Photo:
    """The photo as it would have to be turned by `turn` to stand upright."""
    pixels = turned_photo(upright, -turn).pixels
    return Photo(pixels, sha256=upright.sha256)


@pytest.mark.parametrize("turn", TURNS)
def test_faces_move_as_they_lie_and_nothing_else_changes(upright, animator, moved, turn):
    photo = lying(upright, turn)
    analysis = animator.analyse(photo)
    assert analysis.upright_turn == turn and len(analysis.faces) == 1
    assert (analysis.photo.width, analysis.photo.height) == (photo.width, photo.height)
    frames = animator.frames(analysis)
    assert frames.scene.upright_turn == turn and len(frames) == len(moved)
    assert "rotate='auto'" in str(FaceError(frames.scene.warnings[0]))
    (layer,) = frames.scene.layers
    x0, y0, x1, y1 = layer.region_in_photo
    outside = np.ones(photo.pixels.shape[:2], bool)
    outside[y0:y1, x0:x1] = False
    for frame, expected in zip(frames, moved, strict=True):
        assert np.array_equal(frame[outside], photo.pixels[outside])
        difference = np.rot90(frame, -turn // 90).astype(int) - expected
        assert np.abs(difference).mean() < 0.05
    assert np.abs(moved[0].astype(int) - moved[len(moved) // 2]).mean() > 0.2, "nothing moved"


@pytest.mark.parametrize("crop", ["photo", "face"])
@pytest.mark.parametrize("side_by_side", [False, True])
def test_layouts_are_those_of_the_photo_as_it_lies(upright, animator, crop, side_by_side):
    photo = lying(upright, 90)
    options = {"crop": crop, "side_by_side": side_by_side, "duration_s": 0.1}
    frames = animator.frames(photo, **options)
    x0, y0, x1, y1 = frames.scene.shown_xyxy
    first = next(iter(frames))
    wide = 2 if side_by_side else 1
    assert first.shape[1] == pytest.approx(wide * (x1 - x0), abs=12)
    assert first.shape[0] == pytest.approx(y1 - y0, abs=2)
    still = first[: y1 - y0, : x1 - x0]
    assert np.abs(still.astype(int) - photo.pixels[y0:y1, x0:x1]).mean() < 5


def test_a_given_turn_comes_first_and_everything_is_in_the_turned_pixels(upright, animator, moved):
    photo = lying(upright, 90)
    for rotate in ("auto", 90, "90"):
        analysis = animator.analyse(photo, rotate=rotate)
        assert (analysis.upright_turn, analysis.photo.rotated) == (0, 90)
        frames = list(animator.frames(analysis, rotate=rotate))
        assert all(np.array_equal(a, b) for a, b in zip(frames, moved, strict=True))
    assert animator.analyse(photo, rotate=270).upright_turn == 180
    # Another wish starts from the photo as it is.
    again = animator.analyse(animator.analyse(photo, rotate=90))
    assert (again.photo.rotated, again.upright_turn) == (0, 90)
    assert np.array_equal(again.photo.pixels, photo.pixels)


def test_an_upright_photo_needs_no_turn(upright, animator):
    analysis = animator.analyse(upright, rotate="auto")
    assert (analysis.upright_turn, analysis.photo.rotated) == (0, 0)
    assert animator.frames(analysis, rotate="auto").scene.warnings == ()


@pytest.mark.parametrize("turn", TURNS)
def test_a_face_keeps_its_number_whether_its_photo_is_turned_or_not(upright, animator, turn):
    pair = np.concatenate([upright.pixels, upright.pixels], 1)
    photo = lying(Photo(pair, sha256="cd" * 32), turn)
    size_wh = (photo.width, photo.height)
    lies = animator.analyse(photo)
    for rotate in ("auto", turn):
        stands = animator.analyse(photo, rotate=rotate)
        assert [face.number for face in lies.faces] == [1, 2]
        for face, turned in zip(lies.faces, stands.faces, strict=True):
            assert face.number == turned.number
            assert turned_face(face, turn, size_wh).box_xyxy == pytest.approx(
                turned.box_xyxy, abs=3
            )


@pytest.mark.parametrize("value", [45, "left", True, 0])
def test_other_turns_are_refused(value):
    with pytest.raises(UsageError, match="rotate must be auto or 90 or 180 or 270"):
        AnimateOptions(rotate=value)


def test_restoring_alone_keeps_the_photo_as_it_lies(upright, animator):
    photo = lying(upright, 180)
    restored = animator.enhance(photo)
    assert restored.pixels.shape == photo.pixels.shape
    changed = np.abs(restored.pixels.astype(int) - photo.pixels).max(2) > 0
    ys, xs = np.nonzero(changed)
    x0, y0, x1, y1 = restored.faces[0].face.box_xyxy
    assert changed.any() and x0 < xs.mean() < x1 and y0 < ys.mean() < y1


@pytest.fixture
def sideways(upright, tmp_path):
    Image.fromarray(lying(upright, 90).pixels).save(tmp_path / "side.png")
    return tmp_path / "side.png"


@pytest.fixture
def printed(capsys, monkeypatch):
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["nostalgia", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code or 0, *capsys.readouterr()

    return run


def test_what_the_command_line_says(sideways, tmp_path, printed):
    code, out, err = printed("faces", sideways, "--json")
    listed = json.loads(out)
    assert code == 0 and "seems to lie on its side" in err and "--rotate auto" in err
    assert (listed["upright_turn_deg"], listed["faces"][0]["doubtful"]) == (90, False)
    code, out, err = printed("faces", sideways, "--json", "--rotate", "auto")
    listed = json.loads(out)
    assert (listed["rotated_deg"], listed["width"], err) == (90, 251, "")
    code, out, err = printed("explain", sideways)
    assert code == 0 and "seems to lie on its side" in err
    words = ("--preview", "-o", tmp_path / "a.mp4", "--report", tmp_path / "a.json")
    code, out, err = printed("animate", sideways, "--rotate", "auto", *words)
    report = json.loads((tmp_path / "a.json").read_text())
    assert (
        report["photo"]["rotated_deg"] == 90 and report["clip"]["width"] < report["clip"]["height"]
    )
    assert printed("verify", tmp_path / "a.mp4", sideways)[0] == 0


def test_a_clip_of_a_photo_as_it_lies_is_verified(sideways, tmp_path):
    pipeline.animate(sideways, tmp_path / "a.mp4", preview=True)
    assert verify(tmp_path / "a.mp4", sideways).verdict == "ok"


def test_a_doubtful_lone_find_stays_still_until_it_is_chosen(upright, animator):
    analysis = animator.analyse(upright)
    (face,) = analysis.faces
    doubtful = type(face)(1, face.box_xyxy, 0.7, face.pose, face.landmarks)
    (choice,) = select_faces([doubtful], SHORT)
    assert choice.still.reason is StillReason.DOUBTFUL
    assert "possibly not a face: its score is 0.70" in choice.still.text
    weak = type(analysis)(analysis.photo, (doubtful,), analysis.detection)
    with pytest.raises(FaceError, match=r"possibly not a face.*choose one with faces") as no:
        animator.frames(weak)
    assert no.value.exit_code == 4
    for changes in ({"faces": 1}, {"face_drivers": {1: "smile"}}):
        assert len(animator.frames(weak, **changes).scene.layers) == 1


def test_a_face_that_is_probably_one_moves_with_a_word(upright, animator):
    analysis = animator.analyse(upright)
    (face,) = analysis.faces
    probable = type(face)(1, face.box_xyxy, 0.85, face.pose, face.landmarks)
    frames = animator.frames(type(analysis)(analysis.photo, (probable,), analysis.detection))
    assert "face 1 is possibly not a face (score 0.85)" in frames.scene.warnings[0]


def test_turned_press_photos_keep_their_faces(shared):
    animator = Animator()
    for name in ("portrait-soldier-cap.jpg", "group-family-table.jpg", "group-torn-couple.png"):
        photo = read_photo(shared / "photos" / name, needed_wh=lambda own: (
            own if max(own) < 900 else tuple(round(side * 900 / max(own)) for side in own)
        ))  # fmt: skip
        upright = Photo(photo.pixels)
        count = len([f for f in animator.analyse(upright).faces if f.score > 0.82])
        for turn in TURNS:
            analysis = animator.analyse(Photo(turned_photo(upright, -turn).pixels))
            assert analysis.upright_turn == turn, (name, turn)
            assert len([f for f in analysis.faces if f.score > 0.82]) == count, (name, turn)


def test_the_report_of_a_sideways_wedding(shared, animator):
    analysis = animator.analyse(shared / "reports" / "sideways-wedding.jpg")
    assert analysis.upright_turn == 90 and len(analysis.faces) == 2
    choices = select_faces(analysis.faces, SHORT)
    assert all(choice.moves for choice in choices)
