"""What a sitter wears and what holds her head: clothes, neck and ears, and the cloth behind her."""

import cv2
import numpy as np
from sitter import HEIGHT, WIDTH, Head, Looks, over, smooth_polygon


def backdrop(rng: np.random.Generator) -> np.ndarray:
    """A painted studio cloth: light behind the sitter, darker towards the corners, faintly mottled."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    distance = np.hypot((x - 0.56 * WIDTH) / WIDTH, (y - 0.36 * HEIGHT) / HEIGHT)
    mottle = sum(
        cv2.GaussianBlur(rng.normal(size=(HEIGHT, WIDTH)).astype(np.float32), (0, 0), s) * s
        for s in (18, 45)
    )
    return np.asarray(158 - 118 * distance**1.25 + 5.5 * mottle, np.float32)


def clothes(head: Head, looks: Looks, canvas: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shoulders in a jacket over shirt and tie, or in a dress."""
    s, mid = head.scale, head.collar
    wide = 1.12 if looks.woman else 1.34
    top = head.landmarks[152, 1] + (0.20 if looks.woman else 0.13) * s
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    folds = cv2.GaussianBlur(
        rng.normal(size=(HEIGHT, WIDTH)).astype(np.float32), (0, 0), sigmaX=9, sigmaY=38
    )

    def cut(corners: list[tuple[float, float]], soft_px: float = 1.3) -> np.ndarray:
        return smooth_polygon(np.array([(mid + a * s, top + b * s) for a, b in corners]), soft_px)

    def both(half: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return half + [(-a, b) for a, b in reversed(half)]

    across = (x - mid) / (wide * s)
    light = 1.10 - 0.30 * across**2 - 0.20 * across + 3.2 * folds
    sleeve = [(-wide - 0.2, 1.9), (-wide, 0.66), (-0.88 * wide, 0.42), (-0.58 * wide, 0.24)]
    if looks.woman:
        body = cut(both([*sleeve, (-0.31, 0.04), (-0.2, -0.06)]), 2.2)
        edge = cv2.GaussianBlur(body, (0, 0), 12)
        return over(canvas, body, looks.cloth * light * (0.70 + 0.35 * edge))
    shirt = both([(-0.30, -0.13), (-0.36, 0.3), (-0.06, 1.2)])
    canvas = over(canvas, cut(shirt), 178 * (0.95 + 1.5 * folds) * (1 - 0.25 * across))
    canvas = over(canvas, 0.5 * cut(both([(-0.09, 0.09), (-0.05, 0.25), (-0.12, 1.3)]), 3.0), 60)
    tie = both([(-0.075, 0.015), (-0.05, 0.16), (-0.11, 1.3)])
    canvas = over(canvas, cut(tie), 56 * (1 + 4 * folds))
    for side in (-1, 1):
        collar = [(0.285, -0.15), (0.325, -0.07), (0.235, 0.17), (0.012, 0.06), (0.14, 0.0)]
        shade = cut([(side * a, b + 0.025) for a, b in collar], 3.0)
        canvas = over(canvas, 0.4 * shade, 50)
        canvas = over(canvas, cut([(side * a, b) for a, b in collar]), 192 - 14 * side)
    for side in (-1, 1):
        front = [
            (side * a, b)
            for a, b in [
                *sleeve,
                (-0.40, 0.03),
                (-0.33, -0.07),
                (-0.24, 0.28),
                (0.0, 0.95),
                (0.05, 1.9),
            ]
        ]
        body = cut(front, 1.6)
        edge = cv2.GaussianBlur(body, (0, 0), 9)
        canvas = over(canvas, body, looks.cloth * light * (0.66 + 0.40 * edge))
        lapel = [
            (side * a, b)
            for a, b in [
                (-0.34, -0.03),
                (-0.43, 0.10),
                (-0.50, 0.30),
                (-0.40, 0.34),
                (-0.44, 0.42),
                (-0.02, 1.05),
                (-0.02, 0.95),
                (-0.245, 0.28),
            ]
        ]
        canvas = over(
            canvas,
            0.5 * cut([(a - 0.01 * side, b + 0.015) for a, b in lapel], 2.2),
            looks.cloth * 0.35,
        )
        canvas = over(canvas, 0.9 * cut(lapel), looks.cloth * (light + 0.08))
    return canvas


def neck(head: Head, looks: Looks, canvas: np.ndarray, skin: float) -> np.ndarray:
    """The neck, in the shadow of the jaw."""
    s, chin = head.scale, head.landmarks[152, 1]
    base, upper = head.collar, head.at(0, 0.30, -0.34)[0]
    middle = 0.5 * (upper + base)
    wide, flare = (0.235, 0.31) if looks.woman else (0.315, 0.36)
    y_up, y_low = chin - 0.35 * s, chin + (0.23 if looks.woman else 0.13) * s
    left = [
        (upper - wide * s, y_up),
        (middle - wide * s, chin + 0.05 * s),
        (base - flare * s, y_low),
    ]
    right = [
        (base + flare * s, y_low),
        (middle + wide * s, chin + 0.05 * s),
        (upper + wide * s, y_up),
    ]
    low = [
        (base - 0.22 * s, y_low + 0.15 * s),
        (base, y_low + 0.21 * s),
        (base + 0.22 * s, y_low + 0.15 * s),
    ]
    alpha = smooth_polygon(np.array(left + low + right), 1.8)
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    across = (x - middle) / (wide * s)
    shade = 0.86 - 0.17 * across**2 - 0.08 * across
    shadow = head.jaw_shadow(0.10, 0.055)
    tendons = np.exp(-(((np.abs(across) - 0.28 - 0.25 * (chin + 0.4 * s - y) / s) / 0.10) ** 2))
    return over(canvas, alpha, skin * np.clip(shade - 0.40 * shadow + 0.03 * tendons, 0.25, 1))


def ears(head: Head, canvas: np.ndarray, skin: float) -> np.ndarray:
    """Ears of someone with short hair."""
    for side in (-1, 1):
        facing = float((head.turn @ [side, 0, 0.0])[2])
        if facing < -0.12:
            continue
        root = head.at(side * (head.cheeks - 0.005), 0.055, -0.05)
        stretch = 0.058 + 0.06 * max(0.0, facing)
        unit = head.scale * np.array([side * stretch, 0.115])
        shape = np.array(
            [
                (-0.7, -0.9),
                (0.3, -1.05),
                (1.0, -0.65),
                (0.95, 0.0),
                (0.4, 0.75),
                (-0.2, 1.05),
                (-0.8, 0.4),
            ]
        )
        canvas = over(canvas, smooth_polygon(root + shape * unit + [side * 2, 2], 3.0) * 0.4, 16)
        canvas = over(canvas, smooth_polygon(root + shape * unit, 1.4), skin * 0.66)
        inner = root + (shape * [0.72, 0.80] + [-0.08, -0.02]) * unit
        canvas = over(canvas, smooth_polygon(inner, 1.8) * 0.5, skin * 0.46)
        hollow = root + (shape * [0.40, 0.42] + [-0.25, 0.08]) * unit
        canvas = over(canvas, smooth_polygon(hollow, 1.8) * 0.55, skin * 0.30)
    return canvas
