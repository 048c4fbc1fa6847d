"""The person matte: the shipped network on photos and nonsense, the refinement on drawn crops."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from skimage import data
from synthetic_face import face_in, photo_of

from nostalgia.errors import CheckpointError
from nostalgia.faces.landmarks.mesh import MeshNetwork
from nostalgia.faces.matte import INPUT_PX, SQUARE_FACE_HEIGHTS, Matte, MatteNetwork, face_plane
from nostalgia.faces.topology import FACE_OVAL
from nostalgia.photo.crop import crop_face
from nostalgia.types import Face, FaceBox, FaceCrop, HeadPose, Photo

FRONTAL = HeadPose(0.0, 0.0, 0.0)
SURE = 12.0


@pytest.fixture(scope="module")
def network() -> MatteNetwork:
    return MatteNetwork.load()


@pytest.fixture(scope="module")
def astronaut() -> FaceCrop:
    photo = Photo(np.ascontiguousarray(data.astronaut()))
    (mesh,) = MeshNetwork.load().find(photo.pixels, [FaceBox((172, 70, 270, 192), 1.0)])
    return crop_face(photo, Face(1, (172, 70, 270, 192), 1.0, FRONTAL, mesh.landmarks), 1.75)


def of_photo(found: Matte, source: FaceCrop, x: int, y: int) -> float:
    """Alpha at a pixel of the photo."""
    corner = source.photo_from_crop[:, 2]
    return float(found.alpha[round(y - corner[1]), round(x - corner[0])])


def drawn(
    size_wh: tuple[int, int] = (400, 400), centre_xy: tuple[float, float] = (200, 180)
) -> FaceCrop:
    face = face_in(centre_xy, 100.0, FRONTAL)
    return crop_face(photo_of(face, size_wh=size_wh), face, 1.75)


def answering(logits: np.ndarray, mirrored: np.ndarray | None = None) -> MatteNetwork:
    """A network that always gives the same answers: for a crop, and for its mirror image."""
    other = logits if mirrored is None else mirrored
    both = np.stack([logits, other[:, ::-1]]).astype(np.float32)
    return MatteNetwork(lambda _: [both, np.zeros(2, np.float32)])


def half(edge: float) -> np.ndarray:
    """Person to the left of a column of the network's square."""
    columns = np.arange(INPUT_PX, dtype=np.float32)
    return np.broadcast_to(np.clip(edge - columns, -SURE, SURE), (INPUT_PX, INPUT_PX)).copy()


def test_the_person_in_a_photo_is_found(network, astronaut):
    found = network.find(astronaut)
    assert found.alpha.shape == (astronaut.size_px,) * 2
    assert found.alpha.dtype == np.float32
    assert found.alpha.min() >= 0
    assert found.alpha.max() <= 1
    for x, y in ((220, 130), (220, 60), (200, 260), (270, 250)):
        assert of_photo(found, astronaut, x, y) > 0.95, (x, y)
    for x, y in ((60, 60), (120, 30), (330, 120), (100, 150)):
        assert of_photo(found, astronaut, x, y) < 0.05, (x, y)
    assert found.doubt < 0.2


def test_the_same_crop_gives_the_same_matte(network, astronaut):
    first, second = network.find(astronaut), network.find(astronaut)
    assert np.array_equal(first.alpha, second.alpha)
    assert first.doubt == second.doubt


