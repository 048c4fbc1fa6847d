"""Make the drivers of the bank: author motion, animate a performer who does not exist, record the clip.

    python training/make_drivers.py build/units.npz build/performers driving_videos

`make_bank.py` runs this and the steps before it. For each performance, curves (kinematics.py, performances.py) become a
motion track; the mesh backend animates the performer's portrait by it, which gives the clip, NAME.mp4; the track that
ships, NAME.npz, is extracted from the clip by `nostalgia.drivers.recording.recording`, like any user's clip. A driver is
skipped if bank.json lists it with the same units, performer and score; --force makes it again, --record keeps its clip
and extracts the track again. With --authored the authored tracks themselves are written, without clips.

Files and bank.json change together, driver by driver: the folder is a complete bank at any time.
"""

import argparse
import hashlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from authoring import agreement, author, exaggerated, mended, steadied, with_lids_of, without_sway
from eye_fit import EYE_FITS, fit_eyes
from loop_clips import QUANTISER, write_loop
from performance import Performance
from performances import PERFORMANCES

from nostalgia.drivers.recording.recording import record_driver
from nostalgia.drivers.tracks.smiles import smile_shape
from nostalgia.drivers.tracks.track import load_track, save_track
from nostalgia.faces.finder import FaceFinder, number_faces
from nostalgia.faces.landmarks.mesh import FoundMesh
from nostalgia.motion.mesh.backend import MeshBackend
from nostalgia.photo.crop import crop_corner, crop_face
from nostalgia.rendering.field import CropPlace
from nostalgia.rendering.planes import Picture
from nostalgia.rendering.renderer import FaceRenderer
from nostalgia.types import HeadPose, MotionTrack, Photo

LICENCE = "Apache-2.0"
LARGEST_GAINS = {"yaw": 1.5, "pitch": 1.4, "roll": 1.2, "smile": 1.6, "gaze": 1.4}
FIRST_GAINS = {"yaw": 1.2, "pitch": 1.1, "roll": 1.0, "smile": 1.4, "gaze": 1.4}
TAKES, NEAR_ENOUGH = 2, 0.15
"""The second take is skipped if turns and smile of the first are within 15 %: `mended` corrects the rest."""


@dataclass(frozen=True)
class Studio:
    """Inputs of a driver: expression units, folder of performers, finder of faces in clips (None = no clips)."""

    units: dict[str, np.ndarray]
    performers: Path
    finder: FaceFinder | None

    def facts(self, performer: str) -> dict[str, list[float]]:
        """Metadata of a performer from make_performers.py: number of people, pose."""
        noted: dict[str, list[float]] = json.loads(
            (self.performers / f"{performer}.json").read_text()
        )
        return noted

    def inputs(self, performance: Performance) -> str:
        """Hash of everything that a driver is made from, except code."""
        digest = hashlib.sha256(
            repr(
                (
                    performance.score,
                    FIRST_GAINS,
                    LARGEST_GAINS,
                    TAKES,
                    QUANTISER,
                    EYE_FITS.get(performance.performer),
                )
            ).encode()
        )
        for name in sorted(self.units):
            digest.update(self.units[name].tobytes())
        for suffix in (".png", ".npy", ".json"):
            digest.update((self.performers / (performance.performer + suffix)).read_bytes())
        return digest.hexdigest()


def perform(track: MotionTrack, performers: Path, name: str, clip: Path) -> None:
    """Move a performer's portrait by a track and write the clip."""
    picture = cv2.imread(str(performers / f"{name}.png"), cv2.IMREAD_COLOR)
    if picture is None:
        raise FileNotFoundError(f"{performers / name}.png does not exist: run make_performers.py")
    photo = Photo(np.ascontiguousarray(picture[..., ::-1]))
    write_loop(
        clip,
        moved(photo, fit_eyes(np.load(performers / f"{name}.npy"), name), track),
        len(track),
        track.fps,
    )


