"""The long-lag tasks of Hochreiter and Schmidhuber (1997)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.experiment import Experiment
from echospan.measure import Interval, over_seeds, wilson
from echospan.verify.measured import Measured
from echospan.verify.row import Row
from echospan.verify.tolerance import AtLeast, AtMost, Within
from echospan.verify.training import Trial, chosen, experiment_of, trials
from echospan.verify.work import Work

if TYPE_CHECKING:
    from echospan.engine.values import Values

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
    """Share of seeds that recall the first symbol at p = 50, one sequence an update.

    The cell of 1997 has no forget gate. Keras's starts at bias 1, which leaves 0.73 of a memory
    after a step and 1e-7 after 50: with that start one of three seeds learned it within 10,000
    sequences. So it starts open here. Only the recall is scored: with a loss at every step the
    output saturates on the part that is always the same before the recall is learned.
    """
    experiment = _experiment(
        {"kind": "noise-free-lag", "lag": 50},
        {"kind": kind, "units": 8},
        epochs=5000,
        sequences=1,
    )
    picked = chosen(
        trials(
            experiment,
            work,
            seeds=range(10),
            rates=(0.003, 0.01),
            looks=50,
            solved=0.001,
            begin=_open_forget_gate if kind == "lstm" else lambda values: values,
        )
    )
    hits = [trial for trial in picked if _recalls(trial)]
    detail = _said(picked, "share of seeds")
    if kind == "lstm":
        # Said in the table: this is not the first protocol that was tried.
        detail += (
            "; forget gate open at the start and only the recall scored (with Keras's start and "
            "every step scored, none of 10 seeds solved it)"
        )
    if hits:
        needed = int(np.median([trial.epochs for trial in hits]))
        detail += f"; trained on {needed:,} sequences (median of those that solved it)"
    return Measured(len(hits) / len(picked), wilson(len(hits), len(picked)), detail)


def _open_forget_gate(values: Values) -> Values:
    """The same values with a forget gate that passes all but 0.00005 of the memory on."""
    kernel, recurrent, bias, *readout = values.trainable
    # Keras's gates stand in the order input, forget, cell, output.
    units = bias.shape[0] // 4
    return values._replace(
        trainable=[kernel, recurrent, bias.at[units : 2 * units].set(10.0), *readout]
    )


def _recalls(trial: Trial) -> bool:
    """Whether the last answer, the only one that takes memory, is always right."""
    assert trial.answers is not None
    return bool((trial.answers.expected[:, -1] == trial.answers.predicted[:, -1]).all())


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
    Row(
        "noise-free-lag-lstm",
        "noise-free lag, p = 50, LSTM with 8 units: share of seeds",
        AtLeast(0.6),
        partial(noise_free_lag, kind="lstm"),
        quick=False,
    ),
    Row(
        "noise-free-lag-simple-rnn",
        "noise-free lag, p = 50, SimpleRNN with 8 units: share of seeds",
        Within(0),
        partial(noise_free_lag, kind="simple-rnn"),
        quick=False,
    ),
)
