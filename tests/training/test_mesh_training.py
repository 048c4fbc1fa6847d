"""What trains the mesh network: growing from a smaller one, and faces that are turned."""

import cv2
import numpy as np
import pytest

from nostalgia.faces.head import fit_head, load_face_shape

torch = pytest.importorskip("torch")

from face_turns import turn_face  # noqa: E402
from mesh_layers import MeshLayers, grow  # noqa: E402

SIDE = 128


def test_a_grown_network_answers_as_the_smaller_one_did():
    torch.manual_seed(0)
    small, large = MeshLayers((8, 12, 16, 24)), MeshLayers((8, 16, 24, 40))
    for norm in (m for m in small.modules() if isinstance(m, torch.nn.BatchNorm2d)):
        norm.running_mean.normal_(0, 0.1)
        norm.running_var.uniform_(0.5, 2)
    grow(large, small.state_dict())
    crops = torch.randn(3, 1, SIDE, SIDE)
    with torch.no_grad():
        for told, wanted in zip(large.eval()(crops), small.eval()(crops), strict=True):
            assert torch.allclose(told, wanted, atol=1e-4)


def mean_face() -> np.ndarray:
    points = load_face_shape().mean * 80 + np.float32([SIDE / 2, SIDE / 2, 0])
    return points.astype(np.float32)


@pytest.mark.parametrize(("yaw", "pitch"), [(18, 0), (-18, 0), (0, 15), (0, -15)])
def test_pixels_of_a_turned_face_go_where_its_landmarks_go(yaw, pitch):
    points = mean_face()
    turned_points = turn_face(np.zeros((SIDE, SIDE), np.float32), points, yaw, pitch)[1]
    pose = fit_head(turned_points).pose
    assert pose.yaw == pytest.approx(fit_head(points).pose.yaw + yaw, abs=3)
    assert pose.pitch == pytest.approx(fit_head(points).pose.pitch - pitch, abs=3)
    for landmark in (4, 152, 468, 473, 61, 291):
        dot = np.zeros((SIDE, SIDE), np.float32)
        cv2.circle(dot, tuple(int(v) for v in points[landmark, :2].round()), 2, 1.0, -1)
        turned, _ = turn_face(dot, points, yaw, pitch)
        y, x = np.unravel_index(cv2.GaussianBlur(turned, (0, 0), 1.5).argmax(), turned.shape)
        assert np.hypot(*(turned_points[landmark, :2] - (x, y))) < 3.0, landmark
