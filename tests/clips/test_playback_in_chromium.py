"""A clip to share plays to its end in a real browser; skipped if Chromium is not installed.

Dropped frames depend on what else the computer does, so `benchmarks/playback.py` prints them.
"""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from nostalgia.clips.stream_level import level_in_file
from nostalgia.clips.writer import ClipWriter

NO_BROWSER = "SKIPPED, NO BROWSER: no clip was played in a browser (pip install .[readback])"
pytest.importorskip("playwright", reason=NO_BROWSER)

from playwright.sync_api import sync_playwright  # noqa: E402

SCRIPT = Path(__file__).parents[2] / "benchmarks/playback.py"
WIDTH, HEIGHT, FPS, SECONDS = 1440, 1440, 25, 9


def playback_script():
    spec = importlib.util.spec_from_file_location("playback", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["playback"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Nine seconds of the largest square to share: grain at rest, with a patch that moves."""
    path = tmp_path_factory.mktemp("playback") / "share.mp4"
    still = np.random.default_rng(5).integers(90, 130, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    with ClipWriter(path, WIDTH, HEIGHT, FPS) as writer:
        for number in range(FPS * SECONDS):
            frame = still.copy()
            shift = round(20 * np.sin(number / 8))
            frame[400:900, 400:900] = np.roll(still[400:900, 400:900], shift, axis=1)
            writer.write(frame)
    return path


@pytest.mark.slow
def test_a_clip_to_share_plays_to_its_end(clip):
    script = playback_script()
    if not script.chromium():
        pytest.skip(NO_BROWSER)
    assert level_in_file(clip) == "4.0"
    assert clip.stat().st_size < 16e6
    with sync_playwright() as playwright:
        program = script.chromium()
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        played = script.play(browser, clip)
        browser.close()
    assert (played.width, played.height) == (WIDTH, HEIGHT)
    assert played.seconds == pytest.approx(SECONDS, abs=0.1)
    assert played.took_s > SECONDS - 0.5
    assert 0 < played.frames <= FPS * SECONDS
    assert [each.name for each in clip.parent.iterdir()] == ["share.mp4"]
