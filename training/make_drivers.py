"""Make the driver bank: author motion, let a performer who is nobody act it, record the clip.

    python training/fit_expressions.py LABELS.npz build/units.npz
    python training/make_performers.py PICTURES_FOLDER LABELS.npz build/performers
    python training/make_drivers.py build/units.npz build/performers driving_videos

For each performance: curves (kinematics.py, performances.py) become a motion track; the mesh backend
moves the performer's portrait by it, and that is the clip, NAME.mp4; the track that ships, NAME.npz,
is extracted from the clip by `nostalgia.recording`, like any user's own clip. With --authored the
authored tracks themselves are written, without clips.
"""

import argparse
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from kinematics import (
    EYE_RADIUS_PER_EYE_WIDTH,
    LID_PER_DEGREE,
    SMILE_NARROWS_EYES,
    Score,
    blink_path,
    breath,
    gaze_path,
    head_path,
    swell_path,
    unrest,
)
from performances import PERFORMANCES, Performance

from nostalgia.alignment import crop_corner, crop_face
from nostalgia.drivers.track import load_track, save_track
from nostalgia.encoding import ClipWriter
from nostalgia.faces import FaceFinder, number_faces
from nostalgia.motion.mesh.backend import MeshBackend
from nostalgia.recording import record_driver
from nostalgia.rendering import render_frame
from nostalgia.types import HeadPose, MotionTrack, Photo

FPS = 25.0
LICENCE = "Apache-2.0"
LARGEST_GAINS = {"yaw": 1.5, "pitch": 1.4, "roll": 1.2, "smile": 1.6, "gaze": 1.4}
FIRST_GAINS = {"yaw": 1.4, "pitch": 1.1, "roll": 1.1, "smile": 1.45, "gaze": 1.35}
TAKES = 2
START_POSES = {
    "front": HeadPose(0, 0, 0),
    "front-low": HeadPose(0, -7, 0),
    "front-high": HeadPose(0, 8, 0),
    "left": HeadPose(-14, 0, 0),
    "right": HeadPose(14, 0, 0),
    "far-left": HeadPose(-27, 0, 0),
    "far-right": HeadPose(27, 0, 0),
}
"""What make_performers.py draws; a recorded track tells its own."""


def author(score: Score, units: dict[str, np.ndarray], pose: HeadPose) -> MotionTrack:
    """The motion track of a score: first and last frame neutral, and one the continuation of the other."""
    frames = round(score.duration_s * FPS)
    time_s = np.arange(frames) / FPS
    rng = np.random.default_rng(score.seed)
    head = head_path(time_s, score.turns)
    eyes = gaze_path(time_s, score.looks, head)
    breathing = breath(time_s, score.breaths)
    smile, brows = swell_path(time_s, score.smiles), swell_path(time_s, score.brows)
    closure = blink_path(time_s, score.blinks_s, FPS)
    head = head + unrest(time_s, rng, 3) * [0.30, 0.22, 0.18] + breathing[:, None] * [0, 0.25, 0]
    shift = unrest(time_s, rng, 3) * [0.0020, 0.0012, 0.0]
    shift[:, 1] -= 0.004 * breathing
    amounts = {"smile": smile, "brow_raise": brows, "frown": swell_path(time_s, score.frowns)}
    expression = sum(amount[:, None, None] * units[name] for name, amount in amounts.items())
    narrowed = 1 - SMILE_NARROWS_EYES * smile / 0.075 + 4.0 * brows
    lids = np.clip(narrowed + LID_PER_DEGREE * eyes[:, 1], 0.55, 1.15) * (1 - closure)
    angle = np.radians(eyes + closure[:, None] * [0, -1.5])
    gaze = EYE_RADIUS_PER_EYE_WIDTH * np.sin(angle) * [1, -1]
    return MotionTrack(
        fps=FPS,
        rotation_deg=head.astype(np.float32),
        translation=shift.astype(np.float32),
        scale=(1 + swell_path(time_s, score.lean)).astype(np.float32),
        expression=np.asarray(expression, np.float32),
        eye_opening=np.repeat(lids[:, None], 2, 1).astype(np.float32),
        mouth_opening=np.zeros(frames, np.float32),
        gaze=gaze.astype(np.float32),
        start_pose=pose,
    )


