"""Make checkpoints/smile_light.npz: how the light on a face changes as it smiles.

An expression ratio image (Liu, Shan and Zhang, "Expressive expression mapping with ratio images",
2001), not of one person but by regression over press photos: all faces are laid on the mean face by
their landmarks, and the logarithm of the light, within the pictures of each person, is fitted to
the lift and widening of the mouth's corners, beside mouth gap, lips, brows, nod and turn. What is
left are the folds from nose to mouth, the cheeks above them and the bags under the eyes. Mirror-symmetric;
eyes, lips, chin and all above the eyes are left out, and most of the middle of the upper lip. A sixth of the people are held out for the figures.

    python training/make_smile_light.py PICTURES_FOLDER LABELS.npz checkpoints/smile_light.npz

LABELS.npz is what label_faces.py writes about the same folder.
"""

import hashlib
import re
import sys
from pathlib import Path

import cv2
import numpy as np
from fit_expressions import canonical, measures, within_person
from scipy.spatial import Delaunay

from nostalgia.faces import topology
from nostalgia.faces.head import load_face_shape
from nostalgia.geometry import smoothstep

TESTED = re.compile("lincoln|hepburn|einstein", re.I)  # people of ../shared/photos
STEP = 0.008  # cells, face heights
LEFT, TOP, RIGHT, BOTTOM = -0.44, -0.2, 0.44, 0.48
LIGHTING = 0.14  # deviation in face heights of what counts as the photo's light, not the face's
MOST_TURN, MOST_NOD, LEAST_USUAL = 0.40, 0.35, 92  # radians; percentile of likeness to a face
DARKEST = 8.0  # added to grey levels before the logarithm
COLUMNS = ("smile", "gap", "lips", "brow_raise", "pitch", "turn")
LIP_LEFT_OUT = 0.8  # of the middle of the upper lip, which an average makes a smudge
SHARPER, BLUR = 1.0, 0.02  # of folds, which an average blurs; deviation, face heights
BIG = 0.08  # difference of two pictures' smiles that are compared for the figures


def grid() -> tuple[np.ndarray, int, int]:
    """Places of the cells, float64 (h * w, 2), on the mean face; h and w."""
    x, y = np.arange(LEFT, RIGHT + STEP / 2, STEP), np.arange(TOP, BOTTOM + STEP / 2, STEP)
    return np.stack(np.meshgrid(x, y), -1).reshape(-1, 2), len(y), len(x)


class Unfolded:
    """The mean face as a map of its triangles."""

    def __init__(self) -> None:
        self.places, self.height, self.width = grid()
        mesh = Delaunay(load_face_shape().mean[:468, :2].astype(np.float64))
        number = mesh.find_simplex(self.places)
        self.inside = (number >= 0).reshape(self.height, self.width)
        to_first = mesh.transform[number]
        shares = np.einsum("nij,nj->ni", to_first[:, :2], self.places - to_first[:, 2])
        self.shares = np.column_stack([shares, 1 - shares.sum(1)])
        self.corners = mesh.simplices[number]

    def light(self, path: Path, face: np.ndarray) -> np.ndarray:
        """Logarithm of a picture's light on the map: float32 (h, w), 0 beyond the face."""
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        places = (self.shares[..., None] * face[self.corners, :2]).sum(1).astype(np.float32) - 0.5
        places = places.reshape(self.height, self.width, 2)
        seen = cv2.remap(picture, places[..., 0].copy(), places[..., 1].copy(), cv2.INTER_LINEAR)
        light = np.where(self.inside, np.log(seen.astype(np.float32) + DARKEST), 0)
        return self._without_lighting(light)

    def _without_lighting(self, light: np.ndarray) -> np.ndarray:
        """Less what changes slowly over the face, mirrored and averaged: float32 (h, w)."""
        there = self.inside.astype(np.float32)
        slow, weight = (cv2.GaussianBlur(each, (0, 0), LIGHTING / STEP) for each in (light, there))
        left = (light - slow / np.maximum(weight, 1e-3)) * there
        return (left + left[:, ::-1]) / 2


