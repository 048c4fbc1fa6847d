"""Rules for detectors, enhancers and landmarkers of 68 points: one function per rule."""

import cv2
import numpy as np
from skimage import data
from synthetic_face import face_in, photo_of

from nostalgia.options import DetectionOptions
from nostalgia.photo.crop import crop_face
from nostalgia.types import FaceBox, FaceCrop, Float32, HeadPose, UInt8

FACE_XYXY = (173, 66, 269, 196)
"""The astronaut's face in the picture that scikit-image ships, forehead to chin."""

LEAST_SCORE = DetectionOptions().min_score
ENHANCED_REACH = 1.3
"""Farthest change by an enhancer from the face's middle, face heights."""


def astronaut() -> UInt8:
    return np.ascontiguousarray(data.astronaut(), np.uint8)


def sure(faces: list[FaceBox]) -> list[FaceBox]:
    return [face for face in faces if face.score >= LEAST_SCORE]


def the_face_is_found_in_the_photos_pixels(detector) -> None:
    for scale in (1, 2):
        photo = cv2.resize(astronaut(), None, fx=scale, fy=scale)
        (face,) = sure(detector.detect(photo))
        x0, y0, x1, y1 = (v / scale for v in face.box_xyxy)
        assert abs((x0 + x1) / 2 - 221) < 20 and abs((y0 + y1) / 2 - 131) < 30
        assert 60 < x1 - x0 < 160 and 80 < y1 - y0 < 200


def the_best_faces_come_first(detector) -> None:
    pair = np.hstack([astronaut(), cv2.GaussianBlur(astronaut()[:, ::-1], (0, 0), 3)])
    scores = [face.score for face in detector.detect(np.ascontiguousarray(pair))]
    assert len(scores) >= 2
    assert scores == sorted(scores, reverse=True)
    assert min(scores) >= 0 and max(scores) <= 1


def no_face_is_found_where_there_is_none(detector) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8)
    for photo in (np.full((240, 320, 3), 128, np.uint8), np.zeros((90, 90, 3), np.uint8), noise):
        assert sure(detector.detect(photo)) == []


def odd_sizes_are_accepted(detector) -> None:
    for height, width in ((1, 1), (2, 4000), (4000, 2), (7, 3), (33, 65)):
        assert sure(detector.detect(np.full((height, width, 3), 90, np.uint8))) == []


def the_photo_is_not_modified(detector) -> None:
    photo = astronaut()
    first = detector.detect(photo)
    assert np.array_equal(photo, astronaut())
    again = detector.detect(photo)
    assert [(f.box_xyxy, f.score) for f in first] == [(f.box_xyxy, f.score) for f in again]


DETECTION_RULES = (
    the_face_is_found_in_the_photos_pixels,
    the_best_faces_come_first,
    no_face_is_found_where_there_is_none,
    odd_sizes_are_accepted,
    the_photo_is_not_modified,
)


def noisy_crop(
    centre_xy: tuple[float, float] = (210.0, 230.0), height_px: float = 110.0
) -> FaceCrop:
    """A drawn face in a noisy picture, like a face in a photo."""
    face = face_in(centre_xy, height_px, HeadPose(8.0, 0.0, 4.0))
    return crop_face(photo_of(face), face, 1.75)


def strength_0_gives_the_same_object(enhancer) -> None:
    source = noisy_crop()
    assert enhancer.enhance(source, 0.0) is source


def only_pixels_change(enhancer) -> None:
    for source in (noisy_crop(), noisy_crop((20.0, 460.0)), noisy_crop(height_px=6.0)):
        better = enhancer.enhance(source, 1.0)
        assert better.pixels.shape == source.pixels.shape
        assert better.pixels.dtype == np.uint8
        assert np.array_equal(better.landmarks, source.landmarks)
        assert np.array_equal(better.photo_from_crop, source.photo_from_crop)
        for name in ("pose", "inside_xyxy", "face_height_px", "face_number"):
            assert getattr(better, name) == getattr(source, name)


