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
import json
import math
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from detector_batches import Stream
from detector_faces import prepare
from detector_network import DetectorNetwork, folded_weights, unfold
from numpy.typing import NDArray
from onnx_files import read_state, write_detector
from torch import Tensor, nn

from nostalgia.faces.detection.embedded import EmbeddedDetector

FALSE_FACE_EVERY = 12


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
    if state_path.exists():
        state = torch.load(state_path, weights_only=True)
        elapsed, step, start = state["elapsed"], state["step"], None
    stream = Stream(work, 1000 + step, False)
    if start is not None:
        some = torch.cat([stream.batch(batch)[0] for _ in range(4)])
        network.load_state_dict(unfold(read_state(start), some))
        average = {k: v.clone() for k, v in network.state_dict().items()}
    if step:
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        average = state["average"]
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
    one false face in 12 held-out natural pictures without faces.
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
    parser.add_argument(
        "--looks", nargs="*", default=[], help="LABELS.npz=FOLDER, by label_looks.py"
    )
    parser.add_argument("--minutes", type=float, default=50)
    parser.add_argument("--batch", type=int, default=24)
    parser.add_argument("--rate", type=float, default=2e-3)
    asked = parser.parse_args()
    if asked.step == "prepare":
        prepare(asked.faces, asked.labels, asked.context, asked.looks, asked.work)
    elif asked.step == "train":
        train(asked.work, asked.minutes, asked.batch, asked.rate, asked.start)
    elif asked.step == "mine":
        mine(asked.work)
    else:
        export(asked.work, asked.out)


if __name__ == "__main__":
    main()
