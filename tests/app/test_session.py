"""A session as the page sees it: photos, faces, clips, a queue, a worker that dies."""

import os
import signal
import struct
import sys
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("starlette", reason="the extra app is not installed")

from served_app import Served, served  # noqa: E402

from nostalgia.cli.demo import portrait_png  # noqa: E402
from nostalgia.clips.reader import read_frames  # noqa: E402
from nostalgia.pipeline import animate  # noqa: E402

pytestmark = pytest.mark.slow
SMALL = {"duration_s": 1.0, "max_side": 160}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("temporary")) as running:
        yield running


@pytest.fixture(scope="module")
def portrait() -> bytes:
    return portrait_png()


def as_format(picture: bytes, form: str, **settings: object) -> bytes:
    file = BytesIO()
    Image.open(BytesIO(picture)).convert("RGB").save(file, form, **settings)
    return file.getvalue()


def test_a_photo_gets_its_bar_of_faces(server: Served, portrait: bytes) -> None:
    photo = server.wait(server.add(portrait, "Oma Zoë.png"), "ready")
    assert (photo["name"], photo["width"], photo["height"]) == ("Oma Zoë.png", 512, 512)
    (face,) = photo["faces"]
    assert face["moves"] and face["driver"] in face["drivers"][:6]
    status, picture, headers = server.request("GET", f"/media/{face['picture']}")
    assert (status, headers["content-type"]) == (200, "image/jpeg")
    assert Image.open(BytesIO(picture)).size[0] > 100


def test_a_recording_that_is_no_clip_is_named_as_people_would(server: Served) -> None:
    headers = server.own(**{"Content-Type": "video/webm"})
    made = server.request("PUT", "/api/recordings", b"<script>" * 50, headers)[1]["id"]
    recording = server.wait(made, "failed")
    assert recording["error"]["text"].startswith("recording.webm: not a readable clip")
    status, _, shown = server.request("GET", f"/media/{recording['picture']}")
    assert (status, shown["content-type"]) == (200, "video/webm")
    assert shown["x-content-type-options"] == "nosniff"
    server.delete(f"/api/recordings/{made}")
    assert server.request("GET", f"/media/{recording['picture']}")[0] == 404
    assert list(server.folder.glob("*/recordings/*")) == []


@pytest.mark.parametrize("form", ["TIFF", "WEBP", "HEIF", "BMP", "GIF"])
def test_photos_are_told_by_their_bytes(server: Served, portrait: bytes, form: str) -> None:
    if form == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    photo = server.wait(server.add(as_format(portrait, form), "wrong.txt"), "ready")
    assert len(photo["faces"]) == 1


def test_a_file_that_is_no_photo_says_so(server: Served) -> None:
    photo = server.wait(server.add(b"%PDF-1.7 ...", "../../etc/cv\n.jpg"), "failed")
    assert "PDF" in photo["error"]["text"]
    assert "/" not in photo["name"] and "\n" not in photo["name"]


def test_a_photo_on_its_side_is_noticed_and_turned(server: Served, portrait: bytes) -> None:
    lying = Image.open(BytesIO(portrait)).convert("RGB").rotate(90, expand=True)
    file = BytesIO()
    lying.save(file, "PNG")
    photo = server.wait(server.add(file.getvalue()), "ready")
    assert photo["turn"] == 1
    server.post(f"/api/photos/{photo['id']}/turn", {"turns": photo["turn"]})
    turned = server.until(lambda items: items[photo["id"]]["turns"] == 1
                          and items[photo["id"]]["state"] == "ready")[photo["id"]]  # fmt: skip
    assert turned["turn"] == 0
    assert abs(turned["faces"][0]["pose_deg"]["roll"]) < 30


def test_a_box_drawn_by_hand_takes_the_face_in_it(server: Served, portrait: bytes) -> None:
    photo = server.wait(server.add(portrait), "ready")
    x0, y0, x1, y1 = photo["faces"][0]["box_xyxy"]
    box = [x0 - 5, y0 - 5, x1 + 5, y1 + 5]
    server.post(f"/api/photos/{photo['id']}/box", {"box": box})
    marked = server.until(lambda items: items[photo["id"]]["box"] == box
                          and items[photo["id"]]["state"] == "ready")[photo["id"]]  # fmt: skip
    assert len(marked["faces"]) == 1
    clip = server.make(photo["id"], "quick")
    assert server.wait(clip, "done")["result"]["faces"][0]["moved"]


@pytest.mark.parametrize("box", [[1, 2, 3], ["a", 1, 2, 3], [-5, 0, 10, 10], [0, 0, 1e9, 1], 7])
def test_a_box_that_cannot_be_is_refused(server: Served, portrait: bytes, box: object) -> None:
    photo = server.add(portrait)
    server.wait(photo, "ready")
    status, _, _ = server.post(f"/api/photos/{photo}/box", {"box": box})
    if status == 204:
        assert server.wait(photo, "failed")["error"]["kind"] == "UsageError"
    else:
        assert status == 400


