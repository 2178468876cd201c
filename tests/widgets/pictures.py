"""Data of the four pictures for tests that look at them."""

from __future__ import annotations

from typing import Any

import numpy as np

from echospan import widgets
from echospan.report.objects import Comparison
from echospan.results.check_report import CheckData, Lag, Needs
from echospan.widgets.state_data import _packed
from report.sheets import full_sheet


def delay(symbols: int = 6, lag: int = 2) -> dict[str, Any]:
    """A simple RNN whose weights were written by hand: it repeats the value `lag` steps back."""
    units = symbols * (lag + 1)
    recurrent = np.zeros((units, units))
    for unit in range(units - symbols):
        recurrent[unit, unit + symbols] = 2.0
    kernel = np.zeros((symbols, units))
    kernel[:, :symbols] = 2 * np.eye(symbols)
    head = np.zeros((units, symbols))
    head[-symbols:] = 9 * np.eye(symbols)
    network = {
        "symbols": symbols, "input": "one-hot", "output": "classes", "masking": False,
        "window": None, "first": lag, "embedding": None,
        "layers": [{
            "cell": "simple-rnn", "kernel": _packed(kernel), "recurrent": _packed(recurrent),
            "bias": _packed(np.zeros(units)),
        }],
        "head": {"kernel": _packed(head), "bias": _packed(np.zeros(symbols))},
    }  # fmt: skip
    labels = [str(10 * place) for place in range(symbols)]
    return {
        "picture": "state", "title": "State over time: delay", "about": "A delay line.",
        "symbols": symbols, "labels": labels, "lag": lag, "network": network, "numbers": [],
        "steps": [], "live": False,
    }  # fmt: skip


def check() -> CheckData:
    lags = tuple(Lag(lag, lag < 4, lag < 2, 0.2**lag) for lag in range(9))
    return CheckData((), lags, Needs(3, "declared"))


def all_data() -> dict[str, dict[str, Any]]:
    sheets = Comparison((full_sheet(), full_sheet(4.0)), (), (), 3.0)
    return {
        "state": {**delay(), "numbers": [1, 2, 3, 4, 5, 0, 1]},
        "rows": widgets.rows_data(lag=3),
        "reach": widgets.reach_data(check()),
        "accuracy": widgets.accuracy_data(sheets),
    }