def only_the_face_changes(enhancer) -> None:
    """Exactly, beyond the reach and on the crop's border, where a seam would show."""
    for source in (noisy_crop(), noisy_crop((60.0, 90.0))):
        better = enhancer.enhance(source, 1.0)
        y, x = np.mgrid[: source.size_px, : source.size_px]
        centre = source.landmarks[:, :2].mean(axis=0)
        away = np.hypot(x - centre[0], y - centre[1]) / source.face_height_px
        far = away > ENHANCED_REACH
        far[[0, -1]] = far[:, [0, -1]] = True
        assert np.array_equal(better.pixels[far], source.pixels[far])


def the_source_is_not_modified(enhancer) -> None:
    source = noisy_crop()
    pixels, landmarks = source.pixels.copy(), source.landmarks.copy()
    enhancer.enhance(source, 1.0)
    assert np.array_equal(source.pixels, pixels) and np.array_equal(source.landmarks, landmarks)


def the_same_face_gives_the_same_result(enhancer) -> None:
    first = enhancer.enhance(noisy_crop(), 0.7).pixels
    enhancer.enhance(noisy_crop((150.0, 260.0), 84.0), 1.0)
    assert np.array_equal(first, enhancer.enhance(noisy_crop(), 0.7).pixels)


ENHANCEMENT_RULES = (
    strength_0_gives_the_same_object,
    only_pixels_change,
    only_the_face_changes,
    the_source_is_not_modified,
    the_same_face_gives_the_same_result,
)


def seen_face() -> tuple[UInt8, Float32]:
    """The astronaut and her mesh, approximated by the mean face placed on hers."""
    centre = ((FACE_XYXY[0] + FACE_XYXY[2]) / 2, (FACE_XYXY[1] + FACE_XYXY[3]) / 2)
    tall = float(FACE_XYXY[3] - FACE_XYXY[1])
    return astronaut(), face_in(centre, tall, HeadPose(0.0, 0.0, 0.0)).landmarks


def there_are_68_points_on_the_face(landmarker) -> None:
    pixels, landmarks = seen_face()
    points = landmarker.points68(pixels, landmarks)
    assert points.dtype == np.float32 and points.shape == (68, 2)
    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    room = 0.25 * (high - low)
    assert (points > low - room).all() and (points < high + room).all()


def points_are_in_the_classic_order(landmarker) -> None:
    points = landmarker.points68(*seen_face())
    brows, nose, tip = points[17:27], points[27:36], points[30]
    eyes = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
    mouth = points[48:68].mean(axis=0)
    assert points[0, 0] < eyes[0][0] < tip[0] < eyes[1][0] < points[16, 0]
    assert brows[:, 1].max() < nose[:, 1].max() < mouth[1] < points[8, 1]
    assert brows[:5, 0].max() < brows[5:, 0].min()
    assert points[8, 1] == points[:17, 1].max(), "the chin is the lowest of the jaw"
    assert points[36, 0] < points[39, 0] < points[42, 0] < points[45, 0], "corners of the eyes"
    assert points[48, 0] < points[54, 0] and points[51, 1] < points[57, 1], "the lips' outline"
    assert np.ptp(points[27:31, 1]) > np.ptp(points[27:31, 0]), "the bridge of the nose"


def points_move_with_the_face(landmarker) -> None:
    pixels, landmarks = seen_face()
    points = landmarker.points68(pixels, landmarks)
    wider = np.pad(pixels, ((30, 0), (50, 0), (0, 0)), mode="edge")
    moved = landmarker.points68(wider, landmarks + np.array([50, 30, 0], np.float32))
    assert np.abs(moved - points - [50, 30]).max() < 2.0


def arguments_are_not_modified(landmarker) -> None:
    pixels, landmarks = seen_face()
    first = landmarker.points68(pixels, landmarks)
    for given, before in zip((pixels, landmarks), seen_face(), strict=True):
        assert np.array_equal(given, before)
    assert np.array_equal(first, landmarker.points68(pixels, landmarks))


LANDMARKS_RULES = (
    there_are_68_points_on_the_face,
    points_are_in_the_classic_order,
    points_move_with_the_face,
    arguments_are_not_modified,
)
