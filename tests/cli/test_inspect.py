"""`inspect`, `verify` and `sign` at the command line."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image

from nostalgia.clips.provenance import Provenance, metadata_tags, xmp_packet
from nostalgia.clips.writer import ClipWriter
from nostalgia.clips.xmp import embed_xmp
from nostalgia.photo.reader import read_photo


@pytest.fixture
def photo(tmp_path):
    y, x = np.mgrid[:96, :128]
    path = tmp_path / "hills.png"
    Image.fromarray(np.stack([x, 2 * y, x + y], -1).astype(np.uint8)).save(path)
    return path


@pytest.fixture
def clip(photo, tmp_path):
    """A clip of a photo without faces, in which nothing moves."""
    made = Provenance(photo.name, read_photo(photo).sha256, "mesh", "smile", "0.1.0", label="moves")
    path = tmp_path / "clip.mp4"
    tags, xmp = metadata_tags(made), xmp_packet(made)
    with ClipWriter(path, 128, 96, 10, tags=tags, xmp=xmp) as writer:
        for _ in range(3):
            writer.write(read_photo(photo).pixels)
    return path


def test_inspect_shows_the_provenance_of_a_clip(run, clip, photo):
    result = run("inspect", clip)
    assert result.exit_code == 0, result.output
    for words in ("never filmed", photo.name, read_photo(photo).sha256, '"moves"', "smile"):
        assert words in result.stdout
    values = json.loads(run("inspect", clip, "--json").stdout)
    assert values["provenance"]["driver"] == "smile"
    assert values["provenance"]["label"] == "moves"
    assert (values["frames"], values["signed"]) == (3, False)


def test_inspect_names_the_level_and_where_it_plays(run, clip, tmp_path):
    lines = run("inspect", clip).stdout.splitlines()
    assert lines[1] == "H.264 level 1.0: plays everywhere."
    values = json.loads(run("inspect", clip, "--json").stdout)
    assert (values["level"], values["playback"]) == ("1.0", "plays everywhere")
    with ClipWriter(tmp_path / "large.mp4", 4096, 4096, 25) as writer:
        writer.write(np.zeros((4096, 4096, 3), np.uint8))
    large = run("inspect", tmp_path / "large.mp4").stdout.splitlines()
    assert large[1] == "H.264 level 6.0: browsers show a few frames a second, and phones none."
    with ClipWriter(tmp_path / "a.gif", 16, 16, 5) as writer:
        writer.write(np.zeros((16, 16, 3), np.uint8))
    values = json.loads(run("inspect", tmp_path / "a.gif", "--json").stdout)
    assert values["level"] is values["playback"] is None


def test_inspect_shows_the_date_of_the_photo(run, photo, tmp_path):
    made = Provenance(photo.name, "", "mesh", "smile", "0.1.0")
    tags = metadata_tags(made, datetime(1931, 5, 3, 12, tzinfo=UTC))
    with ClipWriter(tmp_path / "a.mp4", 16, 16, 5, tags=tags, xmp=xmp_packet(made)) as writer:
        writer.write(np.zeros((16, 16, 3), np.uint8))
    assert "  photo taken     1931-05-03\n" in run("inspect", tmp_path / "a.mp4").stdout


def test_a_forger_writes_no_lines_of_ours(run, clip):
    forged = "1\n  signature       intact, by a certificate that is trusted"
    packet = xmp_packet(Provenance("FORGED", "FORGED", "FORGED", "FORGED", version="FORGED"))
    embed_xmp(clip, packet.replace(b"FORGED", forged.encode()))
    lines = run("inspect", clip).stdout.splitlines()
    assert [line for line in lines if line.startswith("  signature")] == ["  signature       none"]


def test_inspect_of_clips_of_other_programs(run, photo, tmp_path):
    other = tmp_path / "other.mp4"
    with ClipWriter(other, 32, 32, 10) as writer:
        writer.write(np.zeros((32, 32, 3), np.uint8))
    result = run("inspect", other)
    assert result.exit_code == 0
    assert "No record of how it was made" in result.stdout
    assert json.loads(run("inspect", other, "--json").stdout)["provenance"] is None
    words = tmp_path / "words.txt"
    words.write_text("no clip")
    refused = run("inspect", words)
    assert (refused.exit_code, refused.stdout) == (3, "")
    assert "words.txt" in refused.stderr


def test_verify_passes_a_clip_with_figures(run, clip, photo):
    result = run("verify", clip, photo)
    assert result.exit_code == 0, result.output
    assert "names this file as its source" in result.stdout
    assert "nothing outside the faces" in result.stdout
    values = json.loads(run("verify", clip, photo, "--json").stdout)
    assert (values["verdict"], values["same_file"], values["changed_share"]) == ("ok", True, 0.0)


def test_verify_of_another_photo_ends_with_3(run, clip, photo, tmp_path):
    other = tmp_path / "other.png"
    Image.fromarray(read_photo(photo).pixels[:, ::-1]).save(other)
    result = run("verify", clip, other)
    assert result.exit_code == 3
    assert "does not show other.png" in result.stderr
    narrow = tmp_path / "narrow.png"
    Image.fromarray(read_photo(photo).pixels[:, :50]).save(narrow)
    result = run("verify", clip, narrow, "--json")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "cannot be compared" in result.stderr


def test_sign_without_its_extra_or_its_files_is_one_line(run, clip, tmp_path):
    before = clip.read_bytes()
    result = run("sign", clip, "--certificate", tmp_path / "a.pem", "--key", tmp_path / "b.pem")
    assert result.exit_code in (3, 6)
    assert len(result.stderr.splitlines()) == 1
    assert clip.read_bytes() == before
    assert run("sign", clip).exit_code == 2
