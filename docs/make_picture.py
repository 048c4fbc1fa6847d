"""Writes docs/picture.png: the portrait of `nostalgia demo` and frames of its clip.

python docs/make_picture.py
"""

import io
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import nostalgia
from nostalgia.cli.demo import portrait_png
from nostalgia.drivers.bank import load_bank
from nostalgia.ffmpeg import ffmpeg_program
from nostalgia.types import MotionTrack

PICTURE = Path(__file__).parent / "picture.png"
PART_XYXY = (100, 0, 340, 260)
GAP_PX = 6
DRIVER = "calm"
OPEN_EYES = 0.9
"""Share of the neutral opening."""


def telling_seconds(track: MotionTrack) -> tuple[float, float, float]:
    """Where eyes are shut, and where the head is turned furthest each way with open eyes."""
    eyes = track.eye_opening.mean(axis=1)
    yaw = np.where(eyes > OPEN_EYES, track.rotation_deg[:, 0], 0.0)
    return tuple(int(frame) / track.fps for frame in (eyes.argmin(), yaw.argmin(), yaw.argmax()))


def frame_at(clip: Path, second: float) -> Image.Image:
    """One frame of a clip."""
    command = [ffmpeg_program(), "-v", "error", "-ss", str(second), "-i", str(clip)]
    command += ["-frames:v", "1", "-f", "image2pipe", "-c:v", "png", "-"]
    return Image.open(io.BytesIO(subprocess.run(command, capture_output=True, check=True).stdout))


def main() -> None:
    """Animate the portrait and lay the parts side by side."""
    seconds = telling_seconds(load_bank().driver(DRIVER).track)
    with tempfile.TemporaryDirectory() as folder:
        portrait = Path(folder) / "portrait.png"
        portrait.write_bytes(portrait_png())
        clip = nostalgia.animate(portrait, driver=DRIVER).clip_path
        pictures = [Image.open(portrait), *(frame_at(clip, second) for second in seconds)]
        parts = [picture.convert("RGB").crop(PART_XYXY) for picture in pictures]
    width, height = parts[0].size
    row = Image.new("RGB", ((width + GAP_PX) * len(parts) - GAP_PX, height), "white")
    for number, part in enumerate(parts):
        row.paste(part, (number * (width + GAP_PX), 0))
    row.save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()
