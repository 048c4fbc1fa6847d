"""The First Order Motion Model as a backend: whatever its weights, the photo is preserved."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from moved_crop import moved_crop
from synthetic_face import face_in, photo_of, track_of

from nostalgia.errors import CheckpointError, UsageError
from nostalgia.motion.fomm.backend import FommBackend
from nostalgia.motion.fomm.checkpoint import load_model
from nostalgia.motion.fomm.dense_motion import FlowFields
from nostalgia.motion.fomm.keypoints import Keypoints, movement_scale, relative_motion
from nostalgia.motion.fomm.network import EncodedSource, FirstOrderModel, pictures_from_frames
from nostalgia.options import AnimateOptions
from nostalgia.photo.crop import crop_face, cut_square, face_square
from nostalgia.types import FaceCrop, Float32, HeadPose, MotionTrack, UInt8
from tests.motion.fomm.random_model import content, random_model, save


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    return save(folder / "random.pth.tar", content(random_model(3)), as_zip=True)


@pytest.fixture(scope="module")
def source() -> FaceCrop:
    face = face_in((260.0, 300.0), 330.0, HeadPose(4.0, 0.0, 2.0))
    return crop_face(photo_of(face, size_wh=(520, 620)), face, 1.75)


def options_for(weights: Path, **own: str | float | bool) -> AnimateOptions:
    return AnimateOptions(checkpoint=str(weights), motion_options=own)


def loaded(weights: Path, **own: str | float | bool) -> FommBackend:
    return FommBackend.load(
        options_for(weights, **{"precision": "float32", "smoothing": 0.0, **own})
    )


@pytest.fixture(scope="module")
def backend(weights: Path) -> FommBackend:
    return loaded(weights)


def with_options(backend: FommBackend, **own: str | float | bool) -> FommBackend:
    return replace(backend, options=replace(backend.options, **own))


def driving_frames(count: int = 5) -> list[UInt8]:
    """Squares in which a face moves aside, as a driver's does."""
    frames = []
    for number in range(count):
        face = face_in((128.0 + 5 * number, 128.0 - 3 * number), 190.0, HeadPose(0.0, 0.0, 0.0))
        frames.append(photo_of(face, size_wh=(256, 256)).pixels)
    return frames


def track_from(backend: FommBackend, frames: list[UInt8]) -> MotionTrack:
    seen = backend.extract_signals(frames)
    return replace(track_of(length=len(seen)), signals=seen - seen[0], signals_start=seen[0])


def rendered(backend: FommBackend, source: FaceCrop, track: MotionTrack) -> list[UInt8]:
    prepared = backend.prepare(source)
    region = (0, 0, source.size_px, source.size_px)
    motions = backend.perform(prepared, track, 1.0, 0)
    return [moved_crop(source, motion, region) for motion in motions]


def psnr(one: UInt8, other: UInt8) -> float:
    error = float(((one.astype(float) - other) ** 2).mean())
    return 99.0 if error == 0 else 10 * np.log10(255**2 / error)


@pytest.mark.parametrize("align_corners", [True, False])
def test_the_source_as_its_own_driver_is_the_photo(weights, source, align_corners) -> None:
    backend = loaded(weights, align_corners=align_corners)
    own = cut_square(source.pixels, face_square(source.landmarks), 256)
    frames = rendered(backend, source, track_from(backend, [own] * 3))
    assert all(psnr(frame, source.pixels) >= 50 for frame in frames)


def test_small_trembling_at_the_start_is_not_painted_over(backend, source) -> None:
    """The networks' own output at rest, not the shortcut for drivers that stand still."""
    track = track_from(backend, driving_frames(2))
    assert track.signals is not None
    almost = replace(track, signals=track.signals * np.float32(1e-6))
    prepared = backend.prepare(source)
    motion = list(backend.perform(prepared, almost, 1.0, 0))[1]
    assert motion.painting is None
    frame = moved_crop(source, motion, (0, 0, source.size_px, source.size_px))
    assert psnr(frame, source.pixels) >= 50


def test_a_driver_who_moves_moves_the_face_and_nothing_outside_the_mask(backend, source) -> None:
    frames = rendered(backend, source, track_from(backend, driving_frames()))
    moved = np.abs(frames[-1].astype(int) - source.pixels).max(axis=2)
    x0, y0, x1, y1 = backend.region(backend.prepare(source))
    assert (moved > 20).sum() > 500
    outside = moved.copy()
    outside[y0:y1, x0:x1] = 0
    assert not outside.any()


