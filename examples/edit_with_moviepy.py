"""Edit a clip with MoviePy, which is installed with nostalgia: half speed, with fades.

python examples/edit_with_moviepy.py old_photo.jpg
"""

import sys
from pathlib import Path

from moviepy import VideoFileClip, vfx

import nostalgia


def main(photo: Path) -> None:
    animation = nostalgia.animate(photo, photo.with_suffix(".mp4"), overwrite=True, preview=True)
    edited = photo.with_name(f"{photo.stem}-slow.mp4")
    with VideoFileClip(str(animation.clip_path)) as clip:
        slow = clip.with_effects([vfx.MultiplySpeed(0.5), vfx.FadeIn(0.3), vfx.FadeOut(0.3)])
        slow.write_videofile(str(edited), audio=False, logger=None)
    print(f"{edited}: {2 * animation.report.values['clip']['duration_s']:.1f} s")
    print("MoviePy drops the metadata that declares an animated photo: please label the clip.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
