"""The long-lag tasks of Hochreiter and Schmidhuber (1997)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from echospan.experiment import Experiment
from echospan.measure import Interval, over_seeds, wilson
from echospan.verify.row import AtLeast, AtMost, Measured, Row, Within
from echospan.verify.training import Trial, chosen, experiment_of, trials
from echospan.verify.work import Work

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
        float(np.median(errors)), Interval(min(errors), max(errors)), _said(picked, "median; range")
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
    shares = [trial.accuracy().share for trial in picked]
    return Measured(float(np.mean(shares)), over_seeds(shares), _said(picked, "mean"))


def noise_free_lag(work: Work, *, kind: str) -> Measured:
    """Share of seeds that solve p = 50."""
    experiment = _experiment(
        {"kind": "noise-free-lag", "lag": 50, "scored": "all"},
        {"kind": kind, "units": 8},
        epochs=10_000,
        sequences=1,
    )
    picked = chosen(trials(experiment, work, seeds=range(10), rates=RATES, looks=50, solved=0.001))
    hits = [trial for trial in picked if _recalls(trial)]
    needed = int(np.median([trial.epochs for trial in hits])) if hits else 0
    detail = _said(picked, "share of seeds")
    if hits:
        detail += f"; solved after {needed:,} sequences (median)"
    return Measured(len(hits) / len(picked), wilson(len(hits), len(picked)), detail)


def _recalls(trial: Trial) -> bool:
    """Whether the last answer, the only one that takes memory, is always right."""
    assert trial.answers is not None
    return bool((trial.answers.expected[:, -1] == trial.answers.predicted[:, -1]).all())


def _said(picked: Sequence[Trial], what: str) -> str:
    rate = picked[0].rate
    return f"{what} over {len(picked)} seeds; learning rate {rate:g}, chosen on validation data"


ORTHOGONAL = (
    "Keras starts a SimpleRNN's recurrent weights orthogonal, which carries gradients further than "
    "the small random weights of the reference."
)

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
        why=ORTHOGONAL,
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
        why=ORTHOGONAL,
    ),
    Row(
        "noise-free-lag-lstm",
        "noise-free lag, p = 50, LSTM with 8 units: share of seeds",
        Within(0),
        partial(noise_free_lag, kind="lstm"),
        quick=False,
    ),
    Row(
        "noise-free-lag-simple-rnn",
        "noise-free lag, p = 50, SimpleRNN with 8 units: share of seeds",
        Within(0),
        partial(noise_free_lag, kind="simple-rnn"),
        quick=False,
        why=ORTHOGONAL,
    ),
)
