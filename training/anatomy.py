"""What an averaged face lacks of a head: forehead, ears and neck, modelled and lit like the face."""

import cv2
import numpy as np
from sitter import HEIGHT, LIGHT, WIDTH, Canvas, Head, Looks, curve, grid, smooth_polygon, stroke

SKIN_HUE = (1.10, 0.985, 0.88)


def face_alpha(head: Head) -> np.ndarray:
    """Alpha (H, W) of the averaged face: crisp at the chin, melting away at the jaw's angles and brow."""
    crisp = head.within(0.8, 1.2)
    soft = head.within(8.0, 7.0)
    x, y = grid()
    melt = 1 / (1 + np.exp((y - head.at(0, -0.27, 0.3)[1]) / 6.0))
    for side in (-1, 1):
        if float((head.turn @ [side, 0, 0.0])[2]) > -0.15:
            px, py = head.at(side * head.cheeks, 0.24, 0.0)
            near = np.hypot((x - px) / 0.13, (y - py) / 0.24) / head.scale
            melt = np.maximum(melt, np.exp(-(near**3)))
    return np.asarray(crisp + melt * (np.minimum(soft * 1.0, crisp) - crisp))


def forehead(head: Head, canvas: Canvas, skin: np.ndarray) -> None:
    """The skull above and beside the averaged face, in the face's own tones carried on (H, W)."""
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    rim = []
    for a in angles:
        for z in (-0.1, 0.1, 0.25):
            r = np.sqrt(max(0.0, 1 - ((z + 0.10) / 0.575) ** 2))
            rim.append(head.at(0.44 * r * np.cos(a), -0.22 + 0.475 * r * np.sin(a), z))
    points = np.array(rim, np.float32)
    points = points[points[:, 1] < head.at(0, 0.22, 0)[1]]
    hull = cv2.convexHull(np.concatenate([points, head.oval.astype(np.float32)]))[:, 0]
    alpha = smooth_polygon(hull, 2.0, rounded=False)
    x, y = grid()
    middle = head.at(0, -0.22, 0.2)
    u, v = (x - middle[0]) / (0.47 * head.scale), (y - middle[1]) / (0.52 * head.scale)
    n = np.stack([u, v, np.sqrt(np.clip(1 - u**2 - v**2, 0, 1))], -1)
    light = 0.72 + 0.36 * np.clip(n @ LIGHT, 0, 1)
    above = 1 / (1 + np.exp((y - head.at(0, 0.20, 0)[1]) / 3.0))
    canvas.paint(alpha * above, skin * light, SKIN_HUE)


def neck_outline(head: Head, looks: Looks) -> np.ndarray:
    """Contour of the neck, running out into the slopes of the shoulders."""
    s = head.scale
    half = (0.255 if looks.woman else 0.305) * s
    top, pit = head.at(0, 0.28, -0.22), head.pit
    side = []
    for way in (-1, 1):
        side.append(
            [
                (top[0] + way * half * 1.06, top[1] - 0.10 * s),
                (0.6 * top[0] + 0.4 * pit[0] + way * half, 0.6 * top[1] + 0.4 * pit[1]),
                (pit[0] + way * half * 1.10, pit[1] - 0.17 * s),
                (pit[0] + way * half * 1.45, pit[1] + 0.02 * s),
                (pit[0] + way * half * 2.3, pit[1] + 0.13 * s),
                (pit[0] + way * half * 3.0, pit[1] + 0.40 * s),
            ]
        )
    return np.array([*side[0], *side[1][::-1]])


def neck(head: Head, looks: Looks, canvas: Canvas, skin: float) -> None:
    """Neck and upper chest in the shadow of the jaw, with tendons, windpipe and collarbones."""
    s, pit = head.scale, head.pit
    x, y = grid()
    top = head.at(0, 0.28, -0.22)
    half = (0.255 if looks.woman else 0.305) * s
    share = np.clip((y - top[1]) / (pit[1] - top[1]), 0, 1.3)
    across = (x - (top[0] + share * (pit[0] - top[0]))) / (half * (1 + 0.35 * share**3))
    round_n = np.clip(across, -1, 1)
    n = np.stack([round_n, -0.12 + 0 * x, np.sqrt(1 - 0.92 * round_n**2)], -1)
    chest = np.clip((y - pit[1] + 0.10 * s) / (0.15 * s), 0, 1)
    light = 0.42 + 0.62 * np.clip(n @ LIGHT, 0, 1)
    light = light + chest * (0.80 - 0.10 * (x - pit[0]) / s - light)
    for way in (-1, 1):
        behind_ear = head.at(way * 0.33, 0.24, -0.18)
        tendon = np.array([behind_ear, (pit[0] + way * 0.12 * s, pit[1] - 0.20 * s),
                           (pit[0] + way * 0.035 * s, pit[1] - 0.01 * s)])  # fmt: skip
        ridge = stroke(tendon, 5, 5.0) * np.clip(share * 1.6, 0, 1)
        light = light + 0.055 * ridge
        light = light - 0.07 * stroke(tendon + [-way * 0.055 * s, 0.01 * s], 5, 6.0)
        bone = np.array([(pit[0] + way * 0.06 * s, pit[1] + 0.035 * s),
                         (pit[0] + way * 0.30 * s, pit[1] + 0.005 * s),
                         (pit[0] + way * 0.62 * s, pit[1] - 0.05 * s)])  # fmt: skip
        light = light + 0.05 * stroke(bone, 4, 4.5) - 0.075 * stroke(bone + [0, 0.05 * s], 5, 6.0)
    pit_dark = np.exp(-(((x - pit[0]) / (0.07 * s)) ** 2) - ((y - pit[1]) / (0.055 * s)) ** 2)
    light = light - 0.13 * pit_dark
    if not looks.woman:
        apple = head.at(0, 0.66, -0.05)
        bump = np.exp(-(((x - apple[0]) / (0.05 * s)) ** 2) - ((y - apple[1]) / (0.07 * s)) ** 2)
        light = light + 0.05 * bump
    shadow = 0.50 * head.jaw_shadow(0.06, 0.10, 0.05) + 0.22 * head.jaw_shadow(0.10, 0.24, 0.09)
    light = light * (1 - np.clip(shadow, 0, 0.72))
    canvas.paint(smooth_polygon(neck_outline(head, looks), 1.5), skin * light, SKIN_HUE)


