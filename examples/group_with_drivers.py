"""Give each face of a group its own driver: the largest face smiles, the others are calmer.

python examples/group_with_drivers.py group.jpg clip.mp4 [driver ...]

Drivers are assigned from the largest face to the smallest; the remaining faces get the best match.
`preview` renders one small second: remove it to get the whole clip.
"""

import sys
from pathlib import Path

import nostalgia


def main(photo: str, clip: str, *drivers: str) -> None:
    faces = nostalgia.detect_faces(photo, nostalgia.DetectionOptions(order="largest"))
    if not faces:
        print(f"{photo}: no face found")
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
