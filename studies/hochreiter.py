"""The long-lag tasks of Hochreiter and Schmidhuber (1997)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from echospan.experiment import Experiment
from echospan.measure import Interval, over_seeds, wilson
from studies.measured import Measured
from studies.row import Row
from studies.tolerance import AtLeast, AtMost, Within
from studies.training import Trial, chosen, experiment_of, trials
from studies.work import Work

RATES = (0.001, 0.003, 0.01, 0.03)


def _experiment(task: Mapping[str, Any], model: Mapping[str, Any], **training: Any) -> Experiment:
    return experiment_of(
        task=task,
        framing={"kind": "sequence"},
        model=model,
        training={"clip_norm": 1.0, "batch_size": training["sequences"], **training},
    )


def adding(work: Work, *, kind: str) -> Measured:
    """Squared error at T = 100 with 8 units, median over seeds."""
    experiment = _experiment(
        {"kind": "adding", "length": 100}, {"kind": kind, "units": 8}, epochs=6000, sequences=32
    )
    picked = chosen(trials(experiment, work, seeds=range(5), rates=RATES))
    errors = [trial.error for trial in picked]
    return Measured(
        float(np.median(errors)),
        Interval(min(errors), max(errors)),
        _said(picked, "median and range"),
        tuple(errors),
    )


def temporal_order(work: Work, *, kind: str) -> Measured:
    """Accuracy at T = 50 with 4 units, mean over seeds."""
    experiment = _experiment(
        {"kind": "temporal-order", "length": 50},
        {"kind": kind, "units": 4},
        epochs=6000,
        sequences=32,
    )
    picked = chosen(trials(experiment, work, seeds=range(5), rates=RATES, looks=20, solved=0.003))
    scores = [trial.accuracy() for trial in picked]
    shares = [score.share for score in scores]
    # One answer a sequence: the answers are independent.
    over = over_seeds(shares, within=[wilson(score.hits, score.scored) for score in scores])
    return Measured(float(np.mean(shares)), over, _said(picked, "mean"), tuple(shares))


def _said(picked: Sequence[Trial], what: str) -> str:
    rate = picked[0].rate
    return f"{what} over {len(picked)} seeds; learning rate {rate:g}, chosen on validation data"


ROWS = (
    Row(
        "adding-lstm",
        "adding, T = 100, LSTM with 8 units: squared error",
        AtMost(0.0046),
        partial(adding, kind="lstm"),
        quick=False,
    ),
    Row(
        "adding-simple-rnn",
        "adding, T = 100, SimpleRNN with 8 units: squared error",
        Within(0.02),
        partial(adding, kind="simple-rnn"),
        quick=False,
    ),
    Row(
        "temporal-order-lstm",
        "temporal order, T = 50, LSTM with 4 units: accuracy",
        AtLeast(0.99),
        partial(temporal_order, kind="lstm"),
        quick=False,
    ),
    Row(
        "temporal-order-simple-rnn",
        "temporal order, T = 50, SimpleRNN with 4 units: accuracy",
        Within(0.05),
        partial(temporal_order, kind="simple-rnn"),
        quick=False,
    ),
)
