"""Edit an animated photo with MoviePy: half speed, with fades.

pip install 'photo-nostalgia[moviepy]'

python examples/edit_with_moviepy.py old_photo.jpg
"""

import sys
from pathlib import Path

from moviepy import vfx

import nostalgia


def main(photo: Path) -> None:
    clip = nostalgia.clip(photo, preview=True)
    edited = photo.with_name(f"{photo.stem}-slow.mp4")
    slow = clip.with_effects([vfx.MultiplySpeed(0.5), vfx.FadeIn(0.3), vfx.FadeOut(0.3)])
    slow.write_videofile(str(edited), audio=False, logger=None)
    print(f"{edited}: {slow.duration:.1f} s")
    print("MoviePy does not declare the clip as an animated photo: please label it.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