def test_a_larger_copy_of_a_photo_has_the_same_person(network, astronaut):
    large = replace(
        astronaut,
        pixels=cv2.resize(astronaut.pixels, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC),
        landmarks=astronaut.landmarks * 3 + np.float32([1, 1, 0]),
        inside_xyxy=tuple(3 * v for v in astronaut.inside_xyxy),
        face_height_px=astronaut.face_height_px * 3,
    )
    small, found = network.find(astronaut).alpha, network.find(large).alpha
    assert found.shape == (3 * astronaut.size_px,) * 2
    again = cv2.resize(found, small.shape[::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(again - small).mean() < 0.02


def test_doubt_rises_on_nonsense(network, astronaut):
    sure = network.find(astronaut).doubt
    noise = np.random.default_rng(3).integers(0, 256, astronaut.pixels.shape, np.uint8)
    assert network.find(replace(astronaut, pixels=noise)).doubt > sure + 0.2
    upside_down = np.ascontiguousarray(data.brick()[:300, :300])
    stones = cv2.resize(np.dstack([upside_down] * 3), astronaut.pixels.shape[1::-1])
    assert network.find(replace(astronaut, pixels=stones)).doubt > sure + 0.2


def test_doubt_is_about_the_head_and_not_about_shoulders():
    source = drawn()
    middle = INPUT_PX // 2
    clear = np.full((INPUT_PX, INPUT_PX), -SURE, np.float32)
    clear[middle - 40 :, middle - 30 : middle + 30] = SURE
    shoulders, head = clear.copy(), clear.copy()
    shoulders[middle + 30 :] = 0
    head[middle - 40 : middle, middle + 10 : middle + 40] = 0
    doubts = [answering(each).find(source).doubt for each in (clear, shoulders, head)]
    assert doubts[0] < 0.01
    assert doubts[1] < 0.01
    assert doubts[2] > 0.1
    assert answering(clear, mirrored=np.roll(clear, 12, axis=1)).find(source).doubt > 0.2


def test_beyond_the_photo_the_border_repeats(network):
    source = drawn((300, 260), (60, 70))
    x0, y0, x1, y1 = source.inside_xyxy
    assert x0 > 0
    assert y0 > 0
    alpha = network.find(source).alpha
    rows = np.clip(np.arange(source.size_px), y0, y1 - 1)
    columns = np.clip(np.arange(source.size_px), x0, x1 - 1)
    assert np.array_equal(alpha, alpha[np.ix_(rows, columns)])


def test_an_edge_of_the_photo_draws_that_of_the_matte_to_itself():
    source = drawn()
    size, off = source.size_px, 4
    column = size // 2 + round(0.9 * source.face_height_px)
    pixels = np.full((size, size, 3), 60, np.uint8)
    pixels[:, column:] = 200
    asked = (column - off) * INPUT_PX / size
    alpha = answering(half(asked)).find(replace(source, pixels=pixels)).alpha
    reached = (alpha[size // 2] > 0.5).sum()
    assert abs(reached - column) <= 1
    flat = answering(half(asked)).find(replace(source, pixels=pixels * 0 + 60)).alpha
    assert abs((flat[size // 2] > 0.5).sum() - (column - off)) <= 1


def test_where_the_network_is_sure_the_photo_has_no_say():
    source = drawn()
    noise = np.random.default_rng(5).integers(0, 256, source.pixels.shape, np.uint8)
    alpha = answering(half(150.0)).find(replace(source, pixels=noise)).alpha
    unit = source.size_px / INPUT_PX
    assert (alpha[:, : int(135 * unit)] == 1).all()
    assert (alpha[:, int(165 * unit) :] == 0).all()


def test_patches_away_from_the_face_and_small_holes_are_tidied():
    source = drawn()
    logits = half(140.0)
    logits[20:40, 170:185] = SURE
    logits[150:156, 60:66] = -SURE
    alpha = answering(logits).find(source).alpha
    unit = source.size_px / INPUT_PX
    assert alpha[int(30 * unit), int(177 * unit)] == 0
    assert alpha[int(153 * unit), int(63 * unit)] > 0.9
    logits[100:190, 10:60] = -SURE
    assert answering(logits).find(source).alpha[int(150 * unit), int(30 * unit)] < 0.05


def test_the_network_sees_the_same_scale_in_crops_of_any_margin():
    seen = []

    def predict(squares: np.ndarray) -> list[np.ndarray]:
        seen.append(squares)
        return [np.zeros((2, INPUT_PX, INPUT_PX), np.float32), np.zeros(2, np.float32)]

    face = face_in((300, 300), 80.0, FRONTAL)
    photo = photo_of(face, size_wh=(600, 600))
    for margin in (1.2, 1.75, 2.6):
        MatteNetwork(predict).find(crop_face(photo, face, margin))
    whole = SQUARE_FACE_HEIGHTS * 80
    for squares in seen:
        assert squares.shape == (2, 4, INPUT_PX, INPUT_PX)
        assert squares.dtype == np.float32
        tall = np.ptp(np.nonzero(squares[0, 3].any(axis=1))[0])
        assert tall == pytest.approx(80 / whole * INPUT_PX, abs=3)
        assert np.array_equal(squares[1], squares[0, ..., ::-1])


def test_the_plane_of_the_face_is_its_outline():
    face = face_in((96, 96), 55.0, FRONTAL)
    plane = face_plane(face.landmarks, INPUT_PX)
    outline = cv2.convexHull(face.landmarks[list(FACE_OVAL), :2].copy())
    assert plane.sum() == pytest.approx(cv2.contourArea(outline), rel=0.05)
    assert set(np.unique(plane)) == {0.0, 1.0}


def test_a_missing_network_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setattr("nostalgia.weights.network.checkpoint_path", tmp_path.joinpath)
    with pytest.raises(CheckpointError, match="damaged"):
        MatteNetwork.load()


def above(head_to: float, half_width: float, from_top: float, rolled: float = 0.0) -> np.ndarray:
    """Logits of the square: a head with shoulders, and something above it; face heights.

    head_to: top of the head, below the middle of the face. half_width: of what is above it.
    from_top: where that ends, below the top of the square. rolled: degrees.
    """
    unit = INPUT_PX / SQUARE_FACE_HEIGHTS
    x, y = (np.mgrid[:INPUT_PX, :INPUT_PX][::-1] - (INPUT_PX - 1) / 2) / unit
    turn = np.radians(rolled)
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    head = np.hypot(u / 0.42, v / -head_to) < 1
    shoulders = (v > 0.6) & (np.abs(u) < 1.2)
    column = (np.abs(u) < half_width) & (v < 0) & (y > from_top - SQUARE_FACE_HEIGHTS / 2)
    return np.where(head | shoulders | column, SURE, -SURE).astype(np.float32)


@pytest.mark.parametrize("half_width", [0.1, 0.2, 0.3])
@pytest.mark.parametrize("rolled", [0.0, 12.0])
def test_a_pillar_behind_a_head_does_not_belong_to_it(half_width, rolled):
    face = face_in((300, 300), 100.0, HeadPose(0.0, 0.0, rolled))
    source = crop_face(photo_of(face, size_wh=(600, 600)), face, 1.75)
    with_pillar = answering(above(-0.85, half_width, 0.0, rolled)).find(source).alpha
    alone = answering(above(-0.85, 0.0, 0.0, rolled)).find(source).alpha
    middle = source.size_px // 2
    assert with_pillar[: middle - 115].max() < 0.1, "the pillar above the head"
    # The head itself stays, down from where the pillar stood on it.
    assert np.abs(with_pillar - alone)[middle - 50 :].max() < 0.05
    assert np.abs(with_pillar - alone)[: middle - 50].mean() < 0.03


@pytest.mark.parametrize(
    ("half_width", "from_top"),
    [(0.45, 0.0), (0.3, 0.3), (0.04, 0.0)],
    ids=["a bearskin up to the border", "a hat that ends below it", "a feather"],
)
def test_whatever_may_be_a_hat_stays(half_width, from_top):
    face = face_in((300, 300), 100.0, FRONTAL)
    source = crop_face(photo_of(face, size_wh=(600, 600)), face, 1.75)
    alpha = answering(above(-0.85, half_width, from_top)).find(source).alpha
    top = round(from_top * 100) + 5
    assert alpha[top : source.size_px // 2, source.size_px // 2].min() > 0.9


def test_a_hat_that_the_photo_cuts_off_stays():
    """The photo ends 1.2 face heights above the middle of the face."""
    face = face_in((300, 120), 100.0, FRONTAL)
    source = crop_face(photo_of(face, size_wh=(600, 600)), face, 1.75)
    assert source.inside_xyxy[1] > 0
    alpha = answering(above(-0.85, 0.3, 0.0)).find(source).alpha
    assert alpha[source.inside_xyxy[1] + 5 : source.size_px // 2, source.size_px // 2].min() > 0.9
