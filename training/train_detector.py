"""Train the embedded face detector on collages; one thread, resumable, CPU.

Data, fetched by name, never committed:

    git clone https://github.com/muxspace/facial_expressions          # faces: images/
    git clone https://github.com/BIDS/BSDS500                         # natural pictures
    git clone https://github.com/EliSchwartz/imagenet-sample-images   # natural pictures
    python training/label_faces.py facial_expressions/images labels.npz     # teacher's
    python training/label_context.py context.json BSDS500/data/images imagenet-sample-images
    # the second teacher, and what both say of whole pictures: see the docstrings of
    # detector_teacher.py and detector_context.py

    python training/train_detector.py prepare --faces facial_expressions/images \
        --labels labels.npz --context joined.json... --work WORK
    python training/train_detector.py train --work WORK --minutes 50 \
        --start checkpoints/face_detector.onnx              # or without, from random weights
    python training/train_detector.py mine --work WORK     # after some 10 minutes; then train on
    python training/train_detector.py export --work WORK --out checkpoints/face_detector.onnx
"""

import argparse
import hashlib
import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from collages import FIVE, stand_in
from detector_batches import Stream, turned_away
from detector_network import DetectorNetwork, folded_weights, unfold
from numpy.typing import NDArray
from onnx_files import read_state, write_detector
from torch import Tensor, nn

from nostalgia.faces.detection.embedded import EmbeddedDetector

PICTURE_PX = 192
CONTEXT_HEIGHTS = 2.2
"""Side of the picture round a face that only the second teacher knows, in heights of its box."""
FALSE_FACE_EVERY = 36


def prepare(faces: Path, labels: Path, context: list[Path], work: Path) -> None:
    """Shrink the face pictures, drop doubtful labels and crowds, split by person."""
    known = np.load(labels)
    names, counts, shapes = known["names"], known["counts"], known["shapes"]
    landmarks, mirrored = known["faces"][..., :2], known["mirrored"]
    height = np.ptp(landmarks[..., 1], axis=1)
    five = landmarks[:, list(FIVE)]
    eyes = np.linalg.norm(five[:, 1] - five[:, 0], axis=1)
    turned = np.abs((five[:, 2] - (five[:, 0] + five[:, 1]) / 2)[:, 0]) / np.maximum(eyes, 1)
    other = mirrored[:, [473, 468, 1, 291, 61], :2].copy()
    other[..., 0] = shapes[:, None, 1] - other[..., 0]
    doubt = np.linalg.norm(other - five, axis=2).mean(1) / np.maximum(height, 1)
    good = np.flatnonzero((counts == 1) & (doubt < 0.07) & (height > 60))
    pictures = np.zeros((len(good), PICTURE_PX, PICTURE_PX), np.uint8)
    moved = np.zeros((len(good), 478, 2), np.float32)
    for row, index in enumerate(good):
        picture = cv2.imread(str(faces / names[index]), cv2.IMREAD_GRAYSCALE)
        side = max(picture.shape)
        scale = PICTURE_PX / side
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        small = cv2.copyMakeBorder(
            small,
            0,
            PICTURE_PX - small.shape[0],
            0,
            PICTURE_PX - small.shape[1],
            cv2.BORDER_REPLICATE,
        )
        pictures[row], moved[row] = small, landmarks[index] * scale
    person = [name.rsplit("_", 1)[0] for name in names[good]]
    held_out = np.array([int(hashlib.sha256(p.encode()).hexdigest(), 16) % 20 == 0 for p in person])
    weights = 1 + 5 * np.clip(turned[good] - 0.15, 0, 0.6)
    known_pictures = {}
    for path in context:
        known_pictures.update(json.loads(path.read_text()))
    cut = [row for path, each in known_pictures.items() for row in cut_out(path, each)]
    pictures = np.concatenate([pictures, [row[0] for row in cut]])
    moved = np.concatenate([moved, [row[1] for row in cut]])
    stood_in = np.arange(len(pictures)) >= len(good)
    weights = np.concatenate([weights, [row[2] for row in cut]])
    held_out = np.concatenate([held_out, [row[3] for row in cut]])
    work.mkdir(parents=True, exist_ok=True)
    np.save(work / "pictures.npy", pictures)
    found = {"landmarks": moved, "weights": weights, "held_out": held_out, "stood_in": stood_in}
    np.savez(work / "faces.npz", **found)
    (work / "context.json").write_text(json.dumps(known_pictures))
    print(
        len(good), "faces and", len(cut), "of the second teacher,", int(held_out.sum()), "held out"
    )


