from __future__ import annotations

import math

import numpy as np
import pytest

from echospan.backend import keras_on_jax
from echospan.models.init import Init
from echospan.models.readout import Classes, Value


@pytest.fixture(autouse=True)
def keras():
    return keras_on_jax()


def test_the_highest_score_is_the_answer():
    outputs = np.array([[[0.1, 3.0, 0.2], [5.0, -1.0, 4.9]]])
    assert Classes().decode(outputs, 3, np).tolist() == [[1, 0]]


@pytest.mark.parametrize(("value", "symbol"), [(0.0, 0), (0.26, 1), (0.5, 2), (7.0, 4), (-3.0, 0)])
def test_the_nearest_symbol_is_the_answer(value, symbol):
    assert Value().decode(np.array([[value]]), 5, np).tolist() == [symbol]


def test_symbols_as_values_and_back():
    symbols = np.arange(100)
    told = Value().targets(symbols, 100, np)
    assert told.shape == (100, 1)
    assert Value().decode(told, 100, np).tolist() == symbols.tolist()


def test_equal_scores_cost_ln_k():
    loss = Classes().loss()(np.array([3, 8]), np.zeros((2, 10), "float32"))
    assert float(loss) == pytest.approx(math.log(10), rel=1e-6)


def test_the_best_constant_costs_a_twelfth():
    symbols = np.arange(1000)
    loss = Value().loss()(Value().targets(symbols, 1000, np), np.full((1000, 1), 0.5, "float32"))
    assert float(loss) == pytest.approx(1 / 12, rel=0.01)


@pytest.mark.parametrize("readout", [Classes(), Value()])
def test_only_scored_targets_count(readout):
    generator = np.random.default_rng(0)
    outputs = generator.random((4, 5 if isinstance(readout, Classes) else 1)).astype("float32")
    known = readout.targets(np.array([1, 2, 3, 4]), 5, np)
    loss = readout.loss()
    part = loss(known[:2], outputs[:2])
    outputs[2:] = 99.0
    weighted = loss(known, outputs, sample_weight=np.array([1, 1, 0, 0], "float32"))
    assert float(weighted) == pytest.approx(float(part), rel=1e-6)


@pytest.mark.parametrize(("readout", "width"), [(Classes(), 7), (Value(), 1)])
def test_layers_are_as_wide_as_the_answer(readout, width):
    assert readout.layer(7, Init(0)).units == width
    assert [metric.name for metric in readout.metrics()] == (["accuracy"] if width == 7 else [])
