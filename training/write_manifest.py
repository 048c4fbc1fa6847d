"""Write the shipped half of checkpoints/manifest.toml: name, size, SHA-256, origin of each file.

Rows of weights that do not ship stand below the line that begins with `NOT_SHIPPED` and are kept.

python training/write_manifest.py
"""

import hashlib
from pathlib import Path

CHECKPOINTS = Path(__file__).parents[1] / "checkpoints"
MANIFEST = CHECKPOINTS / "manifest.toml"
NOT_SHIPPED = "\n# Not shipped:"
MADE_BY = {
    "face_colour.onnx": "training/train_colour.py",
    "colour_patches.onnx": "training/train_colour_patches.py",
    "face_detector.onnx": "training/train_detector.py",
    "face_mesh.onnx": "training/train_mesh.py",
    "face_patches.onnx": "training/train_patches.py",
    "face_restorer.onnx": "training/train_restorer.py",
    "face_shape.npz": "training/make_face_shape.py",
    "glasses.npz": "training/train_glasses.py",
    "damage.npz": "training/train_damage.py",
    "damage_pixels.onnx": "training/train_damage_pixels.py",
    "person_matte.onnx": "training/train_matte.py",
    "smile_light.npz": "training/make_smile_light.py",
}
"""File -> the script that makes it. A file that is not listed here is an error."""
KINDS = {".npz": "arrays", ".onnx": "network"}

ENTRY = """
[[checkpoint]]
name = "{name}"
file = "{file}"
kind = "{kind}"
size = {size}
sha256 = "{sha256}"
urls = []
licence = "Apache-2.0"
source = "{source}"
"""


def manifest() -> str:
    """The whole file, shipped entries in alphabetical order."""
    _, line, kept = MANIFEST.read_text(encoding="utf-8").partition(NOT_SHIPPED)
    parts = ["# Written by training/write_manifest.py. No urls: these ship with the package.\n"]
    for path in sorted(path for path in CHECKPOINTS.iterdir() if path.suffix in KINDS):
        content = path.read_bytes()
        parts.append(
            ENTRY.format(
                name=path.stem.replace("_", "-"),
                file=path.name,
                kind=KINDS[path.suffix],
                size=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                source=MADE_BY[path.name],
            )
        )
    return "".join(parts) + line + kept


if __name__ == "__main__":
    MANIFEST.write_text(manifest(), encoding="utf-8")
