"""What there is to say and to show of an experiment.

Short explanations are made from what was measured and from the arithmetic of the framing. The
sanity check shows one sequence, framed, encoded, and decoded again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from echospan.data import decode, one_hot
from echospan.experiment import Experiment
from echospan.framings.story import tell
from echospan.measure.loss_curve import start_of_end, still_falling
from echospan.measure.standing import AT_CHANCE, SOLVED
from echospan.random import NumpyDraw
from echospan.report.values import percent, percent_interval
from echospan.results.run import RunData, Variant
from echospan.tasks import absent

MOST_SYMBOLS = 20_000
"""Beyond this many symbols the vectors are not made for a look."""


def explain(
    experiment: Experiment, result: RunData, losses: Sequence[float] | np.ndarray = ()
) -> list[str]:
    """Say whether the needed value can reach the output, and how the result was measured.

    Args:
        experiment: What was run.
        result: What it came to.
        losses: Training loss by epoch.
    """
    lag = experiment.task.reach
    carried = experiment.model.carries_state
    story = tell(experiment.plan(), lag, carried=carried) if lag is not None else []
    longer = _train_longer(experiment, result, losses)
    return [*story, *_verdict(result), *longer, *_numbers(result), *_judged(experiment)]


def compare(variants: Sequence[Variant], chance: float) -> list[str]:
    """Describe each variant, and which differences exceed the intervals."""
    sentences = []
    for variant in variants:
        low, high = variant.interval or (0.0, 1.0)
        seeds = variant.seeds or 1
        over = f"{seeds} seeds" if seeds > 1 else "1 seed"
        sentences.append(
            f"{_capital(variant.title)}: {percent(variant.accuracy)} "
            f"({percent_interval(variant.interval)}, {over})"
            f"{', which is chance' if low <= chance <= high else ''}."
        )
    if len(variants) == 2:
        sentences.append(_difference(*variants))
    return sentences


def _verdict(result: RunData) -> list[str]:
    if result.standing == AT_CHANCE:
        return ["The result does not differ from guessing: no learning can be seen."]
    return []


def _train_longer(
    experiment: Experiment, result: RunData, losses: Sequence[float] | np.ndarray
) -> list[str]:
    """Advice to train longer, where the loss still fell and there is something left to gain."""
    # Where patience ended the training, the validation loss fell no more.
    if result.standing == SOLVED or len(losses) < experiment.training.epochs:
        return []
    if not still_falling(losses):
        return []
    # What the end of the training gained must hold on other sequences: else it is overfitting.
    if result.loss is None or result.loss >= start_of_end(losses):
        return []
    return [
        f"The loss was still falling when training ended: train longer, for example with "
        f"--epochs {4 * experiment.training.epochs} (Python: training.epochs)."
    ]


def _numbers(result: RunData) -> list[str]:
    if result.squared_error is None or result.squared_error_interval is None:
        return []
    low, high = result.squared_error_interval
    return [
        f"The squared error is {result.squared_error:.3g} ({low:.3g} to {high:.3g}), that of "
        f"the best constant {result.chance_squared_error:.3g}; the answers explain "
        f"{percent(max(result.r2 or 0.0, 0.0))} of the variance. Right means less than "
        f"{result.tolerance:g} off."
    ]


def _judged(experiment: Experiment) -> list[str]:
    sentences = []
    if experiment.framing.carries_when_evaluated:
        sentences.append("Evaluated one step at a time (batch size 1), carrying the hidden state.")
    if experiment.task.kind == "series":
        sentences.append("Evaluated on the end of the series, which was not used for training.")
    return sentences


def _difference(first: Variant, second: Variant) -> str:
    (low_1, high_1), (low_2, high_2) = first.interval or (0, 1), second.interval or (0, 1)
    apart = high_1 < low_2 or high_2 < low_1
    one, other = first.accuracy or 0.0, second.accuracy or 0.0
    gap = percent(abs(one - other))
    if not apart:
        return f"The two differ by {gap}; their intervals overlap, so no difference is shown."
    better = first if one > other else second
    return f"The difference of {gap} in favour of {better.title!r} exceeds both intervals."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


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
            target = _gaps(targets[batch, row])
            answer = target[0] if plan.outputs == "last" else target
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
