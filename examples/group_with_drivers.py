"""Give each face of a group its own driver: the largest face smiles, the others are calmer.

python examples/group_with_drivers.py group.jpg clip.mp4 [driver ...]

Drivers are assigned from the largest face to the smallest; the remaining faces get the best match.
`preview` renders one small second: remove it to get the whole clip.
"""

import sys

import nostalgia


def main(photo: str, clip: str, *drivers: str) -> None:
    animator = nostalgia.Animator(order="largest", preview=True)
    analysis = animator.analyse(photo)
    if not analysis.faces:
        print(f"{photo}: no face found")
        return
    numbers = [face.number for face in analysis.faces]
    animation = animator.animate(
        analysis,
        clip,
        face_drivers=dict(zip(numbers, drivers or ("smile", "subtle"), strict=False)),
        face_strengths={number: 0.8 for number in numbers[1:]},
        overwrite=True,
    )
    for choice in animation.report.faces:
        number = choice.face.number
        if choice.match is not None:
            print(f"face {number}: {choice.match.driver.name} ({choice.match.why})")
        elif choice.still is not None:
            print(f"face {number} stays still: {choice.still.text}")
    print(animation.clip_path)


if __name__ == "__main__":
    main(*sys.argv[1:])