def test_a_clip_equals_that_of_the_command_line(
    server: Served, portrait: bytes, tmp_path: Path
) -> None:
    photo = server.wait(server.add(portrait, "portrait.png"), "ready")["id"]
    options = {**SMALL, "face_drivers": {"1": "nod"}, "face_strengths": {"1": 0.8}, "seed": 3}
    clip = server.wait(server.make(photo, **options), "done")
    status, made, headers = server.request("GET", f"/media/{clip['clip']}")
    assert (status, headers["content-type"]) == (200, "video/mp4")
    assert clip["save_as"] == "portrait.nostalgia.mp4"
    ours, theirs, source = tmp_path / "page.mp4", tmp_path / "line.mp4", tmp_path / "portrait.png"
    ours.write_bytes(made)
    source.write_bytes(portrait)
    changes = options | {"face_drivers": {1: "nod"}, "face_strengths": {1: 0.8}}
    animate(source, theirs, **changes)
    pairs = list(zip(read_frames(ours, 25), read_frames(theirs, 25), strict=True))
    assert len(pairs) == 25
    assert all(np.array_equal(one, other) for one, other in pairs)


def test_parts_of_a_clip_are_served(server: Served, portrait: bytes) -> None:
    photo = server.wait(server.add(portrait), "ready")["id"]
    clip = server.wait(server.make(photo, "quick"), "done")["clip"]
    whole = server.request("GET", f"/media/{clip}")[1]
    status, part, headers = server.request("GET", f"/media/{clip}", None, {"Range": "bytes=10-19"})
    assert (status, part) == (206, whole[10:20])
    assert headers["content-range"] == f"bytes 10-19/{len(whole)}"
    many = "bytes=" + ",".join(f"{n}-" for n in range(5000))
    assert server.request("GET", f"/media/{clip}", None, {"Range": many})[0] in (200, 206, 400, 416)


def test_a_gif_of_a_clip_can_be_saved(server: Served, portrait: bytes) -> None:
    photo = server.wait(server.add(portrait), "ready")["id"]
    clip = server.wait(server.make(photo, **SMALL), "done")
    made = server.post(f"/api/clips/{clip['id']}/gif", {})[1]["id"]
    gif = server.wait(made, "done")
    picture = Image.open(BytesIO(server.request("GET", f"/media/{gif['clip']}")[1]))
    assert picture.format == "GIF" and picture.n_frames > 5
    assert gif["save_as"].endswith(".gif")


def test_a_photo_is_restored_without_a_clip(server: Served, portrait: bytes) -> None:
    photo = server.wait(server.add(portrait), "ready")
    first = server.make(photo["id"], "restored", enhance=1)
    server.wait(first, "done")
    made = server.make(photo["id"], "restored")
    restored = server.wait(made, "done")
    assert first not in server.items()
    content = server.request("GET", f"/media/{restored['clip']}")[1]
    suffix = Path(photo["name"]).suffix
    assert restored["save_as"] == f"{Path(photo['name']).stem}.enhanced{suffix}"
    before, after = (np.asarray(Image.open(BytesIO(each))) for each in (portrait, content))
    changed = (before != after).any(2)
    assert before.shape == after.shape and 0 < changed.mean() < 0.7
    assert photo["name"].encode() in content  # its XMP names the photo, not the upload
    shown = Image.open(BytesIO(server.request("GET", f"/media/{restored['poster']}")[1]))
    size = restored["result"]["clip"]
    assert shown.size == (size["width"], size["height"]) == after.shape[1::-1]
    assert restored["result"]["warnings"] == []
    assert server.delete(f"/api/clips/{made}") == 204
    assert server.request("GET", f"/media/{restored['clip']}")[0] == 404


def test_clips_wait_in_a_queue_and_each_can_be_cancelled(server: Served, portrait: bytes) -> None:
    photo = server.wait(server.add(portrait), "ready")["id"]
    first, second, third = (server.make(photo, loop=20) for _ in range(3))
    running = server.wait(first, "running")
    assert running["state"] == "running"
    assert server.items()[second]["state"] == server.items()[third]["state"] == "waiting"
    server.post(f"/api/clips/{second}/cancel", {})
    server.wait(second, "cancelled")
    # A new photo is looked at meanwhile.
    server.wait(server.add(portrait), "ready")
    server.until(lambda items: items[first]["share"] > 0)
    server.post(f"/api/clips/{first}/cancel", {})
    server.wait(first, "cancelled")
    server.wait(third, "running")
    assert server.delete(f"/api/clips/{third}") == 204
    assert third not in server.items()
    assert not list((server.folder).glob(f"*/clips/{first}*.mp4"))


