"""Names lie on no other name and on no mark, however many there are."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from echospan.report.figures import style
from echospan.report.figures.names import GID, Name, place_names
from echospan.report.figures.reference import against_state
from echospan.results.reference import ReferenceTable
from echospan.spans.reference import shipped_rows
from report.sheets import full_sheet


def boxes(axes: Axes) -> list[Bbox]:
    axes.figure.canvas.draw()
    return [text.get_window_extent() for text in axes.texts if text.get_gid() == GID]


def crossing(found: list[Bbox]) -> int:
    return sum(one.overlaps(other) for one, other in combinations(found, 2))


@pytest.mark.parametrize("points", [1, 16, 80])
@pytest.mark.parametrize("wide", [style.WIDTH, style.COLUMN])
def test_none_lies_on_another_or_on_a_mark(points: int, wide: float) -> None:
    random = np.random.default_rng(points)
    with style.at_width(wide), style.styled():
        figure = style.canvas(4.4)
        axes = figure.subplots()
        # A third of the marks lie on top of each other.
        places = [(x, y) if n % 3 else (0.5, 0.5)
                  for n, (x, y) in enumerate(random.uniform(0.02, 0.98, (points, 2)))]  # fmt: skip
        axes.plot(*zip(*places, strict=True), "o", markersize=5.5)
        axes.set(xlim=(0, 1), ylim=(0, 1))
        names = [Name(x, y, f"model-{n}", 7.5, style.INK) for n, (x, y) in enumerate(places)]
        left_out = place_names(axes, names)
        written = boxes(axes)
    assert len(written) + left_out == points
    assert written
    assert points > 20 or not left_out
    assert crossing(written) == 0
    marks = axes.transData.transform(places)
    assert not any(box.contains(*mark) for box in written for mark in marks)
    edge = axes.get_window_extent()
    assert all(edge.x0 <= box.x0 and box.x1 <= edge.x1 for box in written)
    assert all(edge.y0 <= box.y0 and box.y1 <= edge.y1 for box in written)


def test_names_of_marks_on_one_place_would_lie_on_each_other() -> None:
    with style.styled():
        axes = style.canvas(4.4).subplots()
        for _ in range(2):
            axes.annotate("model", (0.5, 0.5), (6, 5), textcoords="offset points", gid=GID)
        assert crossing(boxes(axes)) == 1


@pytest.mark.parametrize("times", [1, 3])
def test_the_reference_table_has_its_names_free(times: int) -> None:
    rows = [row for row in shipped_rows() if row.state_bytes]
    crowd = tuple(replace(row, model=f"{row.model}{n}") for n in range(times) for row in rows)
    with style.styled():
        (axes,) = against_state(ReferenceTable(crowd), [replace(full_sheet(), model="mine")]).axes
        written = boxes(axes)
    assert crossing(written) == 0
    said = [text.get_text() for text in axes.texts if text.get_gid() == GID]
    assert "mine" in said
    room = [text.get_text() for text in axes.texts if "without room" in text.get_text()]
    missing = 1 + len(crowd) - len(said)
    assert room == ([f"{missing} names without room"] if missing > 1 else [])
