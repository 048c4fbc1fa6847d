"""The test and dev sets of faces, without their pictures: what is true of them, and how to put them together again.

`judged_faces.npz` holds, per photo, the SHA-256 of the file in its public repository, and per face the
box and the landmarks that were checked by eye. The pictures are not ours and are not kept; whoever
clones the repositories that `gather` names gets the sets back, for judge_faces.py and eval/faces.py.
Nothing of them may be used for training, and the test is run only when everything else is decided.

    python training/judged_faces.py gather OUT CLONE...
    python training/judged_faces.py keep SETS ORIGIN.json    # writes judged_faces.npz anew
"""

import argparse
import hashlib
import json
from pathlib import Path

import cv2
import numpy as np

FILE = Path(__file__).with_name("judged_faces.npz")
STEPS_PER_PX = 8
REPOSITORIES = {
    "philo": "tdlazoen/modern_era_philosophy", "guess": "LucaZanotto/guess-the-year",
    "westla": "lxarmas/westlaportraits", "aflw": "YadiraF/PRNet, YadiraF/DECA",
    "justice": "processnotproduct/PicturingJustice", "ffhq": "yangxy/GPEN",
    "asielen": "asielen/plaintext-family-history", "vintage": "mihret-emeru/Vintage-photo-archive",
    "fairface": "dchen236/FairFace", "pied": "kidpixo/piedimonte-matese-old-photos",
    "tddfa": "cleardusk/3DDFA", "writers": "scgeier/Best-Selling_Writers",
    "mona": "SABdan11/les-yeux-de-mona", "harmon": "luanfujun/deep-painterly-harmonization",
    "blackhist": "rexram987-create/black-history-leaders-inventors", "strata": "dirtybirdnj/strata",
}  # fmt: skip


def keep(sets: Path, origin: Path) -> None:
    """Write `judged_faces.npz` from folders with photos/ and faces.json."""
    files, photos, marks = json.loads(origin.read_text()), [], []
    for part in ("test", "dev"):
        for name, known in json.loads((sets / part / "faces.json").read_text()).items():
            source = Path(files[f"{part}/{name}"])
            photo = {
                k: v for k, v in known.items() if k not in {"faces", "licence"} and v is not None
            }
            photo |= {"part": part, "name": name, "faces": []}
            photo["sha256"] = hashlib.sha256(source.read_bytes()).hexdigest()
            for face in known["faces"]:
                kept = {"box_xyxy": [round(v, 1) for v in face["box_xyxy"]]}
                kept |= {k: face[k] for k in ("view", "spread") if face.get(k) is not None}
                if face.get("landmarks"):
                    kept["landmarks"] = len(marks)
                    marks.append(np.array(face["landmarks"])[:, :2])
                photo["faces"].append(kept)
            photos.append(photo)
    steps = np.round(np.array(marks) * STEPS_PER_PX).astype(np.int16)
    np.savez_compressed(FILE, photos=np.array(json.dumps(photos)), landmarks=steps)
    print(len(photos), "photos,", len(marks), "faces with landmarks,", FILE.stat().st_size, "bytes")


def gather(out: Path, clones: list[Path]) -> None:
    """Write the photos and their faces.json, as far as their files lie in the clones."""
    paths = [
        p for clone in clones for p in clone.rglob("*") if p.is_file() and ".git" not in p.parts
    ]
    by_hash = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in paths}
    with np.load(FILE, allow_pickle=False) as file:
        photos, marks = json.loads(str(file["photos"])), file["landmarks"] / STEPS_PER_PX
    truth: dict[str, dict] = {"test": {}, "dev": {}}
    missing: dict[str, int] = {}
    for photo in photos:
        source, part = by_hash.get(photo.pop("sha256")), photo.pop("part")
        if source is None:
            missing[photo["source"]] = missing.get(photo["source"], 0) + 1
            continue
        pixels = cv2.imread(str(source))
        width, height = photo["size_wh"]
        if pixels.shape[:2] != (height, width):
            pixels = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
        folder = out / part / "photos"
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / photo["name"]), pixels, [cv2.IMWRITE_JPEG_QUALITY, 95])
        for face in photo["faces"]:
            row = face.get("landmarks")
            face["landmarks"] = None if row is None else marks[row].tolist()
        truth[part][photo.pop("name")] = photo
    for part, known in truth.items():
        (out / part).mkdir(parents=True, exist_ok=True)
        (out / part / "faces.json").write_text(json.dumps(known))
        print(part, len(known), "photos")
    for source, count in missing.items():
        print(f"{count} photos missing: clone {REPOSITORIES[source]}")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("step", choices=["gather", "keep"])
    parser.add_argument("paths", type=Path, nargs="+")
    asked = parser.parse_args()
    if asked.step == "keep":
        keep(*asked.paths)
    else:
        gather(asked.paths[0], asked.paths[1:])


if __name__ == "__main__":
    main()
