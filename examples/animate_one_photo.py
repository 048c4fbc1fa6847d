"""Animate one photo and print what was done to each face.

python examples/animate_one_photo.py old_photo.jpg [clip.mp4]
"""

import sys

import nostalgia


def main(photo: str, clip: str | None = None) -> None:
    animation = nostalgia.animate(photo, clip, strength=0.9, overwrite=True)
    print(f"clip: {animation.clip_path}")
    for choice in animation.report.faces:
        face = choice.face
        result = choice.match.driver.name if choice.match else choice.still.text
        print(f"face {face.number}, yaw {face.pose.yaw:+.0f} degrees: {result}")


if __name__ == "__main__":
    main(*sys.argv[1:])
