"""Invented surfaces: what stands behind and round the faces of collages."""

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float32]
Random = np.random.Generator


def smooth_noise(rng: Random, height: int, width: int, cell_px: float) -> Grey:
    """Noise of one scale, mean 0, spread about 1."""
    small = (max(2, int(width / cell_px) + 2), max(2, int(height / cell_px) + 2))
    noise = rng.standard_normal((small[1], small[0])).astype(np.float32)
    return np.asarray(cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def texture(rng: Random, height: int, width: int) -> Grey:
    """An invented surface 0..1: paper, cloth, wallpaper, foliage, backdrop, round things."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    kind = rng.integers(0, 8)
    base = np.full((height, width), rng.uniform(0.1, 0.9), np.float32)
    if kind in (0, 1, 2, 3):
        for _ in range(rng.integers(1, 5)):
            base += smooth_noise(rng, height, width, 2 ** rng.uniform(0.3, 6.5)) * rng.uniform(
                0.01, 0.2
            )
    if kind == 2 or kind == 4:
        angle, period = rng.uniform(0, np.pi), rng.uniform(4, 60)
        wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / period)
        base += np.float32(rng.uniform(0.02, 0.25)) * (
            np.sign(wave) if rng.random() < 0.5 else wave
        )
    if kind == 5:
        period = rng.uniform(6, 50)
        base += (
            np.float32(rng.uniform(0.05, 0.3))
            * np.sin(x * 6.28 / period)
            * np.sin(y * 6.28 / period / rng.uniform(0.7, 1.4))
        )
    if kind == 6:
        base += (x / width * rng.uniform(-0.5, 0.5) + y / height * rng.uniform(-0.5, 0.5)).astype(
            np.float32
        )
    if kind == 7 or rng.random() < 0.15:
        for _ in range(rng.integers(3, 40)):
            centre = (int(rng.integers(0, width)), int(rng.integers(0, height)))
            axes = (int(2 ** rng.uniform(1, 5.5)), int(2 ** rng.uniform(1, 5.5)))
            cv2.ellipse(
                base,
                centre,
                axes,
                rng.uniform(0, 180),
                0,
                360,
                rng.uniform(0, 1),
                -1 if rng.random() < 0.6 else int(rng.integers(1, 5)),
                cv2.LINE_AA,
            )
    if rng.random() < 0.2:
        write_lines(rng, base)
    return np.clip(base, 0, 1)


def write_lines(rng: Random, base: Grey) -> None:
    """Lines of letters: documents and captions; small print looks like small faces."""
    height, width = base.shape
    ink = np.zeros(base.shape, np.uint8)
    size, face = rng.uniform(0.25, 1.3), int(rng.choice([0, 1, 2, 3, 4, 5, 6, 7]))
    letters = list("aaabcdeeeefghiklmnoooprsstuwz ,.  ABDEFGORST0123468")
    top = int(rng.uniform(0, 0.9) * height) if rng.random() < 0.5 else 0
    for row in range(top, height, max(8, int(30 * size))):
        words = "".join(rng.choice(letters, 40))
        at = (int(rng.integers(-20, 20)), row + 12)
        cv2.putText(ink, words, at, face, size, 255, int(rng.integers(1, 3)), cv2.LINE_AA)
    if rng.random() < 0.3:
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-20, 20), 1.0)
        ink = cv2.warpAffine(ink, turn, (width, height))
    base += (np.float32(rng.uniform(0, 1)) - base) * (ink.astype(np.float32) / 255)
