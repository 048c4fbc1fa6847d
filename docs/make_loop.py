"""Writes the looping picture of the README: an old photo comes alive.

The photo is made here, from what the repository holds: the first frame of a driver's clip, whose
performer is nobody (driving_videos/README.md), is printed, toned and aged as a studio portrait of
about 1900. `nostalgia.animate` then does to it what it does to any photo. Nothing is random, so
that the same versions write the same file.

python docs/make_loop.py
"""

import subprocess
import tempfile
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

import nostalgia
from nostalgia.clips.ffmpeg import ffmpeg_program
from nostalgia.drivers.bank.bank import load_bank
from nostalgia.files import driving_videos_folder

LOOP = Path(__file__).parent / "loop.webp"
SITTER, DRIVER = "attentive", "smile"
"""Whose first frame becomes the photo, and whose motion brings it alive."""
SEED = 1907
PRINT_PX = (448, 560)
"""Width and height of the picture area: that of the drivers' clips."""
MARGIN_PX = 26
"""White paper around the picture."""
DARK, LIGHT, PAPER = np.array([(38, 24, 17), (232, 211, 176), (237, 226, 203)], np.float32)
"""RGB of the deepest shadow, of the brightest light and of the paper: a faded albumen print."""
WIDTH_PX = 400
"""Width of the loop."""
STILL_S, MOVING_S = 1.2, 7.5
"""How long the photo is still, and how long it moves."""
FRAMES_PER_SECOND = 15
QUALITY = 81

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
FOXING = np.array([30, 48, 62], np.float32)
"""RGB that a brown spot takes from the paper."""

Grey = NDArray[np.float32]
Pixels = NDArray[np.uint8]


def first_frame(driver: str) -> Grey:
    """First frame of a driver's clip: float32 (H, W), 0..1."""
    clip = load_bank(driving_videos_folder()).driver(driver).clip_path
    assert clip is not None, f"{driver} has no clip"
    return frames_of(clip, PRINT_PX, limit=1)[0] @ LUMA / 255


def frames_of(clip: Path, size: tuple[int, int], limit: int | None = None) -> Pixels:
    """Frames of a clip at FRAMES_PER_SECOND and a size (width, height): RGB uint8 (N, H, W, 3)."""
    width, height = size
    command = [ffmpeg_program(), "-v", "error", "-i", str(clip)]
    command += ["-vf", f"fps={FRAMES_PER_SECOND},scale={width}:{height}:flags=lanczos"]
    command += [] if limit is None else ["-frames:v", str(limit)]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


def clouds(rng: np.random.Generator, shape: tuple[int, int], size_px: float) -> Grey:
    """Soft noise of mean 0 and standard deviation 1, with lumps of about a size."""
    noise = cv2.GaussianBlur(rng.standard_normal(shape, np.float32), (0, 0), size_px)
    return np.asarray((noise - noise.mean()) / noise.std(), np.float32)


def old_print(grey: Grey, seed: int = SEED) -> Pixels:
    """A scan of an old print of a grey picture 0..1: RGB uint8, MARGIN_PX larger on each side."""
    rng = np.random.default_rng(seed)
    height, width = grey.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    rim = np.clip(np.maximum(np.abs(x), np.abs(y)), 0, 1)
    tone = np.clip((grey - 0.09) / 0.70, 0, 1)
    tone = 0.06 + 0.88 * tone + 0.28 * rim**6 + 0.015 * clouds(rng, grey.shape, 45)
    tone += 0.022 * clouds(rng, grey.shape, 0.7) + 0.012 * clouds(rng, grey.shape, 2)
    picture = np.clip(tone, 0, 1)[..., None] * (LIGHT - DARK) + DARK

    sheet_hw = (height + 2 * MARGIN_PX, width + 2 * MARGIN_PX)
    sheet = np.full((*sheet_hw, 3), PAPER, np.float32)
    sheet[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX] = picture
    sheet += (2.2 * clouds(rng, sheet_hw, 0.8) + 3.0 * clouds(rng, sheet_hw, 30))[..., None]
    sheet -= foxing(rng, sheet_hw)[..., None] * FOXING
    sheet += scratches(rng, sheet_hw)[..., None] * 54
    return np.clip(sheet, 0, 255).astype(np.uint8)


