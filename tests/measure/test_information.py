from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echospan.measure import accuracy, fano_bits, mutual_information, scored_bits


def recalled_bits(asked, answered, symbols):
    """Fano's bound at the measured accuracy, and at the ends of its interval."""
    score = accuracy(asked, answered)
    return fano_bits(score.share, symbols), fano_bits(score.interval.low, symbols)


@pytest.mark.parametrize("symbols", [2, 10, 100])
def test_an_oracle_holds_all_bits_and_chance_none(symbols):
    generator = np.random.default_rng(0)
    asked = generator.integers(0, symbols, 20_000)
    bits, low = recalled_bits(asked, asked.copy(), symbols)
    assert bits == pytest.approx(math.log2(symbols))
    assert low > math.log2(symbols) - 0.01
    bits, low = recalled_bits(asked, generator.integers(0, symbols, asked.shape), symbols)
    assert bits < 0.001
    assert low == 0
    # One symbol always: as uninformed as a guess.
    assert recalled_bits(asked, np.zeros_like(asked), symbols)[0] < 0.001


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
    assert recalled_bits(asked, spread, 5)[0] == pytest.approx(fano_bits(right, 5), abs=0.01)
    assert mutual_information(asked, neighbour) > recalled_bits(asked, neighbour, 5)[0] + 0.05


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
    assert recalled_bits(asked, answered, 2)[0] == 1
    assert mutual_information(asked, answered) == pytest.approx(
        1 - (2 - 2 - 2 + 1) / (2 * 4 * math.log(2))
    )
    with pytest.raises(ValueError, match="no answer is scored"):
        mutual_information(np.array([-1]), np.array([0]))


def test_scores_prove_what_an_unsure_answer_holds():
    """Half the symbols are known for sure, of the others nothing: half the bits are held."""
    generator = np.random.default_rng(3)
    asked = generator.integers(0, 8, 20_000)
    sure = generator.random(asked.shape) < 0.5
    known = np.where(sure[:, None], np.eye(8)[asked], 1 / 8)
    assert scored_bits(asked, known, probabilities=True) == pytest.approx(1.5, abs=0.03)
    logits = np.log(np.maximum(known, 1e-30)) + generator.normal(size=(len(asked), 1))
    assert scored_bits(asked, logits) == pytest.approx(1.5, abs=0.03)
    assert fano_bits(0.5 + 0.5 / 8, 8) < 0.8


@given(st.integers(2, 6), st.integers(0, 1000), st.floats(0, 5))
def test_scores_prove_no_more_than_there_is(symbols, seed, sureness):
    generator = np.random.default_rng(seed)
    asked = generator.integers(0, symbols, 2000)
    right = generator.random(asked.shape) < 0.5
    answered = np.where(right, asked, generator.integers(0, symbols, asked.shape))
    found = scored_bits(asked, sureness * np.eye(symbols)[answered])
    assert 0 <= found <= mutual_information(asked, answered) + 0.03


def test_worse_than_a_guess_or_broken_is_nothing():
    asked = np.arange(4)
    assert scored_bits(asked, 9.0 * np.roll(np.eye(4), 1, axis=1)) == 0
    assert scored_bits(asked, np.full((4, 4), np.nan)) == 0
    assert scored_bits(np.array([-1, 2]), 50.0 * np.eye(4)[[0, 2]]) == pytest.approx(2)
    with pytest.raises(ValueError, match="differ"):
        scored_bits(asked, np.zeros((3, 4)))
    with pytest.raises(ValueError, match="no answer"):
        scored_bits(asked - 9, np.zeros((4, 4)))
