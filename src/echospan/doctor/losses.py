"""Findings about a loss and the shapes that it is given."""

from __future__ import annotations

from typing import Any

import numpy as np

from echospan.adapters.signals import Signal
from echospan.doctor.examination import Examination
from echospan.doctor.finding import find
from echospan.results.check_report import Finding

ROWS = 5
"""Samples that the loss is tried on, where a batch has one alone."""


def loss_findings(examination: Examination) -> list[Finding]:
    """A softmax of a single number, or a loss that spreads outputs and targets over each other."""
    found = _single_softmax(examination)
    probed, data = examination.probed, examination.data
    if probed is None or not all(pair.probed for pair in examination.pairs.every[:1]):
        return found
    # A Keras clone is compiled for the rows that it was probed with.
    keras = examination.facts.framework == "keras"
    rows = probed.rows if keras else min(ROWS, data.looked_at)
    if data.looked_at < rows or rows < 2:
        return found
    if examination.loss is not None and len(data.targets) > 1:
        examination.skip("the shapes that the loss meets: there are several outputs")
        return found
    try:
        outputs = probed.outputs(rows)
    except Exception as error:
        examination.skip(f"the shapes that the loss meets ({type(error).__name__})")
        return found
    for target in data.targets:
        found += _of_output(examination, target, outputs[target.number])
    return found


def _single_softmax(examination: Examination) -> list[Finding]:
    layer = examination.facts.single_softmax
    if layer is None:
        return []
    return [
        find(
            "output-constant",
            f"Layer {layer!r} takes the softmax of a single unit, which is 1 whatever the input.",
            remedy='keras.layers.Dense(1, activation="sigmoid")',
            layer=layer,
        )
    ]


def _of_output(examination: Examination, target: Signal, outputs: np.ndarray) -> list[Finding]:
    assert examination.probed is not None
    adapter, loss = examination.probed.adapter, examination.loss
    if adapter.is_softmax_of_one(outputs, loss):
        return [
            find(
                "output-constant",
                f"Cross-entropy over a single class (outputs {outputs.shape}): the softmax of one "
                "number is always 1.",
                remedy="loss = torch.nn.BCEWithLogitsLoss()  # or one output for each class",
                outputs=list(outputs.shape),
            )
        ]
    y = target.values[: len(outputs)]
    values = adapter.loss_values(target.number, outputs, y, loss, target.name)
    if values is None or values.size <= max(outputs.size, y.size):
        return []
    named: dict[str, Any] = {"output": target.name} if target.name else {}
    return [
        find(
            "output-constant",
            f"The loss compares targets {tuple(y.shape)} with outputs {tuple(outputs.shape)} in "
            f"all {values.size} pairs, so the best output is the same number for all samples.",
            remedy=f"{target.place} = {target.place}[:, None]",
            targets=list(y.shape),
            outputs=list(outputs.shape),
            pairs=int(values.size),
            cause="broadcast",
            **named,
        )
    ]
