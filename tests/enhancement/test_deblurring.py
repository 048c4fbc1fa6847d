import cv2
import numpy as np
import pytest
from drawn_face import drawn_crop

from nostalgia.enhancement.deblurring import blur_of, deblurred, deblurred_face, disc, gaussian
from nostalgia.enhancement.working_face import working_face
from nostalgia.faces.regions import reach_xyxy

SIZE = 256


def scene(seed=0):
    """A picture with the spectrum of photos, levels 20 to 235, that repeats at its borders."""
    x, y = np.fft.rfftfreq(SIZE), np.fft.fftfreq(SIZE)[:, None]
    fall = np.maximum(np.hypot(x, y), 1 / SIZE) ** -1.5
    rng = np.random.default_rng(seed)
    phases = np.exp(2j * np.pi * rng.random(fall.shape))
    drawn = np.fft.irfft2(fall * phases, s=(SIZE, SIZE))
    low, high = np.percentile(drawn, (0.1, 99.9))
    return np.clip(20 + 215 * (drawn - low) / (high - low), 0, 255).astype(np.float32)


def through(luma, kind, sigma_px):
    x, y = np.fft.rfftfreq(SIZE), np.fft.fftfreq(SIZE)[:, None]
    seen = np.fft.rfft2(luma) * kind(sigma_px, np.hypot(x, y))
    return np.fft.irfft2(seen, s=luma.shape).astype(np.float32)


def levels(luma):
    return np.clip(np.rint(luma), 0, 255).astype(np.float32)


def noisy(luma, sd):
    return levels(luma + np.random.default_rng(9).normal(0, sd, luma.shape))


def compressed(luma, quality):
    _, data = cv2.imencode(".jpg", luma.astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE).astype(np.float32)


def error(luma, clean):
    return float(np.sqrt(((luma - clean)[24:-24, 24:-24] ** 2).mean()))


@pytest.mark.parametrize("kind", [gaussian, disc])
@pytest.mark.parametrize("sigma_px", [1.5, 2.2, 3.2])
def test_kind_and_size_of_a_blur_are_measured_and_it_is_taken_back(kind, sigma_px):
    for seed in range(3):
        clean = scene(seed)
        soft = levels(through(clean, kind, sigma_px))
        blur = blur_of(soft)
        assert blur is not None and blur.passed is kind
        assert blur.sigma_px == pytest.approx(sigma_px, rel=0.12)
        assert error(deblurred(soft, blur), clean) < 0.85 * error(soft, clean)


def test_the_noisier_a_picture_the_less_is_taken_back():
    clean = scene()
    won = []
    for sd in (0, 1.5, 4):
        soft = noisy(through(clean, gaussian, 2.5), sd)
        blur = blur_of(soft)
        assert blur is not None
        left = error(deblurred(soft, blur), clean)
        won.append(1 - left / error(soft, clean))
    assert won[0] > won[1] > won[2] > 0


def test_noise_that_a_camera_smoothed_is_hardly_brought_up():
    soft = through(scene(), gaussian, 2.5)
    smoothed = cv2.GaussianBlur(np.random.default_rng(9).normal(0, 1, soft.shape), (0, 0), 1.2)
    grainy = levels(soft + smoothed / smoothed.std())
    blur = blur_of(grainy)
    assert blur is not None
    texture = deblurred(grainy, blur) - deblurred(levels(soft), blur)
    assert texture[24:-24, 24:-24].std() < 1.8


def test_sharp_grainy_and_compressed_pictures_have_no_blur():
    for seed in range(3):
        clean = scene(seed)
        soft = through(clean, gaussian, 2.0)
        for picture in (clean, noisy(clean, 3), compressed(clean, 40), noisy(soft, 25)):
            assert blur_of(levels(picture)) is None


def test_what_stands_out_from_the_noise_is_not_smeared():
    soft = noisy(through(scene(), gaussian, 2.5), 3)
    soft[128, 128] = 255
    blur = blur_of(soft)
    assert blur is not None
    assert deblurred(soft, blur)[128, 128] > 230


def test_the_harm_of_a_wrong_measure_is_limited():
    step = np.full((SIZE, SIZE), 60, np.float32)
    step[:, SIZE // 2 :] = 180
    blur = blur_of(levels(through(scene(), gaussian, 3.0)))
    assert blur is not None
    after = deblurred(step, blur)
    assert after.min() >= -60 - 1 and after.max() <= 300 + 1
    flat = np.abs(np.arange(SIZE) - SIZE // 2) > 8
    assert np.abs(after - step)[:, flat].max() < 8


def face_of(pixels):
    crop = drawn_crop()
    box = reach_xyxy(crop.landmarks, crop.face_height_px, crop.size_px)
    face = working_face(crop, box)
    height, width = face.luma.shape
    seen = np.ascontiguousarray(pixels[:height, :width])
    return type(face)(
        seen,
        cv2.cvtColor(seen, cv2.COLOR_RGB2GRAY).astype(np.float32),
        face.around,
        face.regions,
        face.landmarks,
        face.face_height_px,
        face.scale,
    )


def test_colour_is_deblurred_with_the_luma_and_grey_stays_exactly_grey():
    tall = np.tile(levels(through(scene(), gaussian, 2.0)), (2, 2))
    grey = np.repeat(tall[..., None], 3, axis=-1).astype(np.uint8)
    face = face_of(grey)
    sharp = deblurred_face(face, 1.0)
    assert sharp is not face
    assert not np.ptp(sharp.pixels, axis=-1).any()
    coloured = grey.astype(np.float32)
    coloured[..., 0] = 255 - np.tile(levels(through(scene(1), gaussian, 2.0)), (2, 2))
    face = face_of(coloured.astype(np.uint8))
    sharp = deblurred_face(face, 1.0)
    for channel in range(3):
        steep = [
            np.abs(np.diff(each.pixels[..., channel].astype(float), axis=1)).mean()
            for each in (face, sharp)
        ]
        assert steep[1] > 1.15 * steep[0]


def test_a_sharp_face_is_the_same_object():
    sharp = np.repeat(np.tile(levels(scene()), (2, 2))[..., None], 3, axis=-1).astype(np.uint8)
    face = face_of(sharp)
    assert deblurred_face(face, 1.0) is face


def test_an_enlarged_face_is_judged_by_the_photos_own_pixels():
    for sigma_px, blurred in ((0.75, False), (2.0, True)):
        luma = levels(through(scene(), gaussian, sigma_px))
        own = np.repeat(luma[..., None], 3, axis=-1).astype(np.uint8)
        face = face_of(cv2.resize(own, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC))
        assert blur_of(face.luma) is not None
        assert (deblurred_face(face, 2.0) is not face) == blurred


@pytest.mark.parametrize("shape", [(8, 8), (23, 40), (70, 55)])
def test_small_and_empty_pictures_are_measured_without_complaint(shape):
    soft = cv2.resize(through(scene(), gaussian, 2.0), shape[::-1])
    for luma in (soft, np.zeros(shape, np.float32), np.full(shape, 255, np.float32)):
        blur = blur_of(luma)
        if blur is not None:
            assert np.isfinite(deblurred(luma, blur)).all()
