"""Animate one photo and print what was done to each face.

python examples/animate_one_photo.py old_photo.jpg [clip.mp4]
"""

import sys
from pathlib import Path

import nostalgia


def main(photo: str, clip: str | None = None) -> None:
    options = nostalgia.AnimateOptions(strength=0.9, overwrite=True)
    animation = nostalgia.animate(photo, Path(clip) if clip else None, options)
    print(f"clip: {animation.clip_path}")
    for face in animation.report.values["faces"]:
        driver = face["driver"]["name"] if face["driver"] else face["reason"]
        print(f"face {face['number']}, yaw {face['pose_deg']['yaw']:+.0f} degrees: {driver}")


if __name__ == "__main__":
    main(*sys.argv[1:])
