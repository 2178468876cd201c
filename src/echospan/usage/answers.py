"""What a model's outputs stand for: how answers are averaged, and how far apart two are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from echospan.adapters.base import Adapter
from echospan.adapters.each_loss import EachLoss

Form = Literal["values", "probabilities", "logits", "binary_logits"]

TINY = 1e-30
"""Probabilities below are taken for this one where a logarithm is needed."""

CLOSE = 1e-3
"""Relative difference up to which a loss counts as the same."""


@dataclass(frozen=True)
class Meaning:
    """What one output stands for.

    Attributes:
        form: values, averaged as they are; probabilities of classes; logits of classes, or log
            probabilities; binary_logits, each of one yes or no.
        axis: Axis of the classes.
    """

    form: Form
    axis: int = -1

    @property
    def classes(self) -> bool:
        """Whether it tells classes apart."""
        return self.form in ("probabilities", "logits")

    def plain(self, outputs: np.ndarray) -> np.ndarray:
        """Outputs as what may be averaged: probabilities, or values, in double precision."""
        found = outputs.astype("float64")
        if self.form == "logits":
            found = np.exp(found - found.max(self.axis, keepdims=True))
            return np.asarray(found / found.sum(self.axis, keepdims=True))
        if self.form == "binary_logits":
            return np.asarray(0.5 * (1 + np.tanh(found / 2)))
        return found

    def outputs(self, plain: np.ndarray) -> np.ndarray:
        """What `plain` gave, as the loss takes it."""
        if self.form == "logits":
            plain = np.log(np.maximum(plain, TINY))
        elif self.form == "binary_logits":
            inside = np.clip(plain, 1e-12, 1 - 1e-12)
            plain = np.log(inside) - np.log1p(-inside)
        return np.asarray(plain, "float32")

    def distance(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """How far apart answers are, (windows,): of what `plain` gives.

        The total variation distance of probabilities, or the mean absolute difference.
        """
        gap = np.abs(one - other)
        if self.classes:
            gap = 0.5 * gap.sum(self.axis)
        return np.asarray(gap.reshape(len(gap), -1).mean(1))


def meanings_of(
    adapter: Adapter,
    each_loss: EachLoss,
    outputs: Sequence[np.ndarray],
    targets: Sequence[np.ndarray],
    loss: Any,
) -> list[Meaning]:
    """What each output stands for, by the loss that it is given to.

    Args:
        adapter: Of the model.
        each_loss: The loss.
        outputs: Some answers (windows, ...).
        targets: As many targets.
        loss: The user's loss.
    """
    found: dict[int, Meaning] = {}
    for call in adapter.loss_calls(outputs, targets, loss):
        number = 0 if len(outputs) == 1 else call.output
        if number is None or number in found:
            continue
        axis = call.axis if call.outputs.shape == outputs[number].shape else -1
        if call.kind in ("sparse", "categorical", "divergence"):
            form: Form = "probabilities" if call.takes == "probabilities" else "logits"
            found[number] = Meaning(form, axis)
        elif call.kind == "binary" and call.takes == "logits":
            found[number] = Meaning("binary_logits")
        else:
            found[number] = Meaning("values")
    rest = Meaning("values")
    if len(outputs) == 1 and 0 not in found:
        rest = _by_trial(each_loss, outputs[0], targets[0])
    return [found.get(number, rest) for number in range(len(outputs))]


def _by_trial(each_loss: EachLoss, outputs: np.ndarray, targets: np.ndarray) -> Meaning:
    """What outputs stand for, found out by changing them: for a loss of the user's own."""
    some, wanted = outputs[:8].astype("float32"), targets[:8]
    classes = some.shape[-1] if some.ndim > 1 else 1
    if classes > 1 and (some >= 0).all() and np.allclose(some.sum(-1), 1, atol=1e-3):
        return Meaning("probabilities")
    if classes < 2 or (wanted.dtype.kind == "f" and not _one_hot(wanted, classes)):
        return Meaning("values")
    try:
        before = each_loss([some], [wanted])
        moved = each_loss([some + np.float32(1.5)], [wanted])
    except Exception:
        # A loss of the user's own: whatever it raises.
        return Meaning("values")
    # Only a softmax takes no notice of what is added to all classes.
    same = np.allclose(before, moved, rtol=CLOSE, atol=CLOSE)
    return Meaning("logits") if same else Meaning("values")


def _one_hot(targets: np.ndarray, classes: int) -> bool:
    ends = targets.shape[-1:] == (classes,)
    return ends and bool(((targets == 0) | (targets == 1)).all())
