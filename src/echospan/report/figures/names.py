"""Names beside the marks of a figure, placed so that none lies on another or on a mark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

GID = "name"
DISTANCES = (5, 9, 14, 20, 28, 38, 50, 64, 80, 100, 125, 150)
"""From a mark to its name, in points, the nearest first."""
DIRECTIONS = (30, 150, -30, -150, 90, -90, 0, 180, 60, 120, -60, -120)
"""In degrees, those first at which a reader looks first."""
MARK = 4.5
"""Half the width of a mark, in points."""
GAP = 1.0
"""Left free around a name, in points."""
LINE_FROM = 14
"""From this distance on, in points, a line leads to the mark."""


class Name(NamedTuple):
    """What stands beside a mark.

    Attributes:
        x: Of the mark, in data.
        y: Of the mark, in data.
        text: The name.
        size: Of the type, in points.
        colour: Of the type.
        weight: Of the type.
    """

    x: float
    y: float
    text: str
    size: float
    colour: str
    weight: str = "normal"


def place_names(
    axes: Axes, names: Sequence[Name], bars: Sequence[tuple[float, float, float, float]] = ()
) -> int:
    """Write names beside their marks, in their order; one that finds no room is left out.

    A name that is not next to its mark has a line that leads there. The limits of the axes must
    not change any more.

    Args:
        axes: Whose.
        names: The most important first.
        bars: x, lower and upper end, in data, of upright bars that names are to lie beside, where
            they can; and how many points each of them goes on.

    Returns:
        How many were left out.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()  # The layout is found now.
    point = figure.dpi / 72
    inside = np.asarray(axes.get_window_extent().extents, float)
    places = axes.transData.transform([(name.x, name.y) for name in names]).reshape(-1, 2)
    half = MARK * point
    taken = [np.array([x - half, y - half, x + half, y + half]) for x, y in places]
    soft = [_bar(axes, *bar[:3], bar[3] * point, half / 2) for bar in bars]
    left_out = 0
    for name, (x, y) in zip(names, places, strict=True):
        made = _written(axes, name)
        box = made.get_window_extent()
        size = np.array([box.width, box.height]) + 2 * GAP * point
        found = _free(x, y, size, taken + soft, inside, point)
        found = _free(x, y, size, taken, inside, point) if found is None else found
        if found is None:
            made.remove()
            left_out += 1
            continue
        centre, distance = found
        made.xyann = tuple((centre - (x, y)) / point)
        taken.append(np.concatenate([centre - size / 2, centre + size / 2]))
        if distance >= LINE_FROM:
            nearest = np.clip((x, y), centre - size / 2, centre + size / 2)
            taken.extend(_along(x, y, nearest, half))
            _line(axes, name, (nearest - (x, y)) / point)
    return left_out


def _written(axes: Axes, name: Name) -> Annotation:
    made = axes.annotate(
        name.text, (name.x, name.y), (0, 0), textcoords="offset points", fontsize=name.size,
        weight=name.weight, color=name.colour, ha="center", va="center", gid=GID, zorder=5,
    )  # fmt: skip
    made.set_in_layout(False)
    return made


def _line(axes: Axes, name: Name, offset: np.ndarray) -> None:
    made = axes.annotate(
        "", (name.x, name.y), tuple(offset), textcoords="offset points", gid="leader",
        arrowprops={"arrowstyle": "-", "color": name.colour, "linewidth": 0.6, "alpha": 0.6,
                    "shrinkA": 0, "shrinkB": MARK},
    )  # fmt: skip
    made.set_in_layout(False)


def _bar(axes: Axes, x: float, low: float, high: float, more: float, half: float) -> np.ndarray:
    (left, bottom), (right, top) = axes.transData.transform([(x, low), (x, high)])
    return np.array([left - half, bottom, right + half, top + more])


def _free(
    x: float,
    y: float,
    size: np.ndarray,
    taken: Sequence[np.ndarray],
    inside: np.ndarray,
    point: float,
) -> tuple[np.ndarray, float] | None:
    """The middle of the first place that lies on nothing, and its distance in points."""
    boxes = np.array(taken)
    own = (boxes[:, 0] <= x) & (x <= boxes[:, 2]) & (boxes[:, 1] <= y) & (y <= boxes[:, 3])
    for distance in DISTANCES:
        for centre in _around(x, y, size, (MARK + distance) * point):
            low, high = centre - size / 2, centre + size / 2
            if (low < inside[:2]).any() or (high > inside[2:]).any():
                continue
            if _hits(boxes, low, high).any():
                continue
            if distance >= LINE_FROM:
                # Its line may begin at marks that lie on its own, and cross nothing else.
                nearest = np.clip((x, y), low, high)
                pieces = _along(x, y, nearest, MARK * point)
                if any((_hits(boxes, each[:2], each[2:]) & ~own).any() for each in pieces):
                    continue
            return centre, distance
    return None


def _around(x: float, y: float, size: np.ndarray, radius: float) -> Iterator[np.ndarray]:
    for angle in np.radians(DIRECTIONS):
        along = np.array([np.cos(angle), np.sin(angle)])
        # So far out that the box's edge, not its middle, has that distance.
        yield np.array([x, y]) + along * radius + np.clip(along * 1.5, -1, 1) * size / 2


def _hits(boxes: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return np.asarray(((boxes[:, :2] < high) & (low < boxes[:, 2:])).all(axis=1))


def _along(x: float, y: float, end: np.ndarray, half: float) -> list[np.ndarray]:
    """Small boxes along a line from a mark's edge."""
    start, steps = np.array([x, y]), max(2, int(np.hypot(*(end - (x, y))) // 3))
    points = [start + (end - start) * share for share in np.linspace(0, 1, steps)]
    return [np.array([*(each - 0.5), *(each + 0.5)]) for each in points
            if np.abs(each - start).max() > half][:-1]  # fmt: skip