def test_strength_multiplies_the_motion(backend, source) -> None:
    track = track_from(backend, driving_frames())
    prepared = backend.prepare(source)
    identity = prepared.grid.identity()

    def reach(strength: float) -> float:
        motion = list(backend.perform(prepared, track, strength, 0))[-1]
        return float(np.abs(motion.deformation - identity).mean())

    assert reach(0.0) == 0.0
    assert 0 < reach(0.4) < reach(1.0)


def test_a_network_that_was_never_trained_leaves_the_photo(tmp_path, source) -> None:
    """Its local maps have no inverse, so a moving driver moves nothing."""
    model = random_model()
    for network in (model.detector, model.generator):
        for tensor in network.state_dict().values():
            tensor.zero_()
    file = save(tmp_path / "zeros.pth.tar", content(model), as_zip=False)
    backend = loaded(file)
    track = track_from(backend, driving_frames())
    track = replace(track, signals=track.signals + np.float32(1e-3))
    for frame in rendered(backend, source, track):
        assert np.array_equal(frame, source.pixels)


def flow_of(shift: Float32, occlusion: Float32) -> FlowFields:
    line = torch.linspace(-1, 1, 64)
    grid = torch.stack(torch.meshgrid(line, line, indexing="xy"), dim=-1)
    return FlowFields(
        (grid + torch.from_numpy(shift))[None],
        torch.from_numpy(occlusion)[None, None],
        torch.zeros(1),
        torch.zeros(1),
    )


@dataclass(frozen=True)
class ScriptedModel(FirstOrderModel):
    """A model with scripted output: at rest, then frame by frame; it paints `picture`."""

    flows: Iterator[FlowFields] = iter(())
    picture: torch.Tensor = field(default_factory=lambda: torch.zeros(1, 3, 256, 256))

    def flow(self, source: EncodedSource, driving: Keypoints) -> FlowFields:
        return next(self.flows)

    def paint(self, source: EncodedSource, flow: FlowFields) -> torch.Tensor:
        return self.picture


def scripted(backend: FommBackend, flows: list[FlowFields], *, red: bool = False) -> FommBackend:
    """The backend with a scripted model that paints red, or noise."""
    if red:
        picture = torch.zeros(1, 3, 256, 256)
        picture[0, 0] = 1.0
    else:
        picture = torch.rand(1, 3, 256, 256, generator=torch.Generator().manual_seed(0))
    model = backend.model
    return replace(
        backend,
        model=ScriptedModel(model.detector, model.generator, flows=iter(flows), picture=picture),
    )


