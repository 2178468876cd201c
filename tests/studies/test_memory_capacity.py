from __future__ import annotations

import numpy as np
import pytest

from studies.memory_capacity import delays, memory_capacity, ridge


@pytest.fixture(scope="module")
def signal():
    return np.random.default_rng(0).uniform(-0.8, 0.8, 6000)


def delay_line(signal, taps):
    """States of a shift register that keeps the last `taps` inputs before the present one."""
    padded = np.concatenate([np.zeros(taps), signal])
    return np.stack([padded[taps - k : len(padded) - k] for k in range(1, taps + 1)], axis=1)


def capacity(states, signal, lags=50, penalty=1e-7, test=1000):
    states, targets = states[lags:], delays(signal, lags)
    weights = ridge(states[:-test], targets[:-test], penalty)
    return memory_capacity(targets[-test:], states[-test:] @ weights[:-1] + weights[-1])


def test_delays_by_hand():
    assert delays(np.array([5, 6, 7, 8, 9]), 2).tolist() == [[6, 5], [7, 6], [8, 7]]


def test_a_delay_line_has_its_number_of_taps(signal):
    found = capacity(delay_line(signal, 20), signal)
    # 30 lags are out of reach; 20 readouts fitted on 4,950 steps add nothing that shows.
    assert found.total == pytest.approx(20, abs=0.3)
    assert found.by_lag[:20].min() > 0.999
    assert np.abs(found.by_lag[20:]).max() < 0.02


def test_states_that_never_heard_the_signal_have_none(signal):
    """Over many draws about zero, where the plain sum is 50 / 999."""
    generator = np.random.default_rng(1)
    found = [capacity(generator.normal(size=(6000, 8)), signal) for _ in range(20)]
    # The sum of 50 capacities has a standard deviation of sqrt(50) * sqrt(2) / 999 = 0.01.
    assert np.mean([each.total for each in found]) == pytest.approx(0, abs=0.01)
    assert np.mean([each.raw for each in found]) == pytest.approx(50 / 999, abs=0.01)


def test_a_linear_network_stays_below_its_size(signal):
    generator = np.random.default_rng(2)
    weights = generator.normal(size=(12, 12))
    weights *= 0.95 / np.abs(np.linalg.eigvals(weights)).max()
    into = generator.uniform(-1, 1, 12)
    state, states = np.zeros(12), []
    for value in signal:
        states.append(state)
        state = weights @ state + into * value
    found = capacity(np.array(states), signal, penalty=0.0)
    assert 6 < found.total <= 12.1


def test_a_constant_prediction_explains_nothing():
    delayed = np.random.default_rng(0).normal(size=(100, 3))
    found = memory_capacity(delayed, np.ones((100, 3)))
    assert found.raw == 0
    assert memory_capacity(delayed, -5 * delayed + 2).total == pytest.approx(3)


def test_shapes():
    with pytest.raises(ValueError, match="of one shape and at least 3 steps"):
        memory_capacity(np.zeros((10, 2)), np.zeros((10, 3)))
