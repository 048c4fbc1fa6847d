"""Still pictures with restored faces, from Python: what changes, what stays, what is refused."""

import io
import os
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image
from pipeline_stand_ins import FACE, PIXELS, finder_of, models_of

import nostalgia
from nostalgia import pipeline
from nostalgia.clips.provenance import read_provenance
from nostalgia.enhancement.embedded import EmbeddedEnhancer
from nostalgia.errors import FaceError, InputError, OutputExistsError, UsageError
from nostalgia.geometry import boxes_meet
from nostalgia.photo.reader import read_photo
from nostalgia.pipeline import Animator
from nostalgia.scene import stills

TINY = replace(FACE, number=1, landmarks=FACE.landmarks / 5, box_xyxy=(0.0, 0.0, 20.0, 20.0))
LEVELS = 9
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
    ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
    ' xmlns:lr="http://ns.adobe.com/lightroom/1.0/"><lr:note>{}</lr:note></rdf:Description>'
    "</rdf:RDF></x:xmpmeta>"
)


class Brightener(EmbeddedEnhancer):
    """Makes all of a face equally brighter, which nobody takes for another person."""

    def enhance(self, source, strength):
        if strength <= 0:
            return source
        x, y = source.landmarks[:, :2].mean(0)
        rows, columns = np.ogrid[: source.size_px, : source.size_px]
        away = np.hypot(rows - y, columns - x) / source.face_height_px
        soft = LEVELS * np.clip((0.75 - away) / 0.1, 0, 1)
        brighter = source.pixels + np.rint(soft)[..., None]
        return replace(source, pixels=np.clip(brighter, 0, 255).astype(np.uint8))


@pytest.fixture
def faces(monkeypatch):
    """Sets the faces that are found in every photo."""

    def find(*found):
        class Session(models_of(finder_of(*found))):
            def enhancer(self, options):
                return Brightener()

        monkeypatch.setattr(pipeline, "Models", Session)

    find(FACE)
    return find


@pytest.fixture
def animator(faces):
    return Animator()


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "oma.png"
    Image.fromarray(PIXELS).save(path)
    return path


def pixels_of(path):
    return np.asarray(Image.open(path).convert("RGB"))


def test_only_the_face_changes_and_the_file_says_how_it_was_made(animator, photo, tmp_path):
    picture = tmp_path / "out.png"
    found = animator.enhance(photo, picture)
    assert found.path == picture and found.restored == (1,)
    written = pixels_of(picture)
    assert np.array_equal(written, found.pixels)
    changed = (written != PIXELS).any(2)
    ys, xs = np.nonzero(changed)
    x0, y0, x1, y1 = FACE.box_xyxy
    assert changed.any() and boxes_meet((xs.min(), ys.min(), xs.max(), ys.max()), (x0, y0, x1, y1))
    assert changed.mean() < 0.5
    provenance = read_provenance(picture)
    assert provenance.source_sha256 == read_photo(photo).sha256
    assert (provenance.title, provenance.enhancement, provenance.motion) == (
        "oma.png",
        "embedded",
        "",
    )
    assert "restored by software" in provenance.description
    assert provenance.digital_source_type.endswith("/algorithmicallyEnhanced")


def test_gfpgan_is_named_as_what_it_is(animator, photo, tmp_path):
    animator.enhance(photo, tmp_path / "out.png", enhancement="gfpgan")
    provenance = read_provenance(tmp_path / "out.png")
    assert provenance.digital_source_type.endswith("/compositeWithTrainedAlgorithmicMedia")


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_strength_0_gives_the_photo(animator, photo, tmp_path, suffix):
    picture = tmp_path / f"out.{suffix}"
    found = animator.enhance(photo, picture, enhance=0)
    assert np.array_equal(pixels_of(picture), PIXELS)
    assert found.faces[0].likeness is None
    assert read_provenance(picture).enhancement == ""


def test_without_an_output_nothing_is_written(animator, photo):
    found = animator.enhance(photo)
    assert found.path is None and os.listdir(photo.parent) == ["oma.png"]


