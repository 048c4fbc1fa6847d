"""What a sitter wears: suits, waistcoats, blouses and dresses, cut and folded round the shoulders."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from sitter import HEIGHT, WIDTH, Canvas, Head, Looks, grid, smooth_polygon, stroke
from studio import soft_noise

Cut = list[tuple[float, float]]


@dataclass(frozen=True)
class Tailor:
    """Cuts cloth round the pit of the neck; lengths in face heights from there."""

    head: Head
    looks: Looks
    canvas: Canvas
    rng: np.random.Generator

    def place(self, corners: Cut, side: int = 1) -> np.ndarray:
        """Canvas points of corners, mirrored for side -1."""
        return np.array(
            [self.head.pit + self.head.scale * np.array([side * a, b]) for a, b in corners]
        )

    def cut(
        self, corners: Cut, side: int = 1, soft_px: float = 1.1, rounded: bool = True
    ) -> np.ndarray:
        return smooth_polygon(self.place(corners, side), soft_px, rounded)

    def line(
        self, corners: Cut, side: int = 1, width: float = 2, soft_px: float = 1.2
    ) -> np.ndarray:
        return stroke(self.place(corners, side), width, soft_px)

    @property
    def shoulder(self) -> float:
        """Half the width of the shoulders."""
        return 1.04 if self.looks.woman else 1.24

    def light(self) -> np.ndarray:
        """How the window lights a trunk with sloping shoulders, with folds: about 0.5..1.2."""
        x, y = grid()
        s, (mx, my) = self.head.scale, self.head.pit
        across, down = (x - mx) / (self.shoulder * s), (y - my) / s
        light = 1.04 - 0.20 * across - 0.26 * across**2 - 0.10 * np.clip(down - 0.4, 0, 1)
        top = 0.06 + 0.36 * np.abs(across) ** 1.7
        light = light + 0.22 * np.exp(-(((down - top - 0.05) / 0.13) ** 2)) * (1 - 0.35 * across)
        light = light + 0.030 * soft_noise(self.rng, 7, 26) + 0.035 * soft_noise(self.rng, 26)
        for side in (-1, 1):
            for k in range(4):
                a = 0.62 + 0.10 * k + self.rng.uniform(-0.03, 0.03)
                fold = [(a * self.shoulder, 0.62 + 0.10 * k), (0.50 + 0.05 * k, 0.86 + 0.04 * k),
                        (0.36 + 0.02 * k, 1.06 + 0.10 * k)]  # fmt: skip
                light = light - 0.13 * self.line(fold, side, 5, 5.5)
                light = light + 0.10 * self.line(
                    [(p + 0.035, q - 0.03) for p, q in fold], side, 4, 5.0
                )
            crease = [(0.80 * self.shoulder, 0.46), (0.74 * self.shoulder, 0.72), (0.76, 1.15)]
            light = light - 0.22 * self.line(crease, side, 4, 5.0)
        return np.asarray(light)

    def sleeve(self) -> Cut:
        """From the hem up over the arm and along the shoulder to the neck (image right)."""
        w = self.shoulder
        return [(w + 0.22, 1.9), (w + 0.06, 0.95), (0.97 * w, 0.50), (0.84 * w, 0.285),
                (0.62 * w, 0.12)]  # fmt: skip

    def sew(self, alpha: np.ndarray, tone: np.ndarray | float, hue: tuple[float, float, float] | None = None,
            shadow: float = 0.35) -> None:  # fmt: skip
        """Lay a piece of cloth down with the soft shadow that its edge casts."""
        cast = cv2.warpAffine(
            alpha.astype(np.float32),
            np.array([[1, 0, 2.0], [0, 1, 3.0]], np.float32),
            (WIDTH, HEIGHT),
        )
        self.canvas.shade(shadow * cv2.GaussianBlur(cast, (0, 0), 3.5) * (1 - alpha))
        self.canvas.paint(alpha, tone, hue)


WHITE, CLOTH_HUE, DRESS_HUE = (1.0, 1.0, 0.97), (0.94, 0.99, 1.08), (0.93, 1.0, 1.04)


def body(
    t: Tailor, neckline: Cut, tone: float, light: np.ndarray, hue: tuple[float, float, float]
) -> None:
    """A garment over both shoulders with a neckline (image right half, from the shoulder to the middle)."""
    half = [*t.sleeve(), *neckline]
    corners = half + [(-a, b) for a, b in reversed(half) if a > 1e-6]
    t.sew(t.cut(corners, soft_px=1.5), tone * light, hue)


def shirt_collar(t: Tailor, tone: float, open_by: float) -> None:
    """The wings of a shirt's collar; open_by 0 with a tie, more for an open collar."""
    for side in (-1, 1):
        band = [(0.33, -0.36), (0.345, -0.20), (0.20, -0.02 + open_by), (0.0 + 0.4 * open_by, 0.07 + open_by),
                (0.03 + 0.5 * open_by, -0.03 + open_by), (0.19, -0.13), (0.30, -0.28)]  # fmt: skip
        t.sew(t.cut(band, side, 1.2), tone * (0.80 - 0.10 * side), WHITE, 0.2)
        wing = [(0.335, -0.35), (0.40, -0.17), (0.345, 0.02), (0.20, 0.20 + 0.5 * open_by),
                (0.10, 0.14 + 0.8 * open_by), (0.015 + 0.5 * open_by, 0.045 + open_by), (0.17, -0.07),
                (0.28, -0.22)]  # fmt: skip
        t.sew(t.cut(wing, side, 1.1), tone * (1.0 - 0.09 * side), WHITE, 0.4)


