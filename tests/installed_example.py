"""The example package as pip would leave it: its module and the entry points of its pyproject."""

import shutil
import tomllib
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "examples" / "backend_package"


def install_example(folder: Path) -> Path:
    """Lay the package into a folder that is to be put on the path of Python, and return it."""
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for module in PACKAGE.glob("*.py"):
        shutil.copy(module, folder)
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    groups = [
        "\n".join([f"[{group}]", *(f"{name} = {place}" for name, place in rows.items())])
        for group, rows in project["entry-points"].items()
    ]
    (info / "entry_points.txt").write_text("\n\n".join(groups) + "\n")
    return folder