@pytest.mark.parametrize("scale", [2, 4])
def test_an_enlarged_picture_is_plain_outside_the_face(animator, photo, tmp_path, scale):
    found = animator.enhance(photo, tmp_path / "out.png", scale=scale)
    height, width = PIXELS.shape[:2]
    plain = cv2.resize(PIXELS, (width * scale, height * scale), interpolation=cv2.INTER_CUBIC)
    written = pixels_of(tmp_path / "out.png")
    assert written.shape == plain.shape and found.scale == scale
    changed = (written != plain).any(2)
    assert 0 < changed.mean() < 0.5
    ys, xs = np.nonzero(changed)
    x0, y0, x1, y1 = (edge * scale for edge in FACE.box_xyxy)
    assert x0 < xs.mean() < x1 and y0 < ys.mean() < y1


def test_16_bits_and_the_rest_of_a_file_are_kept(animator, tmp_path):
    samples = PIXELS.astype(np.uint16) * 257
    samples[:9] += 77
    content = cv2.imencode(".png", samples[..., ::-1])[1].tobytes()
    path = tmp_path / "scan.png"
    path.write_bytes(content)
    found = animator.enhance(path, tmp_path / "out.tif")
    written = cv2.imread(str(tmp_path / "out.tif"), cv2.IMREAD_UNCHANGED)[..., ::-1]
    assert written.dtype == np.uint16 and found.bits == 16
    same = (found.pixels == read_photo(path).pixels).all(2)
    assert np.array_equal(written[same], samples[same]) and not same.all()


def test_a_photo_with_an_orientation_is_upright_once(animator, tmp_path):
    exif = Image.Exif()
    exif[274], exif[270] = 6, "Oma"
    path = tmp_path / "turned.jpg"
    Image.fromarray(np.rot90(PIXELS)).save(path, exif=exif, quality=95)
    animator.enhance(path, tmp_path / "out.jpg")
    with Image.open(tmp_path / "out.jpg") as written:
        assert written.size == PIXELS.shape[1::-1]
        assert (written.getexif()[274], written.getexif()[270]) == (1, "Oma")
    again = read_photo(tmp_path / "out.jpg").pixels
    assert np.abs(again.astype(int) - read_photo(path).pixels).mean() < 4


@pytest.mark.parametrize("kind", ["jpg", "png", "tif"])
def test_words_of_the_photo_can_be_left_out(animator, tmp_path, kind):
    exif = Image.Exif()
    exif[270] = "Oma with Zoe"
    path = tmp_path / "oma.jpg"
    packet = XMP.format("Zoe on the left").encode()
    Image.fromarray(PIXELS).save(path, exif=exif, comment=b"from Zoe", xmp=packet, quality=95)
    animator.enhance(path, tmp_path / f"with.{kind}")
    animator.enhance(path, tmp_path / f"without.{kind}", metadata=False)
    kept, bare = ((tmp_path / f"{name}.{kind}").read_bytes() for name in ("with", "without"))
    assert b"Oma with Zoe" in kept and b"Zoe on the left" in kept
    assert b"Zoe" not in bare
    assert read_provenance(tmp_path / f"without.{kind}").title == "oma.jpg"


def test_streams_and_bytes_and_arrays_can_be_saved(animator, photo, tmp_path):
    content = photo.read_bytes()
    results = []
    for number, source in enumerate(
        (content, io.BytesIO(content), PIXELS, Image.fromarray(PIXELS))
    ):
        animator.enhance(source, tmp_path / f"{number}.png")
        results.append(pixels_of(tmp_path / f"{number}.png"))
    assert all(np.array_equal(each, results[0]) for each in results)


def test_two_runs_give_the_same_bytes(animator, photo, tmp_path):
    for kind in ("jpg", "png", "tif"):
        for name in ("a", "b"):
            animator.enhance(photo, tmp_path / f"{name}.{kind}", compare=tmp_path / f"c{name}.png",
                             overwrite=True)  # fmt: skip
        contents = [(tmp_path / f"{name}.{kind}").read_bytes() for name in ("a", "b")]
        assert contents[0] == contents[1]
    assert (tmp_path / "ca.png").read_bytes() == (tmp_path / "cb.png").read_bytes()


def test_the_photo_and_existing_files_are_never_replaced(animator, photo, tmp_path):
    before = photo.read_bytes()
    with pytest.raises(UsageError, match="named twice"):
        animator.enhance(photo, photo, overwrite=True)
    (tmp_path / "there.png").write_bytes(b"kept")
    with pytest.raises(OutputExistsError):
        animator.enhance(photo, tmp_path / "there.png")
    assert photo.read_bytes() == before and (tmp_path / "there.png").read_bytes() == b"kept"


