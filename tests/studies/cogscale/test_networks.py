from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("cogscale")

from studies.cogscale.networks import Network


@pytest.mark.parametrize(
    ("task", "kind", "units", "published"),
    [
        ("discrete_postcasting", "lstm", 44, 9864),
        ("continuous_postcasting", "lstm", 14, 967),
        ("simple_copy", "gru", 51, 9902),
        ("adding_problem", "gru", 11, 939),
    ],
)
def test_budgets_are_those_of_the_table(task, kind, units, published):
    """PyTorch's LSTM has a second bias that does nothing of its own; Keras's GRU has both."""
    model = Network(task, kind, units).build(seed=0, rate=0.001)
    assert model.count_params() == published - (4 * units if kind == "lstm" else 0)
    bound = 1 / math.sqrt(units)
    for weight in model.trainable_variables:
        assert np.abs(weight).max() <= bound
        assert np.abs(weight).max() > bound / 2


def test_the_transformer_has_the_size_of_the_table():
    """10,508 less the 4 * 20 biases of attention in each of two blocks."""
    model = Network("discrete_postcasting", "transformer", 20).build(seed=0, rate=0.001)
    assert model.count_params() == 10508 - 2 * 4 * 20
