"""The stand-in for what torchvision dropped, tried on torchvisions made up for it."""

import importlib
import subprocess
import sys

import pytest

from nostalgia.enhancement.gfpgan import package as gfpgan_package
from nostalgia.errors import BackendError

TAKES = "from torchvision.transforms.functional_tensor import rgb_to_grayscale as taken\n"
PACKAGE = {
    "gfpgan/__init__.py": TAKES,
    "gfpgan/archs/__init__.py": "",
    "gfpgan/archs/gfpganv1_clean_arch.py": (
        "import gfpgan\nimport torch\n\n\n"
        "class GFPGANv1Clean(torch.nn.Module):\n"
        "    def __init__(self, **layout):\n"
        "        super().__init__()\n"
        "        self.layout, self.taken = layout, gfpgan.taken\n"
    ),
}


def torchvision(**modules: str) -> dict[str, str]:
    files = {"torchvision/__init__.py": "", "torchvision/transforms/__init__.py": ""}
    return files | {f"torchvision/transforms/{name}.py": text for name, text in modules.items()}


@pytest.fixture
def build(tmp_path, monkeypatch):
    """Build the network where these packages, and no others of their names, are installed."""

    def loaded():
        return [n for n in sys.modules if n.partition(".")[0] in ("gfpgan", "torchvision")]

    def build(files: dict[str, str]):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        importlib.invalidate_caches()
        return gfpgan_package.build_network()

    kept = {name: sys.modules.pop(name) for name in loaded()}
    monkeypatch.syspath_prepend(str(tmp_path))
    yield build
    for name in loaded():
        del sys.modules[name]
    sys.modules.update(kept)


def test_the_function_is_found_where_torchvision_dropped_its_module(build):
    network = build(PACKAGE | torchvision(functional="rgb_to_grayscale = 'today'"))
    assert network.taken == "today"
    assert network.layout["out_size"] == 512 and network.layout["sft_half"]
    assert not network.training
    assert gfpgan_package.DROPPED not in sys.modules


def test_the_real_module_is_used_where_there_is_one(build):
    real = torchvision(
        functional="rgb_to_grayscale = 'today'", functional_tensor="rgb_to_grayscale = 'real'"
    )
    assert build(PACKAGE | real).taken == "real"
    assert gfpgan_package.DROPPED in sys.modules


def test_nothing_is_imported_before_it_is_used():
    code = "import sys, nostalgia.enhancement.gfpgan.backend as g; print(*sys.modules, sep='\\n')"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"basicsr", "gfpgan", "torchvision"}.isdisjoint(told.stdout.split())


def test_without_the_package_the_install_line_is_said(build):
    broken = {"gfpgan/__init__.py": "raise ImportError('No module named gfpgan')"}
    with pytest.raises(BackendError, match=r"type: pip install 'photo-nostalgia\[gfpgan\]'"):
        build(broken | torchvision(functional="rgb_to_grayscale = 1"))
    assert gfpgan_package.DROPPED not in sys.modules


def test_a_torchvision_for_another_torch_is_told(build):
    broken = "raise RuntimeError('operator torchvision::nms does not exist')"
    with pytest.raises(BackendError, match="type: pip install --force-reinstall torch torchvision"):
        build(PACKAGE | torchvision(functional=broken))
