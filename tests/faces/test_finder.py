"""FaceFinder: the detector's proposals and the mesh network's scores together."""

import numpy as np
import pytest

from nostalgia.errors import UsageError
from nostalgia.faces.finder import FaceFinder, number_faces
from nostalgia.faces.head import load_face_shape
from nostalgia.faces.landmarks.mesh import FoundMesh
from nostalgia.types import FaceBox, Photo


class Proposals:
    """A detector that returns given boxes."""

    name = "proposals"

    def __init__(self, boxes):
        self.boxes = boxes

    def detect(self, photo):
        return self.boxes


class Meshes:
    """A mesh network that puts the mean face into every box, with a score per box."""

    def __init__(self, scores):
        self.scores = scores

    def find(self, pixels, boxes):
        return [
            FoundMesh(mean_face_in(box.box_xyxy), score)
            for box, score in zip(boxes, self.scores, strict=False)
        ]


def mean_face_in(box):
    x0, y0, x1, y1 = box
    centre = np.float32([(x0 + x1) / 2, (y0 + y1) / 2, 0])
    return (load_face_shape().mean * (y1 - y0) + centre).astype(np.float32)


def finder(boxes, scores):
    return FaceFinder(Proposals([FaceBox(b, s) for b, s in boxes]), Meshes(scores))


def enlarged(landmarks):
    """Landmarks in a picture of 2.5 times the size, the first pixel at 0.75, 0.75."""
    return landmarks * np.float32(2.5) + np.float32([0.75, 0.75, 0])


PHOTO = Photo(np.zeros((400, 600, 3), np.uint8))
LEFT, RIGHT = (50, 50, 130, 150), (300, 60, 380, 160)


def test_faces_are_numbered_left_to_right_whatever_their_scores():
    faces = finder([(RIGHT, 0.9), (LEFT, 0.8)], [0.99, 0.99]).find(PHOTO)
    assert [face.number for face in faces] == [1, 2]
    assert faces[0].box_xyxy[0] < faces[1].box_xyxy[0]
    assert abs(faces[0].pose.yaw) < 1


def test_two_boxes_on_one_face_are_one_face():
    near = (55, 52, 134, 149)
    assert len(finder([(LEFT, 0.9), (near, 0.8)], [0.99, 0.99]).find(PHOTO)) == 1


def test_boxes_with_a_low_mesh_score_are_left_out():
    assert finder([(LEFT, 0.5)], [0.05]).find(PHOTO) == ()


def test_a_box_of_the_user_is_used_if_it_lies_within_the_photo():
    face = finder([], [0.01]).in_box(PHOTO, (50, 50, 130, 150))
    assert face.number == 1
    with pytest.raises(UsageError, match="600 x 400"):
        finder([], [0.9]).in_box(PHOTO, (560, 50, 640, 150))


def test_faces_are_numbered_left_to_right_or_by_size():
    boxes = [(300, 0, 360, 60), (0, 0, 50, 50), (100, 0, 200, 100)]
    found = [FoundMesh(mean_face_in(box), 1.0) for box in boxes]

    def lefts(order):
        return [round(face.box_xyxy[0], -1) for face in number_faces(found, order)]

    assert lefts("left-right") == sorted(lefts("left-right"))
    sizes = [face.height_px for face in number_faces(found, "largest")]
    assert sizes == sorted(sizes, reverse=True)
    assert [face.number for face in number_faces(found, "largest")] == [1, 2, 3]
    with pytest.raises(UsageError, match="top-down"):
        number_faces(found, "top-down")


class Followed(Meshes):
    """Sees the faces again where they were, moved by a number of pixels."""

    def __init__(self, moved):
        super().__init__([0.99, 0.99])
        self.moved, self.seen = moved, []

    def track(self, pixels, previous):
        self.seen.append((pixels.shape, previous))
        return FoundMesh(previous + np.float32([self.moved, 0, 0]), 0.99)


def test_faces_of_a_photo_read_in_reduced_form_are_in_its_own_pixels():
    reduced = Photo(np.zeros((400, 600, 3), np.uint8), own_wh=(1500, 1000))
    whole = finder([(RIGHT, 0.9), (LEFT, 0.8)], [0.99, 0.99]).find(PHOTO)
    found = finder([(RIGHT, 0.9), (LEFT, 0.8)], [0.99, 0.99]).find(reduced)
    for face, same in zip(found, whole, strict=True):
        assert face.landmarks == pytest.approx(enlarged(same.landmarks), rel=1e-5)
        assert face.box_xyxy == pytest.approx([edge * 2.5 + 0.75 for edge in same.box_xyxy])
        assert face.pose.yaw == pytest.approx(same.pose.yaw, abs=0.01)
        assert face.score == same.score


def test_a_box_is_given_in_the_photos_own_pixels():
    reduced = Photo(np.zeros((400, 600, 3), np.uint8), own_wh=(1500, 1000))
    box = tuple(2.5 * edge for edge in RIGHT)
    same = finder([], [0.9]).in_box(PHOTO, RIGHT)
    face = finder([], [0.9]).in_box(reduced, box)
    assert face.landmarks == pytest.approx(enlarged(same.landmarks), rel=1e-5)
    with pytest.raises(UsageError, match="within 1500 x 1000 pixels"):
        finder([], [0.9]).in_box(reduced, (1400, 10, 1600, 200))


def test_looking_closer_keeps_numbers_and_moves_landmarks():
    boxes = [(LEFT, 0.9), (RIGHT, 0.8)]
    network = Followed(moved=3)
    several = FaceFinder(Proposals([FaceBox(b, s) for b, s in boxes]), network)
    faces = several.find(PHOTO)
    closer = several.look_closer(PHOTO, faces)
    assert [face.number for face in closer] == [1, 2]
    for face, before, (shape, _) in zip(closer, faces, network.seen, strict=True):
        assert face.landmarks == pytest.approx(before.landmarks + np.float32([3, 0, 0]), abs=1e-3)
        assert face.box_xyxy[0] == pytest.approx(before.box_xyxy[0] + 3, abs=1e-3)
        assert face.score == before.score
        assert max(shape) < 400, "only its surroundings are looked at"


def test_a_face_that_is_lost_when_looking_closer_stays_as_it_was_found():
    several = FaceFinder(Proposals([FaceBox(LEFT, 0.9)]), Followed(moved=90))
    faces = several.find(PHOTO)
    assert several.look_closer(PHOTO, faces) == faces
    assert np.array_equal(several.look_closer(PHOTO, faces)[0].landmarks, faces[0].landmarks)


def test_landmarks_in_json_count_from_the_corner_of_the_photo():
    """As boxes do: the middle of the first pixel is at 0.5, 0.5."""
    (face,) = number_faces([FoundMesh(mean_face_in((50, 50, 130, 150)), 1.0)])
    told = np.array(face.to_dict(with_landmarks=True)["landmarks"])
    assert told == pytest.approx(face.landmarks + [0.5, 0.5, 0], abs=0.01)
