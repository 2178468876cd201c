"""The best constant answer: what the gain is measured from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from echospan.adapters.each_loss import EachLoss
from echospan.errors import DataError
from echospan.usage.answers import Meaning

MOST_REFINED = 8
"""Numbers of an answer that are looked for one by one."""

IGNORED = -100
"""Class of targets that torch's cross-entropy does not score."""


class AllTheSame(DataError):
    """All targets are the same, so that there is nothing to learn."""


def best_constant(
    each_loss: EachLoss,
    meanings: Sequence[Meaning],
    outputs: Sequence[np.ndarray],
    targets: Sequence[np.ndarray],
) -> np.ndarray:
    """The loss of each window, (windows,), under the constant answer of the lowest mean loss.

    Args:
        each_loss: The loss.
        meanings: What each output stands for.
        outputs: The model's answers with the full context.
        targets: As many targets.

    Raises:
        AllTheSame: All targets are the same: any model that says so is right.
    """
    if all(_constant(target) for target in targets):
        first = targets[0].reshape(-1)[0]
        kind = "class" if meanings[0].classes else "value"
        raise AllTheSame(
            f"y holds a single {kind}, {first!s}: a constant answer is always right, so no input "
            "is needed. Give targets that vary."
        )
    chosen = [_candidates(*each)[0] for each in zip(meanings, outputs, targets, strict=True)]
    best = _losses(each_loss, chosen, targets)
    for number, each in enumerate(zip(meanings, outputs, targets, strict=True)):
        for candidate in _candidates(*each)[1:]:
            tried = [*chosen[:number], candidate, *chosen[number + 1 :]]
            found = _losses(each_loss, tried, targets)
            if found.mean() < best.mean():
                chosen, best = tried, found
    if len(chosen) == 1 and meanings[0].form == "values" and chosen[0].size <= MOST_REFINED:
        best = _refined(each_loss, chosen[0], targets, best)
    return best


def _constant(target: np.ndarray) -> bool:
    kept = target
    if target.dtype.kind in "iu":
        kept = target[(target != IGNORED).reshape(len(target), -1).all(1)]
    return not len(kept) or bool((kept == kept[:1]).all())


def _losses(
    each_loss: EachLoss, answer: Sequence[np.ndarray], targets: Sequence[np.ndarray]
) -> np.ndarray:
    rows = len(targets[0])
    outputs = [
        np.ascontiguousarray(np.broadcast_to(one, (rows, *one.shape))).astype("float32")
        for one in answer
    ]
    return each_loss(outputs, targets)


def _candidates(meaning: Meaning, outputs: np.ndarray, target: np.ndarray) -> list[np.ndarray]:
    """Constant answers to try, each of the shape of one answer."""
    own = meaning.outputs(meaning.plain(outputs).mean(0))
    found = [own]
    if meaning.classes:
        shares = _shares(meaning, outputs, target)
        return found if shares is None else [meaning.outputs(each) for each in shares] + found
    if target.size == outputs.size:
        shaped = target.reshape(outputs.shape).astype("float64")
        mean = shaped.mean(0)
        if meaning.form == "binary_logits":
            return [meaning.outputs(mean), own]
        found = [mean.astype("float32"), np.median(shaped, 0).astype("float32"), own]
    return found


def _shares(meaning: Meaning, outputs: np.ndarray, target: np.ndarray) -> list[np.ndarray] | None:
    """How often each class is right: at each place of an answer, and at all of them together."""
    axis = meaning.axis % outputs.ndim
    classes = outputs.shape[axis]
    shape = tuple(size for place, size in enumerate(outputs.shape) if place != axis)
    if target.shape == outputs.shape:
        hot = np.moveaxis(target.astype("float64"), axis, -1)
    elif target.size == int(np.prod(shape)):
        labels = target.reshape(shape).astype("int64")
        kept = (labels >= 0) & (labels < classes)
        hot = np.zeros((*shape, classes))
        hot[kept] = np.eye(classes)[labels[kept]]
    else:
        return None
    counts = hot.sum(0)
    every = counts.reshape(-1, classes).sum(0)
    found = []
    for each in (counts, np.broadcast_to(every, counts.shape)):
        total = np.maximum(each.sum(-1, keepdims=True), 1e-12)
        found.append(np.moveaxis(each / total, -1, axis - 1))
    return found


def _refined(
    each_loss: EachLoss, answer: np.ndarray, targets: Sequence[np.ndarray], best: np.ndarray
) -> np.ndarray:
    """Move one number of the answer after the other to where the mean loss is lowest.

    For losses whose best constant is neither mean nor median, such as a quantile's.
    """
    spread = float(np.std(targets[0].astype("float64"))) or 1.0
    answer = answer.astype("float64")
    for place in np.ndindex(*answer.shape):
        step = spread
        for _ in range(24):
            for move in (step, -step):
                tried = answer.copy()
                tried[place] += move
                found = _losses(each_loss, [tried], targets)
                if found.mean() < best.mean():
                    answer, best = tried, found
                    break
            else:
                step /= 2
                if step < 1e-3 * spread:
                    break
    return best
