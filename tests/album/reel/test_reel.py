import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import typer
from album_entries import ANNA, KARL, LIVING, LOST
from PIL import ImageFont
from typer.testing import CliRunner

from nostalgia.album.pages.saved_album import read_saved_album
from nostalgia.album.reel import typeface
from nostalgia.album.reel.options import ReelOptions
from nostalgia.album.reel.reel import write_reel
from nostalgia.album.reel.title_card import BACKGROUND, CardLine, title_card
from nostalgia.cli.batch_reel import reel_command
from nostalgia.clips.provenance import TRAINED, Provenance, read_provenance, xmp_packet
from nostalgia.clips.reader import read_frames
from nostalgia.clips.writer import ClipWriter, probe
from nostalgia.errors import InputError, OutputExistsError, UsageError, option

SMALL = ReelOptions(width=160, height=90, fps=10, card_s=0.5, fade_s=0.2)
WALL, GREEN = (200, 120, 60), (40, 160, 40)
CLIP_FRAMES, FADE, CARD, COVER = 12, 2, 5, 25


def make_clip(path: Path, colour: tuple[int, int, int], **made: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    facts = {"source_sha256": "ab" * 32, "motion": "mesh", "driver": "calm", "version": "1"}
    packet = xmp_packet(Provenance(title="x", **(facts | made)))
    with ClipWriter(path, 40, 60, 10, xmp=packet) as writer:
        for _ in range(CLIP_FRAMES):
            writer.write(np.full((60, 40, 3), colour, np.uint8))


@pytest.fixture
def album(tmp_path) -> Path:
    folder = tmp_path / "batch" / "album"
    make_clip(folder / ANNA.clip, WALL)
    make_clip(
        folder / KARL.clip,
        GREEN,
        source_sha256="cd" * 32,
        motion="fomm",
        driver="smile, calm",
        digital_source_type=TRAINED,
    )
    return folder


def reel_frames(path: Path) -> list[np.ndarray]:
    return list(read_frames(path, SMALL.fps))


def is_near(pixel: np.ndarray, colour: tuple[int, int, int], least: int = 8) -> bool:
    return bool(np.abs(pixel.astype(int) - colour).max() <= least)


def test_a_reel_is_cover_cards_and_clips_in_the_order_of_the_page(album: Path, tmp_path) -> None:
    entries = (KARL, LIVING, LOST, ANNA)
    shares: list[float] = []
    reel = write_reel(
        album,
        entries,
        tmp_path / "reel.mp4",
        "Weiß",
        SMALL,
        lambda progress: shares.append(progress.share),
    )
    assert shares == [0.0, 0.5, 1.0, 1.0]
    frames = reel_frames(reel.path)
    first = FADE + COVER + FADE + CARD
    assert len(frames) == first + CLIP_FRAMES + FADE + CARD + CLIP_FRAMES + FADE + 1
    assert (reel.clips, reel.duration_s) == (2, pytest.approx(len(frames) / 10))
    assert frames[0].shape == (90, 160, 3)
    middle = [frame[45, 80] for frame in frames]
    assert is_near(middle[first + FADE], WALL)
    assert is_near(frames[first + FADE][45, 20], BACKGROUND)
    assert is_near(middle[first + CLIP_FRAMES + FADE + CARD + FADE], GREEN)
    assert not is_near(middle[first], WALL, 30)
    assert is_near(frames[-1][45, 80], BACKGROUND)
    assert list(tmp_path.glob(".*")) == []


def test_a_reel_carries_the_provenance_of_all_its_clips(album: Path, tmp_path) -> None:
    reel = write_reel(album, (ANNA, KARL), tmp_path / "reel.mp4", "Weiß", SMALL)
    provenance = read_provenance(reel.path)
    assert provenance is not None
    assert provenance.title == "Weiß"
    assert provenance.source_sha256 == f"{'ab' * 32}, {'cd' * 32}"
    assert (provenance.motion, provenance.driver) == ("mesh, fomm", "calm, smile")
    assert provenance.digital_source_type == TRAINED
    assert "never filmed" in probe(reel.path).metadata["description"]


def test_a_reel_accepts_gifs(album: Path, tmp_path) -> None:
    make_clip(album / "clips/a.gif", WALL)
    reel = write_reel(album, (replace(ANNA, clip="clips/a.gif"),), tmp_path / "r.mp4", "x", SMALL)
    frames = reel_frames(reel.path)
    assert len(frames) == FADE + COVER + FADE + CARD + CLIP_FRAMES + FADE + 1
    assert is_near(frames[-FADE - 3][45, 80], WALL, 12)


def test_missing_unreadable_and_outside_clips_are_refused(album: Path, tmp_path) -> None:
    output = tmp_path / "reel.mp4"
    with pytest.raises(InputError, match="no finished clip"):
        write_reel(album, (LIVING, LOST), output, "x", SMALL)
    (album / KARL.clip).unlink()
    with pytest.raises(InputError, match=r"karl\.mp4: no longer exists"):
        write_reel(album, (ANNA, KARL), output, "x", SMALL)
    (album / KARL.clip).write_bytes(b"\0" * 64)
    with pytest.raises(InputError, match=r"karl\.mp4"):
        write_reel(album, (ANNA, KARL), output, "x", SMALL)
    with pytest.raises(InputError, match="outside the album"):
        write_reel(album, (replace(ANNA, clip="../../secret.mp4"),), output, "x", SMALL)
    assert list(tmp_path.glob("*reel*")) == []


def test_an_existing_reel_is_kept_unless_overwriting_is_allowed(album: Path, tmp_path) -> None:
    output = tmp_path / "reel.mp4"
    output.write_bytes(b"mine")
    with pytest.raises(OutputExistsError):
        write_reel(album, (ANNA,), output, "x", SMALL)
    assert output.read_bytes() == b"mine"
    write_reel(album, (ANNA,), output, "x", replace(SMALL, overwrite=True))
    first = output.read_bytes()
    write_reel(album, (ANNA,), output, "x", replace(SMALL, overwrite=True))
    assert output.read_bytes() == first


@pytest.mark.parametrize(
    "wrong", [{"width": 161}, {"height": 8}, {"fps": 0.5}, {"fade_s": -1}, {"card_s": 99}]
)
def test_options_out_of_range_are_refused(tmp_path, wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        write_reel(tmp_path, (ANNA,), tmp_path / "r.mp4", "x", replace(SMALL, **wrong))


def test_long_text_stays_within_the_edges_of_a_card() -> None:
    lines = [CardLine("Donaudampfschifffahrtsgesellschaftskapitänswitwe " * 3, 0.1)]
    lines += [CardLine(f"line {number} " * 30, 0.05) for number in range(3)]
    card = title_card(lines, 320, 180)
    for edge in (card[:2], card[-2:], card[:, :4], card[:, -4:]):
        assert is_near(edge.reshape(-1, 3).max(0), BACKGROUND)
    assert (card.max(axis=2) > 150).sum() > 200


def test_missing_characters_are_reported_and_accents_replaced(monkeypatch) -> None:
    monkeypatch.setattr(typeface, "KNOWN_FONTS", ())
    assert typeface.undrawable("José 1949") == "é"
    assert typeface.legible("José Muñoz, 1921\u20131990") == "Jose Munoz, 1921-1990"
    assert typeface.legible("plain") == "plain"
    assert "\ue123" in typeface.undrawable("\ue123")


def test_a_chosen_font_must_be_a_font(tmp_path) -> None:
    with pytest.raises(UsageError, match="not a readable font; font takes"):
        typeface.font_for("a", 20, str(tmp_path / "none.ttf"))
    assert isinstance(typeface.font_for("a", 20), ImageFont.FreeTypeFont)


def test_warnings_name_the_missing_characters(album: Path, tmp_path) -> None:
    entry = replace(ANNA, name="Anna \ue123")
    reel = write_reel(album, (entry,), tmp_path / "reel.mp4", "x", SMALL)
    assert len(reel.warnings) == 1
    assert "\\ue123" in reel.warnings[0] and option("font", "FILE.ttf") in reel.warnings[0]


def command(*words: object) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(reel_command)
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.output


def test_the_command_joins_the_clips_of_a_batch(album: Path) -> None:
    items = [asdict(entry) for entry in (ANNA, KARL, LIVING)]
    values = {"schema": 1, "source": "weiss.ged", "items": items}
    (album / "summary.json").write_text(json.dumps(values), encoding="utf-8")
    words = (album.parent, "--size", "160x90", "--fps", 10, "--card", 0.5, "--fade", 0.2)
    code, printed = command(*words)
    assert code == 0, printed
    assert "reel.mp4: 2 clips, 7 seconds" in printed
    assert probe(album.parent / "reel.mp4").height == 90
    assert read_saved_album(album).title == "weiss"
    code, printed = command(*words)
    assert code == 7 and "--overwrite" in printed


def test_errors_of_the_command(tmp_path) -> None:
    code, printed = command(tmp_path)
    assert code == 3 and "contains no album" in printed and "--output" in printed
    for broken in ("[", "{}", '{"items": [{"key": 3}]}', '{"items": [5]}', '{"items": [{}]}'):
        (tmp_path / "summary.json").write_text(broken, encoding="utf-8")
        code, printed = command(tmp_path)
        assert code == 3, printed
    (tmp_path / "summary.json").write_text('{"items": []}', encoding="utf-8")
    code, printed = command(tmp_path, "--size", "big")
    assert code == 2 and "1280x720" in printed
