from __future__ import annotations

import pytest

pytest.importorskip("cogscale")

from studies.cogscale.data import load
from studies.cogscale.lags import lag_of
from studies.work import Work


def test_the_lags_that_the_data_ask_for():
    assert lag_of(Work(), task="discrete_postcasting").value == 15
    assert lag_of(Work(), task="simple_copy").value == 61


def test_the_adding_problem_has_one_class_a_sequence():
    """In cogscale 0.2.0 the wrong classes of the scored step hold the mask, not 0."""
    data = load("adding_problem", 0)
    assert (data.train.weight.sum(axis=1) == 1).all()
    x, y = data.train.x, data.train.y
    marked = (x[..., :8].argmax(-1) * x[..., 8]).sum(axis=1)
    assert (y[:, -1] == marked).all()
