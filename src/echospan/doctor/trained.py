"""Compare the model's predictions with a rule that needs no model."""

from __future__ import annotations

import numpy as np

from echospan.adapters.adapt import adapt
from echospan.doctor.examination import Examination
from echospan.doctor.pairs import Pair
from echospan.doctor.probe_model import first, typed
from echospan.doctor.statistics import copies_last
from echospan.results.check_report import Finding

MOST_SAMPLES = 256
"""Samples that are predicted."""

BATCH = 64
"""Samples that are predicted at once."""


def trained_findings(examination: Examination) -> list[Finding]:
    """Compare a clone with the model's own weights with repeating the last value."""
    found: list[Finding] = []
    pairs, sources = examination.pairs, examination.data.sources
    if examination.probed is None or examination.facts.framework != "keras":
        return []
    for pair in pairs.telling():
        if not _foretells(pair) or not examination.facts.built:
            continue
        count = min(len(pair.source.values), MOST_SAMPLES)
        try:
            few = examination.data.structure.pack(typed(sources, first(sources, 2)))
            made = adapt(examination.model, few)
            parts = [
                made.whole(typed(sources, np.arange(start, min(start + BATCH, count))))
                for start in range(0, count, BATCH)
            ]
        except Exception as error:
            examination.skip(f"comparison with the last value ({type(error).__name__})")
            return found
        predicted = np.concatenate([part[pair.target.number] for part in parts]).reshape(count, -1)
        if predicted.shape[1] == 1:
            values = pair.layout.streams
            last, wanted = values.inputs[:count, -1, 0], values.targets[:count, 0, 0]
            found += [pairs.named(f, pair) for f in copies_last(predicted[:, 0], last, wanted)]
    return found


def _foretells(pair: Pair) -> bool:
    """Whether one number is foretold from a window of numbers."""
    call, found = pair.call, pair.layout
    if call.every or call.integers or found.streams.symbols or call.stateful:
        return False
    if found.streams.targets.shape[1:] != (1, 1) or pair.target.values.dtype.kind != "f":
        return False
    return found.copy is None or found.copy.lag < 0
