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
from dataclasses import replace
from multiprocessing.connection import Listener
from pathlib import Path

import cv2
import numpy as np
import torch
from train_restorer import load_average

from nostalgia.enhancement.aligned_face import unit_template
from nostalgia.enhancement.embedded import EmbeddedEnhancer
from nostalgia.enhancement.restorer import RestorerNetwork
from nostalgia.errors import NostalgiaError
from nostalgia.faces.finder import FaceFinder
from nostalgia.options import AnimateOptions
from nostalgia.photo.reader import read_photo
from nostalgia.scene.restoration import crops_of, restore_faces
from nostalgia.types import Face, Photo
from nostalgia.weights.network import shipped_network

CLEAR_FACE_PX = 110  # smaller faces are enlarged 2 or 4 times


class Restorer:
    """The product's restoration, with the network of a state file."""

    def __init__(self, state: Path, strength: float) -> None:
        model = load_average(state)

        def predict(luma: np.ndarray, place: np.ndarray) -> np.ndarray:
            with torch.inference_mode():
                return model(torch.from_numpy(luma), torch.from_numpy(place)).numpy()

        patches = shipped_network("face-patches")
        network = RestorerNetwork(predict, lambda luma, enlarged: patches.run(luma, enlarged)[0])
        self.enhancer, self.finder = EmbeddedEnhancer(network), FaceFinder.load()
        self.options = AnimateOptions(enhance=strength)

    def restored(self, photo: Photo, most: int = 4) -> np.ndarray:
        """RGB uint8, the photo with restored faces; up to `most` times larger where faces are small."""
        faces = self.finder.find(photo)
        if not faces:
            return photo.pixels
        largest = max(face.height_px for face in faces)
        enlarge = next((k for k in (1, 2) if largest * k >= CLEAR_FACE_PX or k >= most), most)
        if enlarge > 1:
            how = cv2.INTER_CUBIC
            photo = Photo(cv2.resize(photo.pixels, None, fx=enlarge, fy=enlarge, interpolation=how))
            faces = [enlarged_face(face, enlarge) for face in faces]
        sources = crops_of(photo, faces, enlarge)
        return restore_faces(photo, sources, self.options, self.enhancer, self.finder.mesh).pixels


def enlarged_face(face: Face, k: int) -> Face:
    """The face in a photo that was enlarged k times."""
    points = face.landmarks * np.float32(k)
    points[:, :2] += (k - 1) / 2
    return replace(face, landmarks=points, box_xyxy=tuple(k * v for v in face.box_xyxy))


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
    restorer = Restorer(a.state, a.strength)
    a.out.mkdir(parents=True, exist_ok=True)
    if a.measure:
        listener = Listener()

        def restore(path: str) -> np.ndarray:
            return restorer.restored(read_photo(path))

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
        result = restorer.restored(photo, 1 if path not in a.sheet else 4)
        for face in restorer.finder.find(photo):
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
