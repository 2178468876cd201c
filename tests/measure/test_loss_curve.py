from __future__ import annotations

import numpy as np
import pytest

from echospan.measure.loss_curve import start_of_end, still_falling

EPOCHS = np.arange(500)


def noise(seed, size=500):
    return np.random.default_rng(seed).standard_normal(size)


@pytest.mark.parametrize(
    "curve",
    [
        4.6 * 0.997**EPOCHS,
        4.6 * 0.997**EPOCHS * np.exp(0.1 * noise(0)),
        4.6 - 0.004 * EPOCHS + 0.05 * noise(1),
        # Flat for long, then it falls: what an LSTM does at a longer lag.
        np.where(EPOCHS < 300, 4.6, 4.6 * 0.995 ** (EPOCHS - 300)) + 0.02 * noise(2),
        # One epoch that went wrong doesn't hide the fall.
        np.where(EPOCHS == 480, 50.0, 4.6 * 0.997**EPOCHS),
        4.6 * 0.9 ** np.arange(24),
    ],
    ids=["clean", "noisy", "straight", "late", "spike", "short"],
)
def test_a_fall_is_found(curve):
    assert still_falling(curve)


@pytest.mark.parametrize(
    "curve",
    [
        np.full(500, 4.6),
        # It fell, and has reached what it can reach.
        4.6 * 0.9**EPOCHS + 1 + 0.02 * noise(3),
        4.6 * 0.997 ** EPOCHS[::-1],
        np.where(EPOCHS == 250, 50.0, 1.0),
        np.where(EPOCHS < 480, 4.6, 4.0),
        # A drift of a thousandth: no epochs are worth that.
        4.6 - 1e-5 * EPOCHS,
        np.full(500, np.nan),
        [],
        [3.0, 2.0, 1.0],
    ],
    ids=["flat", "converged", "rising", "spike", "step", "drift", "nan", "empty", "too-short"],
)
def test_what_is_no_fall(curve):
    assert not still_falling(curve)


@pytest.mark.parametrize("epochs", [24, 200, 2000])
def test_noise_is_hardly_ever_taken_for_a_fall(epochs):
    found = sum(still_falling(1 + 0.2 * noise(seed, epochs)) for seed in range(1000))
    assert found <= 5


def test_missing_losses_are_left_out():
    curve = 4.6 * 0.997**EPOCHS
    curve[::7] = np.nan
    assert still_falling(curve)


def test_the_start_of_the_end():
    assert start_of_end(np.linspace(1, 0, 500)) == pytest.approx(0.375, abs=0.01)