def moved(photo: Photo, landmarks: np.ndarray, track: MotionTrack) -> Iterator[np.ndarray]:
    """Frames (H, W, 3) of a portrait animated by a track."""
    face = number_faces([FoundMesh(landmarks, 1.0)])[0]
    source = crop_face(photo, face, 1.75)
    backend = MeshBackend()
    prepared = backend.prepare(source)
    place = CropPlace(crop_corner(source), source.size_px, backend.region(prepared))
    renderer, still = FaceRenderer(place), Picture(photo.pixels)
    for motion in backend.perform(prepared, track, 1.0, seed=None):
        frame = still.copy()
        renderer.render(frame, still, motion)
        yield frame.pixels


def act(
    performance: Performance, track: MotionTrack, studio: Studio, clip: Path, finder: FaceFinder
) -> MotionTrack:
    """Perform, record, and perform again with larger motion where the recording shows less than was authored.

    Returns: the track extracted from the last clip. Some of the motion is lost on the way (shoulders hold
    the head back, averages smooth a smile), which is why actors exaggerate.
    """
    gains = dict(FIRST_GAINS)
    for take in range(TAKES):
        perform(exaggerated(track, gains), studio.performers, performance.performer, clip)
        recorded = read_clip(clip, finder)
        seen = agreement(track, recorded)
        rounded = {name: round(gain, 2) for name, gain in gains.items()}
        print(performance.name, f"take {take + 1}:", worded(seen), rounded, flush=True)
        needed = {
            name: float(np.clip(gains[name] / max(seen[name][1], 0.2), 1.0, largest))
            for name, largest in LARGEST_GAINS.items()
        }
        if all(abs(needed[name] / gains[name] - 1) < NEAR_ENOUGH for name in ("yaw", "smile")):
            break
        gains = needed
    return recorded


def record_again(track: MotionTrack, clip: Path, finder: FaceFinder) -> MotionTrack:
    """Extract the track of an existing clip, and compare it with the authored one."""
    recorded = read_clip(clip, finder)
    print(clip.stem, worded(agreement(track, recorded)), flush=True)
    return recorded


def read_clip(clip: Path, finder: FaceFinder) -> MotionTrack:
    return steadied(without_sway(record_driver(clip, finder, looped=True).track))


def worded(seen: dict[str, tuple[float, float]]) -> str:
    return ", ".join(f"{name} r={r:.2f} x{gain:.2f}" for name, (r, gain) in seen.items())


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def how_made(people: list[float], performance: Performance, taken: tuple[str, ...]) -> str:
    """Origin of a driver in words, for bank.json; `taken`: see `mended`."""
    more = " Lids that wink or stay shut are the authored ones." if performance.score.lids else ""
    if taken:
        more += f" Seen too dimly and taken from the score: {', '.join(taken)}."
    return (
        f"The performer is nobody: the face is the average of {people} people's press photos,"
        " hair, clothes and studio are drawn. Motion authored from published kinematics, performed by"
        " nostalgia's mesh backend, track extracted from the clip by nostalgia.drivers.recording.recording."
        + more
    )


def entry(performance: Performance, folder: Path, made: str, inputs: str) -> dict[str, object]:
    """The entry of bank.json for a driver with its files in `folder`."""
    clip, npz = folder / f"{performance.name}.mp4", folder / f"{performance.name}.npz"
    track = load_track(npz)
    pose, low, high = track.start_pose, track.rotation_deg.min(0), track.rotation_deg.max(0)
    axes = ("yaw", "pitch", "roll")
    line: dict[str, object] = {
        "name": performance.name,
        "title": performance.title,
        "gestures": list(performance.gestures),
        "mood": performance.mood,
        "suits": list(performance.suits),
        "start_pose_deg": {axis: round(getattr(pose, axis), 1) for axis in axes},
        "pose_range_deg": {
            a: [round(float(low[i]), 1), round(float(high[i]), 1)] for i, a in enumerate(axes)
        },
        "fps": track.fps,
        "duration_s": round(track.duration_s, 2),
        "reluctance": performance.penalty,
        "licence": LICENCE,
        "made": made,
        "inputs_sha256": inputs,
        "track": npz.name,
        "track_sha256": sha256(npz),
    }
    if clip.is_file():
        line |= {"clip": clip.name, "clip_sha256": sha256(clip)}
    return line