@pytest.mark.skipif(sys.platform != "linux", reason="finds the worker in /proc")
def test_a_killed_worker_is_a_failed_clip_and_the_next_one_is_made(
    server: Served, portrait: bytes
) -> None:
    photo = server.wait(server.add(portrait), "ready")["id"]
    lost, following = server.make(photo, loop=20), server.make(photo, **SMALL)
    server.until(lambda items: items[lost]["stage"] == "rendering")
    before = server.processes()
    workers = [p for p in before if b"app.worker" in Path(f"/proc/{p}/cmdline").read_bytes()]
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    assert server.wait(lost, "failed")["error"]["kind"] == "stopped"
    assert server.wait(following, "done")["result"]["clip"]["frames"] == 25
    assert not server.processes() & before  # ffmpeg of the lost clip has ended too


def test_a_picture_of_500_megapixels_is_refused_from_its_header(server: Served) -> None:
    parts = [
        b"IHDR" + struct.pack(">IIBBBBB", 25_000, 20_000, 8, 2, 0, 0, 0),
        b"IDAT" + zlib.compress(bytes(1000)),
    ]
    chunk = b"".join(
        struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part))
        for part in parts
    )
    photo = server.wait(server.add(b"\x89PNG\r\n\x1a\n" + chunk, "vast.png"), "failed")
    assert photo["error"]["kind"] == "PhotoTooLargeError"
    assert photo["error"]["text"].startswith("vast.png: 25000 x 20000 pixels are more than")


@pytest.mark.skipif(sys.platform != "linux", reason="limits the files of running processes")
def test_without_room_for_files_uploads_and_clips_fail_and_the_session_goes_on(
    tmp_path: Path, portrait: bytes
) -> None:
    import resource

    with served(tmp_path) as server:
        photo = server.wait(server.add(as_format(portrait, "JPEG")), "ready")["id"]
        room = (200_000, resource.RLIM_INFINITY)
        for process in (server.process.pid, *server.processes()):
            resource.prlimit(process, resource.RLIMIT_FSIZE, room)
        status, values, _ = server.request("PUT", "/api/photos", portrait, server.own())
        assert (status, values["error"]["kind"]) == (507, "upload")
        clip = server.wait(server.make(photo), "failed")
        assert clip["error"]["kind"] == "EncodingError"
        assert [path.name for path in tmp_path.glob("*/clips/*")] == []
        assert server.wait(server.make(photo, **SMALL), "done")
    assert server.left_behind() == []


def test_a_removed_photo_leaves_nothing(server: Served, portrait: bytes) -> None:
    photo = server.wait(server.add(portrait), "ready")
    clip = server.wait(server.make(photo["id"], "quick"), "done")
    assert server.delete(f"/api/photos/{photo['id']}") == 204
    assert not {photo["id"], clip["id"]} & set(server.items())
    for media in (photo["picture"], photo["faces"][0]["picture"], clip["clip"]):
        assert server.request("GET", f"/media/{media}")[0] == 404
    names = [path.name for path in server.folder.rglob("*")]
    assert not [name for name in names if name.startswith((photo["id"], clip["id"]))]


def test_what_is_removed_while_it_is_worked_on_leaves_nothing(
    server: Served, portrait: bytes
) -> None:
    photo = server.add(portrait)  # its faces are being looked for
    other = server.wait(server.add(portrait), "ready")["id"]
    clip = server.make(other, **SMALL)
    server.delete(f"/api/photos/{photo}")
    server.delete(f"/api/photos/{other}")
    after = server.wait(server.add(portrait), "ready")["id"]
    server.wait(server.make(after, **SMALL), "done")
    left = [path for path in server.folder.rglob("*") if path.is_file()]
    assert not [path for path in left if {photo, other} & set(path.parts) or clip in path.name]


def test_things_that_are_gone_are_said_to_be(server: Served) -> None:
    for path in (
        "photos/{}/clips",
        "photos/{}/turn",
        "clips/{}/cancel",
        "clips/{}/gif",
    ):
        path = f"/api/{path.format('0' * 32)}"
        status, values, _ = server.post(path, {"turns": 1, "look": "clip"})
        assert (status, values["error"]["kind"]) == (404, "InputError")
    assert server.post("/api/albums/nothing/run", {})[0] == 404


def test_changes_come_as_they_happen_and_start_with_everything(
    server: Served, portrait: bytes
) -> None:
    photo = server.wait(server.add(portrait), "ready")["id"]
    assert photo in server.items()
    clip = server.make(photo, "quick")
    seen = [server.wait(clip, "running", "done")["state"], server.wait(clip, "done")["state"]]
    assert seen[-1] == "done"
