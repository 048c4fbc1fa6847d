"""The identity check: legitimate changes of a face pass, another face does not."""

from dataclasses import replace
from unittest.mock import create_autospec

import cv2
import numpy as np
import pytest
from drawn_face import CENTRE, UNIT, drawn_crop

from nostalgia.enhancement.embedded import EmbeddedEnhancer
from nostalgia.enhancement.identity import (
    LEAST_LIKENESS,
    SAME_LIKENESS,
    checked_enhancement,
    least_likeness,
    likeness,
)
from nostalgia.faces.finder import FaceFinder
from nostalgia.faces.head import fit_head
from nostalgia.faces.landmarks.mesh import MeshNetwork
from nostalgia.faces.topology import (
    FACE_OVAL,
    LEFT_BROW,
    LEFT_EYE,
    OUTER_LIPS,
    RIGHT_BROW,
    RIGHT_EYE,
)
from nostalgia.geometry import bounding_box, fit_similarity
from nostalgia.options import AnimateOptions
from nostalgia.photo.crop import crop_face
from nostalgia.photo.reader import read_photo
from nostalgia.types import Face, FaceBox, FaceCrop, Photo

MESH = MeshNetwork.load()
ENHANCER = EmbeddedEnhancer.load(AnimateOptions())
EYES = LEFT_EYE + LEFT_BROW + RIGHT_EYE + RIGHT_BROW


def crop_in(photo: Photo, box: tuple[float, float, float, float]) -> FaceCrop:
    landmarks = MESH.find(photo.pixels, [FaceBox(box, 1.0)])[0].landmarks
    face = Face(1, bounding_box(landmarks), 1.0, fit_head(landmarks).pose, landmarks)
    return crop_face(photo, face, 1.75)


@pytest.fixture(scope="module")
def crop() -> FaceCrop:
    data = pytest.importorskip("skimage.data")
    return crop_in(Photo(np.ascontiguousarray(data.astronaut())), (176.0, 58.0, 272.0, 178.0))


def changed(crop: FaceCrop, pixels: np.ndarray) -> FaceCrop:
    return replace(crop, pixels=np.clip(np.rint(pixels), 0, 255).astype(np.uint8))


def blurred(crop, share):
    return changed(crop, cv2.GaussianBlur(crop.pixels, (0, 0), share * crop.face_height_px))


def noisy(crop, levels):
    shape = (crop.size_px, crop.size_px, 1)
    return changed(crop, crop.pixels + np.random.default_rng(5).normal(0, levels, shape))


