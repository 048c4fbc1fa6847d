"""Validation of a bank: sound banks pass, each kind of damage is found, nothing raises."""

import hashlib
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from made_drivers import line_of, made_track, noised, write_list

from nostalgia.drivers.bank.bank import load_bank
from nostalgia.drivers.bank.lint import lint_bank
from nostalgia.drivers.tracks.track import load_track, save_track


@pytest.fixture
def bank(tmp_path):
    """Two sound drivers without clips, in a user's folder."""
    folder = tmp_path / "bank"
    folder.mkdir()
    write_list(
        folder, [line_of(folder, "ada", made_track()), line_of(folder, "ben", made_track(9))]
    )
    return folder


def found(folder, from_user=True):
    """(severity, driver, check) of all findings."""
    return {(f.severity, f.driver, f.check) for f in lint_bank(folder, from_user)}


def checks(folder, from_user=True):
    return {check for _, _, check in found(folder, from_user)}


def change(folder, **changes):
    """Change the first line of the list."""
    listed = json.loads((folder / "bank.json").read_text())
    listed["drivers"][0].update(changes)
    (folder / "bank.json").write_text(json.dumps(listed))


def put(folder, content: bytes):
    """Replace the content of the first track, and its hash in the list."""
    (folder / "ada.npz").write_bytes(content)
    change(folder, track_sha256=hashlib.sha256(content).hexdigest())


def test_the_bank_that_ships_is_clean():
    assert lint_bank() == ()


def test_sound_users_drivers_are_clean(bank):
    assert lint_bank(bank, from_user=True) == ()


def test_a_folder_that_does_not_exist_is_clean(own_drivers):
    assert lint_bank(own_drivers) == ()


def test_a_bank_that_ships_needs_clips_and_a_default(bank):
    assert checks(bank, from_user=False) == {"clip"}
    change(bank, name="eve")
    (bank / "bank.json").write_text((bank / "bank.json").read_text().replace('"ada"', '"x"'))
    assert "list" in checks(bank, from_user=False)


@pytest.mark.parametrize(
    "curve, sigma",
    [("rotation_deg", 0.15), ("translation", 0.002), ("expression", 0.002), ("gaze", 0.01)],
)
def test_noise_in_a_steady_track_is_found(tmp_path, curve, sigma):
    shipped = load_bank()
    track = noised(shipped.driver(shipped.default).track, **{curve: sigma})
    write_list(tmp_path, [line_of(tmp_path, "calm", track)])
    words = [f.text for f in lint_bank(tmp_path, from_user=False) if f.check == "jitter"]
    assert len(words) == 1
    assert curve.removesuffix("_deg") in words[0]


def test_a_single_jump_is_found_with_its_time(tmp_path):
    track = made_track()
    track.rotation_deg[100:120, 0] += 4
    write_list(tmp_path, [line_of(tmp_path, "ada", track)])
    (finding,) = [f for f in lint_bank(tmp_path, from_user=False) if f.check == "jitter"]
    assert "jumps at 4.0 s" in finding.text


def test_ends_that_are_not_neutral_and_a_visible_seam(tmp_path):
    track = made_track()
    track.rotation_deg[:, 0] += np.linspace(0, 8, 150, dtype=np.float32)
    write_list(tmp_path, [line_of(tmp_path, "ada", track)])
    assert {("error", "ada", "ends"), ("error", "ada", "loop")} <= found(tmp_path, from_user=False)
    turning = replace(made_track(), gaze=made_track().gaze)
    turning.gaze[:, 0] = 0.1 * np.sin(np.linspace(0, np.pi, 150))
    turning.gaze[[0, -1]] = 0
    turning.gaze[1], turning.gaze[-2] = 0.02, 0.02
    write_list(tmp_path, [line_of(tmp_path, "ada", turning)])
    assert checks(tmp_path) >= {"loop"}


def test_limits(tmp_path):
    track = made_track()
    track.rotation_deg[:, 1] *= 20
    track.expression[:] *= 8
    write_list(tmp_path, [line_of(tmp_path, "ada", track)])
    words = [f.text for f in lint_bank(tmp_path, from_user=False) if f.check == "limits"]
    assert any("rotation" in w for w in words) and any("expression" in w for w in words)
    away = replace(made_track(), start_pose=replace(made_track().start_pose, yaw=52.0))
    write_list(tmp_path, [line_of(tmp_path, "ada", away)])
    assert any("away from the camera" in f.text for f in lint_bank(tmp_path, from_user=False))


