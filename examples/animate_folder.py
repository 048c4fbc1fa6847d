"""Animate every photo in a folder; print an error for each photo that fails, and continue.

python examples/animate_folder.py photos clips
"""

import sys
from pathlib import Path

import nostalgia

SUFFIXES = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp"}


def main(photos: str, clips: str) -> None:
    target = Path(clips)
    target.mkdir(parents=True, exist_ok=True)
    animator = nostalgia.Animator()  # loads the networks once, for all photos
    for photo in sorted(Path(photos).iterdir()):
        if photo.suffix.lower() not in SUFFIXES:
            continue
        clip = target / f"{photo.name}.mp4"
        if clip.exists():
            print(f"{photo.name}: skipped, {clip.name} exists")
            continue
        try:
            animator.animate(photo, clip)
        except nostalgia.NostalgiaError as error:
            print(f"{photo.name}: {error}")
        else:
            print(f"{photo.name}: {clip}")


if __name__ == "__main__":
    main(*sys.argv[1:])
