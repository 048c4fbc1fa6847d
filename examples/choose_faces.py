"""Animate only the most frontal face of a photo, with reduced strength.

python examples/choose_faces.py group.jpg clip.mp4
"""

import sys

import nostalgia


def main(photo: str, clip: str) -> None:
    animator = nostalgia.Animator(strength=0.7)
    analysis = animator.analyse(photo)
    if not analysis.faces:
        print(f"{photo}: no face found")
        return
    chosen = min(analysis.faces, key=lambda face: abs(face.pose.yaw))
    print(f"{len(analysis.faces)} faces found; animating face {chosen.number}")
    animation = animator.animate(analysis, clip, faces=chosen.number, overwrite=True)
    print(animation.clip_path)


if __name__ == "__main__":
    main(*sys.argv[1:])
