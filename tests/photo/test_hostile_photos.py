"""`read_photo` on broken, malicious and odd photos: the shared ones and those made here."""

import csv
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from PIL import Image

from nostalgia.errors import InputError
from nostalgia.photo.reader import read_photo

SECONDS = 20.0
SAME_FACE = "natural tones|same upright face|has the colours of exif-1|read as sRGB|pixels are fine"
PALE_STRIP = {"images/grey-alpha.png", "images/rgba.png"}


def rows(hostile, *kinds):
    with (hostile / "expected.csv").open(newline="", encoding="utf-8") as table:
        return [row for row in csv.DictReader(table) if row["kind"] in kinds]


def outcome(path):
    start = time.perf_counter()
    try:
        photo = read_photo(path)
    except InputError as exc:
        message = str(exc)
        assert message.isprintable() and len(message) < 400, message
        got, photo = "input-error", None
    else:
        got = "ok-with-warning" if photo.warnings else "ok"
        assert photo.pixels.dtype == np.uint8 and photo.pixels.shape[2] == 3
        assert all(warning.isprintable() for warning in photo.warnings)
    assert time.perf_counter() - start < SECONDS, f"{path} took too long"
    return got, photo


def allowed(row):
    """A photo without a face was read first; an additional warning does not spoil "ok"."""
    fine = {row["expect"], *row["also"].split(";")}
    if fine & {"no-face", "ok"}:
        fine |= {"ok", "ok-with-warning"}
    return fine


def small(pixels):
    return np.asarray(Image.fromarray(pixels).resize((44, 57)), float)


def test_every_shared_photo_has_its_expected_outcome(shared):
    hostile = shared / "hostile"
    wrong, walked = [], rows(hostile, "image", "name")
    for row in walked:
        got, _ = outcome(hostile / row["file"])
        if got not in allowed(row):
            wrong.append((row["file"], row["expect"], got))
    assert len(walked) > 80
    assert wrong == []


def test_the_face_is_upright_and_in_natural_tones(shared):
    hostile = shared / "hostile"
    face = small(read_photo(hostile / "images/exif-1.jpg").pixels)
    rough = "images/float32-nan.tif"
    compared = 0
    for row in rows(hostile, "image"):
        if not any(words in row["why"] for words in SAME_FACE.split("|")):
            continue
        compared += 1
        photo = small(read_photo(hostile / row["file"]).pixels)
        part = slice(12, None) if row["file"] in PALE_STRIP else slice(None)
        likeness = np.corrcoef(photo.mean(2)[part].ravel(), face.mean(2)[part].ravel())[0, 1]
        assert likeness > 0.98, (row["file"], likeness)
        tint = np.abs((photo - face)[part].mean((0, 1))).max()
        assert tint < (6 if row["file"] == rough else 4), (row["file"], tint)
    assert compared >= 25


def test_names_are_shown_on_one_line_from_left_to_right(shared):
    paths = [shared / "hostile" / row["file"] for row in rows(shared / "hostile", "name")]
    present = [path for path in paths if path.is_file()]
    assert len(present) > 5
    for path in present:
        got, photo = outcome(path)
        assert got == "ok" and photo.path == path


def test_huge_pictures_take_little_memory(shared):
    code = (
        "import resource, sys; from nostalgia.errors import InputError\n"
        "from nostalgia.photo.reader import read_photo\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for name in sys.argv[1:]:\n"
        "    try: read_photo(name)\n"
        "    except InputError: pass\n"
        "    else: raise SystemExit(name)\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)\n"
    )
    names = ["huge-flat.png", "huge-flat.jpg", "png-bomb.png", "png-bomb-max.png"]
    paths = [str(shared / f"hostile/images/{name}") for name in names]
    done = subprocess.run([sys.executable, "-c", code, *paths], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout) < 100


def refused_soon(path):
    """The message with which `path` is refused; fails instead of waiting forever."""
    messages = []

    def attempt():
        try:
            read_photo(path)
        except InputError as exc:
            messages.append(str(exc))

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(SECONDS)
    assert not thread.is_alive(), "still waiting"
    assert len(messages) == 1
    return messages[0]


def test_dangling_and_circular_links_are_refused(tmp_path):
    dangling, one, other = (tmp_path / name for name in ("d.jpg", "loop-a.jpg", "loop-b.jpg"))
    dangling.symlink_to("nowhere.jpg")
    one.symlink_to(other)
    other.symlink_to(one)
    assert "a link to a file that does not exist" in refused_soon(dangling)
    assert "loop-a.jpg" in refused_soon(one)


def test_a_folder_that_contains_itself_is_refused_as_a_folder(tmp_path):
    (tmp_path / "again").symlink_to(tmp_path)
    assert "is a folder" in refused_soon(tmp_path / "again" / "again")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_a_file_without_permission_is_refused(tmp_path):
    path = tmp_path / "unreadable.jpg"
    path.write_bytes(b"x")
    path.chmod(0)
    assert "permissions" in refused_soon(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    assert "pipe or a device" in refused_soon(tmp_path / "pipe.jpg")


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no such device here")
def test_an_endless_device_is_refused():
    assert "/dev/zero: is a pipe or a device" in refused_soon("/dev/zero")


def test_missing_and_impossible_names_are_refused(tmp_path):
    assert "no such file" in refused_soon(tmp_path / "vanished.jpg")
    assert "no such file" in refused_soon(tmp_path / "vanished\n\u202e.jpg")
    assert "cannot be opened" in refused_soon(tmp_path / ("x" * 300))
    assert "cannot be opened" in refused_soon(str(tmp_path / "nul\0.jpg"))
    assert "no such file" in refused_soon(tmp_path / "no-folder" / "a.jpg")


def test_random_damage_never_shows_a_traceback(tmp_path):
    """Flip bytes of every kind of file: each is read or refused, and no other exception escapes."""
    rng = np.random.default_rng(1)
    image = Image.fromarray(rng.integers(0, 255, (40, 30, 3), dtype=np.uint8))
    refused = 0
    for name in ("a.jpg", "a.png", "a.tif", "a.gif", "a.webp", "a.bmp"):
        image.save(tmp_path / name)
        good = (tmp_path / name).read_bytes()
        for _ in range(60):
            bad = bytearray(good)
            for place in rng.integers(0, min(len(bad), 400), 4):
                bad[place] = rng.integers(0, 256)
            (tmp_path / name).write_bytes(bad)
            refused += outcome(tmp_path / name)[0] == "input-error"
    assert refused > 60