EAR = 96
"""Side of the square that an ear is modelled in, px: front edge left, top up."""


def ear_relief() -> tuple[np.ndarray, np.ndarray]:
    """Height (EAR, EAR) and alpha of an ear: helix, antihelix, concha, tragus and lobe."""
    v, u = np.mgrid[:EAR, :EAR].astype(np.float32) / (EAR - 1)

    def ridge(points: list[tuple[float, float]], wide: float) -> np.ndarray:
        mask = np.zeros((EAR, EAR), np.uint8)
        line = (curve(np.array(points) * (EAR - 1), closed=False) * 16).astype(np.int32)
        cv2.polylines(mask, [line], False, 255, max(1, round(wide * EAR)), cv2.LINE_AA, 4)
        blurred = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), wide * EAR * 0.55)
        return np.asarray(blurred / blurred.max())

    rim = [(0.16, 0.44), (0.16, 0.22), (0.42, 0.05), (0.74, 0.10), (0.90, 0.32), (0.84, 0.58),
           (0.66, 0.80), (0.46, 0.93)]  # fmt: skip
    outline = [(0.06, 0.30), (0.20, 0.08), (0.46, 0.0), (0.80, 0.06), (0.97, 0.32), (0.91, 0.60),
               (0.70, 0.86), (0.46, 0.99), (0.22, 0.95), (0.10, 0.78), (0.04, 0.55)]  # fmt: skip
    height = 0.30 * ridge(rim, 0.075)
    height += 0.20 * ridge([(0.36, 0.22), (0.62, 0.34), (0.66, 0.55), (0.46, 0.72)], 0.08)
    height += 0.20 * ridge([(0.16, 0.46), (0.20, 0.58), (0.15, 0.68)], 0.07)
    height += 0.22 * np.exp(-(((u - 0.36) / 0.16) ** 2) - ((v - 0.88) / 0.09) ** 2)
    height -= 0.34 * np.exp(-(((u - 0.38) / 0.13) ** 2) - ((v - 0.54) / 0.14) ** 2)
    mask = np.zeros((EAR, EAR), np.uint8)
    cv2.fillPoly(
        mask, [(curve(np.array(outline) * (EAR - 1)) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4
    )
    return height, cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 1.2)


def ears(head: Head, canvas: Canvas, skin: float) -> None:
    """Both ears that can be seen."""
    height, shape = ear_relief()
    dv, du = np.gradient(cv2.GaussianBlur(height, (0, 0), 1.6) * 26)
    for side in (-1, 1):
        if float((head.turn @ [side, 0, 0.0])[2]) < -0.2:
            continue
        out, back = 0.105, 0.19
        front_x = head.cheeks - 0.02
        corners = np.array(
            [
                (side * front_x, -0.15, -0.03),
                (side * (front_x + out), -0.17, -0.03 - back),
                (side * (front_x - 0.015), 0.185, 0.02),
            ]
        )
        across, down = corners[1] - corners[0], corners[2] - corners[0]
        normal = np.cross(across, down) * side
        basis = np.stack([across, down, normal])
        basis = (basis / np.linalg.norm(basis, axis=1, keepdims=True)) @ head.turn.T
        basis[2] *= np.sign(basis[2, 2] + 1e-6)
        n = basis[2] - 0.55 * du[..., None] * basis[0] - 0.55 * dv[..., None] * basis[1]
        n /= np.linalg.norm(n, axis=-1, keepdims=True)
        light = 0.44 + 0.50 * np.clip(n @ LIGHT, 0, 1) + 0.62 * np.clip(height, -0.5, 0.3)
        tone = (skin * light * 0.97).astype(np.float32)
        corner_px = np.array([[0, 0], [EAR - 1, 0], [0, EAR - 1]], np.float32)
        warp = cv2.getAffineTransform(corner_px, head.space(corners)[:, :2].astype(np.float32))
        size = (WIDTH, HEIGHT)
        tone = cv2.warpAffine(
            tone, warp, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
        )
        alpha = cv2.GaussianBlur(cv2.warpAffine(shape, warp, size), (0, 0), 0.7)
        canvas.shade(0.35 * cv2.GaussianBlur(alpha, (0, 0), 4) * (1 - alpha))
        canvas.paint(alpha, cv2.GaussianBlur(tone, (0, 0), 0.5), SKIN_HUE)
