"""Decoders that are given what they shall answer: their input is the target, not moved on."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from echospan.adapters.signals import Signal
from echospan.doctor.examination import Examination
from echospan.doctor.finding import find
from echospan.doctor.pairs import Pair
from echospan.results.check_report import Finding

NO_SEQUENCE = re.compile(r"mask|position|segment|type|length|weight", re.IGNORECASE)
"""Names of inputs with a time axis that are no sequence to be read."""


def decoder_findings(examination: Examination) -> list[Finding]:
    """Find inputs that hold, at each step, the target of that very step."""
    if examination.plan is not None or _shifts_itself(examination.model):
        return []
    pairs = examination.pairs
    found = []
    for pair in pairs.every:
        share = _equal_at_each_step(pair.source.values, pair.target.values)
        if share < 0.98 or not (_has_encoder(pair, pairs.sources) or _reads_forward(pair)):
            continue
        finding = find(
            "decoder-sees-target",
            f"The decoder's input at each step is the target of that step ({share:.0%} of them "
            "are equal): it is not shifted. The model can copy its input to its output, and when "
            "it is used, that input is not known.",
            share=round(share, 3),
            steps=int(pair.source.values.shape[1]),
        )
        found.append(pairs.named(finding, pair))
    return found


def _shifts_itself(model: object) -> bool:
    """Whether a model moves labels on by itself, as the language models of transformers do."""
    return hasattr(model, "config") and hasattr(model, "generate")


def _equal_at_each_step(x: np.ndarray, y: np.ndarray) -> float:
    """Share of the targets (samples, time, ...) that equal the input of their step."""
    if y.ndim == x.ndim + 1 and y.shape[-1] == 1:
        y = y[..., 0]
    if y.ndim + 1 == x.ndim and x.shape[-1] > 1 and y.dtype.kind in "iu":
        # One-hot vectors against symbols.
        hot = (x.max(-1) == 1) & (np.abs(x).sum(-1) == 1)
        x = np.where(hot, x.argmax(-1), -1)
    if x.shape != y.shape or x.ndim < 2 or x.shape[1] < 2:
        return 0.0
    scored = y >= 0 if y.dtype.kind in "iu" else np.ones(y.shape, bool)
    if not scored.any() or len(np.unique(y[scored][:4096])) < 3:
        return 0.0
    return float((x == y)[scored].mean())


def _has_encoder(pair: Pair, sources: Sequence[Signal]) -> bool:
    """Whether another sequence is read beside this one, which is no mask or the like of it."""
    own = pair.source.values
    for other in sources:
        if other.number == pair.source.number or not other.sequence:
            continue
        values = other.values
        flags = len(np.unique(values[:64])) <= 2
        if NO_SEQUENCE.search(other.name or "") or flags:
            continue
        if values.shape != own.shape or not np.array_equal(values, own):
            return True
    return False


def _reads_forward(pair: Pair) -> bool:
    """Whether symbols are read from left to right, as by a language model."""
    if not pair.source.integers or pair.probed is None or not pair.call.every:
        return False
    own = next((lag for lag in pair.probed.lags if lag.lag == 0), None)
    return pair.probed.future is None and own is not None and bool(own.forward)
