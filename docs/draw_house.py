"""Writes docs/house.svg: the rooms of the package, and which imports which.

Rooms are the folders of `nostalgia` and the module `pipeline`. The arrows are read from the code,
and each room stands as low as its imports allow. The other modules at the root are one box at the
bottom; the layer table of `pyproject.toml` has them too.

python docs/draw_house.py
"""

import itertools
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

import grimp

ROOT = Path(__file__).parents[1]
PICTURE = Path(__file__).parent / "house.svg"
PACKAGE = "nostalgia"

PIPELINE = {
    "photo": "reads and crops photos",
    "faces": "finds faces and landmarks",
    "scene": "decides who moves, and how",
    "drivers": "motion to take over",
    "enhancement": "restores faces",
    "motion": "where each pixel comes from",
    "rendering": "moves the photo's pixels",
    "clips": "writes and reads clips",
}
"""Rooms that a photo passes through, in this order."""
AROUND = {
    "pipeline": "the order of the stages",
    "stills": "writes restored photos",
    "cli": "the commands",
    "app": "the page in the browser",
    "album": "trees, batches, albums",
    "weights": "network weights",
}
"""Rooms that stand around the pipeline."""
BESIDE = ("cli", "app", "album", "weights")
"""Rooms of the left column."""
GROUND = {"files"}
"""Folders that count as modules at the root."""

BOX_W, BOX_H, GAP_X, GAP_Y, EDGE = 196, 54, 30, 46, 28
HEAD_H, FLOOR_H, FOOT_H = 62, 58, 34
STYLE = """
  text { font-family: system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #23303b }
  .page { fill: #fcfbf8; stroke: #d9d4c8 }
  .stage { fill: #f6e3bd; stroke: #b9812b }
  .around { fill: #e7ecf1; stroke: #8496a8 }
  .floor { fill: #f1efe9; stroke: #b8b2a4 }
  .title { font-size: 17px; font-weight: 600 }
  .room { font-size: 15px; font-weight: 600 }
  .says { font-size: 12px; fill: #55616c }
  .number { font-size: 12px; font-weight: 700; fill: #8f5f12 }
  .arrow { fill: none; stroke: #5f6c78; stroke-width: 1.4; marker-end: url(#tip) }
  .tip { fill: #5f6c78 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e8e6e1 } .page { fill: #1b2026; stroke: #3a424b }
    .stage { fill: #4c3a17; stroke: #c8963f } .around { fill: #2b3540; stroke: #71859a }
    .floor { fill: #252a30; stroke: #59616a } .says { fill: #b4bcc4 } .number { fill: #f0c878 }
    .arrow { stroke: #9aa7b3 } .tip { fill: #9aa7b3 }
  }
"""

Imports = dict[str, set[str]]


class Place(NamedTuple):
    """Upper left corner of a box, in pixels."""

    x: float
    y: float

    @property
    def middle(self) -> float:
        """Horizontal middle of the box."""
        return self.x + BOX_W / 2


def room_imports() -> Imports:
    """Rooms and root modules, each with those that its modules import."""
    graph = grimp.build_graph(PACKAGE, cache_dir=None)
    imports: Imports = {}
    for module in graph.modules:
        if module == PACKAGE:
            continue
        importer = module.split(".")[1]
        imported = graph.find_modules_directly_imported_by(module) - {PACKAGE}
        found = imports.setdefault(importer, set())
        found |= {each.split(".")[1] for each in imported} - {importer}
    return imports


def without_detours(imports: Imports) -> Imports:
    """Imports less those that a longer way through other rooms implies."""

    def reached(name: str) -> set[str]:
        return imports[name].union(*(reached(each) for each in imports[name]))

    return {
        name: direct - set().union(*(reached(each) for each in direct))
        for name, direct in imports.items()
    }


def rows(imports: Imports) -> list[list[str]]:
    """Rooms by height, highest first: each stands above all that it imports."""

    def height(name: str) -> int:
        return 1 + max((height(each) for each in imports[name]), default=-1)

    heights = {name: height(name) for name in sorted(imports)}
    highest_first = range(max(heights.values()), -1, -1)
    return [[name for name in heights if heights[name] == level] for level in highest_first]


def places(imports: Imports) -> dict[str, Place]:
    """Boxes of the rooms, in the order within rows that has the fewest crossings."""
    lines = rows(imports)
    middle = [[name for name in line if name not in BESIDE] for line in lines]
    widest = max(len(line) for line in middle)
    best: tuple[tuple[int, float], dict[str, Place]] | None = None
    for order in itertools.product(*(itertools.permutations(line) for line in middle)):
        found: dict[str, Place] = {}
        for number, (line, names) in enumerate(zip(lines, order, strict=True)):
            y = HEAD_H + number * (BOX_H + GAP_Y)
            beside = [name for name in line if name in BESIDE]
            for step, name in enumerate(beside):
                found[name] = Place(EDGE, y + step * (BOX_H + 8))
            left = EDGE + (BOX_W + GAP_X) * (1.15 + (widest - len(names)) / 2)
            for step, name in enumerate(names):
                found[name] = Place(left + step * (BOX_W + GAP_X), y)
        cost = cost_of(found, imports)
        if best is None or cost < best[0]:
            best = cost, found
    assert best is not None, "there is no room"
    return best[1]


def cost_of(found: dict[str, Place], imports: Imports) -> tuple[int, float]:
    """Crossings of the arrows, and how far they lead sideways."""
    arrows = [(found[a], found[b]) for a in sorted(imports) for b in sorted(imports[a])]
    crossings = sum(
        (a.x - c.x) * (b.x - d.x) < 0 and max(a.y, c.y) < min(b.y, d.y)
        for (a, b), (c, d) in itertools.combinations(arrows, 2)
    )
    return crossings, sum(abs(a.x - b.x) for a, b in arrows)