def test_the_clip_is_the_photo_where_occlusion_is_1_and_the_deformation_the_identity(
    backend, source
) -> None:
    track = track_from(backend, driving_frames(2))
    still, trusted = np.zeros((64, 64, 2), np.float32), np.ones((64, 64), np.float32)
    half = trusted.copy()
    half[:, 32:] = 0.0
    scripted_backend = scripted(backend, [flow_of(still, trusted), flow_of(still, half)])
    frame = rendered(scripted_backend, source, track)[1]
    x0, y0, x1, y1 = face_square(source.landmarks)
    changed = (frame != source.pixels).any(axis=2)
    middle = (x0 + x1) // 2
    assert not changed[:, : middle - (x1 - x0) // 16].any()
    assert changed[y0:y1, middle + (x1 - x0) // 8 : x1 - (x1 - x0) // 4].mean() > 0.5


def test_pixels_move_as_far_as_the_network_says(backend, source) -> None:
    track = track_from(backend, driving_frames(2))
    still, trusted = np.zeros((64, 64, 2), np.float32), np.ones((64, 64), np.float32)
    shift = still.copy()
    shift[..., 0] = 2 / 63  # one of 64 cells to the right in the source
    scripted_backend = scripted(backend, [flow_of(still, trusted), flow_of(shift, trusted)])
    frame = rendered(scripted_backend, source, track)[1]
    x0, y0, x1, y1 = face_square(source.landmarks)
    cell = (x1 - x0) / 64
    centre = (slice((y0 + y1) // 2 - 40, (y0 + y1) // 2 + 40), slice(x0 + 120, x1 - 120))
    columns = np.arange(x0 + 120, x1 - 120) + cell
    low = np.floor(columns).astype(int)
    share = (columns - low)[None, :, None]
    rows = source.pixels[centre[0]].astype(float)
    expected = rows[:, low] * (1 - share) + rows[:, low + 1] * share
    assert (
        np.abs(frame[centre] - expected).mean()
        < np.abs(source.pixels[centre] - expected).mean() / 2
    )


def test_a_grey_photo_gets_grey_paint(backend, source) -> None:
    grey = replace(source, pixels=np.repeat(source.pixels[..., 1:2], 3, axis=2))
    track = track_from(backend, driving_frames(2))
    still, trusted = np.zeros((64, 64, 2), np.float32), np.ones((64, 64), np.float32)
    flows = [flow_of(still, trusted), flow_of(still, trusted * 0.2)]
    frame = rendered(scripted(backend, flows, red=True), grey, track)[1]
    assert (frame != grey.pixels).any()
    assert np.ptp(frame, axis=2).max() <= 1


def test_the_networks_own_picture_can_be_shown_for_comparison(weights, backend, source) -> None:
    backend = with_options(backend, output="network")
    driving = driving_frames()
    frames = rendered(backend, source, track_from(backend, driving))
    model = load_model(weights)
    x0, y0, x1, y1 = face_square(source.landmarks)
    own = cut_square(source.pixels, (x0, y0, x1, y1), 256)
    encoded = model.encode(pictures_from_frames(own[None]))
    initial = model.keypoints(pictures_from_frames(driving[0][None]))
    last = model.keypoints(pictures_from_frames(driving[-1][None]))
    scale = movement_scale(encoded.keypoints, initial)
    moved = relative_motion(encoded.keypoints, last, initial, scale)
    picture = model.paint(encoded, model.flow(encoded, moved))[0].permute(1, 2, 0).numpy() * 255
    shown = cut_square(frames[-1], (x0, y0, x1, y1), 256)
    centre = slice(80, 176)
    assert np.abs(shown[centre, centre] - picture[centre, centre]).mean() < 1.5


def test_absolute_movement_transfers_the_drivers_face_shape(backend, source) -> None:
    track = track_from(backend, driving_frames())
    relative = rendered(backend, source, track)
    absolute = rendered(with_options(backend, movement="absolute"), source, track)
    assert (relative[0] == source.pixels).all()
    assert (absolute[0] != source.pixels).any()


def test_a_neighbours_face_is_left_alone(backend, source) -> None:
    other = source.landmarks + np.array([150.0, 0.0, 0.0], np.float32)
    alone, beside = (backend.motion_mask(backend.prepare(source, n)) for n in ((), (other,)))
    step = (source.size_px - 1) / (len(alone) - 1)
    column, row = (int(v / step) for v in other[:, :2].mean(axis=0))
    assert beside[row, column] == 0 < alone[row, column]


def test_a_track_without_signals_is_an_error_of_the_caller(backend, source) -> None:
    with pytest.raises(ValueError, match="signals"):
        next(backend.perform(backend.prepare(source), track_of(), 1.0, 0))


def test_missing_weights_are_named_with_a_remedy(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("NOSTALGIA_CHECKPOINT_STORE", str(tmp_path))
    with pytest.raises(CheckpointError, match="nostalgia checkpoints pull fomm-vox"):
        FommBackend.load(AnimateOptions())
    with pytest.raises(CheckpointError, match="no such file"):
        FommBackend.load(AnimateOptions(checkpoint=str(tmp_path / "none.pth.tar")))


def test_a_changed_file_gives_other_weights(weights, backend, tmp_path) -> None:
    copy = tmp_path / "copy.pth.tar"
    copy.write_bytes(weights.read_bytes())
    signals = loaded(copy).extract_signals(driving_frames(1))
    assert np.array_equal(signals, backend.extract_signals(driving_frames(1)))
    save(copy, content(random_model(4)), as_zip=False)
    assert not np.allclose(loaded(copy).extract_signals(driving_frames(1)), signals)


def test_options_of_the_model_are_read_and_checked(weights) -> None:
    assert loaded(weights, smoothing=0.25).options.smoothing == 0.25
    with pytest.raises(UsageError, match="must be native or network"):
        FommBackend.load(options_for(weights, output="best"))
