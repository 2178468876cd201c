"""Draw docs/architecture.svg: the rooms of the package and which imports which.

The rooms and their order come from `.importlinter`, the arrows from the import graph. An arrow that
follows from two others is left out, so that the picture stays readable.

    python tools/draw_architecture.py            # write the picture
    python tools/draw_architecture.py --check    # exit with 1 if it is out of date
"""

from __future__ import annotations

import configparser
import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "architecture.svg"
PACKAGE = "echospan"
LEFT_OUT = {"__init__", "__main__"}
"""They import every room, or only the command line."""

BOX, GAP, ROW, MARGIN = (118, 30), 26, 64, 24
"""Size of a box, space between boxes, distance of rows, space around, in pixels."""


def levels(contract: str) -> list[list[str]]:
    """Rooms by level of the layers contract, the highest first.

    Args:
        contract: Text of `.importlinter`.
    """
    parser = configparser.ConfigParser()
    parser.read_string(contract)
    lines = parser["importlinter:contract:layers"]["layers"].strip().splitlines()
    # Rooms of one level are separated by | (independent) or : (not independent).
    rooms = [[r.strip(" ()") for r in line.replace(":", "|").split("|")] for line in lines]
    return [[r for r in level if r not in LEFT_OUT] for level in rooms if set(level) - LEFT_OUT]


def arrows(package: str = PACKAGE) -> set[tuple[str, str]]:
    """Pairs (room, room that it imports)."""
    import grimp

    graph = grimp.build_graph(package)
    found = set()
    for module in graph.modules:
        for target in graph.find_modules_directly_imported_by(module):
            pair = tuple(name.split(".")[1] for name in (module, target) if "." in name)
            if len(pair) == 2 and pair[0] != pair[1] and not set(pair) & LEFT_OUT:
                found.add((pair[0], pair[1]))
    return found


def reduced(pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The pairs without those that follow from others: the transitive reduction.

    Args:
        pairs: Without a circle.
    """
    below: dict[str, set[str]] = {}
    for above, under in pairs:
        below.setdefault(above, set()).add(under)

    def reachable(room: str) -> set[str]:
        rooms: set[str] = set()
        waiting = list(below.get(room, ()))
        while waiting:
            one = waiting.pop()
            if one not in rooms:
                rooms.add(one)
                waiting += below.get(one, ())
        return rooms

    return {
        (above, under)
        for above, under in pairs
        if not any(under in reachable(other) for other in below[above] - {under})
    }


@dataclass(frozen=True)
class Box:
    """A room's rectangle: its left edge and its top."""

    x: float
    y: float

    @property
    def middle(self) -> float:
        """The horizontal middle."""
        return self.x + BOX[0] / 2


def packed(rooms: list[list[str]], pairs: set[tuple[str, str]]) -> list[list[str]]:
    """Levels joined where no room of one imports a room of the other: fewer rows."""
    rows: list[list[str]] = []
    for level in rooms:
        joined = rows and len(rows[-1]) + len(level) <= 6
        if joined and not any((a, b) in pairs for a in rows[-1] for b in level):
            rows[-1] = rows[-1] + level
        else:
            rows.append(level)
    return rows


def svg(rooms: list[list[str]], pairs: set[tuple[str, str]]) -> str:
    """The picture as SVG text.

    Args:
        rooms: By row, the highest first.
        pairs: The arrows to draw.
    """
    widest = max(len(row) for row in rooms)
    width = 2 * MARGIN + widest * BOX[0] + (widest - 1) * GAP
    height = 2 * MARGIN + (len(rooms) - 1) * ROW + BOX[1]
    boxes = {}
    for number, row in enumerate(rooms):
        own = len(row) * BOX[0] + (len(row) - 1) * GAP
        # Odd rows stand half a box to the side, so that arrows past them can be seen.
        left = (width - own) / 2 + (BOX[0] / 4 if number % 2 and own + BOX[0] < width else 0)
        for place, room in enumerate(row):
            boxes[room] = Box(left + place * (BOX[0] + GAP), MARGIN + number * ROW)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" '
        'aria-label="Rooms of the package; an arrow leads from a room to one that it imports">',
        '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#5b7083"/></marker></defs>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for above, under in sorted(pairs):
        a, b = boxes[above], boxes[under]
        start, end = (a.middle, a.y + BOX[1]), (b.middle, b.y - 2)
        bend = (end[1] - start[1]) / 2
        lines.append(
            f'<path d="M{start[0]:g} {start[1]:g}C{start[0]:g} {start[1] + bend:g} '
            f'{end[0]:g} {end[1] - bend:g} {end[0]:g} {end[1]:g}" fill="none" '
            'stroke="#5b7083" stroke-width="1.2" marker-end="url(#head)"/>'
        )
    for room, box in boxes.items():
        lines.append(
            f'<rect x="{box.x:g}" y="{box.y:g}" width="{BOX[0]}" height="{BOX[1]}" rx="5" '
            'fill="#eaf1f7" stroke="#33566f"/>'
            f'<text x="{box.middle:g}" y="{box.y + 20:g}" text-anchor="middle" '
            f'font-family="sans-serif" font-size="13" fill="#12222e">{escape(room)}</text>'
        )
    return "\n".join([*lines, "</svg>", ""])


def picture() -> str:
    """The picture of the package as it is now."""
    rooms = levels((ROOT / ".importlinter").read_text("utf-8"))
    pairs = arrows()
    return svg(packed(rooms, pairs), reduced(pairs))


def main(arguments: list[str]) -> int:
    """Write the picture, or compare it."""
    drawn = picture()
    if "--check" in arguments:
        current = PICTURE.read_text("utf-8") if PICTURE.exists() else ""
        if current != drawn:
            print("docs/architecture.svg is out of date: run python tools/draw_architecture.py")
        return int(current != drawn)
    PICTURE.write_text(drawn, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