def perform(track: MotionTrack, performers: Path, name: str, clip: Path) -> HeadPose:
    """Move a performer's portrait by a track and write the clip. Returns: her pose."""
    picture = cv2.imread(str(performers / f"{name}.png"), cv2.IMREAD_COLOR)
    photo = Photo(np.ascontiguousarray(picture[..., ::-1]))
    landmarks = np.load(performers / f"{name}.npy")
    face = number_faces([(1.0, landmarks)])[0]
    source = crop_face(photo, face, 1.75)
    backend = MeshBackend()
    prepared = backend.prepare(source)
    region = backend.region(prepared)
    x, y = crop_corner(source)
    x0, y0, x1, y1 = region
    with ClipWriter(clip, photo.width, photo.height, track.fps, overwrite=True) as writer:
        for motion in backend.perform(prepared, track, 1.0, seed=0):
            frame = photo.pixels.copy()
            render_frame(source, motion, region, frame[y + y0 : y + y1, x + x0 : x + x1])
            writer.write(frame)
    return face.pose


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def how_made(performer: Path) -> str:
    """The sentence of bank.json about one performer."""
    facts = json.loads(performer.with_suffix(".json").read_text())
    return (
        f"The performer is nobody: the face is the average of {facts['people']} people's press photos,"
        " hair, clothes and studio are drawn. Motion authored from published kinematics, performed by"
        " nostalgia's mesh backend, track extracted from the clip by nostalgia.recording."
    )


def entry(
    performance: Performance, track: MotionTrack, folder: Path, made: str
) -> dict[str, object]:
    """The line of bank.json of a driver whose files lie in `folder`."""
    pose, low, high = track.start_pose, track.rotation_deg.min(0), track.rotation_deg.max(0)
    axes = ("yaw", "pitch", "roll")
    clip, npz = folder / f"{performance.name}.mp4", folder / f"{performance.name}.npz"
    line: dict[str, object] = {
        "name": performance.name,
        "title": performance.title,
        "gestures": list(performance.gestures),
        "start_pose_deg": {axis: round(getattr(pose, axis), 1) for axis in axes},
        "pose_range_deg": {
            a: [round(float(low[i]), 1), round(float(high[i]), 1)] for i, a in enumerate(axes)
        },
        "fps": track.fps,
        "duration_s": round(track.duration_s, 2),
        "reluctance": performance.reluctance,
        "licence": LICENCE,
        "made": made,
        "track": npz.name,
        "track_sha256": sha256(npz),
    }
    if clip.is_file():
        line |= {"clip": clip.name, "clip_sha256": sha256(clip)}
    return line