def box(name: str, place: Place) -> str:
    """A room: its name, what it does, and its number in the pipeline."""
    stages = list(PIPELINE)
    kind = "stage" if name in PIPELINE else "around"
    says = (PIPELINE | AROUND)[name]
    number = ""
    if name in PIPELINE:
        number = (
            f'<text class="number" x="{place.x + 10:g}" y="{place.y + 18:g}">'
            f"{stages.index(name) + 1}</text>"
        )
    return (
        f'<rect class="{kind}" x="{place.x:g}" y="{place.y:g}" '
        f'width="{BOX_W}" height="{BOX_H}" rx="8"/>{number}'
        f'<text class="room" x="{place.middle:g}" y="{place.y + 23:g}" '
        f'text-anchor="middle">{escape(name)}</text>'
        f'<text class="says" x="{place.middle:g}" y="{place.y + 41:g}" '
        f'text-anchor="middle">{escape(says)}</text>'
    )


def arrow(start: Place, end: Place, leaves: float, arrives: float, gaps: list[Place]) -> str:
    """A curve from the lower edge of a box through gaps of the rows between to another box."""
    x, y = start.x + BOX_W * leaves, start.y + BOX_H
    path = f"M{x:g} {y:g}"
    for stop in (*gaps, Place(end.x + BOX_W * arrives, end.y - 2)):
        bend = (stop.y - y) * 0.55
        path += f" C{x:g} {y + bend:g} {stop.x:g} {stop.y - bend:g} {stop.x:g} {stop.y:g}"
        x, y = stop.x, stop.y
        if stop in gaps:
            y += BOX_H
            path += f" V{y:g}"
    return f'<path class="arrow" d="{path}"/>'


def gaps_between(
    found: dict[str, Place], start: Place, end: Place, taken: set[Place]
) -> list[Place]:
    """Free places in the rows that an arrow passes, each the nearest to its straight line.

    They are added to those that are taken; arrows through one gap run side by side.
    """
    passed = sorted({place.y for place in found.values() if start.y < place.y < end.y})
    gaps = []
    for y in passed:
        boxes = [place.x for place in found.values() if place.y == y]
        free = {x - GAP_X / 2 for x in boxes} | {x + BOX_W + GAP_X / 2 for x in boxes}
        on_line = start.middle + (end.middle - start.middle) * (y - start.y) / (end.y - start.y)
        if any(x - 8 < on_line < x + BOX_W + 8 for x in boxes):
            on_line = min(sorted(free), key=lambda x: abs(x - on_line))
        while Place(on_line, y) in taken:
            on_line += 6
        gaps.append(Place(on_line, y))
    taken.update(gaps)
    return gaps


def share(names: list[str], name: str) -> float:
    """Position of one neighbour's arrow along the edge of a box, 0..1."""
    return 0.5 if len(names) == 1 else 0.3 + 0.4 * names.index(name) / (len(names) - 1)


def house() -> str:
    """The picture, as SVG."""
    everything = room_imports()
    rooms = {name for name in everything if name in PIPELINE or name in AROUND}
    folders = {path.parent.name for path in (ROOT / PACKAGE).glob("*/__init__.py")}
    assert folders <= rooms | GROUND, f"say in PIPELINE or AROUND what these do: {folders - rooms}"
    imports = without_detours({name: everything[name] & rooms for name in sorted(rooms)})
    found = places(imports)

    def from_left(names: set[str]) -> list[str]:
        return sorted(names, key=lambda name: (found[name].x, name))

    taken: set[Place] = set()
    parts = [
        arrow(
            found[name],
            found[each],
            share(from_left(imports[name]), each),
            share(from_left({other for other in imports if each in imports[other]}), name),
            gaps_between(found, found[name], found[each], taken),
        )
        for name in sorted(imports)
        for each in sorted(imports[name])
    ]
    parts += [box(name, found[name]) for name in sorted(found)]
    width = max(place.x for place in found.values()) + BOX_W + EDGE
    floor_y = max(place.y for place in found.values()) + BOX_H + 28
    height = floor_y + FLOOR_H + FOOT_H
    ground = sorted(set(everything) - rooms - {"__main__"})
    parts += [
        f'<rect class="floor" x="{EDGE}" y="{floor_y:g}" width="{width - 2 * EDGE:g}" '
        f'height="{FLOOR_H}" rx="8"/>',
        text("room", floor_y + 23, "modules at the root, shared by the rooms", width),
        text("says", floor_y + 43, ", ".join(ground), width),
        text("title", 30, "A photo passes through rooms 1 to 8", width),
        text("says", 48, "Arrows are imports. Those implied by other arrows are left out.", width),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="Rooms of the package and their imports"><style>{STYLE}</style>'
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" '
        'markerHeight="7" orient="auto"><path class="tip" d="M0 0L10 5L0 10z"/></marker></defs>\n'
        f'<rect class="page" x="1" y="1" width="{width - 2:g}" height="{height - 2:g}" rx="12"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def text(kind: str, y: float, words: str, width: float) -> str:
    """A line of text in the middle of the picture."""
    return (
        f'<text class="{kind}" x="{width / 2:g}" y="{y:g}" '
        f'text-anchor="middle">{escape(words)}</text>'
    )


if __name__ == "__main__":
    PICTURE.write_text(house(), encoding="utf-8")