def read_lines(folder: Path) -> dict[str, dict[str, object]]:
    """Entries of bank.json by name; empty if there is no bank yet."""
    path = folder / "bank.json"
    if not path.is_file():
        return {}
    return {line["name"]: line for line in json.loads(path.read_text(encoding="utf-8"))["drivers"]}


def write_bank(folder: Path, lines: dict[str, dict[str, object]]) -> None:
    """Write bank.json in the order of `PERFORMANCES`; drivers without a performance are left out."""
    listed = [lines[p.name] for p in PERFORMANCES if p.name in lines]
    bank = {"default": PERFORMANCES[0].name, "drivers": listed}
    partial = folder / ".bank.json.part"
    partial.write_text(json.dumps(bank, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(folder / "bank.json")


def make_driver(performance: Performance, studio: Studio, out: Path, record_only: bool) -> None:
    """Make the files of one driver in a folder beside `out`, then move them and their entry into place."""
    taken: tuple[str, ...] = ()
    facts = studio.facts(performance.performer)
    track = authored = author(performance.score, studio.units, HeadPose(*facts["pose"]))
    name = performance.name
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".making-") as scratch:
        clip, npz = Path(scratch, f"{name}.mp4"), Path(scratch, f"{name}.npz")
        if studio.finder is not None:
            if record_only:
                track = record_again(track, out / clip.name, studio.finder)
            else:
                track = act(performance, track, studio, clip, studio.finder)
            track = with_lids_of(performance.score, authored, track)
            track, taken = mended(authored, track)
        save_track(npz, track)
        for file in (clip, npz):
            if file.is_file():
                file.replace(out / file.name)
    lines = read_lines(out)
    inputs = str(lines[name]["inputs_sha256"]) if record_only else studio.inputs(performance)
    lines[name] = entry(performance, out, how_made(facts["people"], performance, taken), inputs)
    write_bank(out, lines)


def unchanged(performance: Performance, studio: Studio, out: Path) -> bool:
    """True if a driver exists and its inputs have not changed since it was made."""
    line = read_lines(out).get(performance.name, {})
    files = [out / f"{performance.name}{suffix}" for suffix in (".mp4", ".npz")]
    return all(file.is_file() for file in files) and line.get("inputs_sha256") == studio.inputs(
        performance
    )


def make_drivers(
    studio: Studio, out: Path, only: list[str], force: bool = False, record: bool = False
) -> None:
    """Make the drivers named in `only` (empty: all), one by one."""
    out.mkdir(parents=True, exist_ok=True)
    for performance in PERFORMANCES:
        if only and performance.name not in only:
            continue
        if not (force or record or studio.finder is None) and unchanged(performance, studio, out):
            print(performance.name, "is up to date", flush=True)
            continue
        make_driver(performance, studio, out, record)
    refresh_lines(studio, out)


def refresh_lines(studio: Studio, out: Path) -> None:
    """Update titles, moods and penalties of all drivers, which needs no new clips."""
    lines = read_lines(out)
    for performance in PERFORMANCES:
        if performance.name in lines:
            old = lines[performance.name]
            lines[performance.name] = entry(
                performance, out, str(old["made"]), str(old.get("inputs_sha256", ""))
            )
    write_bank(out, lines)


def open_studio(units: Path, performers: Path, finder: FaceFinder | None) -> Studio:
    """The studio with the units of fit_expressions.py; the smile is the one that photos perform."""
    with np.load(units) as stored:
        known = {name: stored[name].astype(np.float64) for name in stored}
    known["smile"] = smile_shape(0.0).astype(np.float64)
    return Studio(known, performers, finder)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("units", type=Path)
    parser.add_argument("performers", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--authored", action="store_true", help="write authored tracks, no clips")
    parser.add_argument("--record", action="store_true", help="keep the clips, extract again")
    parser.add_argument("--force", action="store_true", help="make unchanged drivers again too")
    parser.add_argument("--only", nargs="*", default=[], help="names of drivers, default all")
    arguments = parser.parse_args()
    finder = None if arguments.authored else FaceFinder.load()
    studio = open_studio(arguments.units, arguments.performers, finder)
    make_drivers(studio, arguments.out, arguments.only, arguments.force, arguments.record)


if __name__ == "__main__":
    main()
