"""Learn expression units - smile, brow raise, frown - from thousands of press photos.

A unit is a field of landmark deltas in the canonical head frame (face heights), fitted by least
squares over pairs of pictures of the same person: how do all points move, when this person's mouth
corners are wider and higher than in her other pictures? Mouth gap, nod, turn and lip height are in the same
regression, so that a unit holds none of them. Mirror-symmetric; eyelids and irises left out (a
track says those by eye opening and gaze); lips kept together.

    python training/fit_expressions.py LABELS.npz UNITS.npz
"""

import sys

import numpy as np

from nostalgia.faces import topology
from nostalgia.faces.head import load_face_shape
from nostalgia.types import CHIN, FOREHEAD

FLIP = np.array([-1.0, 1.0, 1.0])
LEFT_CORNER, RIGHT_CORNER = topology.MOUTH_CORNERS


def canonical(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Faces (N, 478, 3) in the head frame, and where their noses point (N, 3) in the camera frame."""
    rigid = list(topology.RIGID)
    mean = load_face_shape().mean.astype(np.float64)
    points, target = faces[:, rigid], mean[rigid]
    centre, target_centre = points.mean(1, keepdims=True), target.mean(0)
    points, target = points - centre, target - target_centre
    u, s, vt = np.linalg.svd(np.einsum("npi,pj->nij", points, target))
    sign = np.sign(np.linalg.det(u @ vt))
    s[:, -1] *= sign
    u[:, :, -1] *= sign[:, None]
    turn = u @ vt
    scale = s.sum(1) / (points**2).sum((1, 2))
    shapes = np.einsum("npi,nij->npj", faces - centre, turn) * scale[:, None, None] + target_centre
    return shapes, turn[:, :, 2]


def within_person(values: np.ndarray, person: np.ndarray) -> np.ndarray:
    """Values less the mean of the same person's."""
    totals = np.zeros((person.max() + 1, *values.shape[1:]))
    np.add.at(totals, person, values)
    counts = np.bincount(person).reshape(-1, *[1] * (values.ndim - 1))
    return values - (totals / np.maximum(counts, 1))[person]


def measures(shapes: np.ndarray, nose: np.ndarray) -> dict[str, np.ndarray]:
    """What the pictures of a person differ by; the first three become units."""
    x, y = shapes[..., 0], shapes[..., 1]
    brows = list(topology.LEFT_BROW + topology.RIGHT_BROW)
    corners = [LEFT_CORNER, RIGHT_CORNER]
    return {
        "smile": x[:, RIGHT_CORNER] - x[:, LEFT_CORNER] - y[:, corners].mean(1),
        "brow_raise": -y[:, brows].mean(1),
        "frown": x[:, 55] - x[:, 285],
        "gap": np.linalg.norm(shapes[:, 13] - shapes[:, 14], axis=1),
        "lips": np.linalg.norm(shapes[:, 0] - shapes[:, 17], axis=1),
        "pitch": np.arcsin(np.clip(-nose[:, 1], -1, 1)),
        "turn": np.abs(np.arctan2(nose[:, 0], nose[:, 2])),
    }


def falloff(centres: tuple[int, ...], inner: float, outer: float) -> np.ndarray:
    """Weights (478,): 0 within `inner` face heights of these points, 1 beyond `outer`."""
    mean = load_face_shape().mean
    distance = np.linalg.norm(mean[:, None, :2] - mean[None, list(centres), :2], axis=-1).min(1)
    u = np.clip((distance - inner) / (outer - inner), 0, 1)
    return u * u * (3 - 2 * u)


def tidy(unit: np.ndarray, name: str) -> np.ndarray:
    """Keep a unit to its region, off the eyelids, and the lips together."""
    mean = load_face_shape().mean
    unit = unit * falloff(topology.EYES_AND_IRISES, 0.004, 0.05)[:, None]
    unit[list(topology.EYES_AND_IRISES)] = 0
    height = mean[:, 1]
    if name == "smile":
        unit *= 1 - falloff(tuple(np.flatnonzero(height > mean[6, 1])), 0.0, 0.12)[:, None]
    else:
        unit *= 1 - falloff(tuple(np.flatnonzero(height < mean[197, 1])), 0.0, 0.10)[:, None]
    for upper, lower in zip(topology.INNER_UPPER_LIP, topology.INNER_LOWER_LIP, strict=True):
        unit[[upper, lower]] = (unit[upper] + unit[lower]) / 2
    return unit


def main() -> None:
    stored = np.load(sys.argv[1], allow_pickle=True)
    faces = stored["faces"].astype(np.float64)
    shapes, nose = canonical(faces)
    person = np.array([str(name).rsplit("_", 1)[0] for name in stored["names"]])
    values = measures(shapes, nose)
    odd = np.linalg.norm(shapes - load_face_shape().mean, axis=2).mean(1)
    good = (values["turn"] < 0.44) & (np.abs(values["pitch"]) < 0.35) & (values["gap"] < 0.035)
    good &= odd < np.percentile(odd, 90)
    shapes = shapes[good]
    shapes = (shapes + shapes[:, load_face_shape().mirror] * FLIP) / 2
    number = np.unique(person[good], return_inverse=True)[1]
    known = np.bincount(number)[number] >= 2
    number = number[known]
    columns = np.stack([within_person(v[good][known], number) for v in values.values()], 1)
    deltas = within_person(shapes[known], number).reshape(len(number), -1)
    spread = columns.std(0)
    fit = np.linalg.lstsq(columns / spread, deltas, rcond=None)[0]
    units = {
        name: tidy(fit[i].reshape(-1, 3) / spread[i], name)
        for i, name in enumerate(("smile", "brow_raise", "frown"))
    }
    units["brow_raise"] *= 1 / max(1e-6, -units["brow_raise"][list(topology.LEFT_BROW), 1].mean())
    np.savez(sys.argv[2], **{name: unit.astype(np.float32) for name, unit in units.items()})
    print(f"{len(number)} pictures of {number.max() + 1} people, chin {CHIN}, forehead {FOREHEAD}")
    for name, unit in units.items():
        print(
            name,
            "corner",
            unit[LEFT_CORNER].round(3),
            "cheek",
            unit[50].round(3),
            "brow",
            unit[105].round(3),
        )


if __name__ == "__main__":
    main()
