"""Networks that ship, checkpoints/*.onnx, run by ONNX Runtime on the CPU."""

import hashlib
import json
import os
from collections.abc import Mapping
from functools import cached_property

import numpy as np
import onnxruntime

from nostalgia.errors import CheckpointError
from nostalgia.files import checkpoint_path
from nostalgia.types import Float32
from nostalgia.weights.manifest import manifest_row

_MOST_THREADS = 2
_ERRORS_ONLY = 3


class Network:
    """A network; the number of threads has no effect on its results.

    Raises:
        onnxruntime's own errors: `content` is no ONNX model.
    """

    def __init__(self, content: bytes, threads: int | None = None) -> None:
        """Prepare the network in the bytes of an .onnx file.

        threads: None = one for each core, at most two.
        """
        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or min(os.cpu_count() or 1, _MOST_THREADS)
        options.inter_op_num_threads = 1
        # Waiting threads would take the cores from the encoder.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Both keep the memory of the largest picture for ever, and save no time here.
        options.enable_cpu_mem_arena = options.enable_mem_pattern = False
        options.log_severity_level = _ERRORS_ONLY
        self._session = onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"]
        )

    @cached_property
    def calibration(self) -> Mapping[str, float]:
        """Numbers that were written into the file beside the weights, by name."""
        written = self._session.get_modelmeta().custom_metadata_map
        return {name: float(json.loads(value)) for name, value in written.items()}

    def run(self, *inputs: Float32) -> list[Float32]:
        """Results for the network's inputs in their order, in the order of its outputs."""
        names = [entry.name for entry in self._session.get_inputs()]
        results = self._session.run(None, dict(zip(names, inputs, strict=True)))
        return [np.asarray(result, np.float32) for result in results]


def shipped_network(name: str) -> Network:
    """Load a network by its name in the manifest, such as ``face-mesh``.

    Raises:
        CheckpointError: the file is missing, or is not the one that the manifest lists.
    """
    row = manifest_row(name)
    path = checkpoint_path(row.file)
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
    else:
        if hashlib.sha256(content).hexdigest() == row.sha256:
            return Network(content)
        reason = f"{len(content)} bytes with another SHA-256 than listed"
    raise CheckpointError(f"the checkpoint {path} is damaged ({reason}); reinstall photo-nostalgia")
