"""Noise-free lag (Hochreiter and Schmidhuber 1997, 2a): several protocols, each a row of its own.

What a study found depends on how it trained, so that one row cannot stand for all. For LSTM the
reference is an implementation of today; `SOURCE` is its protocol, `FIRST` what we tried first, and
the rows between take one thing from the former that it says made the difference. For SimpleRNN the
reference is of 1997, at twice the lag: `PLAIN` is Keras as it comes with only the recall scored,
the rows after it take one of that year's conditions each, and the last one all of them.

There are only two sequences. A run has solved the task when it is right about both at two looks in
a row, 200 sequences apart.
"""

from dataclasses import replace
from functools import partial

from studies.noise_free_lag.protocol import (
    FIRST,
    PLAIN,
    SOURCE,
    Protocol,
    descending,
)
from studies.noise_free_lag.search import share_solved
from studies.row import Row
from studies.tolerance import SameShare

PROTOCOLS: dict[str, tuple[str, Protocol]] = {
    "lstm-source": ("LSTM, the source's protocol", SOURCE),
    "lstm-source-gate": ("LSTM, the same with Keras's forget gate", replace(SOURCE, forget=1.0)),
    "lstm-source-weight": ("LSTM, the same, all steps weighed alike", replace(SOURCE, last=1.0)),
    "lstm-first": ("LSTM, Keras's start, all steps weighed alike", FIRST),
    "lstm-open": (
        "LSTM, forget gate open, only the recall scored",
        replace(FIRST, forget=10.0, others=0.0),
    ),
    "simple-rnn": ("SimpleRNN, Keras's start, only the recall scored", PLAIN),
    "simple-rnn-small": ("SimpleRNN, small weights at the start", replace(PLAIN, start="small")),
    "simple-rnn-every": ("SimpleRNN, every step scored", replace(PLAIN, others=1.0)),
    "simple-rnn-descent": ("SimpleRNN, gradient descent", descending(PLAIN)),
    "simple-rnn-100": ("SimpleRNN, p = 100", replace(PLAIN, lag=100)),
    "simple-rnn-1997": (
        "SimpleRNN, all of these",
        descending(replace(PLAIN, start="small", others=1.0, lag=100)),
    ),
}

ROWS = tuple(
    Row(
        f"noise-free-lag-{name}",
        f"noise-free lag, {what}: share of seeds",
        SameShare(),
        partial(share_solved, protocol=protocol),
        quick=False,
    )
    for name, (what, protocol) in PROTOCOLS.items()
)

__all__ = ["PROTOCOLS", "ROWS"]
