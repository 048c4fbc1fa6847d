"""torch's reader raises only expected errors on damaged weight files."""

import io
import random

import pytest
import torch

from nostalgia.weights.validation import DAMAGE


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("as_zip", [True, False])
def test_damage_and_noise_raise_nothing_else(tmp_path, as_zip: bool) -> None:
    whole = io.BytesIO()
    tensors = {"a": torch.zeros(5, 5), "b": {"c": torch.ones(3)}}
    torch.save(tensors, whole, _use_new_zipfile_serialization=as_zip)
    dice, path, refused = random.Random(1), tmp_path / "weights.pth", 0
    for number in range(400):
        content = bytearray(dice.randbytes(3000) if number % 4 == 0 else whole.getvalue())
        for _ in range(dice.randint(1, 6)):
            content[dice.randrange(len(content))] = dice.randrange(256)
        path.write_bytes(content)
        try:
            torch.load(path, weights_only=True, map_location="cpu")
        except DAMAGE:
            refused += 1
    assert refused > 200