def tie(t: Tailor, tone: float) -> None:
    """A knotted tie."""
    light = 1 + 0.10 * soft_noise(t.rng, 5, 14)
    x, _ = grid()
    rounded = 1.05 - 0.5 * ((x - t.head.pit[0]) / (0.13 * t.head.scale)) ** 2
    blade = [
        (0.045, 0.16),
        (0.075, 0.40),
        (0.115, 1.4),
        (-0.115, 1.4),
        (-0.075, 0.40),
        (-0.045, 0.16),
    ]
    t.sew(t.cut(blade), tone * light * np.clip(rounded, 0.6, 1.05), CLOTH_HUE)
    knot = [(0.085, 0.04), (0.05, 0.17), (0.0, 0.195), (-0.05, 0.17), (-0.085, 0.04), (0.0, 0.015)]
    t.sew(t.cut(knot), tone * 1.12 * light * np.clip(rounded, 0.6, 1.05), CLOTH_HUE)


def jacket(t: Tailor, light: np.ndarray, low: float) -> None:
    """Two fronts with lapels that meet so far below the pit of the neck."""
    tone = t.looks.cloth
    for side in (-1, 1):
        front = [
            *t.sleeve(),
            (0.56, 0.055),
            (0.44, -0.01),
            (0.375, -0.13),
            (0.30, 0.20),
            (0.02, low),
            (-0.06, 1.9),
        ]
        t.sew(t.cut(front, side, 1.4), tone * light, CLOTH_HUE)
    for side in (-1, 1):
        lapel = [(0.372, -0.13), (0.43, 0.05), (0.525, 0.27), (0.44, 0.295), (0.51, 0.37), (0.34, 0.66),
                 (0.02, low + 0.03), (0.16, 0.52), (0.29, 0.18)]  # fmt: skip
        t.sew(t.cut(lapel, side, 1.1), tone * (light + 0.10), CLOTH_HUE, 0.55)
        t.canvas.shade(0.35 * t.line([(0.44, 0.295), (0.30, 0.215)], side, 1, 1.2))


def shirt_front(t: Tailor, light: np.ndarray) -> None:
    """What a jacket shows of a white shirt."""
    half = [(0.46, 1.9), (0.46, 0.25), (0.36, -0.02), (0.18, 0.06)]
    t.sew(t.cut(half + [(0.0, 0.09)] + [(-a, b) for a, b in reversed(half)]), 186 * light, WHITE)


def suit(t: Tailor) -> None:
    """Jacket, white shirt, tie."""
    light = t.light()
    shirt_front(t, light)
    tie(t, 58)
    shirt_collar(t, 196, 0.0)
    tie_knot_only = [
        (0.085, 0.04),
        (0.05, 0.17),
        (0.0, 0.195),
        (-0.05, 0.17),
        (-0.085, 0.04),
        (0.0, 0.015),
    ]
    t.sew(t.cut(tie_knot_only), 62.0, CLOTH_HUE, 0.2)
    jacket(t, light, 0.95)


