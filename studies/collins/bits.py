"""Bits in a parameter: how many random labels a network can learn by heart.

A network of about 100 parameters reads sequences of four random vectors and is to know a random
bit of each afterwards. Where a share e of b labels stays wrong, its parameters hold

    b (1 - h(e))   bits, h the binary entropy,

about the labels. The load b is tried at 2, 4 and 6 labels a parameter. All labels are one batch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from echospan.engine import keras_internals as internals
from echospan.measure import over_seeds
from echospan.measure.information import binary_entropy
from studies.collins.training import Curriculum, Kind, Run, network
from studies.measured import Measured
from studies.row import Row
from studies.tolerance import AtMost, Within
from studies.work import Work

if TYPE_CHECKING:
    import keras

    from echospan.engine.trainer import Progress
    from echospan.engine.update import Batch

UNITS: dict[Kind, int] = {"simple-rnn": 7, "lstm": 3, "gru": 3}
PARAMETERS: dict[Kind, int] = {"simple-rnn": 99, "lstm": 112, "gru": 94}
STEPS, FEATURES = 4, 5
LOADS, RATES, SEEDS = (2, 4, 6), (0.003, 0.01), range(3)
UPDATES, LOOKS = 10_000, 20


@cache
def labels(items: int, seed: int) -> Batch:
    """Random sequences of -1 and 1 (items, steps, features), a random bit for each (items, 1)."""
    from echospan.engine.update import Batch

    draw = np.random.default_rng(seed)
    x = draw.choice(np.array([-1, 1], "float32"), (items, STEPS, FEATURES))
    return Batch(x, draw.integers(0, 2, (items, 1)).astype("float32"))


def held(right: float, items: int) -> float:
    """Bits about the labels in a network that has this share of them right."""
    return items * (1 - binary_entropy(1 - right))


def build(kind: Kind, items: int, seed: int, rate: float) -> keras.Model:
    """A network that scores the bit."""
    data = labels(items, 0)
    model = network(kind, UNITS[kind], 1, data, seed, every=False)
    import keras

    model.compile(
        keras.optimizers.Adam(rate),
        keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[keras.metrics.BinaryAccuracy(name="right", threshold=0.0)],
    )
    internals.build(model, (data.x, data.y))
    return model


def _look(run: Run, progress: Progress) -> bool:
    """The most labels that were right since the last look; True when none was wrong."""
    run.looks.append(float(progress.logs["right"].max()))
    return run.looks[-1] == 1.0


def memorised(work: Work, kind: Kind) -> dict[tuple[int, float], list[Run]]:
    """Runs by load and learning rate."""
    found = {}
    for load in LOADS:
        items = load * PARAMETERS[kind]
        runs = [Run(seed, rate) for rate in RATES for seed in SEEDS]
        curriculum = Curriculum(
            f"{kind}, {load} labels a parameter",
            partial(build, kind, items),
            partial(labels, items),
            items,
            UPDATES,
            LOOKS,
        )
        curriculum.train(work, runs, _look)
        for rate in RATES:
            found[load, rate] = [run for run in runs if run.rate == rate]
    return found


def bits(kind: Kind, load: int, runs: Sequence[Run], share: float = 1.0) -> list[float]:
    """Bits in a parameter after that share of the updates, one a seed."""
    items = load * PARAMETERS[kind]
    looks = max(1, round(share * LOOKS))
    return [held(max(run.looks[:looks]), items) / PARAMETERS[kind] for run in runs]


def per_parameter(work: Work, *, kind: Kind) -> Measured:
    """Bits in a parameter at the load and the rate that hold most, mean over seeds."""
    found = work.once(f"collins-bits-{kind}", lambda: memorised(work, kind))
    load, rate = max(found, key=lambda key: float(np.mean(bits(kind, key[0], found[key]))))
    runs = found[load, rate]
    values = bits(kind, load, runs)
    half = float(np.mean(bits(kind, load, runs, 0.5)))
    detail = (
        f"mean of {len(values)} seeds, {PARAMETERS[kind]} parameters, {load} labels each, learning "
        f"rate {rate:g}: what holds most among {len(found)} settings; {half:.3g} after half of the "
        "updates"
    )
    return Measured(
        float(np.mean(values)), over_seeds(values, bounds=(0.0, math.inf)), detail, tuple(values)
    )


def alike(work: Work) -> Measured:
    """The most that an architecture holds, as a multiple of the least."""
    found = {kind: per_parameter(work, kind=kind).value for kind in UNITS}
    most, least = max(found, key=lambda kind: found[kind]), min(found, key=lambda k: found[k])
    return Measured(found[most] / found[least], detail=f"{most} against {least}")


ROWS = (
    *(
        Row(
            f"collins-bits-{kind}",
            f"bits in a parameter, {kind}",
            Within(2),
            partial(per_parameter, kind=kind),
            quick=False,
        )
        for kind in UNITS
    ),
    Row(
        "collins-bits-alike",
        "bits in a parameter: most against least",
        AtMost(1.5),
        alike,
        quick=False,
    ),
)