def test_blinks_must_close(tmp_path):
    half = made_track()
    half.eye_opening[:] = 0.55 + 0.45 * half.eye_opening
    write_list(tmp_path, [line_of(tmp_path, "ada", half)])
    words = [f.text for f in lint_bank(tmp_path, from_user=False) if f.check == "blinks"]
    assert len(words) == 3
    assert "55 % open" in words[0] and "never close" in words[-1]


def test_a_partial_blink_among_full_ones_is_no_fault(tmp_path):
    track = made_track()
    track.eye_opening[90:110] = 0.5 + 0.5 * track.eye_opening[90:110]
    write_list(tmp_path, [line_of(tmp_path, "ada", track)])
    assert "blinks" not in checks(tmp_path)


def test_a_wink_closes_one_eye(tmp_path):
    wink = made_track()
    wink.eye_opening[80:110, 1] = 1
    line = line_of(tmp_path, "ada", wink)
    write_list(tmp_path, [line])
    assert "blinks" in checks(tmp_path)
    write_list(tmp_path, [line | {"gestures": ["blink", "wink"]}])
    assert "blinks" not in checks(tmp_path)


def test_length_and_frame_rate_of_drivers_that_ship(tmp_path):
    lines = [
        line_of(tmp_path, "short", made_track(count=110)),
        line_of(tmp_path, "slow", replace(made_track(5), fps=15.0)),
        line_of(tmp_path, "fine", made_track(12)),
    ]
    write_list(tmp_path, lines)
    seen = found(tmp_path, from_user=False)
    assert {("error", "short", "length"), ("error", "slow", "fps")} <= seen
    assert not {("error", "fine", "length"), ("error", "fine", "fps")} & seen
    assert not checks(tmp_path, from_user=True) & {"length", "fps"}


def test_two_drivers_with_the_same_timing(tmp_path):
    louder = made_track()
    louder.rotation_deg[:] *= 1.3
    lines = [line_of(tmp_path, "ada", made_track()), line_of(tmp_path, "twin", louder)]
    write_list(tmp_path, lines)
    assert ("error", "twin", "timing") in found(tmp_path, from_user=False)
    mirrored = made_track()
    mirrored.rotation_deg[:, 0] *= -1
    mirrored.eye_opening[:] = np.roll(mirrored.eye_opening, 20, axis=0)
    write_list(tmp_path, [lines[0], line_of(tmp_path, "twin", mirrored)])
    (finding,) = [f for f in lint_bank(tmp_path, from_user=False) if f.check == "timing"]
    assert "turns at the same times" in finding.text


def test_a_tampered_track(bank):
    track = load_track(bank / "ada.npz")
    save_track(bank / "ada.npz", replace(track, scale=track.scale * 1.0001))
    assert ("error", "ada", "hash") in found(bank)


def test_a_missing_track(bank):
    (bank / "ada.npz").unlink()
    assert {("error", "ada", "hash"), ("error", "ada", "track")} <= found(bank)


@pytest.mark.parametrize("kept", [0, 1, 40, 200, -400, -30])
def test_a_truncated_track(bank, kept):
    put(bank, (bank / "ada.npz").read_bytes()[:kept])
    assert found(bank) == {("error", "ada", "track")}


def test_a_flipped_byte_of_a_track_never_raises(bank):
    whole = (bank / "ada.npz").read_bytes()
    rng = np.random.default_rng(3)
    for place in rng.integers(0, len(whole), 25):
        content = bytearray(whole)
        content[place] ^= 0xFF
        put(bank, bytes(content))
        assert {finding.driver for finding in lint_bank(bank, from_user=True)} <= {"ada", "ben"}


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("the pickle was opened",))


def arrays_of(path):
    with np.load(path) as stored:
        return dict(stored)


def test_a_pickle_in_a_track_is_not_opened(bank):
    arrays = arrays_of(bank / "ada.npz")
    arrays["gaze"] = np.array([Bomb()], object)
    np.savez(bank / "bad.npz", **arrays)
    put(bank, (bank / "bad.npz").read_bytes())
    (bank / "bad.npz").unlink()
    assert found(bank) == {("error", "ada", "track")}


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e9])
def test_values_beyond_what_a_head_can_do(bank, value):
    arrays = arrays_of(bank / "ada.npz")
    arrays["rotation_deg"][3, 1] = value
    np.savez(bank / "ada.npz", **arrays)
    put(bank, (bank / "ada.npz").read_bytes())
    assert found(bank) == {("error", "ada", "track")}


