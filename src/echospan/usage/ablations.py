"""The ways to take older steps away from a model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from echospan.usage.running import Running
from echospan.usage.score import Score
from echospan.usage.windows import Windows

MOST_VALUES = 64_000_000
"""Numbers of answers that are held at once."""


@dataclass(frozen=True, eq=False)
class Rung:
    """What one ablation gives with so many steps kept, for each window.

    Attributes:
        loss: Losses (windows,).
        change: Changes of the answers against the full context, (windows,).
        replaced: For donors: the mean of the losses, in place of the loss of the mean; else None.
    """

    loss: np.ndarray
    change: np.ndarray
    replaced: np.ndarray | None = None


class Ablations:
    """A model run with its older steps taken away.

    Args:
        running: The model.
        windows: Its windows.
        score: What answers are judged by.
        order: Numbers of the windows in the order of time.
        block: Windows that share steps.
        donors: Other windows that the older steps are taken from, for each window.
        seed: Of the draws.
        padding: What fills the older steps in `restart`, for a model of a fixed length.
    """

    def __init__(
        self,
        running: Running,
        windows: Windows,
        score: Score,
        order: np.ndarray,
        block: int,
        *,
        donors: int,
        seed: int,
        padding: float | None = None,
    ) -> None:
        self._running, self._windows, self._score = running, windows, score
        self._padding = padding
        self._seed = seed
        count = windows.count
        rng = np.random.default_rng([seed, 5])
        # Never a window that shares steps: it would hold the answer.
        low = min(block, (count - 1) // 2)
        ahead = rng.integers(low, max(count - low, low + 1), (count, donors))
        at = np.empty(count, int)
        at[order] = np.arange(count)
        self._donors = order[(at[:, None] + ahead) % count]
        values = sum(int(np.prod(each.shape[1:])) for each in score.plain)
        self._part = max(min(count, MOST_VALUES // (values * (donors + 2))), 1)

    @property
    def steps(self) -> int:
        """Steps of the full context."""
        return self._windows.steps

    def full(self) -> Rung:
        """With all steps."""
        zeros = np.zeros(len(self._score.full))
        return Rung(self._score.full, zeros, self._score.full)

    def constant(self) -> Rung:
        """Without any step: the best constant answer."""
        return Rung(self._score.constant, self.average(0, 1).change)

    def average(self, kept: int, donors: int) -> Rung:
        """Older steps from other windows, answers averaged."""
        if kept >= self.steps:
            return self.full()
        losses, changes, replaced = [], [], []
        for places in self._parts():
            plains, own = [], []
            for number in range(donors):
                from_ = self._donors[places, number]
                if kept == 0:
                    plain = [each[from_].astype("float64") for each in self._score.plain]
                    loss = self._score.averaged([plain], places)
                else:
                    answers = self._running.mixed(kept, self._older(kept, from_), places)
                    plain = self._score.plain_of(answers)
                    loss = self._score.losses(answers, places)
                plains.append(plain)
                own.append(loss)
            losses.append(self._score.averaged(plains, places))
            changes.append(np.mean([self._score.changes(p, places) for p in plains], 0))
            replaced.append(np.mean(own, 0))
        return Rung(*(np.concatenate(each) for each in (losses, changes, replaced)))

    def restart(self, kept: int) -> Rung:
        """The newest steps alone, from a fresh start.

        Raises:
            Refused: The model takes no fewer steps.
        """
        if kept >= self.steps:
            return self.full()
        if kept == 0:
            return self.constant()
        losses, changes = [], []
        for places in self._parts():
            if self._padding is None:
                answers = self._running.restarted(kept, places)
            else:
                fill = [np.full_like(each, self._padding) for each in self._older(kept, places)]
                answers = self._running.mixed(kept, fill, places)
            losses.append(self._score.losses(answers, places))
            changes.append(self._score.changes(self._score.plain_of(answers), places))
        return Rung(np.concatenate(losses), np.concatenate(changes))

    def shuffle(self, kept: int) -> Rung:
        """Older steps in random order, another one for each window."""
        if kept >= self.steps - 1:
            return self.full()
        losses, changes = [], []
        for places in self._parts():
            rng = np.random.default_rng([self._seed, 7, int(places[0])])
            count, older = len(places), self.steps - kept
            orders = rng.permuted(np.tile(np.arange(older), (count, 1)), axis=1)
            mixed = [each[np.arange(count)[:, None], orders] for each in self._older(kept, places)]
            answers = self._running.mixed(kept, mixed, places)
            losses.append(self._score.losses(answers, places))
            changes.append(self._score.changes(self._score.plain_of(answers), places))
        return Rung(np.concatenate(losses), np.concatenate(changes))

    def _older(self, kept: int, places: np.ndarray) -> list[np.ndarray]:
        """The older steps of windows, those of the inputs that are moved."""
        older = self.steps - kept
        sources = self._windows.sources
        return [sources[number].values[places, :older] for number in self._windows.moved]

    def _parts(self) -> Iterator[np.ndarray]:
        for first in range(0, self._windows.count, self._part):
            yield np.arange(first, min(first + self._part, self._windows.count))
