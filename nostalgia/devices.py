"""What learned networks run on: the processor, or what this computer's torch knows besides."""

from nostalgia.errors import BackendError


def checked_device(device: str) -> str:
    """The device, if it is here: cpu, cuda, cuda:1 and so on, or mps.

    Raises:
        BackendError: it is not.
    """
    import torch

    kind, _, number = device.partition(":")
    here = {"cpu": 1, "cuda": torch.cuda.device_count(), "mps": torch.backends.mps.is_available()}
    if (number and not number.isdecimal()) or int(number or 0) >= here.get(kind, 0):
        raise BackendError(f"torch finds no device {device!r} here; type: --device cpu")
    return device
