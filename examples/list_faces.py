"""List the faces of photos with their boxes, head poses and eye distances.

python examples/list_faces.py photo.jpg ...
"""

import sys

import numpy as np

import nostalgia

IMAGE_LEFT_EYE, IMAGE_RIGHT_EYE = 33, 263
"""Outer corners of the eyes among the 478 landmarks."""


def main(*photos: str) -> None:
    for photo in photos:
        for face in nostalgia.detect_faces(photo):
            left, top, right, bottom = (round(edge) for edge in face.box_xyxy)
            eyes_px = np.linalg.norm(
                face.landmarks[IMAGE_LEFT_EYE] - face.landmarks[IMAGE_RIGHT_EYE]
            )
            print(
                f"{photo}: face {face.number} at {left},{top} to {right},{bottom},"
                f" yaw {face.pose.yaw:+.0f} degrees, eyes {eyes_px:.0f} px apart"
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
