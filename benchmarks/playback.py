"""Play clips in Chromium and print how many frames it dropped, beside the level of each.

    python benchmarks/playback.py CLIP.mp4 [CLIP.mp4 ...]

Needs `pip install .[readback]` and a Chromium with H.264, on the path or in NOSTALGIA_CHROMIUM. The
figures depend on what else the computer does: compare clips of one run only.
"""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nostalgia.clips.levels import playback_words
from nostalgia.clips.stream_level import level_in_file

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_MS = 120_000
PLAY = """
async source => {
    const video = document.createElement("video");
    video.muted = true;
    video.style.maxHeight = "90vh";
    document.body.append(video);
    const began = performance.now();
    let firstFrameMs = null;
    video.requestVideoFrameCallback(() => { firstFrameMs = performance.now() - began; });
    await new Promise((resolve, reject) => {
        video.onended = resolve;
        video.onerror = () => reject(video.error.message || `media error ${video.error.code}`);
        video.src = source;
        video.play().catch(reject);
    });
    const quality = video.getVideoPlaybackQuality();
    return {
        width: video.videoWidth, height: video.videoHeight, seconds: video.currentTime,
        tookSeconds: (performance.now() - began) / 1000, firstFrameMs,
        frames: quality.totalVideoFrames, dropped: quality.droppedVideoFrames,
    };
}
"""


@dataclass(frozen=True)
class Playback:
    """A clip played to its end. frames: decoded, of which `dropped` were not shown."""

    width: int
    height: int
    seconds: float
    took_s: float
    first_frame_s: float
    frames: int
    dropped: int


def chromium() -> str:
    """Path of a Chromium; "" if there is none."""
    found = (shutil.which(name) for name in PROGRAMS)
    return os.environ.get("NOSTALGIA_CHROMIUM") or next(filter(None, found), "")


def play(browser: Any, clip: Path) -> Playback:
    """Play a clip to its end in a page of a browser of Playwright."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(PATIENCE_MS)
    blank = clip.with_suffix(".playback.html")
    blank.write_text("<!doctype html><title>playback</title><body>")
    try:
        page.goto(blank.absolute().as_uri())
        found = page.evaluate(PLAY, clip.name)
    finally:
        page.close()
        blank.unlink()
    return Playback(
        width=found["width"],
        height=found["height"],
        seconds=found["seconds"],
        took_s=found["tookSeconds"],
        first_frame_s=(found["firstFrameMs"] or 0.0) / 1000,
        frames=found["frames"],
        dropped=found["dropped"],
    )


def main(names: list[str]) -> None:
    """Play the clips one after the other and print a line for each."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for clip in map(Path, names):
            level = level_in_file(clip)
            played = play(browser, clip)
            print(
                f"{clip.name}: {played.width} x {played.height}, level {level}"
                f" ({playback_words(level)}), {clip.stat().st_size / 1e6:.1f} MB;"
                f" {played.frames} frames decoded, {played.dropped} dropped,"
                f" {played.seconds:.1f} s played in {played.took_s:.1f} s,"
                f" first frame after {played.first_frame_s:.2f} s",
                flush=True,
            )
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
