from __future__ import annotations

import pytest
from matplotlib.colors import to_rgb

from echospan.errors import DataError
from echospan.report import figures
from report.samples import grid, variants

from .helpers import texts


def test_cells_are_annotated_in_their_order() -> None:
    figure = figures.grid(grid(), variants(), 0.01)
    assert texts(figure, "accuracy") == ["1 %", "1 %", "3.7 %", "99.7 %"]
    assert texts(figure, "details")[2] == "3.3 to 4.1 % · 3 seeds"
    assert texts(figure, "row") == ["rows as in the\ntutorial", "rows aligned"]
    assert texts(figure, "column") == ["one step", "through the sequence"]
    assert "chance: 1 %" in texts(figure)


def test_text_stands_out_from_its_cell() -> None:
    figure = figures.grid(grid(), variants())
    cells = [patch for patch in figure.axes[0].patches if patch.get_gid() == "cell"]
    words = [text for text in figure.axes[0].texts if text.get_gid() == "accuracy"]
    for cell, word in zip(cells, words, strict=True):
        ground = sum(cell.get_facecolor()[:3])
        ink = sum(to_rgb(word.get_color()))
        assert abs(ground - ink) > 1.2


def test_a_variant_that_is_missing_is_said_to_be() -> None:
    figure = figures.grid(grid(), variants()[:3])
    assert len(texts(figure, "accuracy")) == 3
    assert "not run" in texts(figure)


@pytest.mark.parametrize(
    "changes", [{"cells": [["a"], ["b"]]}, {"cells": []}, {"rows": []}, {"columns": None}]
)
def test_what_does_not_fit(changes: dict[str, object]) -> None:
    with pytest.raises(DataError, match="grid cells must have"):
        figures.grid(grid(**changes), variants())
