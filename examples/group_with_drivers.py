"""Give every face of a group a performance of its own: the largest smiles, the others are calmer.

python examples/group_with_drivers.py group.jpg clip.mp4 [driver ...]

Drivers are handed out from the largest face to the smallest; faces that are left over get the one
that suits them. `preview` makes one second, small: take it out for the whole clip.
"""

import sys
from pathlib import Path

import nostalgia


def main(photo: str, clip: str, *drivers: str) -> None:
    faces = nostalgia.detect_faces(photo, nostalgia.DetectionOptions(order="largest"))
    if not faces:
        print(f"{photo} has no face")
        return
    numbers = [face.number for face in faces]
    options = nostalgia.AnimateOptions(
        order="largest",
        face_drivers=dict(zip(numbers, drivers or ("smile", "subtle"), strict=False)),
        face_strengths={number: 0.8 for number in numbers[1:]},
        preview=True,
        overwrite=True,
    )
    animation = nostalgia.animate(photo, Path(clip), options)
    for face in animation.report.values["faces"]:
        if face["animated"]:
            print(f"face {face['number']}: {face['driver']['name']} ({face['driver']['why']})")
        else:
            print(f"face {face['number']} stays still: {face['reason']}")
    print(animation.clip_path)


if __name__ == "__main__":
    main(*sys.argv[1:])
