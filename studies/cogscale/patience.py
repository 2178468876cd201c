"""One run, and when it ends: CogScale's patience, with the values of the best epoch kept."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from echospan.engine.trainer import Progress

Limit = Literal[200, 50]
"""Epochs at most."""
LONG: Final = 200
"""As in the authors' job files."""
SHORT: Final = 50
"""As in their script unless it is told otherwise."""
PATIENCE = 10


@dataclass
class Best:
    """The best epoch so far.

    Attributes:
        valid: Its error on validation data, the lowest.
        test: Its error on test data, once it is judged.
        values: The model's values after it; None when they are not needed any more.
    """

    valid: float = math.inf
    test: float = math.inf
    values: Any = field(default=None, repr=False)


@dataclass
class Run:
    """One seed at one learning rate.

    Attributes:
        seed: Of data, weights and the order of the samples.
        rate: Learning rate.
        limit: Epochs at most.
        epochs: That were trained.
        best: Over all epochs.
        early: Over the first `SHORT` epochs.
    """

    seed: int
    rate: float
    limit: Limit = LONG
    epochs: int = 0
    best: Best = field(default_factory=Best)
    early: Best = field(default_factory=Best)
    _waited: int = field(default=0, repr=False)

    def look(self, progress: Progress, error: float) -> bool:
        """Note an epoch and keep its values if they are the best; True when it is time to stop."""
        from echospan.engine.values import copy

        values = copy(progress.values) if error < self.best.valid else None
        return self.note(progress.epoch, error, values)

    def note(self, epoch: int, error: float, values: Any = None) -> bool:
        """Note a validation error; True when it is time to stop."""
        self.epochs = epoch
        self._waited += 1
        if error < self.best.valid:
            self.best, self._waited = Best(error, values=values), 0
        if epoch <= SHORT:
            self.early = self.best
        return self._waited >= PATIENCE or not math.isfinite(error)
