"""Writes docs/picture.png and docs/drivers.jpg.

The first shows the portrait of `nostalgia demo` and three frames of its clip, the second the
performers of the driver bank. The looping picture of the README is made by make_loop.py.

python docs/make_picture.py
"""

import io
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

import nostalgia
from nostalgia.cli.demo import portrait_png
from nostalgia.clips.ffmpeg import ffmpeg_program
from nostalgia.drivers.bank.bank import load_bank
from nostalgia.files import driving_videos_folder
from nostalgia.types import Driver, MotionTrack

PICTURE = Path(__file__).parent / "picture.png"
PART_XYXY = (100, 0, 340, 260)
GAP_PX = 6
DRIVER = "calm"
OPEN_EYES = 0.9
"""Least eye opening of a frame with open eyes, as a share of the neutral opening."""

DRIVERS = Path(__file__).parent / "drivers.jpg"
COLUMNS, WIDTH_PX, LABEL_PX = 6, 150, 16


def seconds_to_show(track: MotionTrack) -> tuple[float, float, float]:
    """Seconds of the shut eyes, and of the furthest turns to each side with open eyes."""
    eyes = track.eye_opening.mean(axis=1)
    yaw = np.where(eyes > OPEN_EYES, track.rotation_deg[:, 0], 0.0)
    shut, left, right = (
        int(frame) / track.fps for frame in (eyes.argmin(), yaw.argmin(), yaw.argmax())
    )
    return shut, left, right


def frame_at(clip: Path, second: float) -> Image.Image:
    """One frame of a clip."""
    command = [ffmpeg_program(), "-v", "error", "-ss", str(second), "-i", str(clip)]
    command += ["-frames:v", "1", "-f", "image2pipe", "-c:v", "png", "-"]
    return Image.open(io.BytesIO(subprocess.run(command, capture_output=True, check=True).stdout))


def drivers_sheet() -> Image.Image:
    """Every driver that ships at its strongest expression, above its name."""
    bank = load_bank(driving_videos_folder())
    faces = {name: performer(bank.driver(name)) for name in bank.names}
    rows, (width, height) = -(-len(faces) // COLUMNS), next(iter(faces.values())).size
    step_x, step_y = width + GAP_PX, height + LABEL_PX + GAP_PX
    sheet = Image.new("RGB", (COLUMNS * step_x - GAP_PX, rows * step_y - GAP_PX), "white")
    draw = ImageDraw.Draw(sheet)
    for number, (name, face) in enumerate(faces.items()):
        x, y = number % COLUMNS * step_x, number // COLUMNS * step_y
        sheet.paste(face, (x, y))
        draw.text((x + width / 2, y + height + 2), name, "black", anchor="ma")
    return sheet


def performer(driver: Driver) -> Image.Image:
    """Frame of a driver's clip with open eyes and the strongest expression, reduced in size."""
    track = driver.track
    assert driver.clip_path is not None, f"{driver.name} has no clip"
    activity = np.abs(track.expression).max(axis=(1, 2)) * track.eye_opening.min(axis=1)
    frame = frame_at(driver.clip_path, int(activity.argmax()) / track.fps).convert("RGB")
    return frame.resize((WIDTH_PX, round(WIDTH_PX * frame.height / frame.width)))


def main() -> None:
    """Write the sheet of drivers, then animate the portrait and join its frames side by side."""
    drivers_sheet().save(DRIVERS, quality=85)
    seconds = seconds_to_show(load_bank().driver(DRIVER).track)
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
