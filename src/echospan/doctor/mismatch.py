"""Losses that take outputs or targets for something that they are not.

Each judgement rests on the numbers that a known loss function is given: the model's own outputs and
the user's targets. Losses that are not known are left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from echospan.adapters.bounds import Bounds
from echospan.adapters.loss_call import LossCall
from echospan.results.check_report import Severity

SUM = 1e-3
"""How far from 1 probabilities may sum."""

OUTSIDE = 1e-5
"""How far beyond 0 and 1 a probability may lie."""

NARROW = 1.5
"""Scores from minus this on never say no clearly: the sigmoid of -1.5 is 0.18."""

MOST = 0.5
"""Share of the samples' outputs from which on they are taken for what most of them are."""


@dataclass(frozen=True)
class Mismatch:
    """What does not fit.

    Attributes:
        kind: Which of these, for the remedy and the evidence.
        message: What is the matter.
        severity: How bad it is.
        numbers: Plain values that show it.
    """

    kind: str
    message: str
    severity: Severity = "error"
    numbers: dict[str, float] | None = None


def mismatch(
    call: LossCall, bounds: Bounds | None, drawn: Sequence[np.ndarray] = ()
) -> Mismatch | None:
    """What does not fit in one call of a loss, the first thing only.

    Args:
        call: The loss with outputs and targets.
        bounds: What the last operation of that output can give at all; None if that is not known.
        drawn: The same outputs with random weights.
    """
    first = [_first(each, bounds) for each in _readings(call)]
    if None not in first:
        return first[0]
    # A few outputs of scores may all happen to lie between 0 and 1.
    for outputs in drawn:
        found = _logits(replace(call, outputs=outputs), bounds)
        if found is not None:
            told = found.message.replace("the outputs are", "with other weights the outputs are")
            return replace(found, message=told, severity="warning")
    return None


def _first(call: LossCall, bounds: Bounds | None) -> Mismatch | None:
    judges: tuple[Callable[[LossCall, Bounds | None], Mismatch | None], ...] = (
        _numbers, _single, _shapes, _refused, _labels, _answers, _axis, _probabilities, _logits,
        _logarithms, _classes,
    )  # fmt: skip
    return next((found for judge in judges if (found := judge(call, bounds)) is not None), None)


def _readings(call: LossCall) -> list[LossCall]:
    """The call as the user's own loop may make it.

    torch's cross-entropy takes classes along axis 1. Where a loop flattens (rows, steps, classes)
    before, or takes an axis of one off the targets, the loss that is handed over meets them as the
    model and the data have them. With as many steps as classes both may be meant.
    """
    out, y = call.outputs, call.targets
    if call.kind != "sparse" or call.axis != 1:
        return [call]
    if y.ndim == out.ndim and y.shape[-1] == 1 < out.shape[-1]:
        y = y[..., 0]
    last = replace(call, targets=y, axis=-1)
    own = out.shape[:1] + out.shape[2:]
    if y.shape != own:
        return [last if y.shape == out.shape[:-1] else replace(call, targets=y)]
    here = replace(call, targets=y)
    return [here, last] if y.shape == out.shape[:-1] and out.ndim > 2 else [here]


def _numbers(call: LossCall, _: Bounds | None) -> Mismatch | None:
    """Numbers of a regression where class numbers are meant."""
    y = call.targets
    if call.kind != "sparse" or _whole(y):
        return None
    return Mismatch(
        "no-classes",
        f"{call.name} takes class numbers, and the targets are no whole numbers: they go from "
        f"{y.min():.4g} to {y.max():.4g}.",
    )


def _single(call: LossCall, _: Bounds | None) -> Mismatch | None:
    """A choice among a single class."""
    if call.kind not in ("sparse", "categorical") or call.classes != 1:
        return None
    return Mismatch(
        "one-unit",
        f"{call.name} chooses one of several classes, and the output has one unit, {_told(call)}: "
        "the share of a single class is always 1, so the loss does not depend on the answer.",
    )


def _shapes(call: LossCall, _: Bounds | None) -> Mismatch | None:
    """Classes as numbers in place of vectors, or as vectors in place of numbers."""
    out, y = call.outputs.shape, call.targets.shape
    plain = y[:-1] if y[-1:] == (1,) and len(y) == len(out) else y
    if call.kind == "categorical" and plain == out[:-1] and call.axis in (-1, len(out) - 1):
        if y == out or not _whole(call.targets):
            return None
        return Mismatch(
            "numbers-for-vectors",
            f"{call.name} takes a one-hot vector for each answer, and the targets {_shape(y)} are "
            f"class numbers; the outputs are {_shape(out)}.",
        )
    if call.kind == "categorical" and len(y) == len(out) and y[-1] != out[-1] and y[-1] > 1:
        return Mismatch(
            "width",
            f"The targets {_shape(y)} are vectors of {y[-1]} classes, and the output has {out[-1]} "
            "units.",
            numbers={"classes": y[-1], "units": out[-1]},
        )
    vectors = call.kind == "sparse" and y == out and len(y) > 1 and y[-1] > 1
    if vectors and _one_hot(call.targets):
        return Mismatch(
            "vectors-for-numbers",
            f"{call.name} takes a class number for each answer, and the targets {_shape(y)} are "
            "one-hot vectors.",
        )
    return None


