"""Networks of a session: each is loaded at its first use and then kept."""

from collections.abc import Callable
from typing import Any

from nostalgia import registry
from nostalgia.enhancement.base import FaceEnhancer
from nostalgia.errors import UsageError, option
from nostalgia.faces.base import Landmarker
from nostalgia.faces.finder import FaceFinder
from nostalgia.faces.landmarks.mesh import MeshNetwork
from nostalgia.faces.matte import MatteNetwork
from nostalgia.motion.base import MotionBackend
from nostalgia.options import AnimateOptions, DetectionOptions
from nostalgia.scene.driving_signals import SignalCache, SignalExtractor
from nostalgia.types import Photo


class Models:
    """Finders, restorers and motion backends, by the options that decide which one it is.

    Weights are read from disk once per session, however many photos are animated.
    """

    def __init__(self) -> None:
        self._mesh: MeshNetwork | None = None
        self._matte: MatteNetwork | None = None
        self._finders: dict[tuple[str, str], FaceFinder] = {}
        self._enhancers: dict[tuple[Any, ...], FaceEnhancer] = {}
        self._motion: dict[tuple[Any, ...], MotionBackend[Any]] = {}
        self._landmarkers: dict[tuple[str, str], Landmarker] = {}
        self._signals: dict[tuple[Any, ...], SignalCache] = {}

    def finder(self, options: DetectionOptions | None = None) -> FaceFinder:
        """Face detector with the mesh network.

        Raises:
            BackendError: there is no such detector, or its weights are missing.
        """
        options = options or DetectionOptions()
        key = (options.backend, options.device)
        if key not in self._finders:
            detector = registry.load("detection", options.backend).load(DetectionOptions(*key))
            self._finders[key] = FaceFinder(detector, self.mesh())
        return self._finders[key]

    def mesh(self) -> MeshNetwork:
        """Mesh network, the same one beside every detector.

        Raises:
            CheckpointError: its weights are missing or damaged.
        """
        if self._mesh is None:
            self._mesh = MeshNetwork.load()
        return self._mesh

    def matte(self) -> MatteNetwork:
        """Network that separates a person from the background.

        Raises:
            CheckpointError: its weights are missing or damaged.
        """
        if self._matte is None:
            self._matte = MatteNetwork.load()
        return self._matte

    def enhancer(self, options: AnimateOptions) -> FaceEnhancer:
        """Face restorer.

        Raises:
            BackendError: there is no such restorer, or its weights are missing.
        """
        key = (
            options.enhancement,
            options.enhancement_checkpoint,
            options.fidelity,
            options.device,
        )
        if key not in self._enhancers:
            loaded = registry.load("enhancement", options.enhancement).load(options)
            self._enhancers[key] = loaded
        return self._enhancers[key]

    def motion(self, options: AnimateOptions) -> MotionBackend[Any]:
        """Motion backend.

        Raises:
            BackendError: there is no such backend, or its weights are missing.
            UsageError: it has no options, or not these.
        """
        key = _motion_key(options)
        if key not in self._motion:
            backend = registry.load("motion", options.motion)
            if options.motion_options and not hasattr(backend, "Options"):
                given = option("motion_options", dict(options.motion_options))
                raise UsageError(f"{given}: the motion backend {options.motion!r} has no options")
            self._motion[key] = backend.load(options)
        return self._motion[key]

    def signals(
        self, options: AnimateOptions, photo: Photo, check: Callable[[], None] = lambda: None
    ) -> SignalExtractor | None:
        """Reader of driving frames for the motion backend; None if it does not look at them.

        photo: whose faces are to be animated. check: called before each frame.

        Raises:
            BackendError: the finder of the 68 points, or its weights, are missing.
        """
        backend = self.motion(options)
        if not backend.reads_signals:
            return None
        cache = self._signals.setdefault(_motion_key(options), SignalCache())
        return SignalExtractor(backend, self._landmarker(options), photo, cache, check)

    def _landmarker(self, options: AnimateOptions) -> Landmarker:
        key = (str(options.motion_options.get("landmarks", "mesh")), options.device)
        if key not in self._landmarkers:
            self._landmarkers[key] = registry.load("landmarks", key[0]).load(options)
        return self._landmarkers[key]


def _motion_key(options: AnimateOptions) -> tuple[Any, ...]:
    own = tuple(sorted(options.motion_options.items()))
    return options.motion, options.checkpoint, options.device, own
