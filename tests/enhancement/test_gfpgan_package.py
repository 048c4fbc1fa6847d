"""GFPGAN's class from spandrel or gfpgan, tried on packages made up for the test."""

import importlib
import subprocess
import sys

import pytest

from nostalgia.enhancement.gfpgan import package as gfpgan_package
from nostalgia.errors import BackendError

NETWORK = (
    "import torch\n\n\n"
    "class {name}(torch.nn.Module):\n"
    "    def __init__(self, **layout):\n"
    "        super().__init__()\n"
    "        self.layout, self.taken = layout, {taken}\n"
)
SPANDREL = {
    "spandrel/__init__.py": "import torchvision\n",
    "spandrel/architectures/__init__.py": "",
    "spandrel/architectures/GFPGAN/__init__.py": NETWORK.format(name="GFPGAN", taken="'spandrel'"),
}
IMPORTS = "from torchvision.transforms.functional_tensor import rgb_to_grayscale as taken\n"
GFPGAN = {
    "gfpgan/__init__.py": IMPORTS,
    "gfpgan/archs/__init__.py": "",
    "gfpgan/archs/gfpganv1_clean_arch.py": "import gfpgan\n"
    + NETWORK.format(name="GFPGANv1Clean", taken="gfpgan.taken"),
}
MADE_UP = ("gfpgan", "spandrel", "torchvision")


def torchvision(**modules: str) -> dict[str, str]:
    files = {"torchvision/__init__.py": "", "torchvision/transforms/__init__.py": ""}
    return files | {f"torchvision/transforms/{name}.py": text for name, text in modules.items()}


CURRENT = torchvision(functional="rgb_to_grayscale = 'current'")


@pytest.fixture
def build(tmp_path, monkeypatch):
    """Build the network where these packages, and no others of their names, are installed."""

    def loaded():
        return [name for name in sys.modules if name.partition(".")[0] in MADE_UP]

    def build(files: dict[str, str]):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        others = [each for each in sys.path if "site-packages" not in each]
        monkeypatch.setattr(sys, "path", [str(tmp_path), *others])
        importlib.invalidate_caches()
        return gfpgan_package.build_network()

    kept = {name: sys.modules.pop(name) for name in loaded()}
    yield build
    for name in loaded():
        del sys.modules[name]
    sys.modules.update(kept)


def test_spandrel_comes_first(build):
    network = build(SPANDREL | GFPGAN | CURRENT)
    assert network.taken == "spandrel"
    assert network.layout["out_size"] == 512 and network.layout["sft_half"]
    assert not network.training and "gfpgan" not in sys.modules


def test_without_spandrel_gfpgan_serves_and_gets_what_torchvision_removed(build):
    network = build(GFPGAN | CURRENT)
    assert network.taken == "current"
    assert network.layout["out_size"] == 512 and network.layout["sft_half"]
    assert not network.training
    assert gfpgan_package.REMOVED not in sys.modules


def test_the_real_module_is_used_if_torchvision_has_it(build):
    real = torchvision(
        functional="rgb_to_grayscale = 'current'", functional_tensor="rgb_to_grayscale = 'real'"
    )
    assert build(GFPGAN | real).taken == "real"
    assert gfpgan_package.REMOVED in sys.modules


@pytest.mark.slow
def test_nothing_is_imported_before_it_is_used():
    code = "import sys, nostalgia.enhancement.gfpgan.backend as g; print(*sys.modules, sep='\\n')"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"basicsr", "gfpgan", "spandrel", "torchvision"}.isdisjoint(found.stdout.split())


def test_without_the_packages_the_message_gives_the_install_line(build):
    with pytest.raises(BackendError, match=r"run: pip install 'photo-nostalgia\[gfpgan\]'"):
        build(CURRENT)
    assert gfpgan_package.REMOVED not in sys.modules


@pytest.mark.parametrize("source", [SPANDREL, GFPGAN], ids=["spandrel", "gfpgan"])
def test_a_torchvision_for_another_torch_is_named(build, source):
    broken = {"torchvision/__init__.py": "raise RuntimeError('no operator torchvision::nms')\n"}
    with pytest.raises(BackendError, match="reinstall torch and torchvision together"):
        build(source | CURRENT | broken)
