"""The rules that `needs` is compared with, and the tables of the comparison."""

from __future__ import annotations

import numpy as np
import pytest

from studies.needs import orders
from studies.needs.detectable import bits_saved, numbers_with, symbols_with
from studies.needs.peers_table import as_csv, hits, table
from studies.needs.processes import PROCESSES, markov, noise


def test_the_order_of_a_chain_is_found_by_its_code_length():
    assert orders.markov_bic(markov(2, 3)(1, 4_000)) == 3
    assert orders.markov_bic(np.random.default_rng(0).integers(0, 4, 4_000)) == 0


def test_rules_for_numbers_do_not_apply_to_symbols_nor_the_other_way():
    symbols = markov(2, 1)(1, 100)
    assert orders.twice_horizon(symbols) is None
    assert orders.partial_first(symbols) is None
    assert orders.autoregression_bic(symbols) is None
    assert orders.markov_aic(noise(1, 100)) is None


def test_mutual_information_is_compared_with_its_copies():
    copies = np.linspace(0.0, 0.1, 99)
    lags = np.array([0.5, 0.2, 0.01, 0.4, 0.02])
    assert orders.information_first(lags, copies) == 2
    assert orders.information_largest(lags, copies) == 4
    assert orders.information_first(lags[2:3], copies) == 0


def test_partial_autocorrelations():
    pytest.importorskip("statsmodels")
    series = PROCESSES["AR(3)"].make(1, 2_000)
    assert orders.partial_first(series) == orders.partial_together(series) == 3
    assert orders.partial_largest(series) >= 3
    assert orders.autoregression_bic(series) == 3


def test_a_rule_that_does_not_apply_is_not_counted():
    found = {
        "AR(1)/1": {"PACF": [1, 0.5], "2 x horizon": [2, 0.0], "Markov": None},
        "AR(1)/2": {"PACF": [3, 0.7], "2 x horizon": [2, 0.0], "Markov": None},
        "noise/1": {"PACF": [0, 0.6], "2 x horizon": [2, 0.0], "Markov": None},
        "Markov 1/1": {"PACF": None, "2 x horizon": None, "Markov": [1, 0.1]},
    }
    assert hits(found, "PACF", "AR(1)") == (1, 2)
    assert hits(found, "2 x horizon", "noise") is None
    assert hits(found, "Markov", "AR(1)") is None
    numbers, symbols = table(found, ["PACF", "2 x horizon", "Markov"]).split("\n\n")
    assert "2 of 3 | 0.6 |" in numbers
    assert "0 of 2" in numbers
    assert "| Markov |" not in numbers
    assert "1 of 1 | 0.1 |" in symbols
    assert "PACF" not in symbols
    assert as_csv(found, ["PACF"]).splitlines()[1:] == [
        "AR(1),1,PACF,1,0.5", "AR(1),2,PACF,3,0.7", "noise,1,PACF,0,0.6",
    ]  # fmt: skip


def test_series_have_the_gain_that_they_are_drawn_with():
    values = numbers_with(0.25, 1, 40_000)
    assert np.corrcoef(values[1:], values[:-1])[0, 1] ** 2 == pytest.approx(0.25, abs=0.02)
    symbols = symbols_with(0.25, 1, 40_000)
    same = (symbols[1:] == symbols[:-1]).mean()
    assert bits_saved((same - 0.25) / 0.75) == pytest.approx(0.25, abs=0.02)
