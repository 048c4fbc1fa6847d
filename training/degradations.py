"""What time does to photographs, on grey float pictures 0..1: fading, grain, halftone, scratches, folds, JPEG."""

import cv2
import numpy as np
from numpy.random import Generator


def degrade(grey: np.ndarray, rng: Generator, amount: float = 1.0) -> np.ndarray:
    """A grey picture float32 (H, W) 0..1 after a random choice of damages; `amount` scales their odds."""
    steps = (
        (0.30, lower_resolution), (0.20, blur), (0.10, paint), (0.75, tone), (0.35, shade),
        (0.08, halftone), (0.40, grain), (0.12, scratch), (0.06, fold), (0.30, jpeg),
    )  # fmt: skip
    for odds, step in steps:
        if rng.random() < odds * amount:
            grey = step(grey, rng)
    return np.clip(grey, 0, 1).astype(np.float32)


def lower_resolution(grey: np.ndarray, rng: Generator) -> np.ndarray:
    """Down to 16-70 % of the size and up again."""
    height, width = grey.shape
    k = rng.uniform(0.16, 0.7)
    how = [cv2.INTER_AREA, cv2.INTER_LINEAR][rng.integers(2)]
    small = cv2.resize(grey, (max(int(width * k), 8), max(int(height * k), 8)), interpolation=how)
    back = [cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST][rng.choice(3, p=[0.5, 0.4, 0.1])]
    return cv2.resize(small, (width, height), interpolation=back)


def blur(grey: np.ndarray, rng: Generator) -> np.ndarray:
    """Out of focus, or moved during a long exposure."""
    if rng.random() < 0.6:
        return cv2.GaussianBlur(grey, (0, 0), rng.uniform(0.5, 2.2))
    kernel = np.zeros((9, 9), np.float32)
    angle, length = rng.uniform(0, np.pi), rng.uniform(1.5, 4)
    tip = (np.array([np.cos(angle), np.sin(angle)]) * length).round().astype(int)
    cv2.line(kernel, (4 - int(tip[0]), 4 - int(tip[1])), (4 + int(tip[0]), 4 + int(tip[1])), 1.0)
    return cv2.filter2D(grey, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)


def paint(grey: np.ndarray, rng: Generator) -> np.ndarray:
    """Flat areas and hard edges, as in paintings, drawings and retouched prints."""
    flat = cv2.medianBlur((np.clip(grey, 0, 1) * 255).astype(np.uint8), int(rng.choice([3, 5])))
    levels = rng.integers(5, 14)
    flat = (
        np.round(flat.astype(np.float32) / 255 * levels) / levels
        if rng.random() < 0.5
        else flat / np.float32(255)
    )
    edges = cv2.GaussianBlur(flat, (0, 0), 1.0) - cv2.GaussianBlur(flat, (0, 0), 2.0)
    return (flat + edges * rng.uniform(0, 3)).astype(np.float32)


def tone(grey: np.ndarray, rng: Generator) -> np.ndarray:
    """Another exposure and contrast, faded or burnt out."""
    grey = np.clip(grey, 1e-4, 1) ** np.exp(rng.normal(0, 0.3))
    low = rng.uniform(-0.2, 0.35)
    high = low + rng.uniform(0.35, 1.2)
    return np.clip(low + (high - low) * grey, 0, 1).astype(np.float32)


def shade(grey: np.ndarray, rng: Generator) -> np.ndarray:
    """A slope of light across the picture, or hard light from one side."""
    height, width = grey.shape
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    slope = np.cos(angle) * x + np.sin(angle) * y
    if rng.random() < 0.4:
        slope = np.tanh(slope * rng.uniform(1, 3))
    return grey * (1 + slope * rng.uniform(0.1, 0.65)).astype(np.float32)


def halftone(grey: np.ndarray, rng: Generator) -> np.ndarray:
    """A printer's screen."""
    height, width = grey.shape
    pitch, angle = rng.uniform(2.2, 4.5), rng.uniform(0, np.pi / 2)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    u, v = (x * np.cos(angle) + y * np.sin(angle)), (y * np.cos(angle) - x * np.sin(angle))
    screen = (np.cos(u * 2 * np.pi / pitch) * np.cos(v * 2 * np.pi / pitch)) * 0.5
    return np.clip(grey + screen * rng.uniform(0.1, 0.45), 0, 1).astype(np.float32)


def grain(grey: np.ndarray, rng: Generator) -> np.ndarray:
    """Film grain: noise, sometimes clumped, stronger in the middle tones."""
    noise = rng.standard_normal(grey.shape, np.float32)
    size = rng.uniform(0, 1.3)
    if size > 0.4:
        noise = cv2.GaussianBlur(noise, (0, 0), size) * (1 + size * 2)
    return grey + noise * np.float32(rng.uniform(0.005, 0.07)) * (0.5 + 2 * grey * (1 - grey))


def scratch(grey: np.ndarray, rng: Generator) -> np.ndarray:
    """Thin lines and specks, light or dark."""
    grey = np.ascontiguousarray(grey, np.float32).copy()
    height, width = grey.shape
    for _ in range(rng.integers(1, 6)):
        a, b = rng.uniform(0, 1, 2) * (width, height), rng.uniform(0, 1, 2) * (width, height)
        shade_of_line = float(rng.choice([0.0, 1.0]) * 0.8 + rng.uniform(0, 0.2))
        ends = [tuple(int(v) for v in p) for p in (a, a + (b - a) * rng.uniform(0.1, 1))]
        cv2.line(grey, ends[0], ends[1], shade_of_line, int(rng.integers(1, 3)), cv2.LINE_AA)
    for _ in range(rng.integers(0, 25)):
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        cv2.circle(grey, centre, int(rng.integers(1, 3)), float(rng.random()), -1, cv2.LINE_AA)
    return grey


def fold(grey: np.ndarray, rng: Generator) -> np.ndarray:
    """A crease or a torn-off part."""
    grey = np.ascontiguousarray(grey, np.float32).copy()
    height, width = grey.shape
    if rng.random() < 0.5:
        y = int(rng.integers(height))
        slope = int(rng.normal(0, height * 0.2))
        cv2.line(
            grey,
            (0, y),
            (width, y + slope),
            float(rng.uniform(0.5, 1)),
            int(rng.integers(2, 6)),
            cv2.LINE_AA,
        )
        return cv2.GaussianBlur(grey, (0, 0), 0.6)
    corner = np.array([rng.choice([0, width]), rng.choice([0, height])])
    along = [
        corner + (np.array([width, 0]) * rng.uniform(0.1, 0.5) * (1 if corner[0] == 0 else -1)),
        corner + (np.array([0, height]) * rng.uniform(0.1, 0.5) * (1 if corner[1] == 0 else -1)),
    ]
    cv2.fillPoly(grey, [np.array([corner, *along], np.int32)], float(rng.choice([0.05, 0.9])))
    return grey


def jpeg(grey: np.ndarray, rng: Generator) -> np.ndarray:
    """Saved badly."""
    quality = int(rng.integers(12, 70))
    coded = cv2.imencode(
        ".jpg", (np.clip(grey, 0, 1) * 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )[1]
    return cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255
