"""A large tree is read in linear time and in little memory."""

import subprocess
import sys
from pathlib import Path

PERSONS = 10_000
LINKS = 2_000
FAR_TOO_LONG_S = 120
READ = (
    "import sys; from pathlib import Path; from nostalgia.album.trees.reader import read_tree;"
    "tree = read_tree(Path(sys.argv[1])); assert all(link.path for link in tree.links);"
    "status = Path('/proc/self/status').read_text();"
    "print(len(tree.persons), len(tree.links), status.split('VmHWM:')[1].split()[0])"
)


def write_tree(path: Path) -> None:
    """People as exports have them: events, notes, sources, families, pictures with old paths."""
    lines = ["0 HEAD", "1 GEDC", "2 VERS 5.5.1", "1 CHAR UTF-8"]
    for number in range(PERSONS):
        born = 1500 + number * 500 // PERSONS
        lines += [f"0 @I{number}@ INDI", f"1 NAME Given{number} /Family{number % 700}/"]
        lines += ["1 BIRT", f"2 DATE {number % 28 + 1} JAN {born}", "2 PLAC Here", "2 SOUR @S1@"]
        lines += ["1 NOTE something that an aunt said", "2 CONT and what another said"]
        lines += [f"1 OBJE @O{number // 5}@"] if number % 5 == 0 else ["1 DEAT Y"]
    for number in range(PERSONS // 3):
        lines += [f"0 @F{number}@ FAM", f"1 HUSB @I{number}@", f"1 CHIL @I{number * 3}@"]
    for number in range(LINKS):
        lines += [f"0 @O{number}@ OBJE", f"1 FILE C:\\Users\\Oma\\Pictures\\{number}.jpg"]
    path.write_text("\n".join([*lines, "0 @S1@ SOUR", "1 TITL Register", "0 TRLR"]))


def test_ten_thousand_persons(tmp_path):
    (tmp_path / "pictures").mkdir()
    for number in range(LINKS):
        (tmp_path / "pictures" / f"{number}.JPG").write_bytes(b"x")
    write_tree(tmp_path / "tree.ged")
    command = [sys.executable, "-c", READ, str(tmp_path / "tree.ged")]
    run = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=FAR_TOO_LONG_S
    )
    persons, links, kilobytes = map(int, run.stdout.split())
    assert (persons, links) == (PERSONS, LINKS)
    assert kilobytes < 200_000
