"""Train checkpoints/glasses.npz: whether a face wears glasses, from a list of labelled pictures.

Logistic regression on the edge directions of `nostalgia/faces/glasses.py`. The pictures are turned into
old ones first: blurred, small, faded, grainy, and with landmarks that are a little off.

    python training/train_glasses.py PICTURES_FOLDER LABELS.npz checkpoints/glasses.npz

LABELS.npz comes from label_faces.py; training/glasses_labels.txt says who wears glasses.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from scipy.optimize import minimize

from nostalgia.faces.glasses import edge_directions, eye_strip

TAUGHT = Path(__file__).parent / "glasses_labels.txt"
RIDGE = 3e-3
VERSIONS = 3
"""Aged versions of every picture."""


def aged_strip(pixels: np.ndarray, landmarks: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The eye strip of a picture that was made older, with landmarks that jitter."""
    eyes = float(
        np.linalg.norm(landmarks[[33, 133], :2].mean(0) - landmarks[[362, 263], :2].mean(0))
    )
    moved = landmarks.copy()
    for corners in ((33, 133), (362, 263)):
        moved[list(corners), :2] += rng.normal(0, 0.025 * eyes, 2)
    strip = eye_strip(pixels, moved).astype(np.float32)
    if rng.random() < 0.4:
        small = rng.uniform(0.25, 1)
        less = cv2.resize(strip, None, fx=small, fy=small, interpolation=cv2.INTER_AREA)
        strip = cv2.resize(less, strip.shape[::-1], interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.4:
        strip = cv2.GaussianBlur(strip, (0, 0), rng.uniform(0.4, 2.5))
    light, dark = rng.uniform(170, 255), rng.uniform(0, 70)
    strip = dark + (np.clip(strip, 0, 255) / 255) ** rng.uniform(0.6, 1.6) * (light - dark)
    grain = rng.normal(0, rng.uniform(0, 8), strip.shape).astype(np.float32)
    strip += cv2.GaussianBlur(grain, (0, 0), rng.uniform(0.4, 1.5))
    strip = strip[:, ::-1] if rng.random() < 0.5 else strip
    return np.ascontiguousarray(np.clip(strip, 0, 255).astype(np.uint8))


def read_labels(path: Path) -> dict[str, int]:
    """Name of a picture -> 1 with glasses, 0 without."""
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    return {name: int(label) for name, label in lines}


def fit(samples: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights and bias of least regularised logistic loss; both classes weigh the same."""
    spread = samples.std(0) + 0.02
    middle = samples.mean(0)
    z = np.column_stack([(samples - middle) / spread, np.ones(len(samples))])
    share = np.where(labels > 0, 0.3 / labels.mean(), 0.7 / (1 - labels.mean())) / len(labels)

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        odds = z @ w
        value = (share * np.logaddexp(0, np.where(labels > 0, -odds, odds))).sum()
        slope = z.T @ (share * (1 / (1 + np.exp(-odds)) - labels))
        return value + RIDGE * (w[:-1] ** 2).sum(), slope + 2 * RIDGE * np.append(w[:-1], 0)

    found = minimize(
        loss, np.zeros(z.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 300}
    )
    weights = found.x[:-1] / spread
    return weights.astype(np.float32), float(found.x[-1] - weights @ middle)


def main(pictures: Path, label_file: Path, target: Path) -> None:
    """Train and write the weights."""
    with np.load(label_file) as file:
        landmarks = dict(zip(file["names"].tolist(), file["faces"], strict=True))
    rng = np.random.default_rng(11)
    samples, labels = [], []
    for name, label in read_labels(TAUGHT).items():
        pixels = cv2.cvtColor(cv2.imread(str(pictures / name)), cv2.COLOR_BGR2RGB)
        for _ in range(VERSIONS):
            samples.append(edge_directions(aged_strip(pixels, landmarks[name], rng)))
            labels.append(label)
    weights, bias = fit(np.array(samples), np.array(labels, np.float64))
    np.savez(target, weights=weights.astype(np.float16), bias=np.float32(bias))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
