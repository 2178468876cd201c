"""Findings about masks that a look at the data proves."""

from __future__ import annotations

import numpy as np

from echospan.adapters.facts import Mask
from echospan.doctor.finding import find
from echospan.doctor.fit_call import FitCall
from echospan.doctor.probe_model import ProbedPair
from echospan.doctor.streams import absent_steps, flat_features
from echospan.results.check_report import Finding


def unread(model: ProbedPair, x: np.ndarray) -> bool:
    """Whether a model leaves padding unread by itself: by lengths that it is given, for instance.

    Samples with much padding are given twice, the second time with other values for it.
    """
    padded, _ = absent_steps(x)
    chosen = np.argsort(-padded.sum(1), kind="stable")[np.arange(model.rows) % len(x)]
    rows, steps = x[chosen].astype("float64"), padded[chosen]
    other = rows.copy()
    if model.vocabulary is None:
        other[steps] += 1 + np.random.default_rng(0).random(other[steps].shape)
    else:
        other[steps] = (other[steps] + 1) % model.vocabulary
    model.choose(chosen)
    # The draw in which masks stay the user's own.
    model.redraw(1)
    first, second = (model.replay([batch])[0] for batch in (rows, other))
    return bool((first == second).all())


def mask_findings(call: FitCall, mask: Mask | None) -> list[Finding]:
    """What the data say about the mask, or about its absence."""
    x = np.asarray(call.x)
    x = x[..., None] if x.ndim == 2 else flat_features(x)
    padded, value = absent_steps(x)
    if mask is None:
        return _unmasked(call, padded, value)
    masked: np.ndarray = np.asarray((x == mask.value).all(2))
    if not masked.any():
        return [_never(x, mask, value)] if value is not None or _partly(x, mask) else []
    return [*_inside(x, masked, mask), *_gpu(masked, mask)]


def _unmasked(call: FitCall, padded: np.ndarray, value: float | None) -> list[Finding]:
    behind = padded[:, -1]
    if value is None or call.every or not call.recurrent or behind.mean() < 0.1:
        return []
    row = int(np.flatnonzero(behind)[0])
    return [
        find(
            "padding-after-end",
            f"{int(behind.sum()):,} of {len(behind):,} samples examined end in padding "
            f"({value:g}), which no layer masks, and the output is read after the last step.",
            remedy=f"keras.layers.Masking({value:g})  # before the first recurrent layer",
            padding=value,
            row=row,
            real_steps=int((~padded[row]).sum()),
        )
    ]


def _partly(x: np.ndarray, mask: Mask) -> bool:
    """Steps where some features have the mask's value, but not all."""
    if x.shape[2] == 1:
        return False
    some = (x == mask.value).any(2)
    return bool(some.any()) and mask.value != 0


def _never(x: np.ndarray, mask: Mask, value: float | None) -> Finding:
    if value is not None:
        why = f"the padding is {value:g}"
        remedy = f"keras.layers.Masking({value:g})"
    else:
        why = "some features of a step have this value, but never all"
        remedy = f"x[(x == {mask.value:g}).any(-1)] = {mask.value:g}  # all features of such a step"
    return find(
        "mask-never-matches",
        f"Steps are masked if all their features equal {mask.value:g}. No step of the "
        f"{len(x):,} samples examined does ({why}), so nothing is masked.",
        remedy=remedy,
        mask_value=mask.value,
        padding=value,
        steps=int(x.shape[0] * x.shape[1]),
    )


def _inside(x: np.ndarray, masked: np.ndarray, mask: Mask) -> list[Finding]:
    """Masked steps with real ones on both sides, as often as chance puts the value there."""
    front = np.logical_and.accumulate(masked, 1)
    back = np.logical_and.accumulate(masked[:, ::-1], 1)[:, ::-1]
    inside = masked & ~front & ~back
    real = ~(front | back)
    if not inside.any() or inside.sum() < 0.002 * real.sum():
        return []
    row, step = (int(i[0]) for i in np.nonzero(inside))
    symbol = " Symbol 0 is masked as if it were padding." if mask.embedding else ""
    return [
        find(
            "mask-value-in-data",
            f"{int(inside.sum()):,} steps between real ones have the mask value "
            f"{mask.value:g} and are skipped, the first at row {row}, step {step}.{symbol}",
            remedy="x = x + 1  # symbols from 1; one more row in the embedding"
            if mask.embedding
            else f"x[x == {mask.value:g}] += 1e-6  # or mask a value that cannot occur",
            mask_value=mask.value,
            row=row,
            step=step,
            steps=int(inside.sum()),
        )
    ]


def _gpu(masked: np.ndarray, mask: Mask) -> list[Finding]:
    if not mask.fast_kernel:
        return []
    whole = np.asarray(masked.all(1))
    # The kernel takes a run of real steps, then masked ones.
    left = (masked[:, :-1] & ~masked[:, 1:]).any(1)
    bad = whole | left
    if not bad.any():
        return []
    row = int(np.flatnonzero(bad)[0])
    kind = "masked completely" if whole[row] else "masked in front of real steps"
    return [
        find(
            "gpu-mask-unsupported",
            f"{int(bad.sum()):,} of {len(bad):,} samples examined have a mask that the GPU's "
            f"recurrent kernel does not support; row {row} is {kind}.",
            remedy="use_cudnn=False  # in the recurrent layer; or pad after the end",
            row=row,
            rows=int(bad.sum()),
        )
    ]
