"""Judge a training state of the restorer by the independent measure ../shared/eval/restore.py.

    python training/judge_restorer.py STATE.pt OUT --measure ../shared/eval/restore.py --python .venv-eval/bin/python
    python training/judge_restorer.py STATE.pt OUT --sheet PHOTO...

The first prints the measure's figures and leaves its sheet (damaged, restored, clean) in OUT; it
needs the environment that ../shared/eval/README.md describes, and with --undamaged FOLDER also prints the
PSNR of restored against undamaged photos. The second writes OUT/photos.png: faces before and after.
"""

import argparse
import os
import shlex
import subprocess
import sys
import threading
from multiprocessing.connection import Listener
from pathlib import Path

import cv2
import numpy as np
import torch
from face_crops import unit_template, warp_to
from restorer_layers import RestorerLayers
from train_restorer import load_average

from nostalgia.enhancement.face_template import similarity_scale
from nostalgia.errors import NostalgiaError
from nostalgia.faces.finder import FaceFinder
from nostalgia.photo.reader import read_photo
from nostalgia.types import Photo

SIDES = (128, 192, 256)
RAMP = 0.08  # of the crop's side, over which the residual fades out
CLEAR_FACE_PX = 110  # smaller faces are enlarged 2 or 4 times


def restored(
    photo: Photo, model: RestorerLayers, finder: FaceFinder, strength: float = 1.0, most: int = 4
) -> np.ndarray:
    """RGB uint8, the photo with restored faces; up to `most` times larger where faces are small."""
    faces = finder.find(photo)
    pixels = photo.pixels
    if not faces:
        return pixels
    largest = max(face.height_px for face in faces)
    enlarge = next((k for k in (1, 2) if largest * k >= CLEAR_FACE_PX or k >= most), most)
    if enlarge > 1:
        pixels = cv2.resize(pixels, None, fx=enlarge, fy=enlarge, interpolation=cv2.INTER_CUBIC)
    out = pixels.astype(np.float32)
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    for face in faces:
        points = face.landmarks * enlarge
        points[:, :2] += (enlarge - 1) / 2
        unit = unit_template(points)
        scale = similarity_scale(unit)
        side = next((s for s in SIDES if s * scale >= 0.95), SIDES[-1])
        luma = torch.from_numpy(warp_to(grey, unit, side)[None, None].astype(np.float32) / 255)
        place = torch.tensor([[0.0, 0.0, 1.0, max(1.0, side * scale * enlarge)]])
        with torch.inference_mode():
            residual = model(luma, place)[0, 0].numpy() * 255 * strength
        line = np.minimum(np.arange(side) + 0.5, side - 0.5 - np.arange(side)) / (RAMP * side)
        ramp = np.clip(line, 0, 1) ** 2 * (3 - 2 * np.clip(line, 0, 1))
        residual = residual * (ramp[:, None] * ramp).astype(np.float32)
        matrix = unit * side
        matrix[:, 2] -= 0.5
        size = (out.shape[1], out.shape[0])
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        out += cv2.warpAffine(residual, matrix, size, flags=flags)[..., None]
    return np.rint(np.clip(out, 0, 255)).astype(np.uint8)


def serve(listener: Listener, restore) -> None:
    """Restore pictures for the measure's command, so that the networks are loaded once."""
    while True:
        with listener.accept() as client:
            photo, out = client.recv()
            try:
                cv2.imwrite(out, cv2.cvtColor(restore(photo), cv2.COLOR_RGB2BGR))
                client.send("")
            except (NostalgiaError, cv2.error) as error:
                client.send(str(error))


CLIENT = """import sys
from multiprocessing.connection import Client
with Client(sys.argv[1]) as server:
    server.send(sys.argv[2:])
    sys.exit(server.recv() or 0)
"""


def face_of(pixels: np.ndarray, like: np.ndarray, unit: np.ndarray, side: int = 320) -> np.ndarray:
    """The crop of one face, enlarged, of a picture as large as `like` or larger."""
    k = like.shape[1] / pixels.shape[1]
    matrix = unit * side
    matrix = np.hstack([matrix[:, :2] * k, matrix[:, 2:]])
    return cv2.warpAffine(pixels, matrix, (side, side), flags=cv2.INTER_CUBIC)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("state", type=Path), parser.add_argument("out", type=Path)
    (
        parser.add_argument("--measure", type=Path),
        parser.add_argument("--python", default=sys.executable),
    )
    parser.add_argument("--most", default="12", help="photos that the measure damages")
    parser.add_argument("--undamaged", type=Path, help="folder of good photos, for their PSNR")
    parser.add_argument("--sheet", type=Path, nargs="*", default=[], metavar="PHOTO")
    parser.add_argument("--strength", type=float, default=1.0)
    a = parser.parse_args()
    torch.set_num_threads(2)
    model, finder = load_average(a.state), FaceFinder.load()
    a.out.mkdir(parents=True, exist_ok=True)
    if a.measure:
        listener = Listener()

        def restore(path: str) -> np.ndarray:
            return restored(read_photo(path), model, finder, a.strength)

        threading.Thread(target=serve, args=(listener, restore), daemon=True).start()
        words = [sys.executable, "-c", CLIENT, listener.address, "{photo}", "{out}"]
        subprocess.run(
            [a.python, a.measure, a.out, "--command", shlex.join(words), "--most", a.most],
            check=True, env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        )  # fmt: skip
    rows = []
    for path in [*a.sheet, *(sorted(a.undamaged.iterdir()) if a.undamaged else [])]:
        try:
            photo = read_photo(path)
        except NostalgiaError:
            continue
        result = restored(photo, model, finder, a.strength, 1 if path not in a.sheet else 4)
        for face in finder.find(photo):
            unit = unit_template(face.landmarks)
            pair = [face_of(p, photo.pixels, unit) for p in (photo.pixels, result)]
            words = f"{path.name} {face.number}: {face.height_px:.0f} px"
            if result.shape == photo.pixels.shape:
                x0, y0, x1, y1 = (max(0, int(v)) for v in face.box_xyxy)
                apart = photo.pixels[y0:y1, x0:x1].astype(np.float32) - result[y0:y1, x0:x1]
                words += f", {10 * np.log10(65025 / ((apart**2).mean() + 1e-9)):.1f} dB"
            print(words)
            if path in a.sheet:
                strip = cv2.cvtColor(np.hstack(pair), cv2.COLOR_RGB2BGR)
                rows.append(cv2.putText(strip, words, (4, 14), 0, 0.4, (255, 255, 255), 1))
    if rows:
        blank = np.zeros_like(rows[0])
        rows += [blank] * (-len(rows) % 3)
        lines = [np.hstack(rows[i : i + 3]) for i in range(0, len(rows), 3)]
        cv2.imwrite(str(a.out / "photos.png"), np.vstack(lines))


if __name__ == "__main__":
    main()
