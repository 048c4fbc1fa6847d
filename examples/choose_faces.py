"""Animate only the most frontal face of a photo, with reduced strength.

python examples/choose_faces.py group.jpg clip.mp4
"""

import sys
from pathlib import Path

import nostalgia


def main(photo: str, clip: str) -> None:
    faces = nostalgia.detect_faces(photo)
    if not faces:
        print(f"{photo}: no face found")
        return
    chosen = min(faces, key=lambda face: abs(face.pose.yaw))
    print(f"{len(faces)} faces found; animating face {chosen.number}")
    options = nostalgia.AnimateOptions(faces=str(chosen.number), strength=0.7, overwrite=True)
    print(nostalgia.animate(photo, Path(clip), options).clip_path)


if __name__ == "__main__":
    main(*sys.argv[1:])