def _refused(call: LossCall, _: Bounds | None) -> Mismatch | None:
    """Shapes that Keras refuses; a loop of one's own may change them first."""
    if call.name.startswith("torch") or call.kind not in ("sparse", "categorical", "binary"):
        return None
    out, y = call.outputs.shape, call.targets.shape
    wanted = out[:-1] if call.kind == "sparse" else out
    if _sides(wanted[1:]) == _sides(y[1:]):
        return None
    steps = len(out) == 3 and _sides(wanted[2:]) == _sides(y[1:])
    why = f" The model answers at each of {out[1]} steps, and there is one target." if steps else ""
    return Mismatch(
        "steps" if steps else "shapes",
        f"{call.name} can't compare outputs {_shape(out)} with targets {_shape(y)}.{why}",
        numbers={"steps": out[1]} if steps else None,
    )


def _labels(call: LossCall, _: Bounds | None) -> Mismatch | None:
    """Class numbers that the outputs have no unit for."""
    if call.kind != "sparse":
        return None
    y = call.targets
    scored = y if call.ignored is None else y[y != call.ignored]
    if not scored.size:
        return None
    low, high, units = int(scored.min()), int(scored.max()), call.classes
    wrong = float(((scored < 0) | (scored >= units)).mean())
    if not wrong:
        return None
    negative = np.unique(scored[scored < 0])
    missing = high < units and len(negative) == 1
    return Mismatch(
        "labels",
        f"The targets are class numbers from {low} to {high}, and the output has {units} units, "
        f"for classes 0 to {units - 1}: {wrong:.0%} of the targets have no unit."
        + (" If that number stands for padding, leave it out of the loss." if missing else ""),
        "warning" if missing else "error",
        numbers={"lowest": low, "highest": high, "units": units},
    )


def _answers(call: LossCall, _: Bounds | None) -> Mismatch | None:
    """Answers to yes or no that are neither."""
    if call.kind not in ("binary", "categorical"):
        return None
    y = call.targets.astype("float64")
    wrong = (y < -OUTSIDE) | (y > 1 + OUTSIDE)
    if not wrong.any():
        return None
    values = np.unique(y)
    missing = len(np.unique(y[wrong])) == 1 and len(values) > 2
    what = (
        f"the targets are {', '.join(f'{value:g}' for value in values)}"
        if len(values) <= 4
        else f"the targets go from {values[0]:.4g} to {values[-1]:.4g}"
    )
    return Mismatch(
        "targets",
        f"{call.name} takes targets from 0 to 1, and {what}; {wrong.mean():.0%} lie outside."
        + (" If that one value stands for missing targets, leave it out." if missing else ""),
        "warning" if missing else "error",
        numbers={"lowest": float(values[0]), "highest": float(values[-1]), "values": len(values)},
    )


def _axis(call: LossCall, _: Bounds | None) -> Mismatch | None:
    """Shares that sum to 1 along another axis than that of the classes."""
    out = call.outputs.astype("float64")
    if call.kind not in ("sparse", "categorical") or call.classes < 2 or out.ndim < 2:
        return None
    if call.takes == "log_probabilities":
        out = np.exp(np.minimum(out, 50))
    own = call.axis % out.ndim
    if (out < -OUTSIDE).any() or (np.abs(out.sum(own) - 1) < SUM).mean() >= MOST:
        return None
    for axis, side in enumerate(out.shape):
        if axis != own and side > 1 and bool((np.abs(out.sum(axis) - 1) < SUM).all()):
            return Mismatch(
                "axis",
                f"{call.name} finds the classes along axis {own} of outputs {_told(call)}, and the "
                f"outputs sum to 1 along axis {axis}: the softmax is taken over another axis.",
                numbers={"classes_axis": own, "softmax_axis": axis},
            )
    return None


