"""Trials that were finished before: what a search asks before it trains one.

A trial is a function of the model, the rules of the sheet and its key. So a search that is begun
again finds the trials of the earlier one, makes the same decisions, and goes on where that ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from echospan.adapters.trainable import TrainableModel
from echospan.memory_tasks.base import TrainingSpec
from echospan.report.objects import Sheet
from echospan.spans.search.trial import Trial


class TrialKey(NamedTuple):
    """What tells a trial from the others of a sheet.

    Attributes:
        lag: Steps back, or the task's difficulty.
        rate: Learning rate at the start.
        seed: Seed of its weights and sequences.
        updates: The most updates that it was allowed.
    """

    lag: int
    rate: float
    seed: int
    updates: int


class Kept(NamedTuple):
    """A trial that was finished before.

    Attributes:
        trial: The trial.
        elapsed: Seconds of the budget that had passed when it was finished.
    """

    trial: Trial
    elapsed: float


class KeptTrials:
    """Where finished trials are looked up and kept; the base class keeps none.

    `lookup` and `keep` are called from the threads of the trials.

    Attributes:
        cut: Whether the user or a budget ended the search early; known at its end.
    """

    cut: bool = False

    def begin(self, model: TrainableModel) -> None:
        """Everything that was asked for is right: the search of this model begins."""

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Around all that is done: whatever ends the block, what is kept tells the truth."""
        yield

    def end(self, sheet: Sheet, *, cut: bool) -> None:
        """The sheet is made; `cut` if the user or a budget ended the search early."""
        self.cut = cut

    def lookup(self, key: TrialKey, spec: TrainingSpec) -> Kept | None:
        """The finished trial with this key; None if there is none."""
        return None

    def keep(self, key: TrialKey, trial: Trial, elapsed: float) -> None:
        """Keep a trial that was just finished."""