def test_a_track_that_unpacks_to_an_absurd_size(bank):
    with zipfile.ZipFile(bank / "ada.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        packed.writestr("gaze.npy", bytes(201_000_000))
    put(bank, (bank / "ada.npz").read_bytes())
    assert found(bank) == {("error", "ada", "track")}


ELSEWHERE = ["../ada.npz", "/etc/passwd", "..", ".", "a\\b.npz", "C:b.npz", "a\0b", 7, None, []]


@pytest.mark.parametrize(
    ("field", "name"),
    [("track", ""), *((field, name) for field in ("track", "clip") for name in ELSEWHERE)],
)
def test_files_outside_the_folder_are_refused(bank, field, name):
    change(bank, **{field: name})
    assert {f.driver for f in lint_bank(bank, True) if f.check in ("list", "clip")} == {"ada"}


@pytest.mark.parametrize(
    "changes",
    [
        {"fps": float("nan")},
        {"fps": "fast"},
        {"fps": 10**400},
        {"start_pose_deg": []},
        {"pose_range_deg": {"yaw": [1], "pitch": [0, 1], "roll": [0, 1]}},
        {"gestures": 5},
        {"name": ""},
        {"name": "a\nb"},
        {"title": ""},
        {"licence": ""},
        {"track_sha256": "abc"},
        {"reluctance": -3},
        {"duration_s": 7.5},
        {"fps": 24.0},
        {"start_pose_deg": {"yaw": 9, "pitch": -1, "roll": 0.5}},
        {"pose_range_deg": {"yaw": [-6, 30], "pitch": [-1.8, 2.7], "roll": [-0.6, 0.9]}},
        {"name": "ben"},
    ],
)
def test_incomplete_or_wrong_entries(bank, changes):
    change(bank, **changes)
    assert "list" in checks(bank)


@pytest.mark.parametrize("field", ["title", "licence", "made", "gestures", "fps", "track_sha256"])
def test_the_finding_names_a_missing_field(bank, field):
    listed = json.loads((bank / "bank.json").read_text())
    del listed["drivers"][1][field]
    (bank / "bank.json").write_text(json.dumps(listed))
    (finding,) = lint_bank(bank, from_user=True)
    assert finding.driver == "ben" and field in finding.text


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "null", '{"drivers": 3}', "[" * 200_000, "\ud800", '{"drivers": [1]}']
)
def test_a_damaged_list(bank, text):
    (bank / "bank.json").write_text(text, encoding="utf-8", errors="surrogatepass")
    assert "list" in checks(bank)
    assert "list" in checks(bank, from_user=False)


def test_a_missing_list(tmp_path):
    assert found(tmp_path, from_user=False) == {("error", "", "list")}


def test_files_that_are_not_listed(bank):
    (bank / "face.png").write_bytes(b"picture")
    (finding,) = lint_bank(bank, from_user=True)
    assert finding.severity == "warning" and "face.png" in finding.text


def test_a_bank_that_is_too_large(bank):
    (bank / "README.md").write_bytes(bytes(20_000_001))
    assert "size" in checks(bank, from_user=False)
    assert "size" not in checks(bank, from_user=True)


def test_clip_and_track_must_agree(tmp_path):
    shipped = load_bank()
    entry = shipped.entry(shipped.default)
    clip = tmp_path / entry.clip
    clip.write_bytes((shipped.folder / entry.clip).read_bytes())
    line = line_of(tmp_path, "ada", made_track())
    line |= {"clip": entry.clip, "clip_sha256": entry.clip_sha256}
    write_list(tmp_path, [line])
    texts = [f.text for f in lint_bank(tmp_path, from_user=False) if f.check == "clip"]
    assert len(texts) == 1 and "150" in texts[0]
    assert ("error", "ada", "clip") in found(tmp_path, from_user=True)
    clip.write_bytes(b"no film")
    assert {("error", "ada", "clip"), ("error", "ada", "hash")} <= found(tmp_path, from_user=False)


def test_a_users_driver_hidden_by_one_that_ships(bank):
    change(bank, name=load_bank().default)
    assert ("warning", load_bank().default, "name") in found(bank, from_user=True)
