from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echospan.measure import fano_bits, mutual_information, recalled_bits


@pytest.mark.parametrize("symbols", [2, 10, 100])
def test_an_oracle_holds_all_bits_and_chance_none(symbols):
    generator = np.random.default_rng(0)
    asked = generator.integers(0, symbols, 20_000)
    known = recalled_bits(asked, asked.copy(), symbols)
    assert known.bits == pytest.approx(math.log2(symbols))
    assert known.interval.low > math.log2(symbols) - 0.01
    guessed = recalled_bits(asked, generator.integers(0, symbols, asked.shape), symbols)
    assert guessed.bits < 0.001
    assert guessed.interval.low == 0
    # One symbol always: as uninformed as a guess.
    assert recalled_bits(asked, np.zeros_like(asked), symbols).bits < 0.001


def test_fano_by_hand():
    # K = 2: a binary symmetric channel with 11 % errors carries half a bit.
    assert fano_bits(0.89, 2) == pytest.approx(0.5, abs=0.001)
    # K = 4, right in half: 2 - h(1/2) - log2(3)/2.
    assert fano_bits(0.5, 4) == pytest.approx(2 - 1 - math.log2(3) / 2)
    assert fano_bits(1.0, 8) == 3
    assert fano_bits(0.1, 10) == 0
    assert fano_bits(0.0, 10) == 0


@given(st.floats(0, 1), st.floats(0, 1), st.integers(2, 1000))
def test_more_accuracy_is_never_less_information(first, second, symbols):
    low, high = sorted([first, second])
    assert 0 <= fano_bits(low, symbols) <= fano_bits(high, symbols) <= math.log2(symbols)


@pytest.mark.parametrize("right", [0.3, 0.7, 0.95])
def test_fano_is_exact_when_errors_are_spread_evenly_and_low_when_they_say_something(right):
    generator = np.random.default_rng(1)
    asked = generator.integers(0, 5, 400_000)
    wrong = generator.random(asked.shape) >= right
    spread = np.where(wrong, (asked + generator.integers(1, 5, asked.shape)) % 5, asked)
    neighbour = np.where(wrong, (asked + 1) % 5, asked)
    # The noise of the accuracy, 0.0008, times the slope of Fano's bound, at most 6 here.
    assert mutual_information(asked, spread) == pytest.approx(fano_bits(right, 5), abs=0.01)
    assert recalled_bits(asked, spread, 5).bits == pytest.approx(fano_bits(right, 5), abs=0.01)
    assert mutual_information(asked, neighbour) > recalled_bits(asked, neighbour, 5).bits + 0.05


def test_the_correction_takes_the_bias_off():
    """Answers that know nothing: plug-in finds (K - 1)^2 / (2 n ln 2) bits in them."""
    generator = np.random.default_rng(2)
    found = [
        mutual_information(*generator.integers(0, 10, (2, 2000)))  # n is 20 times K^2
        for _ in range(200)
    ]
    bias = 81 / (2 * 2000 * math.log(2))
    assert abs(np.mean(found)) < bias / 20


def test_unscored_answers_do_not_count():
    asked = np.array([0, 1, -1, -1, 0, 1])
    answered = np.array([0, 1, 1, 1, 0, 1])
    assert recalled_bits(asked, answered, 2).bits == 1
    assert mutual_information(asked, answered) == pytest.approx(
        1 - (2 - 2 - 2 + 1) / (2 * 4 * math.log(2))
    )
    with pytest.raises(ValueError, match="no answer is scored"):
        mutual_information(np.array([-1]), np.array([0]))
