from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from echospan.verify import cogscale
from echospan.verify.work import Work

pytest.importorskip("cogscale")


def test_conventions():
    assert cogscale.echo_lag(Work()).value == 15
    assert cogscale.copy_lag(Work()).value == 61


@pytest.mark.parametrize(
    ("task", "kind", "units", "published"),
    [
        ("discrete_postcasting", "lstm", 44, 9864),
        ("discrete_postcasting", "gru", 51, 9749),
        ("continuous_postcasting", "lstm", 48, 9841),
        ("simple_copy", "lstm", 44, 10040),
        ("adding_problem", "gru", 49, 9717),
    ],
)
def test_budgets_are_those_of_the_table(task, kind, units, published):
    """PyTorch's LSTM has a second bias that does nothing of its own; Keras's GRU has both."""
    model = cogscale.build(cogscale.load(task, 0), kind, units, seed=0, rate=0.001)
    assert model.count_params() == published - (4 * units if kind == "lstm" else 0)
    bound = 1 / math.sqrt(units)
    for weight in model.trainable_variables:
        assert np.abs(weight).max() <= bound
        assert np.abs(weight).max() > bound / 2


def test_the_adding_problem_has_one_class_a_sequence():
    """In cogscale 0.2.0 the wrong classes of the scored step hold the mask, not 0."""
    data = cogscale.load("adding_problem", 0)
    assert (data.train.weight.sum(axis=1) == 1).all()
    x, y = data.train.x, data.train.y
    marked = (x[..., :8].argmax(-1) * x[..., 8]).sum(axis=1)
    assert (y[:, -1] == marked).all()


def test_patience_and_the_best_epoch(monkeypatch):
    monkeypatch.setattr("echospan.engine.values.copy", lambda values: values)
    run = cogscale.Run(0, 0.1)
    errors = [0.5, 0.4, *[0.45] * 9]
    for epoch, error in enumerate(errors, 1):
        assert not run.look(SimpleNamespace(epoch=epoch, values=epoch), error)
    assert run.look(SimpleNamespace(epoch=12, values=12), 0.4)
    assert (run.valid, run.best, run.epochs) == (0.4, 2, 12)
