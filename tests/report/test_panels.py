from __future__ import annotations

import math
from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from echospan.report import RunView
from echospan.report.panels import chance_loss, panels

from . import samples


def names(view: RunView) -> list[str]:
    return [panel.name for panel in panels(view)]


def test_a_finished_run_has_all_figures_once(view: RunView) -> None:
    assert names(view) == ["sequence", "positions", "baselines", "training", "hidden-state"]
    for panel in panels(view):
        assert isinstance(panel.draw(), Figure)
        assert panel.caption.endswith(".")


def test_variants_become_a_grid_or_curves_or_dots(view: RunView) -> None:
    both = samples.result(variants=samples.variants(), grid=samples.grid())
    assert names(replace(view, result=both))[0] == "grid"
    dots = samples.result(variants=samples.variants())
    assert names(replace(view, result=dots))[0] == "variants"
    curves = samples.result(variants=samples.lag_variants())
    assert names(replace(view, result=curves))[0] == "lags"


def test_what_is_missing_has_no_figure(view: RunView) -> None:
    bare = replace(view, result=None, history={}, hidden={})
    assert names(bare) == []
    one = samples.result(accuracy_by_position={"position": [3], "accuracy": [0.5]}, baselines={})
    assert "positions" not in names(replace(view, result=one))
    assert "baselines" not in names(replace(view, result=one))


def test_alternative_texts_come_from_the_numbers(view: RunView) -> None:
    said = {panel.name: panel.alt for panel in panels(view)}
    assert "22 of 24 scored steps right" in said["sequence"]
    assert "from 99 % to 100 %" in said["positions"]
    assert "window 99.8 %; random guesses 1 %" in said["baselines"].replace("0.99 %", "1 %")
    assert "60 recorded epochs" in said["training"]
    assert "6 units over 12 steps" in said["hidden-state"]


@pytest.mark.parametrize(
    ("task", "model", "expected"),
    [
        ({"symbols": 100}, {}, math.log(100)),
        ({"symbols": 100}, {"output": "value"}, None),
        ({"symbols": 1}, {}, None),
        ({}, {}, None),
    ],
)
def test_chance_loss(
    task: dict[str, object], model: dict[str, object], expected: float | None
) -> None:
    assert chance_loss(RunView("r", "x", config={"task": task, "model": model})) == expected
