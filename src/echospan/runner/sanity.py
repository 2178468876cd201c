"""The sanity check: one sequence, framed, encoded, and decoded again."""

from __future__ import annotations

from typing import Any

import numpy as np

from echospan.data import decode, one_hot
from echospan.experiment import Experiment
from echospan.framings.story import tell
from echospan.random import NumpyDraw
from echospan.tasks import absent

MOST_SYMBOLS = 20_000
"""Beyond this many symbols the vectors are not made for a look."""


def sanity_rows(
    experiment: Experiment,
) -> tuple[list[Any], list[tuple[int, int, list[Any], Any]], list[str]]:
    """The inputs and targets of one newly drawn epoch.

    Returns:
        The values of its first sequence; rows (row, batch, inputs, target or targets) decoded from
        the vectors that the model would see; and the framing's arithmetic in sentences.
    """
    task = experiment.task
    plan = experiment.plan()
    draw = NumpyDraw(np.random.default_rng(experiment.seed))
    values = np.asarray(task.draw(draw, plan.sequences, task.arrays(), "train"))
    inputs = np.asarray(plan.gather(values, plan.inputs))
    targets = np.asarray(plan.gather(np.asarray(task.targets(values)), plan.targets))
    if task.features is None and task.width <= MOST_SYMBOLS:
        inputs = np.asarray(decode(one_hot(inputs, task.width)))
    rows = []
    for batch in range(plan.updates):
        for row in range(plan.rows):
            asked = _gaps(targets[batch, row])
            answer = asked[0] if plan.outputs == "last" else asked
            rows.append((row, batch, _gaps(inputs[batch, row]), answer))
    lag = task.reach
    carried = experiment.model.carries_state
    sentences = tell(plan, lag, carried=carried) if lag is not None else []
    return _gaps(values[0]), rows, sentences


def _gaps(values: np.ndarray) -> list[Any]:
    """Symbols or numbers, None where one is missing; or the numbers of each step, rounded."""
    if values.ndim > 1:
        return [tuple(_gaps(each)) for each in values]
    gone = absent(values).tolist()
    listed = (values if values.dtype.kind == "i" else values.astype(float).round(3)).tolist()
    return [None if away else value for value, away in zip(listed, gone, strict=True)]
