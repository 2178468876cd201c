"""How a Keras model does as it stands, beside a rule that needs no model."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.doctor.keras_models.clone import build, clone, copy_weights
from echospan.doctor.keras_models.machine import first
from echospan.doctor.keras_models.outputs import flat
from echospan.doctor.pairs import Pair, Pairs
from echospan.doctor.ports import Port
from echospan.doctor.statistics import copies_last
from echospan.results.check_report import Finding

if TYPE_CHECKING:
    import keras

MOST_SAMPLES = 256
"""Samples that are predicted."""


def trained_findings(
    model: keras.Model, pairs: Pairs, sources: list[Port], pack: Callable[[list[Any]], Any]
) -> tuple[list[Finding], list[str]]:
    """Compare a clone with the model's own weights with repeating the last value.

    Returns:
        What was found, and what could not be looked for.
    """
    found: list[Finding] = []
    for pair in pairs.telling():
        if not _foretells(pair) or not model.built:
            continue
        count = min(len(pair.source.values), MOST_SAMPLES)
        try:
            made = clone(model)
            build(made, pack(first(sources, 2, "float32")))
            if not copy_weights(model, made):
                break
            batch = pack(first(sources, count, "float32"))
            out = flat(made.predict(batch, batch_size=64, verbose=0))
        except Exception as error:
            return found, [f"comparison with the last value ({type(error).__name__})"]
        predicted = np.asarray(out[pair.target.number]).reshape(count, -1)
        if predicted.shape[1] == 1:
            values = pair.layout.streams
            last, wanted = values.inputs[:count, -1, 0], values.targets[:count, 0, 0]
            found += [pairs.named(f, pair) for f in copies_last(predicted[:, 0], last, wanted)]
    return found, []


def _foretells(pair: Pair) -> bool:
    """Whether one number is foretold from a window of numbers."""
    asked, found = pair.asked, pair.layout
    if asked.every or asked.integers or found.streams.symbols or asked.stateful:
        return False
    if found.streams.targets.shape[1:] != (1, 1) or pair.target.values.dtype.kind != "f":
        return False
    return found.copy is None or found.copy.lag < 0
