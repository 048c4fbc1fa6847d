"""Ray: a cluster of three nodes on this computer, one of which is killed. Needs the extra `ray`."""

import hashlib
import os
import sys
import threading
from pathlib import Path

import made_batch
import numpy as np
import pytest
from PIL import Image
from skimage import data

from nostalgia.album.batch import ray_executor, runner
from nostalgia.album.batch.journal import Journal
from nostalgia.album.batch.ray_executor import RayExecutor, make_remotely
from nostalgia.album.batch.request import JOURNAL_FILE, BatchRequest
from nostalgia.album.batch.tasks import Listener, Task
from nostalgia.album.state import State
from nostalgia.clips.reader import read_frames
from nostalgia.errors import BackendError
from nostalgia.options import AnimateOptions

WANTED = "SKIPPED FOR WANT OF RAY: pip install 'photo-nostalgia[ray]'"


def a_task(folder: Path) -> Task:
    return Task("k", folder / "a.jpg", folder / "a.mp4", folder / "b.jpg", AnimateOptions())


def test_without_ray_the_message_says_what_to_install(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    listener = Listener(lambda key: None, lambda key, share: None)
    with pytest.raises(BackendError, match=r"photo-nostalgia\[ray\]"):
        next(RayExecutor().outcomes([a_task(tmp_path)], listener))


def test_a_computer_with_another_version_makes_no_clip(tmp_path: Path) -> None:
    outcome = make_remotely(made_batch.STEP, a_task(tmp_path), b"photo", "0.0.0").outcome
    assert (outcome.state, outcome.exit_code, outcome.is_transient) == (State.FAILED, 6, True)
    outcome = make_remotely(
        "no:where", a_task(tmp_path), b"photo", ray_executor.__version__
    ).outcome
    assert (outcome.state, outcome.exit_code, outcome.is_transient) == (State.FAILED, 6, True)


def test_a_process_of_the_cluster_keeps_its_session(tmp_path: Path) -> None:
    version = ray_executor.__version__
    parcels = [
        make_remotely(made_batch.SESSION_STEP, a_task(tmp_path), photo, version)
        for photo in (b"one", b"two")
    ]
    first, second = parcels
    assert first.outcome.state == second.outcome.state == State.DONE
    assert first.outcome.driver == second.outcome.driver, "the same session made both"
    assert first.clip != second.clip
    broken = "made_batch:BrokenClipMaker"
    outcome = make_remotely(broken, a_task(tmp_path), b"photo", version).outcome
    assert (outcome.state, outcome.exit_code, outcome.is_transient) == (State.FAILED, 6, True)


@pytest.mark.filterwarnings("default")
def test_every_clip_is_made_once_when_a_node_dies(tmp_path: Path, monkeypatch) -> None:
    ray = pytest.importorskip("ray", reason=WANTED)
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("MADE_CLIP_S", "0.3")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    photos, output, quiet = tmp_path / "photos", tmp_path / "out", tmp_path / "quiet"
    made_batch.make_photos(photos, 16)
    (photos / "p0003.jpg").write_bytes(b"broken")
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    try:
        nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
        cluster.wait_for_nodes()
        monkeypatch.setattr(runner, "read_input", lambda request: made_batch.family(photos))
        killer = threading.Thread(target=kill_when_busy, args=(cluster, nodes[0], output, 3))
        killer.start()
        request = BatchRequest(photos, output, executor="ray")
        executor = RayExecutor(cluster.address, step=made_batch.STEP)
        finished = runner.run_batch(request, executor=executor)
        killer.join()
        assert len(cluster.worker_nodes) == 1
    finally:
        ray.shutdown()
        cluster.shutdown()
    assert finished.counts() == {"done": 15, "failed": 1}
    with Journal(output / JOURNAL_FILE) as journal:
        assert sorted(row.times_done for row in journal.rows().values()) == [0] + [1] * 15
    made_batch.run(photos, quiet)
    assert clips(output) == clips(quiet)


def kill_when_busy(cluster, node, output: Path, made: int) -> None:
    clips_of = (output / "album/clips").glob
    if made_batch.comes_true(lambda: len(list(clips_of("*.mp4"))) >= made):
        cluster.remove_node(node, allow_graceful=False)


def clips(output: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (output / "album/clips").glob("*.mp4")}


@pytest.mark.filterwarnings("default")
def test_the_networks_make_the_same_frames_when_a_node_dies(tmp_path: Path, monkeypatch) -> None:
    ray = pytest.importorskip("ray", reason=WANTED)
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    photos, output, quiet = tmp_path / "photos", tmp_path / "out", tmp_path / "quiet"
    make_portraits(photos, 6)
    options = AnimateOptions(driver="nod", duration_s=0.8, max_side=240, label=True)
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    try:
        nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
        cluster.wait_for_nodes()
        killer = threading.Thread(target=kill_when_busy, args=(cluster, nodes[0], output, 1))
        killer.start()
        request = BatchRequest(photos, output, options=options, executor="ray")
        finished = runner.run_batch(request, executor=RayExecutor(cluster.address))
        killer.join()
        assert len(cluster.worker_nodes) == 1
    finally:
        ray.shutdown()
        cluster.shutdown()
    assert finished.counts() == {"done": 6}
    with Journal(output / JOURNAL_FILE) as journal:
        assert [row.times_done for row in journal.rows().values()] == [1] * 6
    runner.run_batch(BatchRequest(photos, quiet, options=options))
    assert clips(output) == clips(quiet)
    assert pictures(output) == pictures(quiet)


def make_portraits(folder: Path, count: int) -> None:
    """Photos of one face, each a little darker than the one before."""
    folder.mkdir()
    face = Image.fromarray(np.asarray(data.astronaut())[:300, 70:370])
    for number in range(count):
        face.point(lambda level, by=number: level * (20 - by) // 20).save(folder / f"{number}.png")


def pictures(output: Path) -> list[str]:
    """Hash of all frames of each clip, decoded."""
    return [
        hashlib.sha256(b"".join(frame.tobytes() for frame in read_frames(clip))).hexdigest()
        for clip in sorted((output / "album/clips").glob("*.mp4"))
    ]
