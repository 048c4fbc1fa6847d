"""Save the motion of your own clip as a driver, and animate a photo with it.

python examples/own_driver.py my_clip.mp4 uncle old_photo.jpg clip.mp4

The same as `nostalgia drivers add my_clip.mp4 --name uncle`, and then `--driver uncle`. Only the
motion of head, eyes and lips is saved, no picture; `nostalgia drivers remove uncle` deletes it.
"""

import sys

import nostalgia


def main(driving_clip: str, name: str, photo: str, clip: str) -> None:
    title = f"After {driving_clip}"
    driver = nostalgia.add_driver(driving_clip, name, title=title, overwrite=True)
    print(f"{driver.name}: {driver.duration_s:.1f} s, saved in {driver.folder}")
    animation = nostalgia.animate(photo, clip, driver=name, overwrite=True)
    print(animation.clip_path)


if __name__ == "__main__":
    main(*sys.argv[1:])
