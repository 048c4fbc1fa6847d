"""Train the face-mesh network on the CPU; resumable, writes checkpoints/face_mesh.onnx at the end.

Data (fetched by name, never committed): https://github.com/muxspace/facial_expressions (faces) and
https://github.com/BIDS/BSDS500 (pictures without faces). Labels: label_faces.py.

    python training/train_mesh.py FACES_FOLDER LABELS.npz NO_FACES_FOLDER STATE.pt --minutes 60 --out checkpoints/face_mesh.onnx
"""

import argparse
import copy
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import torch
from degradations import degrade
from mesh_layers import MeshLayers
from onnx_files import write_mesh
from torch.nn import functional as F

from nostalgia.faces.head import load_face_shape
from nostalgia.faces.landmarks.mesh import CROP_FACE_HEIGHTS, CROP_PX
from nostalgia.faces.topology import EYES_AND_IRISES, LEFT_BROW, LIPS, RIGHT_BROW
from nostalgia.types import CHIN, FOREHEAD

LID_PAIRS = (
    (159, 145),
    (158, 153),
    (160, 144),
    (386, 374),
    (385, 380),
    (387, 373),
    (13, 14),
    (82, 87),
    (312, 317),
)


class FaceSamples:
    """Random degraded crops of labelled faces and of places without a face."""

    def __init__(self, folder: Path, labels: Path, no_faces: Path, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.mirror = load_face_shape().mirror
        file = np.load(labels)
        faces, other, shapes = file["faces"], file["mirrored"], file["shapes"]
        back = other[:, self.mirror] * np.float32([-1, 1, 1])
        back[..., 0] += shapes[:, None, 1]
        faces = faces - faces[..., 2:].mean(1, keepdims=True) * np.float32([0, 0, 1])
        back = back - back[..., 2:].mean(1, keepdims=True) * np.float32([0, 0, 1])
        eyes = np.linalg.norm(faces[:, 33] - faces[:, 263], axis=1)
        apart = np.linalg.norm(faces[..., :2] - back[..., :2], axis=-1).mean(1) / np.maximum(
            eyes, 1
        )
        keep = (apart < 0.05) & (eyes > 24)
        names = file["names"][keep]
        self.faces = ((faces + back) / 2)[keep].astype(np.float32)
        person = [zlib.crc32(str(n).rsplit("_", 1)[0].encode()) % 33 == 0 for n in names]
        self.held_out = np.flatnonzero(person)
        self.known = np.flatnonzero(~np.array(person))
        turned = np.abs(self.faces[:, 454, 2] - self.faces[:, 234, 2]) / np.linalg.norm(
            self.faces[:, 454] - self.faces[:, 234], axis=1
        )
        shut = openness(self.faces) < 0.16
        odds = (1 + 4 * turned + 4 * shut)[self.known]
        self.odds = odds / odds.sum()
        self.pictures = [cv2.imread(str(folder / str(n)), cv2.IMREAD_GRAYSCALE) for n in names]
        self.empty = [
            cv2.imread(str(p), cv2.IMREAD_GRAYSCALE) for p in sorted(no_faces.rglob("*.jpg"))
        ]
        print(
            f"{len(self.known)} faces, {len(self.held_out)} held out, {int((~keep).sum())} doubtful labels left out"
        )

    def place(self, face: np.ndarray, wide: bool) -> tuple[np.ndarray, np.ndarray]:
        """A crop_from_picture matrix (2, 3) with jitter and the face's landmarks in crop units."""
        rng = self.rng
        height = np.linalg.norm(face[CHIN] - face[FOREHEAD])
        turn = rng.normal(0, 14 if rng.random() < 0.8 else 32)
        grow = np.exp(rng.normal(0, 0.17 if wide else 0.06))
        squeeze = rng.uniform(0.72, 1.1) if rng.random() < 0.25 else 1.0
        k = CROP_PX / (height * CROP_FACE_HEIGHTS * grow)
        c, s = np.cos(np.radians(turn)) * k, np.sin(np.radians(turn)) * k
        linear = np.array([[c, -s], [s, c]]) @ np.diag([squeeze, 1])
        middle = face[:, :2].mean(0) + rng.normal(0, 0.075 if wide else 0.02, 2) * height
        matrix = np.hstack([linear, (CROP_PX / 2 - linear @ middle)[:, None]])
        points = np.hstack([face[:, :2] @ linear.T + matrix[:, 2], face[:, 2:] * k]) / CROP_PX
        return matrix, points.astype(np.float32)

    def crop(self, picture: np.ndarray, matrix: np.ndarray) -> np.ndarray:
        shrink = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
        how = cv2.INTER_AREA if shrink < 0.5 else cv2.INTER_LINEAR
        border = [cv2.BORDER_REPLICATE, cv2.BORDER_CONSTANT, cv2.BORDER_REFLECT][
            self.rng.integers(3)
        ]
        fill = float(self.rng.integers(256))
        return cv2.warpAffine(
            picture, matrix, (CROP_PX, CROP_PX), flags=how, borderMode=border, borderValue=fill
        )

    def occlude(self, grey: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Hats, hands, hair, spectacles: what hides a part of the face."""
        rng, px = self.rng, points[:, :2] * CROP_PX
        grey = grey.copy()
        if rng.random() < 0.12:
            for eye in ((33, 133), (362, 263)):
                centre, width = px[list(eye)].mean(0), np.linalg.norm(px[eye[0]] - px[eye[1]])
                axes = (int(width * rng.uniform(0.65, 0.95)), int(width * rng.uniform(0.5, 0.8)))
                tilt = float(np.degrees(np.arctan2(*(px[263] - px[33])[::-1])))
                cv2.ellipse(
                    grey,
                    tuple(int(v) for v in centre),
                    axes,
                    tilt,
                    0,
                    360,
                    float(rng.uniform(0, 0.5)),
                    int(rng.integers(1, 4)),
                    cv2.LINE_AA,
                )
        if rng.random() < 0.12:
            other = self.empty[rng.integers(len(self.empty))]
            y, x = rng.integers(other.shape[0] - CROP_PX), rng.integers(other.shape[1] - CROP_PX)
            patch = (
                other[y : y + CROP_PX, x : x + CROP_PX].astype(np.float32)
                / 255
                * rng.uniform(0.4, 1.1)
            )
            hat = rng.random() < 0.5
            centre = (
                px[10] + (px[10] - px[CHIN]) * rng.uniform(0.05, 0.3)
                if hat
                else rng.uniform(0, CROP_PX, 2)
            )
            axes = (
                (70, int(rng.uniform(8, 30)))
                if hat
                else tuple(int(v) for v in rng.uniform(6, 26, 2))
            )
            mask = np.zeros_like(grey)
            cv2.ellipse(
                mask,
                tuple(int(v) for v in centre),
                axes,
                float(rng.normal(0, 15)),
                0,
                360,
                1.0,
                -1,
                cv2.LINE_AA,
            )
            grey = grey * (1 - mask) + patch * mask
        return grey

    def face(self, index: int, wide: bool, plain: bool = False) -> tuple[np.ndarray, np.ndarray]:
        picture, face = self.pictures[index], self.faces[index]
        if self.rng.random() < 0.5:
            picture = picture[:, ::-1]
            face = (face * np.float32([-1, 1, 1]) + np.float32([picture.shape[1] - 1, 0, 0]))[
                self.mirror
            ]
        matrix, points = self.place(face, wide)
        grey = self.crop(np.ascontiguousarray(picture), matrix).astype(np.float32) / 255
        if not plain:
            grey = degrade(self.occlude(grey, points), self.rng, 1.0 if wide else 0.7)
        return grey, points

    def no_face(self) -> np.ndarray:
        rng = self.rng
        if rng.random() < 0.7:
            picture = self.empty[rng.integers(len(self.empty))]
            side = rng.uniform(24, 300)
            matrix = (
                np.array(
                    [
                        [1, 0, -rng.uniform(0, picture.shape[1] - side / 2)],
                        [0, 1, -rng.uniform(0, picture.shape[0] - side / 2)],
                    ]
                )
                * CROP_PX
                / side
            )
        else:
            index = rng.choice(self.known)
            picture, face = self.pictures[index], self.faces[index]
            matrix, _ = self.place(face, False)
            away = rng.uniform(0, 2 * np.pi)
            if rng.random() < 0.7:
                matrix[:, 2] += (
                    np.array([np.cos(away), np.sin(away)]) * CROP_PX * rng.uniform(0.45, 0.9)
                )
            else:
                matrix *= rng.choice([0.3, 3.0]) * np.exp(rng.normal(0, 0.1))
                matrix[:, 2] = CROP_PX / 2 - matrix[:, :2] @ face[rng.integers(478), :2]
        return degrade(self.crop(picture, matrix).astype(np.float32) / 255, rng)

    def batch(self, size: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        crops, points, is_face = [], [], []
        for _ in range(size):
            if self.rng.random() < 0.12:
                crops.append(self.no_face())
                points.append(np.zeros((478, 3), np.float32)), is_face.append(0.0)
            else:
                crop, shape = self.face(
                    self.rng.choice(self.known, p=self.odds), self.rng.random() < 0.5
                )
                crops.append(crop), points.append(shape), is_face.append(1.0)
        return normalise(np.array(crops)), torch.from_numpy(np.array(points)), torch.tensor(is_face)


def openness(faces: np.ndarray) -> np.ndarray:
    """Height over width of the eyes of faces (N, 478, 3), the wider open of the two: (N,)."""
    heights = np.linalg.norm(faces[:, [159, 386], :2] - faces[:, [145, 374], :2], axis=-1)
    widths = np.linalg.norm(faces[:, [33, 263], :2] - faces[:, [133, 362], :2], axis=-1)
    return (heights / widths).max(1)


def normalise(crops: np.ndarray) -> torch.Tensor:
    """Grey crops (B, H, W) to contrast-normalised (B, 1, H, W)."""
    mean, deviation = crops.mean((1, 2), keepdims=True), crops.std((1, 2), keepdims=True)
    return torch.from_numpy(((crops - mean) / (deviation + 0.03)).astype(np.float32)[:, None])


def point_weights() -> torch.Tensor:
    weights = torch.ones(478)
    weights[list(LEFT_BROW + RIGHT_BROW)] = 1.5
    weights[list(LIPS)] = 2.5
    weights[list(EYES_AND_IRISES)] = 4.0
    return weights / weights.mean()


def loss_of(
    shape: torch.Tensor,
    logit: torch.Tensor,
    points: torch.Tensor,
    is_face: torch.Tensor,
    weights: torch.Tensor,
) -> torch.Tensor:
    """Smooth L1 in percent of the crop, eyelid and lip openings, and the face score."""
    apart = F.smooth_l1_loss(shape * 100, points * 100, reduction="none", beta=0.5) * torch.tensor(
        [1.0, 1.0, 0.4]
    )
    upper, lower = zip(*LID_PAIRS, strict=True)
    gap = (shape[:, upper, :2] - shape[:, lower, :2]) - (
        points[:, upper, :2] - points[:, lower, :2]
    )
    per_face = (apart.sum(-1) * weights).mean(1) + 4 * F.smooth_l1_loss(
        gap * 100, gap * 0, reduction="none", beta=0.3
    ).mean((1, 2))
    landmarks = (per_face * is_face).sum() / is_face.sum().clamp(min=1)
    return landmarks + 0.5 * F.binary_cross_entropy_with_logits(logit, is_face)


@torch.no_grad()
def validate(model: MeshLayers, samples: FaceSamples) -> dict[str, float]:
    """Error on people never seen, in % of the outer-eye-corner distance, on tight and on damaged crops."""
    model.eval()
    out = {}
    for name, wide, plain in (("clean", False, True), ("damaged", True, False)):
        state, samples.rng = samples.rng, np.random.default_rng(5)
        pairs = [samples.face(i, wide, plain) for i in samples.held_out[:256]]
        empty = normalise(np.array([samples.no_face() for _ in range(128)]))
        samples.rng = state
        points = torch.from_numpy(np.array([p for _, p in pairs]))
        shape, logit = model(normalise(np.array([c for c, _ in pairs])))
        apart = (
            (shape - points)[..., :2].norm(dim=-1)
            / (points[:, 33] - points[:, 263]).norm(dim=-1, keepdim=True)
            * 100
        )
        out |= {
            name: apart.mean(1).median().item(),
            name + "_eyes": apart[:, list(EYES_AND_IRISES)].mean(1).median().item(),
            name + "_lips": apart[:, list(LIPS)].mean(1).median().item(),
        }
        out[name + "_missed"] = (logit < 0).float().mean().item()
        out[name + "_false"] = (model(empty)[1] > 0).float().mean().item()
    model.train()
    return {k: round(v, 3) for k, v in out.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("faces", type=Path), parser.add_argument("labels", type=Path)
    parser.add_argument("no_faces", type=Path), parser.add_argument("state", type=Path)
    (
        parser.add_argument("--minutes", type=float, default=60),
        parser.add_argument("--out", type=Path),
    )
    (
        parser.add_argument("--batch", type=int, default=32),
        parser.add_argument("--rate", type=float, default=2e-3),
    )
    parser.add_argument("--threads", type=int, default=1)
    a = parser.parse_args()
    torch.set_num_threads(a.threads), cv2.setNumThreads(1), torch.manual_seed(0)
    model = MeshLayers().to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(model.parameters(), lr=a.rate, weight_decay=0.02)
    step, spent = 0, 0.0
    samples = FaceSamples(a.faces, a.labels, a.no_faces, seed=int(time.time()))
    shape = load_face_shape()
    model.mean.copy_(torch.from_numpy(shape.mean / CROP_FACE_HEIGHTS + np.float32([0.5, 0.5, 0])))
    average = copy.deepcopy(model)
    if a.state.exists():
        saved = torch.load(a.state, weights_only=True)
        model.load_state_dict(saved["model"]), average.load_state_dict(saved["average"])
        optimiser.load_state_dict(saved["optimiser"])
        step, spent = saved["step"], saved["spent"]
    weights, tick, shown, total = point_weights(), time.time(), time.time(), 0.0
    ahead = ThreadPoolExecutor(1)
    coming = ahead.submit(samples.batch, a.batch)
    while spent < a.minutes * 60:
        done = spent / (a.minutes * 60)
        for group in optimiser.param_groups:
            group["lr"] = float(
                a.rate * min(1, (step + 1) / 300) * 0.5 * (1 + np.cos(np.pi * done)) + 1e-6
            )
        crops, points, is_face = coming.result()
        coming = ahead.submit(samples.batch, a.batch)
        with torch.autocast("cpu", torch.bfloat16):
            found, logit = model(crops.contiguous(memory_format=torch.channels_last))
        loss = loss_of(found, logit.float(), points, is_face, weights)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        keep = min(0.998, step / (step + 20))
        with torch.no_grad():
            for p, q in zip(
                average.state_dict().values(), model.state_dict().values(), strict=True
            ):
                p.lerp_(q, 1 - keep) if p.is_floating_point() else p.copy_(q)
        step, total = step + 1, total * 0.98 + loss.item() * 0.02
        spent, tick = spent + time.time() - tick, time.time()
        if time.time() - shown > 120:
            shown = time.time()
            coming.result()
            print(
                f"step {step} minutes {spent / 60:.1f} loss {total:.3f} {validate(average, samples)}",
                flush=True,
            )
            part = a.state.with_suffix(".part")
            torch.save(
                {
                    "model": model.state_dict(),
                    "average": average.state_dict(),
                    "optimiser": optimiser.state_dict(),
                    "step": step,
                    "spent": spent,
                },
                part,
            )
            part.replace(a.state)
    coming.result(), ahead.shutdown()
    print(f"step {step} {validate(average, samples)}", flush=True)
    if a.out:
        write_mesh(a.out, average)


if __name__ == "__main__":
    main()
