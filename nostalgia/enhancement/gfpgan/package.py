"""GFPGAN's architecture from the packages gfpgan and basicsr; no other module knows them.

basicsr 1.4.2 imports everything that it holds, and for that takes one function from
torchvision.transforms.functional_tensor, which torchvision 0.17 has dropped. A stand-in is there
while basicsr is imported. (GFPGAN issues 506, 510, 539, 589, 602 and 603.)
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

DROPPED = "torchvision.transforms.functional_tensor"
TODAY = "torchvision.transforms.functional"

SIDE_PX = 512


def build_network(device: str = "meta") -> torch.nn.Module:
    """The network of GFPGAN 1.3 and 1.4 without its weights: 86 million parameters, 512 pixels.

    Raises:
        BackendError: gfpgan is not installed, or its torchvision does not fit torch.
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
    """Let `DROPPED` be imported within the block; where torchvision has it, nothing is done.

    Raises:
        ImportError: there is no torchvision.
    """
    if DROPPED in sys.modules or find_spec(DROPPED) is not None:
        yield
        return
    stand_in = ModuleType(DROPPED)
    stand_in.__dict__["rgb_to_grayscale"] = importlib.import_module(TODAY).rgb_to_grayscale
    sys.modules[DROPPED] = stand_in
    try:
        yield
    finally:
        del sys.modules[DROPPED]


def _architecture() -> Any:
    """The class GFPGANv1Clean; about three seconds at the first call of a process."""
    try:
        with warnings.catch_warnings(), functional_tensor():
            warnings.simplefilter("ignore")  # basicsr uses names that SciPy has retired
            return importlib.import_module("gfpgan.archs.gfpganv1_clean_arch").GFPGANv1Clean
    except ImportError as exc:
        raise BackendError(
            f"the enhancement backend 'gfpgan' cannot be used: {exc};"
            " type: pip install 'photo-nostalgia[gfpgan]' (on Python 3.11 or 3.12)"
        ) from exc
    except RuntimeError as exc:
        raise BackendError(
            f"torchvision was built for another torch than {torch.__version__}, and GFPGAN cannot"
            f" be used ({exc}); type: pip install --force-reinstall torch torchvision"
        ) from exc
