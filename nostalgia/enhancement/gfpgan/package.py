"""GFPGAN's architecture from spandrel, or from the packages gfpgan and basicsr.

No other module imports these packages. Both sources give the same network: on random weights their
pictures are equal bit by bit. spandrel comes first because it is maintained and imports twice as
fast.

basicsr 1.4.2 imports everything that it contains, including one function from
torchvision.transforms.functional_tensor, which torchvision 0.17 removed. A substitute exists while
basicsr is imported. (GFPGAN issues 506, 510, 539, 589, 602 and 603.)
"""

import importlib
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import torch

from nostalgia.errors import BackendError

REMOVED = "torchvision.transforms.functional_tensor"
CURRENT = "torchvision.transforms.functional"

SIDE_PX = 512


def build_network(device: str = "meta") -> torch.nn.Module:
    """Build the network of GFPGAN 1.3 and 1.4 without weights: 86 million parameters, 512 pixels.

    Raises:
        BackendError: neither source is installed, or torchvision does not match torch.
    """
    architecture = _architecture()
    with torch.device(device):
        network: torch.nn.Module = architecture(
            out_size=SIDE_PX,
            num_style_feat=512,
            channel_multiplier=2,
            fix_decoder=False,
            num_mlp=8,
            input_is_latent=True,
            different_w=True,
            narrow=1,
            sft_half=True,
        )
    return network.eval()


@contextmanager
def functional_tensor() -> Iterator[None]:
    """Make `REMOVED` importable within the block; does nothing where torchvision still has it.

    Raises:
        ImportError: torchvision is not installed.
    """
    if REMOVED in sys.modules or find_spec(REMOVED) is not None:
        yield
        return
    substitute = ModuleType(REMOVED)
    substitute.__dict__["rgb_to_grayscale"] = importlib.import_module(CURRENT).rgb_to_grayscale
    sys.modules[REMOVED] = substitute
    try:
        yield
    finally:
        del sys.modules[REMOVED]


def _architecture() -> Any:
    """The class of the network; two to five seconds at the first call of a process."""
    try:
        if find_spec("spandrel") is not None:
            return importlib.import_module("spandrel.architectures.GFPGAN").GFPGAN
        with warnings.catch_warnings(), functional_tensor():
            warnings.simplefilter("ignore")  # basicsr uses names that SciPy has deprecated
            return importlib.import_module("gfpgan.archs.gfpganv1_clean_arch").GFPGANv1Clean
    except ImportError as exc:
        raise BackendError(
            f"the enhancement backend 'gfpgan' cannot be used: {exc};"
            " run: pip install 'photo-nostalgia[gfpgan]'"
        ) from exc
    except RuntimeError as exc:
        raise BackendError(
            f"torchvision was built for a different torch than {torch.__version__}, and GFPGAN"
            f" cannot be used ({exc}); reinstall torch and torchvision together"
        ) from exc