def cut_out(path: str, known: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Picture, points, weight and whether held out, of the large faces of the second teacher."""
    rows = []
    for face in known["faces"]:
        box = np.array(face["box"], np.float32)
        if face["verdict"] != "face" or face.get("landmarks") or box[3] - box[1] < 60:
            continue
        five = np.array(face["five"], np.float32)
        picture = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
        picture = cv2.resize(picture, tuple(known["size"]), interpolation=cv2.INTER_AREA)
        scale = PICTURE_PX / (box[3] - box[1]) / CONTEXT_HEIGHTS
        shift = PICTURE_PX / 2 - scale * (box[:2] + box[2:]) / 2
        matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
        size = (PICTURE_PX, PICTURE_PX)
        small = cv2.warpAffine(
            picture, matrix, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
        )
        points = stand_in(box, five) * scale + shift
        weight = 6.0 if turned_away(five) else 3.0
        rows.append((small, points.astype(np.float32), weight, bool(known.get("held_out"))))
    return rows


def losses(answer: Tensor, wanted: dict[str, Tensor]) -> dict[str, Tensor]:
    """Focal loss (Law and Deng, "CornerNet", 2018, eq. 1) and L1 of box and points."""
    logit, heat = answer[:, 0].float(), wanted["heat"]
    probability = torch.sigmoid(logit)
    at_centre = (heat >= 0.999).float()
    hit = (1 - probability) ** 2 * nn.functional.logsigmoid(logit) * at_centre
    miss = (1 - heat) ** 4 * probability**2 * nn.functional.logsigmoid(-logit) * (1 - at_centre)
    number = at_centre.sum().clamp(min=1)
    weight = wanted["weight"][:, None]
    error = (answer[:, 1:].float() - wanted["values"]).abs() * weight
    return {
        "heat": -((hit + miss) * wanted["judged"]).sum() / number,
        "box": error[:, :4].sum() / number,
        "points": error[:, 4:].sum() / number,
    }


def train(work: Path, minutes: float, batch: int, rate: float, start: Path | None) -> None:
    """Train for so many minutes of wall-clock in all (over restarts), with a cosine of the rate."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.manual_seed(1)
    network = DetectorNetwork().to(memory_format=torch.channels_last)
    nn.init.constant_(network.answer.bias, 0.0)
    with torch.no_grad():
        network.answer.bias[0] = -4.0
    average = {k: v.clone() for k, v in network.state_dict().items()}
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=1e-4)
    state_path, elapsed, step = work / "state.pt", 0.0, 0
    if start is not None:
        some = [Stream(work, 5, False).batch(batch)[0] for _ in range(4)]
        network.load_state_dict(unfold(read_state(start), torch.cat(some)))
        average = {k: v.clone() for k, v in network.state_dict().items()}
    if state_path.exists():
        state = torch.load(state_path, weights_only=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        average, elapsed, step = state["average"], state["elapsed"], state["step"]
    stream = Stream(work, 1000 + step, False)
    began, saved, sums = (
        time.time() - elapsed,
        time.time(),
        {"heat": 0.0, "box": 0.0, "points": 0.0},
    )
    making, network_ = 0.0, network.train()
    while (elapsed := time.time() - began) < minutes * 60:
        progress = elapsed / (minutes * 60)
        for group in optimiser.param_groups:
            group["lr"] = (
                rate * min(1, (step + 1) / 200) * (0.5 + 0.5 * math.cos(math.pi * progress)) + 1e-5
            )
        tick = time.time()
        pixels, wanted = stream.batch(batch)
        making += time.time() - tick
        with torch.autocast("cpu", torch.bfloat16):
            answer = network_(pixels)
        parts = losses(answer, wanted)
        loss = parts["heat"] + 2 * parts["box"] + parts["points"]
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        step += 1
        keep = min(0.998, step / (step + 20))
        with torch.no_grad():
            for key, value in network.state_dict().items():
                if value.dtype.is_floating_point:
                    average[key].lerp_(value, 1 - keep)
                else:
                    average[key].copy_(value)
        for key, part in parts.items():
            sums[key] += float(part.detach())
        if step % 50 == 0:
            told = " ".join(f"{k} {v / 50:.4f}" for k, v in sums.items())
            print(f"{step} {elapsed / 60:.1f} min {told} making {making / 50:.3f} s", flush=True)
            sums, making = dict.fromkeys(sums, 0.0), 0.0
        if time.time() - saved > 120:
            saved = time.time()
            save(state_path, network, optimiser, average, elapsed, step)
    save(state_path, network, optimiser, average, elapsed, step)


def save(
    path: Path,
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    average: dict[str, Tensor],
    elapsed: float,
    step: int,
) -> None:
    """Write all that a restart needs."""
    state = {
        "network": network.state_dict(),
        "optimiser": optimiser.state_dict(),
        "average": average,
        "elapsed": elapsed,
        "step": step,
    }
    torch.save(state, path.with_suffix(".part"))
    path.with_suffix(".part").rename(path)


def mine(work: Path) -> None:
    """Find where the present state sees faces in pictures (not held out) that have none: traps.json."""
    torch.set_num_threads(1)
    network = DetectorNetwork(fold=True)
    weights = torch.load(work / "state.pt", weights_only=True)["average"]
    network.load_state_dict(folded_weights(weights))
    detector = EmbeddedDetector(predictor(network))
    traps: dict[str, list[list[float]]] = {}
    for number, (path, known) in enumerate(json.loads((work / "context.json").read_text()).items()):
        if known.get("held_out", number % 10 == 0):
            continue
        if any(face["verdict"] == "face" for face in known["faces"]):
            continue  # people in its background may be unknown
        picture = cv2.resize(
            cv2.imread(path)[..., ::-1], known["size"], interpolation=cv2.INTER_AREA
        )
        judged = [face["box"] for face in known["faces"] if face["verdict"] != "none"]
        for face in detector.detect(picture, 0.3):
            x0, y0, x1, y1 = face.box_xyxy
            apart = [
                min(x1, b[2]) <= max(x0, b[0]) or min(y1, b[3]) <= max(y0, b[1]) for b in judged
            ]
            if all(apart):
                traps.setdefault(path, []).append([x0, y0, x1, y1])
    (work / "traps.json").write_text(json.dumps(traps))
    print(sum(map(len, traps.values())), "traps in", len(traps), "pictures")


def predictor(network: DetectorNetwork) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """A network as the product's detector calls it."""
    network.eval()

    @torch.inference_mode()
    def predict(luma: NDArray[np.float32]) -> NDArray[np.float32]:
        return network(torch.from_numpy(luma)).numpy()

    return predict


def calibrate(network: DetectorNetwork, work: Path, canvases: int = 600) -> tuple[float, float]:
    """Slope and offset of the curve from a peak's logit to the chance that it is a face.

    Fitted on collages of people and pictures that were held out.
    """
    stream, logits, truths = Stream(work, 7, True), [], []
    network.eval()
    with torch.inference_mode():
        for _ in range(canvases // 20):
            pixels, wanted = stream.batch(20)
            logit = network(pixels)[:, :1]
            peak = (nn.functional.max_pool2d(logit, 3, 1, 1) == logit)[:, 0] & (
                wanted["judged"] > 0
            )
            peak &= logit[:, 0] > -6
            logits.append(logit[:, 0][peak])
            truths.append((wanted["heat"][peak] > 0.5).float())
    x, y = torch.cat(logits), torch.cat(truths)
    line = torch.tensor([1.0, 0.0], requires_grad=True)
    fit = torch.optim.LBFGS([line], max_iter=50)

    def closure() -> Tensor:
        fit.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(line[0] * x + line[1], y)
        loss.backward()
        return loss

    fit.step(closure)
    return float(line[0].detach()), float(line[1].detach())


def strictest_logits(network: DetectorNetwork, work: Path) -> NDArray[np.float32]:
    """The logits of all false faces in held-out natural pictures without faces, falling; last -9s."""
    detector, logits, pictures = EmbeddedDetector(predictor(network)), [], 0
    for number, (path, known) in enumerate(json.loads((work / "context.json").read_text()).items()):
        held_out = known.get("held_out", number % 10 == 0)
        if held_out and all(face["verdict"] == "none" for face in known["faces"]):
            picture = cv2.resize(
                cv2.imread(path)[..., ::-1], known["size"], interpolation=cv2.INTER_AREA
            )
            scores = [face.score for face in detector.detect(picture, 0.05)]
            logits.extend(math.log(score / (1 - score)) for score in scores)
            pictures += 1
    print(len(logits), "candidates in", pictures, "held-out pictures without faces")
    return np.array(sorted([*logits, *([-9.0] * pictures)], reverse=True), np.float32)


def export(work: Path, out: Path) -> None:
    """Write the averaged weights, folded, as float16, with the calibration.

    A photo has far more places without a face than a collage, so the curve is moved until 0.5 means
    one false face in 36 held-out natural pictures without faces.
    """
    torch.set_num_threads(1)
    folded = folded_weights(torch.load(work / "state.pt", weights_only=True)["average"])
    network = DetectorNetwork(fold=True)
    network.load_state_dict(folded)
    slope, offset = calibrate(network, work)
    falling = strictest_logits(network, work)
    pictures = int((falling == -9).sum())
    moved = min(offset, -slope * float(falling[pictures // FALSE_FACE_EVERY]))
    write_detector(out, network, slope, moved)
    print(
        f"{out}: slope {slope:.3f}, offset {offset:.3f} moved to {moved:.3f}, {out.stat().st_size} bytes"
    )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("step", choices=["prepare", "train", "mine", "export"])
    for name in ("faces", "labels", "work", "out", "start"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--context", type=Path, nargs="+")
    parser.add_argument("--minutes", type=float, default=50)
    parser.add_argument("--batch", type=int, default=24)
    parser.add_argument("--rate", type=float, default=2e-3)
    asked = parser.parse_args()
    if asked.step == "prepare":
        prepare(asked.faces, asked.labels, asked.context, asked.work)
    elif asked.step == "train":
        train(asked.work, asked.minutes, asked.batch, asked.rate, asked.start)
    elif asked.step == "mine":
        mine(asked.work)
    else:
        export(asked.work, asked.out)


if __name__ == "__main__":
    main()
