"""Real numbers in a unit: how much of a random signal's past a trained state holds.

A network of 8 units reads numbers and is to say at each step all of the last 16. The capacity is
the sum over these lags of the squared correlations between what it says and what was, on new
sequences: linear readouts of N numbers find at most N (Jaeger 2001).
"""

from __future__ import annotations

import math
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.engine import keras_internals as internals
from echospan.measure import over_seeds
from studies.collins.training import Curriculum, Kind, Run, network
from studies.measured import Measured
from studies.memory_capacity import memory_capacity
from studies.row import Row
from studies.tolerance import Within
from studies.work import Work

if TYPE_CHECKING:
    import keras

    from echospan.engine.trainer import Progress
    from echospan.engine.update import Batch

UNITS, LAGS = 8, 16
STEPS, SEQUENCES, BATCH = 64, 256, 32
EPOCHS = 1000
RATES, SEEDS = (0.003, 0.01), range(5)
KINDS: tuple[Kind, ...] = ("simple-rnn", "lstm", "gru")


@cache
def signals(seed: int) -> Batch:
    """Numbers from -1 to 1 (sequences, steps, 1), the last `LAGS` before each (..., steps, LAGS).

    Steps that have fewer before them weigh nothing.
    """
    from echospan.engine.update import Batch

    x = np.random.default_rng(seed).uniform(-1, 1, (SEQUENCES, STEPS)).astype("float32")
    y = np.zeros((SEQUENCES, STEPS, LAGS), "float32")
    for lag in range(1, LAGS + 1):
        y[:, lag:, lag - 1] = x[:, :-lag]
    weight = np.broadcast_to(np.arange(STEPS) >= LAGS, x.shape).astype("float32")
    return Batch(x[..., None], y, weight)


def capacity(predicted: np.ndarray, data: Batch) -> float:
    """Real numbers of the past in predictions (sequences, steps, LAGS)."""
    scored = data.weight > 0
    return memory_capacity(data.y[scored], predicted[scored]).total


def build(kind: Kind, seed: int, rate: float) -> keras.Model:
    """A network that says the last `LAGS` numbers."""
    data = signals(0)
    model = network(kind, UNITS, LAGS, data, seed, every=True)
    import keras

    model.compile(
        keras.optimizers.Adam(rate),
        keras.losses.MeanSquaredError(reduction="mean_with_sample_weight"),
    )
    internals.build(model, tuple(part[:BATCH] for part in data))
    return model


def _go_on(run: Run, progress: Progress) -> bool:
    return False


def per_unit(work: Work, *, kind: Kind) -> Measured:
    """Real numbers in a unit, mean over seeds, at the rate with the best validation data."""
    runs = [Run(seed, rate) for rate in RATES for seed in SEEDS]
    curriculum = Curriculum(f"{kind}, all lags", partial(build, kind), signals, BATCH, EPOCHS, 20)
    model = curriculum.train(work, runs, _go_on)
    valid, test = signals(1000), signals(2000)

    def mean(rate: float) -> float:
        return float(np.mean([_judge(model, r, valid) for r in runs if r.rate == rate]))

    rate = max(RATES, key=mean)
    values = [_judge(model, run, test) / UNITS for run in runs if run.rate == rate]
    detail = (
        f"mean of {len(values)} seeds, {UNITS} units, {LAGS} lags; learning rate {rate:g}, chosen "
        "on validation data"
    )
    return Measured(
        float(np.mean(values)), over_seeds(values, bounds=(0.0, math.inf)), detail, tuple(values)
    )


def _judge(model: keras.Model, run: Run, data: Batch) -> float:
    from echospan.engine.update import forward

    outputs: Any = forward(model, run.values, data.x)[0]
    return capacity(np.asarray(outputs), data)


ROWS = tuple(
    Row(
        f"collins-reals-{kind}",
        f"real numbers in a unit, {kind}",
        Within(0.25),
        partial(per_unit, kind=kind),
        quick=False,
    )
    for kind in KINDS
)