def _probabilities(call: LossCall, bounds: Bounds | None) -> Mismatch | None:
    """Probabilities, or other bounded numbers, that a loss takes for logits."""
    if call.takes != "logits":
        return None
    if call.kind != "binary" and call.classes > 1 and _sum_to_one(call):
        best = np.e / (np.e + call.classes - 1)
        return Mismatch(
            "probabilities-for-logits",
            f"{call.name} takes scores and applies a softmax, and the outputs are probabilities "
            f"already: they sum to 1. After two softmaxes no class of {call.classes} gets more "
            f"than {best:.2f}, and the loss stays above {-np.log(best):.2f}.",
            "warning",
            numbers={"highest_probability": float(best), "lowest_loss": float(-np.log(best))},
        )
    if call.kind != "binary" or bounds is None:
        return None
    if bounds.low < -NARROW:
        return None
    low, high = (1 / (1 + np.exp(-value)) for value in (bounds.low, bounds.high))
    return Mismatch(
        "probabilities-for-logits",
        f"{call.name} takes scores and applies a sigmoid, and the outputs come from {bounds.by}, "
        f"{_from_to(bounds)}: the probabilities lie between {low:.2f} and {high:.2f} whatever the "
        "input.",
        # From 0 on there is no way to say no; below that it can only not be said clearly.
        "error" if bounds.low >= 0 else "warning",
        numbers={"lowest_probability": float(low), "highest_probability": float(high)},
    )


def _logits(call: LossCall, bounds: Bounds | None) -> Mismatch | None:
    """Scores that a loss takes for probabilities."""
    if call.takes != "probabilities":
        return None
    if call.kind == "binary" and bounds is not None and (bounds.low < 0 or bounds.high > 1):
        return Mismatch(
            "logits-for-probabilities",
            f"{call.name} takes probabilities, and the outputs come from {bounds.by}, "
            f"{_from_to(bounds)}. Beyond 0 and 1 they are cut off, and no gradient is left.",
        )
    out = call.outputs
    # Keras divides the outputs by their sum where they are to choose a class.
    wrong = out < -OUTSIDE
    if call.kind == "binary":
        wrong = wrong | (out > 1 + OUTSIDE)
    share = float(wrong.mean())
    if not share:
        return None
    return Mismatch(
        "logits-for-probabilities",
        f"{call.name} takes probabilities, and the outputs are scores from {out.min():.3g} to "
        f"{out.max():.3g}: {share:.0%} lie outside of 0 to 1. They are cut off there, or make the "
        "loss meaningless.",
        numbers={"lowest": float(out.min()), "highest": float(out.max()), "outside": share},
    )


def _logarithms(call: LossCall, _: Bounds | None) -> Mismatch | None:
    """Probabilities or scores that a loss takes for logarithms of probabilities."""
    if call.takes != "log_probabilities" or call.kind == "divergence" or call.classes < 2:
        return None
    out = call.outputs.astype("float64")
    peak = out.max(call.axis, keepdims=True)
    total = peak + np.log(np.exp(out - peak).sum(call.axis, keepdims=True))
    if (np.abs(total) < 0.05).mean() >= MOST:
        return None
    if _sum_to_one(call):
        return Mismatch(
            "probabilities-for-logarithms",
            f"{call.name} takes logarithms of probabilities, and the outputs are probabilities: "
            "they sum to 1. The loss is then minus the probability, whose gradient does not grow "
            "where the model is wrong.",
        )
    return Mismatch(
        "logits-for-logarithms",
        f"{call.name} takes logarithms of probabilities, and the outputs are scores from "
        f"{out.min():.3g} to {out.max():.3g}: their exponentials don't sum to 1. The loss then "
        "falls without end as one score grows.",
        numbers={"lowest": float(out.min()), "highest": float(out.max())},
    )


def _classes(call: LossCall, bounds: Bounds | None) -> Mismatch | None:
    """A question of yes or no for each class, where a softmax chooses one of them."""
    softmax = bounds is not None and bounds.by == "softmax"
    if call.kind != "binary" or call.takes != "probabilities" or call.classes < 3:
        return None
    if not (softmax or _sum_to_one(call)) or not _one_hot(call.targets):
        return None
    return Mismatch(
        "binary-for-classes",
        f"{call.name} asks yes or no for each of {call.classes} classes, and a softmax chooses one "
        "of them. An accuracy taken with it counts each class alone: it is "
        f"{1 - 2 / call.classes:.2f} or more even if every answer is wrong.",
        "warning",
        numbers={"classes": call.classes, "accuracy_when_wrong": 1 - 2 / call.classes},
    )


def _sum_to_one(call: LossCall) -> bool:
    """Whether most outputs are shares of classes."""
    out = call.outputs.astype("float64")
    if out.shape[call.axis] < 2 or (out < -OUTSIDE).any():
        return False
    return bool((np.abs(out.sum(call.axis) - 1) < SUM).mean() >= MOST)


def _one_hot(y: np.ndarray) -> bool:
    return bool(((y == 0) | (y == 1)).all() and (y.sum(-1) == 1).all())


def _sides(shape: tuple[int, ...]) -> list[int]:
    return [side for side in shape if side != 1]


def _whole(y: np.ndarray) -> bool:
    return y.dtype.kind in "iub" or bool((y == np.round(y)).all())


def _shape(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _from_to(bounds: Bounds) -> str:
    if np.isfinite(bounds.high):
        return f"from {bounds.low:g} to {bounds.high:g}"
    return f"which gives no values below {bounds.low:g}"


def _told(call: LossCall) -> str:
    return _shape(call.outputs.shape)
