"""The studio: the painted cloth behind a sitter, and the print that is made of the picture."""

import cv2
import numpy as np
from sitter import HEIGHT, WIDTH, Canvas, Looks, grid


def soft_noise(
    rng: np.random.Generator, sigma_x: float, sigma_y: float | None = None
) -> np.ndarray:
    """Noise (H, W) of unit deviation, so many px soft."""
    noise = rng.normal(size=(HEIGHT, WIDTH)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), sigmaX=sigma_x, sigmaY=sigma_y or sigma_x)
    return np.asarray(noise / noise.std())


def backdrop(looks: Looks, rng: np.random.Generator) -> Canvas:
    """A painted cloth, lit beside the sitter's darker cheek, darker towards the corners, mottled."""
    x, y = grid()
    px, py = rng.uniform(0.56, 0.74) * WIDTH, rng.uniform(0.34, 0.50) * HEIGHT
    glow = np.exp(-(np.hypot((x - px) / (0.62 * WIDTH), (y - py) / (0.62 * HEIGHT)) ** 2))
    mottle = 3.2 * soft_noise(rng, 20) + 4.5 * soft_noise(rng, 48)
    tone = looks.backdrop * (0.50 + 0.62 * glow) + mottle * looks.backdrop / 150
    tone = tone * (1.03 - 0.22 * (y / HEIGHT) ** 2)
    hue = np.broadcast_to(np.array([0.97, 1.0, 1.02]), (HEIGHT, WIDTH, 3)).copy()
    return Canvas(tone.astype(np.float32), hue)


def develop(canvas: Canvas, looks: Looks, rng: np.random.Generator) -> np.ndarray:
    """The print: lens softness, vignette, faint grain, the paper's curve and tone; RGB uint8."""
    x, y = grid()
    tone = cv2.GaussianBlur(canvas.tone.astype(np.float32), (0, 0), 0.5)
    bloom = cv2.GaussianBlur(tone, (0, 0), 9)
    tone = 0.94 * tone + 0.06 * bloom
    away = np.hypot(x / WIDTH - 0.5, y / HEIGHT - 0.5) / 0.7
    tone = tone * (1 - 0.22 * away**3)
    tone = tone + 1.5 * soft_noise(rng, 0.9) * (0.4 + 0.6 * tone / 255)
    grey = np.clip(tone, 0, 255) / 255
    grey = 10 + 245 * (0.5 + 0.5 * np.tanh(2.3 * (grey - 0.47)) / np.tanh(1.15))
    tint = np.array(looks.tint)
    # Paper and shadows of a toned print differ less from grey than its middle.
    middle = (1 - np.abs(2 * grey / 255 - 1) ** 3)[..., None]
    picture = grey[..., None] * (1 + (tint - 1) * (0.55 + 0.45 * middle))
    if looks.coloured:
        hue = cv2.GaussianBlur(canvas.hue.astype(np.float32), (0, 0), 2.0)
        picture = picture * hue
    return np.asarray(np.clip(picture, 0, 255), np.uint8)
