"""The model as its user gave it: its own weights, its own precision, in evaluation mode.

Probes run a clone with random weights in double precision. What depends on the user's own weights,
such as the loss at the start, comes from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from echospan.adapters.adapt import adapt
from echospan.adapters.base import Adapter
from echospan.adapters.data import Data
from echospan.adapters.facts import Facts
from echospan.adapters.signals import Signal
from echospan.adapters.support import NotCloneable
from echospan.doctor.probe_model import typed

MOST_SAMPLES = 256
"""Samples whose outputs are computed, unless one batch of a fixed size has more."""

MOST_BATCHES = 32
"""Batches that are run; a model that is called with one sample at a time has fewer outputs."""

MOST_WORK = 20_000_000_000
"""Weights times steps times samples that are run."""


@dataclass(frozen=True, eq=False)
class AsGiven:
    """A clone with the user's weights, and what it answers to the first samples.

    Attributes:
        adapter: The clone, at the user's precision and in evaluation mode.
        sources: The inputs, in flat order.
        rows: Samples in one batch; each batch starts from the initial state.
        samples: Numbers of the samples that were run: the first ones, whole batches.
        outputs: For each output an array (samples, ...), in flat order.
        own: Whether the weights are the user's. A Keras model that is not built has none yet: then
            its initialisers drew some.
    """

    adapter: Adapter
    sources: Sequence[Signal]
    rows: int
    samples: np.ndarray
    outputs: list[np.ndarray]
    own: bool = True

    def outputs_of(self, samples: np.ndarray) -> list[np.ndarray]:
        """Outputs for other samples, as many whole batches as they fill.

        Args:
            samples: Their numbers; those that fill no whole batch at the end are left out.

        Returns:
            For each output an array (samples, ...).
        """
        return _run(self.adapter, self.sources, self.rows, samples)


def as_given(
    model: Any, facts: Facts, data: Data, batch_size: int, *, batch_first: bool = True
) -> AsGiven:
    """Clone a model with its own weights, and run it on the first samples.

    Args:
        model: The user's; it is only read.
        facts: What is known of it.
        data: The beginning of the data.
        batch_size: Samples in one update.
        batch_first: Whether a torch module is given (batch, time, ...).

    Raises:
        NotCloneable: There is no clone, or no full batch for one of a fixed size.
    """
    rows = facts.batch_size or min(batch_size, data.looked_at, MOST_SAMPLES)
    if rows > data.looked_at:
        raise NotCloneable(f"there is no full batch of {rows}")
    steps = max((s.values.shape[1] for s in data.sources if s.sequence), default=1)
    affordable = MOST_WORK // max(facts.parameters * steps, 1)
    most = min(MOST_SAMPLES, data.looked_at, MOST_BATCHES * rows, affordable)
    samples = np.arange(max(most // rows, 1) * rows)
    adapter = adapt(
        model,
        data.structure.pack(typed(data.sources, samples[:rows])),
        batch_first=batch_first,
        outputs=[target.name for target in data.targets],
        sequences=[source.sequence for source in data.sources],
        axes=[source.axes for source in data.sources],
    )
    outputs = _run(adapter, data.sources, rows, samples)
    return AsGiven(adapter, data.sources, rows, samples, outputs, facts.built)


def _run(
    adapter: Adapter, sources: Sequence[Signal], rows: int, samples: np.ndarray
) -> list[np.ndarray]:
    parts = [
        adapter.whole(typed(sources, samples[start : start + rows]))
        for start in range(0, len(samples) - rows + 1, rows)
    ]
    return [np.concatenate(each) for each in zip(*parts, strict=True)]