def foxing(rng: np.random.Generator, shape: tuple[int, int]) -> Grey:
    """Brown spots of age, 0..1, mostly near the rim."""
    spots = np.zeros(shape, np.float32)
    for _ in range(26):
        side = rng.beta(0.35, 0.35, 2) * (shape[1], shape[0])
        centre = (int(side[0]), int(side[1]))
        cv2.circle(spots, centre, int(rng.integers(1, 5)), float(rng.uniform(0.3, 1)), -1)
    return np.asarray(cv2.GaussianBlur(spots, (0, 0), 1.3), np.float32)


def scratches(rng: np.random.Generator, shape: tuple[int, int]) -> Grey:
    """Fine light scratches and a bent corner, 0..1."""
    lines = np.zeros(shape, np.float32)
    height, width = shape
    for _ in range(5):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        end = (int(x + rng.normal(0, 12)), int(y + rng.uniform(20, 110)))
        cv2.line(lines, (int(x), int(y)), end, float(rng.uniform(0.25, 0.55)), 1, cv2.LINE_AA)
    crease = np.array([(width - 62, 0), (width - 44, 21), (width - 19, 35), (width, 55)])
    cv2.polylines(lines, [crease.astype(np.int32)], False, 0.8, 1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(lines, (0, 0), 0.7), np.float32)


def deckled(shape: tuple[int, int]) -> Pixels:
    """Opacity of a sheet with an uneven edge: uint8 (H, W)."""
    rng = np.random.default_rng(SEED)
    height, width = shape
    inset = 2.6 + 0.8 * clouds(rng, shape, 3)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    to_edge = np.minimum(np.minimum(x, width - 1 - x), np.minimum(y, height - 1 - y))
    return np.asarray(np.clip((to_edge - inset) / 1.4 + 0.5, 0, 1) * 255, np.uint8)


def still_around_the_face(frames: Pixels) -> Pixels:
    """Frames whose pixels that only the clip's compression changes are those of the first frame.

    They are the photo's own in the clip as well; the loop stays small when they are equal.
    """
    grey = np.stack([cv2.GaussianBlur(frame, (0, 0), 2)[..., 1] for frame in frames])
    moves = (np.abs(grey.astype(np.int16) - grey[0]).max(axis=0) > 5).astype(np.uint8)
    moves = cv2.dilate(cv2.morphologyEx(moves, cv2.MORPH_OPEN, np.ones((3, 3))), np.ones((13, 13)))
    share = cv2.GaussianBlur(moves.astype(np.float32), (0, 0), 3)[..., None]
    first = frames[0].astype(np.float32)
    return np.stack([np.uint8(first + share * (frame - first) + 0.5) for frame in frames])


def main() -> None:
    """Make the print, animate it, and write its clip as a loop that begins with the photo."""
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "old_photo.png"
        Image.fromarray(old_print(first_frame(SITTER))).save(photo)
        clip = nostalgia.animate(photo, driver=DRIVER, duration_s=MOVING_S).clip_path
        width, height = Image.open(photo).size
        frames = frames_of(clip, (WIDTH_PX, round(WIDTH_PX * height / width)))
    frames = still_around_the_face(frames)
    opacity = Image.fromarray(deckled(frames.shape[1:3]))
    pictures = [Image.fromarray(frame) for frame in frames]
    for picture in pictures:
        picture.putalpha(opacity)
    step_ms = round(1000 / FRAMES_PER_SECOND)
    times = [round(1000 * STILL_S), *[step_ms] * (len(pictures) - 1)]
    pictures[0].save(
        LOOP, save_all=True, append_images=pictures[1:], duration=times, loop=0,
        quality=QUALITY, method=4, kmin=0, kmax=0, alpha_quality=100,
    )  # fmt: skip


if __name__ == "__main__":
    main()
