"""What time, cameras and presses do to a photo: degradations for training the detector."""

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float32]
Random = np.random.Generator


def _soften(rng: Random, canvas: Grey) -> Grey:
    height, width = canvas.shape
    if rng.random() < 0.4:
        canvas = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.3, 1.6))
    if rng.random() < 0.25:
        factor = rng.uniform(1.2, 2.6)
        small = cv2.resize(
            canvas, (int(width / factor), int(height / factor)), interpolation=cv2.INTER_AREA
        )
        way = cv2.INTER_CUBIC if rng.random() < 0.6 else cv2.INTER_LINEAR
        canvas = cv2.resize(small, (width, height), interpolation=way)
    if rng.random() < 0.15:
        canvas = canvas + rng.uniform(0.5, 1.5) * (canvas - cv2.GaussianBlur(canvas, (0, 0), 1.5))
    return canvas


def _print(rng: Random, canvas: Grey) -> Grey:
    """Halftone dots on a turned grid."""
    height, width = canvas.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle, period = rng.uniform(0, np.pi / 2), rng.uniform(2.2, 5.0)
    u = (x * np.cos(angle) + y * np.sin(angle)) * (2 * np.pi / period)
    v = (-x * np.sin(angle) + y * np.cos(angle)) * (2 * np.pi / period)
    screen = (np.cos(u) + np.cos(v)) / 4 + 0.5
    dots = 1 / (1 + np.exp(-(canvas - screen) * rng.uniform(4, 14)))
    mix = rng.uniform(0.3, 0.9)
    return np.asarray(
        cv2.GaussianBlur((canvas * (1 - mix) + dots * mix).astype(np.float32), (0, 0), 0.6),
        np.float32,
    )


def _damage(rng: Random, canvas: Grey) -> Grey:
    """Scratches, dust, folds, torn corners and stains."""
    height, width = canvas.shape

    def point() -> tuple[int, int]:
        return int(rng.integers(-20, width + 20)), int(rng.integers(-20, height + 20))

    if rng.random() < 0.5:
        for _ in range(int(rng.integers(1, 10))):
            start = np.array(point(), float)
            path = start + np.cumsum(rng.normal(0, 14, (5, 2)) + rng.normal(0, 10, 2), 0)
            cv2.polylines(
                canvas,
                [np.round(path).astype(np.int32)],
                False,
                rng.uniform(0, 1.1),
                int(rng.integers(1, 3)),
                cv2.LINE_AA,
            )
    if rng.random() < 0.35:
        for _ in range(int(rng.integers(3, 40))):
            cv2.circle(canvas, point(), int(rng.integers(0, 3)), rng.uniform(0, 1), -1, cv2.LINE_AA)
    if rng.random() < 0.35:
        a, b = point(), point()
        bright = rng.uniform(0.6, 1.0)
        cv2.line(canvas, a, b, bright, int(rng.integers(1, 6)), cv2.LINE_AA)
        if rng.random() < 0.5:
            cv2.line(
                canvas, (a[0] + 2, a[1] + 2), (b[0] + 2, b[1] + 2), bright * 0.4, 1, cv2.LINE_AA
            )
    if rng.random() < 0.15:
        corner = np.array([[0, 0], [width, 0], [width, height], [0, height]])[int(rng.integers(4))]
        torn = corner + rng.uniform(-90, 90, (6, 2))
        cv2.fillPoly(canvas, [np.round(torn).astype(np.int32)], rng.uniform(0, 1))
    if rng.random() < 0.3:
        stain = np.zeros_like(canvas)
        axes = (int(rng.integers(8, 80)), int(rng.integers(8, 80)))
        cv2.ellipse(stain, point(), axes, rng.uniform(0, 180), 0, 360, 1.0, -1)
        canvas = canvas + cv2.GaussianBlur(stain, (0, 0), rng.uniform(2, 12)) * rng.uniform(
            -0.35, 0.35
        )
    return canvas


def _fade(rng: Random, canvas: Grey) -> Grey:
    height, width = canvas.shape
    canvas = np.clip(canvas, 0, 1) ** np.float32(np.exp(rng.normal(0, 0.3)))
    if rng.random() < 0.4:
        low = rng.uniform(0, 0.5)
        canvas = low + canvas * rng.uniform(0.35, 1 - low)
    if rng.random() < 0.3:
        y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
        distance = np.hypot(x - rng.uniform(-0.5, 0.5), y - rng.uniform(-0.5, 0.5))
        canvas = canvas + rng.uniform(-0.5, 0.4) * np.clip(distance - rng.uniform(0.2, 0.8), 0, 1)
    return canvas.astype(np.float32)


def degrade(rng: Random, canvas: Grey) -> Grey:
    """Age a grey picture 0..1 (H, W); the result is 0..1 and of the same size."""
    canvas = _soften(rng, canvas)
    if rng.random() < 0.35:
        canvas = _damage(rng, np.ascontiguousarray(canvas))
    canvas = _fade(rng, canvas)
    if rng.random() < 0.12:
        canvas = _print(rng, canvas)
    if rng.random() < 0.55:
        grain = rng.standard_normal(canvas.shape, dtype=np.float32)
        if rng.random() < 0.5:
            grain = cv2.GaussianBlur(grain, (0, 0), rng.uniform(0.5, 1.2)) * 2
        canvas = canvas + grain * np.float32(
            rng.uniform(0.005, 0.08) * rng.uniform(0.2, 1) * (0.3 + canvas.std() * 3)
        )
    if rng.random() < 0.12:
        frame = int(rng.integers(2, 30))
        sides = rng.random(4) < 0.7
        tone = rng.uniform(0, 1)
        if sides[0]:
            canvas[:frame] = tone
        if sides[1]:
            canvas[:, :frame] = tone
    canvas = np.clip(canvas, 0, 1)
    if rng.random() < 0.4:
        coded = cv2.imencode(
            ".jpg",
            (canvas * 255).astype(np.uint8),
            [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 85))],
        )[1]
        canvas = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255
    return np.asarray(canvas, np.float32)