def weights(inside: np.ndarray) -> np.ndarray:
    """Where a smile may change the light: float32 (h, w), 0..1."""
    mean = load_face_shape().mean[:, :2].astype(np.float64)
    places, height, width = grid()
    x, y = places.T.reshape(2, height, width)
    weight = np.ones((height, width))
    for lower in (topology.LEFT_LOWER_LID, topology.RIGHT_LOWER_LID):
        lid = mean[list(lower)]
        order = np.argsort(lid[:, 0])
        below = y - np.interp(x, lid[order, 0], lid[order, 1])
        near = np.abs(x - lid[:, 0].mean()) < np.ptp(lid[:, 0])
        weight = np.where(near, weight * smoothstep((below - 0.006) / 0.016), weight)
    weight *= smoothstep((y - mean[list(topology.INNER_EYE_CORNERS), 1].mean()) / 0.04)
    lips = np.zeros((height, width), np.uint8)
    outline = (mean[list(topology.OUTER_LIPS)] - [LEFT, TOP]) / STEP
    cv2.fillPoly(lips, [np.round(outline).astype(np.int32)], 1)
    away = cv2.distanceTransform(1 - lips, cv2.DIST_L2, 5) * STEP
    weight *= smoothstep((away - 0.002) / 0.03)
    below_nose = smoothstep((y - mean[topology.NOSE_TIP, 1] - 0.02) / 0.04)
    weight *= 1 - LIP_LEFT_OUT * below_nose * (1 - smoothstep((np.abs(x) - 0.08) / 0.06))
    corner = mean[list(topology.MOUTH_CORNERS), 1].mean()
    weight *= 1 - smoothstep((y - corner - 0.01) / 0.05)
    edge = cv2.distanceTransform(np.pad(inside.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    weight *= smoothstep((edge * STEP - 0.02) / 0.06)
    return np.asarray((weight + weight[:, ::-1]) / 2, np.float32)


def likeness(change: np.ndarray, light: np.ndarray, smile: np.ndarray, person: np.ndarray) -> list:
    """Correlations of the map with how two pictures of a person differ: one with a bigger smile."""
    found = []
    for one in np.unique(person):
        own = np.flatnonzero(person == one)
        low, high = own[np.argmin(smile[own])], own[np.argmax(smile[own])]
        if smile[high] - smile[low] >= BIG:
            seen = (light[high] - light[low])[change != 0]
            found.append(float(np.corrcoef(change[change != 0], seen)[0, 1]))
    return found


def main() -> None:
    folder, labels, out = Path(sys.argv[1]), np.load(sys.argv[2]), Path(sys.argv[3])
    names, faces = labels["names"], labels["faces"]
    shapes, nose = canonical(faces.astype(np.float64))
    values = measures(shapes, nose)
    odd = np.linalg.norm(shapes - load_face_shape().mean, axis=2).mean(1)
    good = (values["turn"] < MOST_TURN) & (np.abs(values["pitch"]) < MOST_NOD)
    good &= odd < np.percentile(odd, LEAST_USUAL)
    good &= np.array([not TESTED.search(str(name)) for name in names])
    person = np.array([str(name).rsplit("_", 1)[0] for name in names])
    several = np.unique(person[good], return_counts=True)
    good &= np.isin(person, several[0][several[1] >= 2])
    held = np.array([int(hashlib.sha1(p.encode()).hexdigest(), 16) % 6 == 0 for p in person[good]])
    number = np.unique(person[good], return_inverse=True)[1]
    unfolded = Unfolded()
    pictures = [(folder / str(names[i]), faces[i]) for i in np.flatnonzero(good)]
    light = np.stack([unfolded.light(path, face) for path, face in pictures])
    known = {name: values[name][good] for name in COLUMNS}
    learned = np.unique(number[~held], return_inverse=True)[1]
    columns = np.stack([within_person(known[name][~held], learned) for name in COLUMNS], 1)
    spread = columns.std(0)
    deltas = within_person(light[~held], learned).reshape(len(learned), -1)
    change = np.linalg.lstsq(columns / spread, deltas, rcond=None)[0][0] / spread[0]
    change = change.reshape(unfolded.height, unfolded.width) * weights(unfolded.inside)
    change += SHARPER * (change - cv2.GaussianBlur(change, (0, 0), BLUR / STEP))
    change = change.astype(np.float16)
    np.savez_compressed(out, change=change, left_top=np.float32([LEFT, TOP]), step=np.float32(STEP))
    people = int(learned.max()) + 1
    print(f"{len(learned)} pictures of {people} people; {change.min():.2f} to {change.max():.2f}")
    for name, which in (("learned from", ~held), ("held out", held)):
        found = likeness(
            change.astype(np.float32), light[which], known["smile"][which], number[which]
        )
        quartiles = np.percentile(found, [25, 50, 75]).round(2)
        alike = np.mean(np.array(found) > 0).round(3)
        print(f"{name}: {len(found)} people, correlation {quartiles}, above 0: {alike}")


if __name__ == "__main__":
    main()