def waistcoat(t: Tailor) -> None:
    """Jacket open over a waistcoat, shirt and tie."""
    light = t.light()
    shirt_front(t, light)
    tie(t, 84)
    for side in (-1, 1):
        vest = [(0.40, 0.22), (0.24, 0.40), (0.0, 0.66), (-0.04, 1.9), (0.7, 1.9), (0.5, 0.5)]
        t.sew(t.cut(vest, side), t.looks.cloth * 0.86 * light, CLOTH_HUE)
    for k in range(3):
        button = t.head.pit + t.head.scale * np.array([0.035, 0.80 + 0.16 * k])
        x, y = grid()
        dot = np.exp(-((np.hypot(x - button[0], y - button[1]) / (0.020 * t.head.scale)) ** 4))
        t.sew(dot, 30.0)
    shirt_collar(t, 190, 0.0)
    jacket(t, light, 1.7)


def open_shirt(t: Tailor) -> None:
    """A shirt with the collar open."""
    light = t.light()
    body(t, [(0.38, 0.0), (0.24, 0.08), (0.03, 0.36), (0.0, 0.37)], t.looks.cloth, light, WHITE)
    placket(t, 0.36)
    for side in (-1, 1):
        wing = [(0.325, -0.22), (0.42, -0.04), (0.43, 0.14), (0.41, 0.25), (0.27, 0.37), (0.10, 0.315),
                (0.20, 0.09), (0.28, -0.08)]  # fmt: skip
        t.sew(t.cut(wing, side), t.looks.cloth * (light + 0.09), WHITE, 0.5)


def placket(t: Tailor, start: float) -> None:
    """The buttoned front of a shirt or blouse."""
    t.canvas.shade(0.22 * t.line([(0.045, start), (0.05, 0.8), (0.05, 1.6)], 1, 2, 1.6))
    x, y = grid()
    for k in range(5):
        px, py = t.head.pit + t.head.scale * np.array([0.0, start + 0.12 + 0.22 * k])
        away = np.hypot(x - px, y - py) / (0.018 * t.head.scale)
        t.sew(np.exp(-(away**4)), t.looks.cloth * 0.8, None, 0.5)


def blouse(t: Tailor) -> None:
    """A blouse with a pointed collar, buttoned below the pit of the neck."""
    light = t.light()
    neckline = [(0.35, -0.08), (0.22, 0.02), (0.05, 0.16), (0.0, 0.18)]
    body(t, neckline, t.looks.cloth, light, DRESS_HUE)
    placket(t, 0.22)
    for side in (-1, 1):
        wing = [(0.33, -0.20), (0.43, -0.02), (0.42, 0.20), (0.30, 0.36), (0.16, 0.30), (0.015, 0.19),
                (0.17, 0.07), (0.27, -0.09)]  # fmt: skip
        t.sew(t.cut(wing, side), t.looks.cloth * (light + 0.07), DRESS_HUE, 0.45)


def lace_dress(t: Tailor) -> None:
    """A dark dress with a rounded lace collar and a brooch."""
    light = t.light()
    body(t, [(0.36, -0.10), (0.22, -0.02), (0.0, 0.05)], t.looks.cloth, light, DRESS_HUE)
    x, y = grid()
    s, (mx, my) = t.head.scale, t.head.pit
    turn = np.arctan2(y - my + 0.35 * s, (x - mx) * 0.8)
    scallop = 0.018 * s * np.abs(np.sin(turn * 13))
    outer = np.hypot((x - mx) * 0.86, y - my + 0.22 * s) - scallop
    collar = 1 / (1 + np.exp((outer - 0.45 * s) / 1.2))
    inner = t.cut(
        [(0.29, -0.17), (0.15, -0.01), (0.0, 0.03), (-0.15, -0.01), (-0.29, -0.17), (0, -0.5)]
    )
    top = my + s * (-0.20 + 0.62 * np.clip(np.abs(x - mx) / s - 0.30, 0, 1))
    collar = collar * (1 - inner) / (1 + np.exp((top - y) / 1.5))
    web = 0.84 + 0.16 * np.sin(turn * 52) * np.sin(outer / (0.015 * s))
    t.sew(collar, 176 * web * np.clip(light, 0.7, 1.15), WHITE, 0.45)
    away = np.hypot((x - mx) / 0.8, y - my - 0.065 * s) / (0.055 * s)
    t.sew(
        np.clip((1.1 - away) / 0.2, 0, 1),
        120 + 70 * np.exp(-(((away - 0.85) / 0.12) ** 2)),
        None,
        0.6,
    )
    glint = np.hypot(x - mx + 0.02 * s, y - my - 0.045 * s) / (0.02 * s)
    t.canvas.paint(0.8 * np.exp(-(glint**2)), 225)