def write_bank(folder: Path, lines: list[dict[str, object]]) -> None:
    bank = {"default": PERFORMANCES[0].name, "drivers": lines}
    (folder / "bank.json").write_text(
        json.dumps(bank, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def curves(track: MotionTrack) -> dict[str, np.ndarray]:
    """What is compared between the authored and the extracted motion."""
    corners = track.expression[:, [61, 291]]
    return {
        "yaw": track.rotation_deg[:, 0],
        "pitch": track.rotation_deg[:, 1],
        "roll": track.rotation_deg[:, 2],
        "smile": corners[:, 1, 0] - corners[:, 0, 0] - corners[:, :, 1].mean(1),
        "brows": -track.expression[:, [105, 334], 1].mean(1),
        "lids": track.eye_opening.mean(1),
        "gaze": track.gaze[:, 0],
    }


def agreement(authored: MotionTrack, extracted: MotionTrack) -> dict[str, tuple[float, float]]:
    """Per curve the correlation, and how large the extracted motion is beside the authored."""
    result = {}
    found = curves(extracted)
    for name, wanted in curves(authored).items():
        a, b = wanted - wanted.mean(), found[name] - found[name].mean()
        power = max(float(a @ a), 1e-12)
        result[name] = (
            float(a @ b) / max(np.sqrt(power * float(b @ b)), 1e-12),
            float(a @ b) / power,
        )
    return result


def exaggerated(track: MotionTrack, gains: dict[str, float]) -> MotionTrack:
    """The track with head, face and eyes moving further, for a performer whose picture follows less."""
    turns = np.array([gains["yaw"], gains["pitch"], gains["roll"]], np.float32)
    return replace(
        track,
        rotation_deg=track.rotation_deg * turns,
        expression=track.expression * np.float32(gains["smile"]),
        gaze=track.gaze * np.float32(gains["gaze"]),
    )


def without_sway(track: MotionTrack) -> MotionTrack:
    """The track without the shift that goes with the turn of the head.

    A warped portrait slides a little more than a head that turns by as many degrees; the backend
    turns every head about its neck anyway, and would slide twice.
    """
    turn = track.rotation_deg.astype(np.float64)
    shift = track.translation.astype(np.float64)
    follows = np.linalg.lstsq(turn, shift, rcond=None)[0]
    return replace(track, translation=(shift - turn @ follows).astype(np.float32))


def act(
    performance: Performance, track: MotionTrack, performers: Path, clip: Path, finder: FaceFinder
) -> MotionTrack:
    """Perform, record, and perform again larger where the recording shows less than was authored.

    Returns: the track extracted from the last clip. Some of the motion gets lost on the way (shoulders hold
    the head back, averages smooth a smile): actors exaggerate for the same reason.
    """
    gains = dict(FIRST_GAINS)
    for take in range(TAKES):
        perform(exaggerated(track, gains), performers, performance.performer, clip)
        recorded = without_sway(record_driver(clip, finder, looped=True).track)
        seen = agreement(track, recorded)
        print(
            performance.name,
            f"take {take + 1}:",
            ", ".join(f"{k} r={r:.2f} x{g:.2f}" for k, (r, g) in seen.items()),
            {k: round(v, 2) for k, v in gains.items()},
            flush=True,
        )
        for name, largest in LARGEST_GAINS.items():
            gains[name] = float(np.clip(gains[name] / max(seen[name][1], 0.2), 1.0, largest))
    return recorded


def record_again(track: MotionTrack, clip: Path, finder: FaceFinder) -> MotionTrack:
    """Extract the track of a clip that is there, and compare it with the authored one."""
    recorded = without_sway(record_driver(clip, finder, looped=True).track)
    seen = agreement(track, recorded)
    print(clip.stem, ", ".join(f"{k} r={r:.2f} x{g:.2f}" for k, (r, g) in seen.items()), flush=True)
    return recorded


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("units", type=Path)
    parser.add_argument("performers", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--authored", action="store_true", help="write authored tracks, no clips")
    parser.add_argument("--record", action="store_true", help="keep the clips, extract again")
    parser.add_argument("--only", nargs="*", default=[], help="names of drivers, default all")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with np.load(arguments.units) as stored:
        units = {name: stored[name].astype(np.float64) for name in stored}
    finder = None if arguments.authored else FaceFinder.load()
    lines = []
    for performance in PERFORMANCES:
        npz = arguments.out / f"{performance.name}.npz"
        if not arguments.only or performance.name in arguments.only:
            track = author(performance.score, units, START_POSES[performance.performer])
            if finder is not None:
                clip = npz.with_suffix(".mp4")
                if arguments.record:
                    track = record_again(track, clip, finder)
                else:
                    track = act(performance, track, arguments.performers, clip, finder)
            save_track(npz, track)
        made = how_made(arguments.performers / performance.performer)
        lines.append(entry(performance, load_track(npz), arguments.out, made))
    write_bank(arguments.out, lines)


if __name__ == "__main__":
    main()
