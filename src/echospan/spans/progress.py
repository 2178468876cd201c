"""Shows the progress of trials to an observer."""

from __future__ import annotations

import threading

from echospan.observer import Observer
from echospan.report.values import count
from echospan.spans.protocol import Protocol
from echospan.spans.search.budget import Budget
from echospan.spans.search.trial import Trial


class TrialProgress:
    """Shows a trial with its lag, rate and seed, and what is left of the budget.

    Args:
        observer: Receives progress.
        used: The protocol as it is used.
        difficulty_name: What the task calls a lag.
        budget: Shared by all trials.
    """

    def __init__(
        self, observer: Observer, used: Protocol, difficulty_name: str, budget: Budget
    ) -> None:
        self._observer, self._used = observer, used
        self._difficulty_name, self._budget = difficulty_name, budget
        self._lock = threading.Lock()
        self._shown: tuple[int, float, int] | None = None

    def show(self, trial: Trial, limit: int) -> None:
        """Show a trial; called from the threads of the trials.

        Args:
            trial: The trial.
            limit: The most updates that it may make.
        """
        now = (trial.lag, trial.rate, trial.seed)
        with self._lock:
            if now != self._shown:
                self._shown = now
                label = f"{self._difficulty_name} {trial.lag}, rate {trial.rate:g}"
                if self._used.seeds > 1 or self._used.seed:
                    label += f", seed {trial.seed}"
                self._observer.begin(f"{label}{self._left()}", limit)
            _, loss, accuracy = trial.curve[-1]
            self._observer.progress(trial.updates, {"loss": loss, "accuracy": accuracy})

    def _left(self) -> str:
        """What is left of the budget, in words."""
        if self._budget.seconds is not None:
            return f", {max(0.0, self._budget.seconds - self._budget.elapsed):.0f} s left"
        left = self._budget.left
        return "" if left is None else f", at most {count(left)} updates left"