def compressed(crop, quality):
    packed = cv2.imencode(".jpg", crop.pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return changed(crop, cv2.imdecode(packed, cv2.IMREAD_COLOR))


def bent(crop, gamma):
    return changed(crop, 255 * (crop.pixels / 255.0) ** gamma)


def faded(crop):
    return changed(crop, 90 + 0.45 * crop.pixels)


def sharpened(crop, amount):
    soft = cv2.GaussianBlur(crop.pixels, (0, 0), 0.012 * crop.face_height_px + 0.5)
    return changed(crop, crop.pixels + amount * (crop.pixels.astype(np.float32) - soft))


def grey(crop):
    return changed(crop, np.repeat(crop.pixels.mean(axis=2, keepdims=True), 3, axis=2))


def shrunk(crop, height_px):
    side = max(8, round(crop.size_px * height_px / crop.face_height_px))
    small = cv2.resize(crop.pixels, (side, side), interpolation=cv2.INTER_AREA)
    return changed(crop, cv2.resize(small, (crop.size_px,) * 2, interpolation=cv2.INTER_CUBIC))


def enhanced(crop):
    return ENHANCER.enhance(crop, 1.0)


SAME = {
    "nothing": lambda crop: replace(crop, pixels=crop.pixels.copy()),
    "blur": lambda crop: blurred(crop, 0.015),
    "noise": lambda crop: noisy(crop, 15),
    "jpeg": lambda crop: compressed(crop, 15),
    "darker": lambda crop: bent(crop, 1.5),
    "brighter": lambda crop: bent(crop, 0.65),
    "faded": faded,
    "grey": grey,
    "sharper": lambda crop: sharpened(crop, 3.0),
    "small": lambda crop: shrunk(crop, 50),
    "embedded enhancer": enhanced,
    "old print": lambda crop: noisy(faded(shrunk(crop, 60)), 6),
}


def mask_of(crop, group, grown=0.03):
    drawn = np.zeros(crop.pixels.shape[:2], np.uint8)
    hull = cv2.convexHull(np.round(crop.landmarks[list(group), :2]).astype(np.int32))
    cv2.fillConvexPoly(drawn, hull, (255,))
    side = 2 * round(grown * crop.face_height_px) + 1
    drawn = cv2.dilate(drawn, np.ones((side, side), np.uint8))
    soft = cv2.GaussianBlur(drawn.astype(np.float32) / 255, (0, 0), 0.015 * crop.face_height_px)
    return soft[..., None]


def laid_over(crop, other, share=1.0, group=FACE_OVAL):
    """The face with a share of another person's, scaled and turned onto its landmarks."""
    points = list(range(468)) if group is FACE_OVAL else list(group)
    scale, turn, shift = fit_similarity(other.landmarks[points, :2], crop.landmarks[points, :2])
    matrix = np.hstack([scale * turn, shift[:, None]])
    there = cv2.warpAffine(
        other.pixels, matrix, (crop.size_px,) * 2, borderMode=cv2.BORDER_REPLICATE
    )
    mask = share * mask_of(crop, group, 0.0 if group is FACE_OVAL else 0.03)
    return changed(crop, crop.pixels * (1 - mask) + mask * there)


def moved(crop, group, dx, dy):
    """The face with a part of it shifted by shares of its height."""
    shift = np.array([[1, 0, dx], [0, 1, dy]]) * [[1, 1, crop.face_height_px]]
    size = (crop.size_px,) * 2
    there = cv2.warpAffine(crop.pixels, shift, size, borderMode=cv2.BORDER_REPLICATE)
    mask = mask_of(crop, group)
    mask = np.maximum(mask, cv2.warpAffine(mask, shift, size)[..., None])
    return changed(crop, crop.pixels * (1 - mask) + mask * there)


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_the_same_face_passes(crop, change):
    assert LEAST_LIKENESS < likeness(crop, change(crop), MESH) <= 1.0


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_undoing_what_befell_a_photo_passes(crop, change):
    assert likeness(change(crop), crop, MESH) > LEAST_LIKENESS


def test_the_very_same_pixels_score_one(crop):
    assert likeness(crop, crop, MESH) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_another_face_laid_over_is_noticed(crop, share):
    assert likeness(crop, laid_over(crop, drawn_crop(), share), MESH) < LEAST_LIKENESS


def test_a_face_painted_over_is_noticed(crop):
    mask = mask_of(crop, FACE_OVAL, 0.0)
    smooth = cv2.GaussianBlur(crop.pixels, (0, 0), 0.2 * crop.face_height_px)
    assert likeness(crop, changed(crop, crop.pixels * (1 - mask) + mask * smooth), MESH) < 0.5


def test_features_that_moved_are_noticed(crop):
    for group, dx, dy in ((OUTER_LIPS, 0, 0.05), (EYES, 0, 0.04), (LEFT_EYE, -0.05, 0)):
        assert likeness(crop, moved(crop, group, dx, dy), MESH) < LEAST_LIKENESS


def test_a_mouth_turned_round_is_noticed(crop):
    upside_down = replace(
        crop,
        pixels=np.ascontiguousarray(crop.pixels[::-1, ::-1]),
        landmarks=(crop.size_px - 1 - crop.landmarks).astype(np.float32),
    )
    mask = mask_of(crop, OUTER_LIPS)
    over = laid_over(crop, replace(upside_down, landmarks=crop.landmarks), 1.0, OUTER_LIPS)
    assert mask.max() == pytest.approx(1, abs=0.05)
    assert likeness(crop, over, MESH) < LEAST_LIKENESS


def test_a_refused_face_is_the_photos_own(crop):
    other = laid_over(crop, drawn_crop())
    checked = checked_enhancement(crop, other, MESH)
    assert checked.refused and checked.crop is crop
    assert checked.likeness == likeness(crop, other, MESH) < LEAST_LIKENESS


def test_an_honest_enhancement_is_kept(crop):
    after = enhanced(crop)
    checked = checked_enhancement(crop, after, MESH)
    assert not checked.refused and checked.crop is after
    assert LEAST_LIKENESS < checked.likeness <= 1


def test_a_crack_that_is_mended_is_not_the_person():
    clean = drawn_crop(grain=3)
    mesh = create_autospec(MeshNetwork, instance=True)
    mesh.look_at.return_value.landmarks = clean.landmarks
    broken = clean.pixels.copy()
    x = round(CENTRE - 0.1 * UNIT)
    cv2.line(broken, (x, 20), (x - 12, 400), (245, 245, 245), 2, cv2.LINE_AA)
    cracked = replace(clean, pixels=broken)
    assert likeness(cracked, clean, mesh) < LEAST_LIKENESS
    assert not checked_enhancement(cracked, clean, mesh).refused
    turned = clean.pixels.copy()
    eyes = np.s_[round(CENTRE - 0.3 * UNIT) : round(CENTRE), 150:270]
    turned[eyes] = turned[eyes][::-1]
    assert checked_enhancement(cracked, replace(clean, pixels=turned), mesh).refused
    assert checked_enhancement(clean, cracked, mesh).refused


def test_a_sharp_photo_asks_for_more_likeness_than_its_reduced_copy_has(crop):
    copy = shrunk(crop, 24)
    found = likeness(crop, copy, MESH)
    assert LEAST_LIKENESS < found
    assert least_likeness(crop, MESH) == pytest.approx(found, abs=0.01)
    assert checked_enhancement(crop, shrunk(crop, 18), MESH).refused


def test_a_blurred_photo_asks_for_the_least(crop):
    assert least_likeness(blurred(crop, 0.04), MESH) == LEAST_LIKENESS


class CountingMesh:
    """The mesh network, and how often it was asked."""

    def __init__(self):
        self.times = 0

    def look_at(self, pixels, landmarks):
        self.times += 1
        return MESH.look_at(pixels, landmarks)


def test_the_reduced_copy_is_made_only_where_it_can_refuse(crop):
    mesh = CountingMesh()
    assert checked_enhancement(crop, noisy(crop, 1), mesh).likeness >= SAME_LIKENESS
    assert mesh.times == 2
    mesh = CountingMesh()
    assert checked_enhancement(crop, shrunk(crop, 18), mesh).likeness < SAME_LIKENESS
    assert mesh.times == 3


def test_nothing_is_measured_where_nothing_was_done(crop):
    checked = checked_enhancement(crop, crop, None)
    assert checked.crop is crop and checked.likeness == 1.0 and not checked.refused


@pytest.mark.parametrize("name", ["portrait-hepburn-bw.png", "portrait-man-moustache.jpg"])
def test_real_photos(shared, crop, name):
    photo = read_photo(shared / f"photos/{name}")
    face = max(FaceFinder.load().find(photo), key=lambda each: each.height_px)
    own = crop_face(photo, face, 1.75)
    assert likeness(own, enhanced(own), MESH) > LEAST_LIKENESS
    assert likeness(own, laid_over(own, crop), MESH) < LEAST_LIKENESS
    assert likeness(own, laid_over(own, crop, 0.5), MESH) < LEAST_LIKENESS
