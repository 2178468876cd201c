"""No held-out loss is below the lowest possible one, which is known exactly for some processes."""

from __future__ import annotations

import numpy as np
import pytest

import echospan
from studies.needs.exact import (
    EVEN_MOVES,
    HIDDEN_MOVES,
    autoregression_curve,
    hidden_curve,
    lowest_possible,
    standard_errors_below,
)
from studies.needs.processes import AR3, PROCESSES


def test_the_lowest_possible_losses_are_those_of_the_literature():
    curve = autoregression_curve(AR3, 4)
    assert curve / curve[0] == pytest.approx([1, 0.8678, 0.8658, 0.7273, 0.7273], abs=1e-4)
    even = [0.9183, 0.8742, 0.7925, 0.7704, 0.7296, 0.7185, 0.6981]
    assert hidden_curve(EVEN_MOVES, 6) == pytest.approx(even, abs=1e-4)
    assert hidden_curve(HIDDEN_MOVES, 2) == pytest.approx([0.9341, 0.8705, 0.8480], abs=1e-4)
    assert lowest_possible("parity 3, 5", 1, 5)[[4, 5]] == pytest.approx([1, 0.4690], abs=1e-4)
    assert lowest_possible("Mackey-Glass", 1, 5) is None


def test_the_entropy_of_a_chain_is_that_of_its_symbols():
    series = PROCESSES["Markov 2"].make(3, 60_000).astype(int)
    pairs = np.bincount(series[1:] * 3 + series[:-1], minlength=9).reshape(3, 3) / len(series)
    bits = -(pairs * np.log2(pairs / pairs.sum(0))).sum()
    assert lowest_possible("Markov 2", 3, 2)[1] == pytest.approx(bits, abs=0.01)


FAR = 3.0
"""Standard errors that a sound loss may lie below what is expected at best."""


@pytest.mark.parametrize("name", ["AR(3)", "driven", "Markov 1", "parity 3, 5"])
def test_no_loss_is_lower_than_possible(name):
    report = echospan.needs(PROCESSES[name].make(4, 400), lookbacks=[1, 3, 5], seed=4)
    losses = [(point.lookback, point.loss, *point.interval) for point in report.curve]
    assert max(standard_errors_below(name, 4, losses).values()) < FAR


def test_a_leak_is_seen():
    # What a model remembers of the values that it is scored on: half of the noise.
    losses = [(3, 0.5, 0.45, 0.55)]
    assert standard_errors_below("AR(3)", 1, losses)[3] > FAR