def test_a_photo_without_faces_is_refused_unless_there_is_other_work(faces, photo, tmp_path):
    faces()
    animator = Animator()
    with pytest.raises(FaceError, match=r"no face was found in oma\.png"):
        animator.enhance(photo, tmp_path / "out.png")
    assert not (tmp_path / "out.png").exists()
    found = animator.enhance(photo, tmp_path / "out.png", scale=2)
    assert "no face was found" in found.warnings[0]
    height, width = PIXELS.shape[:2]
    plain = cv2.resize(PIXELS, (2 * width, 2 * height), interpolation=cv2.INTER_CUBIC)
    assert np.array_equal(pixels_of(tmp_path / "out.png"), plain)


def test_faces_below_24_pixels_are_left_alone_and_that_is_said(faces, photo):
    faces(TINY)
    with pytest.raises(FaceError, match="no face of .* can be restored"):
        Animator().enhance(photo)
    found = Animator().enhance(photo, scale=2)
    assert found.restored == () and "too small, below 24 pixels" in found.warnings[0]
    chosen = Animator().enhance(photo, faces=1)
    assert chosen.restored == (1,) and "nobody can say whom" in chosen.warnings[0]


def test_a_face_between_24_and_28_pixels_is_restored_though_it_would_not_move(faces, photo):
    factor = 26 / FACE.height_px
    faces(replace(FACE, landmarks=FACE.landmarks * np.float32(factor)))
    assert Animator().enhance(photo).restored == (1,)


def test_the_whole_picture_is_mended_if_asked(animator, photo, tmp_path, monkeypatch):
    asked = []

    def repair_picture(pixels, faces):
        asked.append([face.number for face in faces])
        mended = pixels.copy()
        mended[:5] = 128
        return mended, 0.025

    monkeypatch.setattr(stills, "repair_picture", repair_picture)
    found = animator.enhance(photo, tmp_path / "out.png", repair=True, enhance=0)
    assert asked == [[1]] and found.mended == 0.025
    written = pixels_of(tmp_path / "out.png")
    assert (written[:5] == 128).all() and np.array_equal(written[5:], PIXELS[5:])
    assert animator.enhance(photo).mended is None


def test_a_picture_beyond_the_limit_is_refused_before_the_work(animator, tmp_path):
    large = np.zeros((3000, 3000, 3), np.uint8)
    with pytest.raises(UsageError, match="scale=4 makes 12000 x 12000 pixels"):
        animator.enhance(large, scale=4)


def test_a_file_that_is_replaced_meanwhile_is_noticed(animator, photo, tmp_path):
    analysis = animator.analyse(photo)
    Image.fromarray(PIXELS[:50]).save(photo)
    with pytest.raises(InputError, match="changed while it was read"):
        animator.enhance(analysis, tmp_path / "out.png")


def test_the_function_takes_options_where_they_used_to_stand(faces, photo, tmp_path):
    options = nostalgia.AnimateOptions(enhance=0)
    assert np.array_equal(nostalgia.enhance(photo, options).pixels, PIXELS)
    found = nostalgia.enhance(photo, tmp_path / "out.png", options)
    assert found.path == tmp_path / "out.png"


def test_the_result_as_json(animator, photo, tmp_path):
    values = animator.enhance(photo, tmp_path / "out.tif", scale=2).to_dict()
    assert values["photo"]["path"] == str(photo)
    assert values["faces"][0]["restored"] is True
    picture = values["picture"]
    assert picture.pop("size_kib") > 0
    assert picture == {
        "path": str(tmp_path / "out.tif"),
        "width": 360,
        "height": 400,
        "bits": 8,
        "scale": 2,
        "filter": "bicubic",
    }


@pytest.mark.parametrize("looks", [True, False])
def test_the_person_is_found_only_for_restorers_that_look_at_it(
    animator, photo, monkeypatch, looks
):
    seen = []
    monkeypatch.setattr(Brightener, "looks_at_person", looks)
    monkeypatch.setattr(stills, "separated", lambda sources, _: seen.append(sources) or sources)
    assert animator.enhance(photo).restored == (1,)
    assert bool(seen) is looks


def test_the_only_face_of_a_portrait_is_restored_though_it_scores_low(faces, photo):
    faces(replace(FACE, score=0.7))
    found = Animator().enhance(photo)
    assert found.restored == (1,)
    assert "face 1 is possibly not a face (score 0.70)" in found.warnings[0]
    faces(replace(TINY, score=0.7))
    with pytest.raises(FaceError, match="possibly not a face"):
        Animator().enhance(photo)
