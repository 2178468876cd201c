"""Numbers that help anyone: the best constant answer, the loss at the start, and scales.

No verdict rests on them. They are had from a clone with the user's own weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from echospan.adapters.loss_call import LossCall
from echospan.adapters.support import NotSupported
from echospan.doctor.as_given import AsGiven
from echospan.doctor.constants import best_constant, most_common_share
from echospan.doctor.examination import Examination

CLASSES = ("binary", "categorical", "sparse")
"""Kinds of a loss whose targets are classes."""

MOST_SHOWN = 16
"""Numbers of a constant that are reported."""


@dataclass
class Beginning:
    """Numbers from before training.

    Attributes:
        baseline: The best constant answer with its loss and metric; empty where there is none.
        start_loss: The loss with the weights as they are; None where it is not known.
        scales: Least, greatest, mean and standard deviation of inputs, targets and outputs.
    """

    baseline: dict[str, Any] = field(default_factory=dict)
    start_loss: float | None = None
    scales: dict[str, dict[str, float]] = field(default_factory=dict)


def beginning(examination: Examination) -> Beginning:
    """Measure all of it; what fails is left out, and said."""
    data, found = examination.data, Beginning()
    for source in data.sources:
        if not source.whole_numbers:
            found.scales[source.place] = _scale(source.values)
    for target in data.targets:
        found.scales[target.place] = _scale(target.values)
    given = examination.given
    if examination.has_unscored:
        # Numbers of a loss that counts these steps would not be those of the training.
        return found
    if given is None:
        found.baseline = _plain(examination)
        return found
    samples = _spaced(examination, given)
    outputs = given.outputs if samples is given.samples else given.outputs_of(samples)
    for target in data.targets:
        name = f"output {target.name!r}" if target.name else "outputs"
        found.scales[name] = _scale(outputs[target.number])
    refused = ""
    for targets in _readings([target.values[samples] for target in data.targets]):
        try:
            _score(examination, given, targets, outputs, found)
        except NotSupported:
            # No loss is known; the report says so beside the numbers.
            break
        except Exception as error:
            # A loss that refuses these shapes says so itself when it is called.
            refused = refused or type(error).__name__
        else:
            refused = ""
            break
    if refused:
        examination.skip(f"the loss at the start: the loss raised {refused}")
    found.baseline = found.baseline or _plain(examination)
    return found


def _spaced(examination: Examination, given: AsGiven) -> np.ndarray:
    """As many samples as were run, evenly from all: the first may be of one kind."""
    count, looked_at = len(given.samples), examination.data.looked_at
    if count == looked_at or examination.stateful:
        return given.samples
    return np.linspace(0, looked_at - 1, count).astype(int)


def _readings(targets: list[np.ndarray]) -> Iterator[list[np.ndarray]]:
    """Targets as they are, and of the types and shapes that a user's own loop may give them."""
    yield targets
    if all(y.dtype.kind in "iub" for y in targets):
        yield [y.astype("float32") for y in targets]
    elif all(bool((y == np.round(y)).all()) for y in targets):
        targets = [y.astype("int64") for y in targets]
        yield targets
    if all(y.ndim > 1 and y.shape[-1] == 1 for y in targets):
        yield [y[..., 0] for y in targets]


def _score(
    examination: Examination,
    given: AsGiven,
    targets: list[np.ndarray],
    outputs: list[np.ndarray],
    found: Beginning,
) -> None:
    """The loss of outputs and of the best constant, in the batches of training.

    A loss that is spread over a batch depends on its size.
    """
    data, loss = examination.data, examination.loss
    own = [outputs[target.number] for target in data.targets]

    def scored(answers: list[np.ndarray]) -> float:
        count = len(targets[0])
        starts = range(0, count, given.rows)
        losses = [
            given.adapter.loss(
                [each[start : start + given.rows] for each in answers],
                [each[start : start + given.rows] for each in targets],
                loss,
            )
            for start in starts
        ]
        # The last batch may be smaller.
        return float(np.average(losses, weights=[min(given.rows, count - at) for at in starts]))

    found.start_loss = _finite(scored(own))
    calls = {call.output: call for call in given.adapter.loss_calls(own, targets, loss)}
    single = len(data.targets) == 1
    constants, answers, metrics = {}, [], {}
    for number, target in enumerate(data.targets):
        call = calls.get(number)
        if call is None and not single:
            return
        best = best_constant(
            targets[number], own[number].shape[1:], call, lambda answer: scored([answer])
        )
        if best is None:
            return
        constants[target.name] = _numbers(best[0])
        answers.append(best[1])
        metrics[target.name] = _metric(targets[number], call, best[0])
    names = dict.fromkeys(call.name for call in calls.values())
    found.baseline = {
        "best_constant": next(iter(constants.values())) if single else constants,
        "loss": _finite(scored(answers)),
        "loss_name": ", ".join(names) or _called(examination),
        "metric": next(iter(metrics.values())) if single else metrics,
    }


def _called(examination: Examination) -> str:
    """What the user calls a loss of their own."""
    loss = examination.loss
    loss = getattr(examination.model, "loss", None) if loss is None else loss
    name = loss if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__)
    return "" if name == "<lambda>" else str(name)


def _plain(examination: Examination) -> dict[str, Any]:
    """Without a loss: the share of the most common class, or mean and variance of numbers."""
    constants: dict[str, Any] = {}
    metrics: dict[str, Any] = {}
    for target in examination.data.targets:
        y = target.values
        hot = y.ndim > 1 and y.shape[-1] > 1 and ((y == 0) | (y == 1)).all()
        classes = y.dtype.kind in "iub" or (hot and bool((y.sum(-1) == 1).all()))
        share = most_common_share(y) if classes else None
        if share is not None:
            constants[target.name], accuracy = share
            metrics[target.name] = {"accuracy": accuracy}
        else:
            flat = y.reshape(len(y), -1).astype("float64")
            constants[target.name] = _numbers(flat.mean(0))
            metrics[target.name] = {"variance": float(flat.var(0).mean())}
    single = len(constants) == 1
    return {
        "best_constant": next(iter(constants.values())) if single else constants,
        "loss": None,
        "loss_name": "",
        "metric": next(iter(metrics.values())) if single else metrics,
    }


def _metric(y: np.ndarray, call: LossCall | None, constant: np.ndarray) -> dict[str, float]:
    if call is not None and call.kind in CLASSES:
        share = most_common_share(y, call.ignored)
        return {} if share is None else {"accuracy": share[1]}
    width = constant.size if y.ndim > 1 and y.shape[-1] == constant.size else 1
    off = np.abs(y.reshape(-1, width) - constant[:width])
    return {"mean_absolute_error": float(off.mean())}


def _numbers(constant: np.ndarray) -> float | list[float]:
    """A number, or the first few of several."""
    flat = np.asarray(constant, "float64").ravel()
    few = [float(f"{value:.6g}") for value in flat[:MOST_SHOWN]]
    return few[0] if flat.size == 1 else few


def _scale(values: np.ndarray) -> dict[str, float]:
    values = np.asarray(values, "float64")
    found = {
        "min": values.min(),
        "max": values.max(),
        "mean": values.mean(),
        "std": values.std(),
    }
    return {name: float(f"{value:.6g}") for name, value in found.items()}


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