def round_dress(t: Tailor) -> None:
    """A plain dress with a round neckline and a row of pearls."""
    light = t.light()
    body(
        t,
        [(0.46, 0.055), (0.33, 0.13), (0.17, 0.20), (0.0, 0.225)],
        t.looks.cloth,
        light,
        DRESS_HUE,
    )
    t.canvas.shade(
        0.25
        * t.line([(-0.46, 0.08), (-0.2, 0.22), (0.0, 0.25), (0.2, 0.22), (0.46, 0.08)], 1, 2, 1.5)
    )
    pearls(t)


def jumper(t: Tailor) -> None:
    """A knitted jumper with a ribbed round neck."""
    light = t.light()
    body(
        t,
        [(0.40, -0.04), (0.28, 0.055), (0.14, 0.11), (0.0, 0.125)],
        t.looks.cloth,
        light,
        DRESS_HUE,
    )
    x, y = grid()
    s, (mx, my) = t.head.scale, t.head.pit
    outer = t.cut([(0.42, -0.05), (0.31, 0.09), (0.14, 0.165), (0.0, 0.18), (-0.14, 0.165), (-0.31, 0.09),
                   (-0.42, -0.05), (-0.33, -0.13), (0.0, 0.0), (0.33, -0.13)])  # fmt: skip
    inner = t.cut([(0.34, -0.10), (0.25, 0.03), (0.13, 0.085), (0.0, 0.10), (-0.13, 0.085), (-0.25, 0.03),
                   (-0.34, -0.10), (0.0, -0.45)])  # fmt: skip
    ribs = 1 + 0.10 * np.sin(np.arctan2(x - mx, y - my + 0.5 * s) * 60)
    t.sew(outer * (1 - inner), t.looks.cloth * 1.08 * ribs * light, DRESS_HUE, 0.4)


def v_neck(t: Tailor) -> None:
    """A dark dress with a deep V, wrapped across."""
    light = t.light()
    body(
        t, [(0.43, 0.02), (0.30, 0.16), (0.10, 0.47), (0.0, 0.53)], t.looks.cloth, light, DRESS_HUE
    )
    for side in (-1, 1):
        band = [
            (0.36, -0.04),
            (0.47, 0.06),
            (0.34, 0.30),
            (-0.02, 0.75),
            (-0.06, 0.60),
            (0.22, 0.24),
        ]
        t.sew(t.cut(band, side), t.looks.cloth * (light + 0.12), DRESS_HUE, 0.5)


def pearls(t: Tailor) -> None:
    """A string of pearls."""
    x, y = grid()
    s = t.head.scale
    for k in np.linspace(-1, 1, 27):
        px, py = t.head.pit + s * np.array(
            [0.285 * np.sin(k * 1.45), -0.14 + 0.20 * np.cos(k * 1.45)]
        )
        r = 0.0165 * s
        away = np.hypot(x - px, y - py) / r
        light = 150 + 75 * np.exp(
            -((np.hypot(x - px + 0.35 * r, y - py + 0.4 * r) / (0.6 * r)) ** 2)
        )
        t.sew(
            np.clip((1.12 - away) / 0.24, 0, 1), light - 45 * np.clip(away, 0, 1) ** 3, WHITE, 0.3
        )


CLOTHES: dict[str, Callable[[Tailor], None]] = {
    "suit": suit,
    "waistcoat": waistcoat,
    "open shirt": open_shirt,
    "blouse": blouse,
    "lace": lace_dress,
    "pearls": round_dress,
    "jumper": jumper,
    "v-neck": v_neck,
}


def dress(head: Head, looks: Looks, canvas: Canvas, rng: np.random.Generator) -> None:
    """Put on what the sitter wears."""
    CLOTHES[looks.wears](Tailor(head, looks, canvas, rng))
