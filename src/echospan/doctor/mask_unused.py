"""Masks that a model is given, or makes by itself, and padding that it reads nevertheless."""

from __future__ import annotations

from typing import Any

import numpy as np

from echospan.doctor.draws import range_of
from echospan.doctor.examination import Examination
from echospan.doctor.finding import find
from echospan.doctor.pairs import Pair
from echospan.doctor.probe_model import ProbeModel, typed
from echospan.doctor.streams import absent_steps
from echospan.results.check_report import Finding

READ = 0.1
"""Gradient at a padded step, as a share of that at a real one, from which padding is read."""


def mask_unused(examination: Examination, pair: Pair) -> list[Finding]:
    """Padding that changes the answers although there is a mask of it.

    A recurrent layer reads padding behind the words without harm, or is told of by other findings;
    a convolution reads a few steps beyond the last word. So only models without recurrent layers
    are looked at, and only the half of the padding that is farthest from the words.

    Args:
        examination: The check under way.
        pair: The input, and the output that is looked at.
    """
    probed, facts = examination.probed, examination.facts
    if probed is None or facts.framework != "torch" or facts.recurrent or pair.probed is None:
        return []
    padded, value = absent_steps(pair.source.values)
    if value is None or range_of(pair.source.values) == "flags":
        return []
    real = (~padded).sum(1)
    chosen = np.flatnonzero((real >= 2) & (padded.sum(1) >= 4))[: probed.rows]
    if len(chosen) < probed.rows:
        return []
    inputs = typed(probed.sources, chosen)
    try:
        lines = probed.adapter.mask_lines(inputs, pair.source.number, value)
        mask = _mask_input(examination, pair, padded)
        if not lines and mask is None:
            return []
        share = _share(probed, pair, inputs, padded[chosen])
    except Exception as error:
        # Whatever a layer of the user's raises: the rest is checked without it.
        examination.skip(f"whether a mask hides the padding ({type(error).__name__})")
        return []
    if share is None or share < READ:
        return []
    where = f"makes a mask of the padding at {lines[0]}" if lines else f"is given the mask {mask}"
    much = f"{share:.0%} of" if share < 2 else f"{share:.3g} times"
    return [
        find(
            "mask-lost",
            f"The module {where}, and its answers depend on padded steps nevertheless: the "
            f"gradient at a step of padding ({value:g}) is {much} that at a real step, with random "
            "weights. Usual reasons: the mask hides queries instead of keys, has the wrong sign, "
            "or is left out where steps are averaged.",
            severity="warning",
            remedy="scores = scores.masked_fill(~real[:, None, None, :], float('-inf'))"
            "  # keys; real (batch, time)\n"
            "h = (h * real[..., None]).sum(1) / real.sum(1, keepdim=True)  # and the average",
            padding=value,
            share=min(share, 1e9),
            where=lines[0] if lines else mask,
        )
    ]


def _mask_input(examination: Examination, pair: Pair, padded: np.ndarray) -> str | None:
    """The input that is a mask of the padding, as the user's code reaches it."""
    for source in examination.data.sources:
        own = source.values
        if own is pair.source.values or own.shape[:2] != padded.shape or own.size != padded.size:
            continue
        flags = own.reshape(padded.shape).astype(bool)
        if np.array_equal(flags, padded) or np.array_equal(flags, ~padded):
            return source.place
    return None


def _share(
    probed: ProbeModel, pair: Pair, inputs: list[np.ndarray], padded: np.ndarray
) -> float | None:
    """Mean gradient of the answers at padded steps by that at real ones; None where there is none.

    The larger half of the padded steps counts that is farther from the real ones.
    """
    real = ~padded
    steps = np.arange(padded.shape[1])
    distance = np.abs(steps[None, :, None] - np.where(real, steps, 10**6)[:, None, :]).min(2)
    far = padded & (distance > _half(distance, padded))
    shares = []
    for seed in range(2):
        probed.adapter.redraw(seed)
        mixtures: list[Any] = [np.zeros(shape) for shape in probed.shapes]
        own = mixtures[pair.target.number]
        noise = np.random.default_rng(7).normal(size=own.shape)
        if pair.call.every and own.shape[:2] == padded.shape:
            noise *= real.reshape(*real.shape, *[1] * (own.ndim - 2))
        mixtures[pair.target.number] = noise
        found = probed.adapter.gradient([inputs], mixtures, wanted=[pair.source.number])
        gradient = found.inputs[0][pair.source.number]
        if gradient is None or not np.isfinite(gradient).all():
            return None
        size = np.abs(gradient).reshape(*padded.shape, -1).mean(2)
        there, here = float(size[far].mean()), float(size[real].mean())
        if there == here == 0:
            return None
        shares.append(there / here if here > 0 else np.inf)
    return float(min(shares))


def _half(distance: np.ndarray, padded: np.ndarray) -> np.ndarray:
    """The distance beyond which half of a row's padding lies (rows, 1)."""
    return np.array(
        [[np.median(own[hidden]) - 0.5] for own, hidden in zip(distance, padded, strict=True)]
    )
