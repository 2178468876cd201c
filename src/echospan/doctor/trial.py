"""A handful of updates of a clone: what the user's own optimizer does with the data as given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from echospan.adapters.signals import Signal
from echospan.adapters.trial import Trial
from echospan.doctor.probe_model import typed

MOST_UPDATES = 400
"""Updates of one clone at most."""


class Course:
    """Updates of one clone, made when they are first asked for and never twice.

    Args:
        trial: The clone with its optimizer.
        sources: The user's inputs.
        targets: The user's targets.
        rows: Samples in one update.
        shuffle: Whether each update takes samples at random.

    Attributes:
        losses: The loss before each update that was made.
        start: The trained weights before the first.
    """

    def __init__(
        self,
        trial: Trial,
        sources: Sequence[Signal],
        targets: Sequence[Signal],
        rows: int,
        *,
        shuffle: bool,
    ) -> None:
        self.trial, self.rows = trial, rows
        self._sources, self._targets = sources, targets
        self._samples = self._chosen(len(sources[0].values), shuffle=shuffle)
        self.losses: list[float] = []
        self.start = trial.parameters()

    def made(self, updates: int) -> list[float]:
        """The losses of that many updates; fewer where a loss was not finite."""
        wanted = min(updates, MOST_UPDATES)
        while len(self.losses) < wanted and (not self.losses or np.isfinite(self.losses[-1])):
            chosen = next(self._samples)
            inputs = typed(self._sources, chosen)
            targets = [target.values[chosen] for target in self._targets]
            self.losses.append(self.trial.update(inputs, targets))
        return self.losses[:wanted]

    def moved(self) -> dict[str, float]:
        """By how much each weight's values have changed at most, by name."""
        now = self.trial.parameters()
        return {
            name: float(np.abs(now[name] - before).max()) if before.size else 0.0
            for name, before in self.start.items()
        }

    def _chosen(self, samples: int, *, shuffle: bool) -> Iterator[np.ndarray]:
        rng = np.random.default_rng(0)
        order = np.arange(samples)
        while True:
            if shuffle:
                rng.shuffle(order)
            for begin in range(0, max(samples - self.rows + 1, 1), self.rows):
                yield order[np.arange(begin, begin + self.rows) % samples]
