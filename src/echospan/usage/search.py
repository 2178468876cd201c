"""Which numbers of kept steps are tried: few runs, and exact answers all the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from echospan.observer import Halted, Observer
from echospan.results.uses import Ablation
from echospan.usage.ablations import Ablations, Rung
from echospan.usage.bounds import Bootstrap
from echospan.usage.running import Refused
from echospan.usage.score import Score

LADDER = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768,
          1024, 1536, 2048, 3072, 4096)  # fmt: skip
"""Steps kept that are tried first."""

COARSE = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
"""The same where each costs a run of the full length."""

ROUGH = 3.0
"""Standard errors at the ends of an interval, while it is not known how many there will be."""

EXPECTED = {"average": 8, "answers": 8, "shuffle": 12}
"""Runs of each ablation, about, for a progress bar; a restart runs the whole ladder."""

ANSWERS = 0.01
"""Share of the change without any step, up to which answers count as unchanged."""

Rungs = dict[int, Rung]
Test = Callable[[Rung], bool]


@dataclass(eq=False)
class Found:
    """What was run.

    Attributes:
        curves: For each ablation what each number of kept steps gave.
        refused: For an ablation that can't be run: why.
        answers: Steps from which on the answers don't change; None if not known.
        shortest: Fewest steps that the model can be restarted with; 0 where any number will do.
        stopped: Whether it was interrupted.
    """

    curves: dict[Ablation, Rungs] = field(default_factory=dict)
    refused: dict[Ablation, str] = field(default_factory=dict)
    answers: int | None = None
    shortest: int = 0
    stopped: bool = False


class Search:
    """Runs the ablations at the numbers of kept steps that decide.

    Args:
        ablations: The runs.
        score: What answers are judged by.
        bootstrap: Draws of windows in the order of time.
        order: Numbers of the windows in the order of time.
        margin: Share of the gain that may be missing.
        donors: Other windows for each window.
        observer: Told of each run.
    """

    def __init__(
        self,
        ablations: Ablations,
        score: Score,
        bootstrap: Bootstrap,
        order: np.ndarray,
        *,
        margin: float,
        donors: int,
        observer: Observer,
    ) -> None:
        self._ablations, self._score, self._bootstrap = ablations, score, bootstrap
        self._order, self._margin, self._donors = order, margin, donors
        self._observer = observer
        self._done = self._expected = 0
        self._known: dict[int, tuple[Rung, tuple[float, float, float]]] = {}
        self._steps = ablations.steps
        self.found = Found()

    def run(self) -> Found:
        """Run restart, then average, then how far answers change, then shuffle."""
        try:
            for name, stage in (
                ("restart", self._restart), ("average", self._average),
                ("answers", self._answers), ("shuffle", self._shuffle),
            ):  # fmt: skip
                self._done, self._expected = 0, EXPECTED.get(name, len(self._ladder(LADDER)))
                self._observer.begin(name, self._expected)
                stage()
        except (Halted, KeyboardInterrupt):
            self.found.stopped = True
        return self.found

    # What a rung shows.

    def _differences(self, rung: Rung) -> np.ndarray:
        missing = rung.loss - self._score.full - self._margin * self._score.gains
        return np.asarray(missing[self._order])

    def _ends(self, rung: Rung) -> tuple[float, float, float]:
        if id(rung) not in self._known:
            self._known[id(rung)] = (rung, self._computed_ends(rung))
        return self._known[id(rung)][1]

    def _computed_ends(self, rung: Rung) -> tuple[float, float, float]:
        missing = self._differences(rung)
        (error,), _ = self._bootstrap.errors(missing[None])
        mean = float(missing.mean())
        return mean - ROUGH * error, mean, mean + ROUGH * error

    def _within(self, rung: Rung) -> bool:
        return self._ends(rung)[1] <= 0

    def _surely_within(self, rung: Rung) -> bool:
        return self._ends(rung)[2] <= 0

    def _perhaps_within(self, rung: Rung) -> bool:
        return self._ends(rung)[0] <= 0

    # The stages.

    def _restart(self) -> None:
        nothing = self._ablations.constant()
        rungs: Rungs = {0: nothing, self._steps: self._ablations.full()}
        reason = ""

        def run(kept: int) -> Rung:
            nonlocal reason
            try:
                rung = self._ablations.restart(kept)
            except Refused as why:
                # Without an answer there is the constant one.
                reason = str(why)
                self.found.shortest = max(self.found.shortest, kept + 1)
                return nothing
            self.found.curves["restart"] = rungs
            return rung

        # The longest first: a model of one length refuses it at once.
        ladder = self._ladder(LADDER)
        rungs[ladder[-1]] = self._ran(run(ladder[-1]))
        if "restart" not in self.found.curves:
            self.found.refused["restart"] = reason
            self.found.shortest = 0
            return
        for kept in ladder[:-1]:
            rungs[kept] = self._ran(run(kept))
        start = float(nothing.change.mean())
        tests = self._tests()
        tests.append(lambda rung: bool(rung.change.mean() <= ANSWERS * start))
        for test in tests:
            self._settle(rungs, run, test)

    def _average(self) -> None:
        def run(kept: int) -> Rung:
            return self._ablations.average(kept, self._donors)

        rungs: Rungs = {0: run(0), self._steps: self._ablations.full()}
        restarted = self.found.curves.get("restart")
        guess = settled(restarted, self._within) if restarted else self._steps // 2
        guess = min(max(guess, 1), self._steps - 1)
        rungs[guess] = self._ran(run(guess))
        self.found.curves["average"] = rungs
        if self._within(rungs[guess]):
            if guess > 1:
                rungs[guess - 1] = self._ran(run(guess - 1))
        else:
            for kept in self._ladder(LADDER):
                if kept > guess:
                    rungs[kept] = self._ran(run(kept))
                    if self._within(rungs[kept]):
                        break
        self._settle(rungs, run, self._within)
        answer = settled(rungs, self._within)
        for kept in [kept for kept in self._ladder(LADDER) if kept > answer][:2]:
            if kept not in rungs:
                rungs[kept] = self._ran(run(kept))
        for test in self._tests():
            self._settle(rungs, run, test)

    def _answers(self) -> None:
        rungs = dict(self.found.curves["average"])
        limit = ANSWERS * float(rungs[0].change.mean())
        if limit <= 0:
            return

        def unchanged(rung: Rung) -> bool:
            return bool(rung.change.mean() <= limit)

        answer = settled(rungs, self._within)
        for kept in self._ladder(COARSE):
            if kept > answer and kept not in rungs:
                rungs[kept] = self._ran(self._ablations.average(kept, 1))
        self._settle(rungs, lambda kept: self._ablations.average(kept, 1), unchanged)
        self.found.answers = settled(rungs, unchanged)

    def _shuffle(self) -> None:
        rungs: Rungs = {self._steps: self._ablations.full()}
        self.found.curves["shuffle"] = rungs
        rungs[0] = self._ran(self._ablations.shuffle(0))
        for kept in self._ladder(COARSE):
            rungs[kept] = self._ran(self._ablations.shuffle(kept))
        for test in self._tests():
            self._settle(rungs, self._ablations.shuffle, test)

    def settle_classes(self, name: Ablation, labels: np.ndarray) -> None:
        """Run what decides for each class of answers.

        Args:
            name: The ablation.
            labels: Class of each window, (windows,).
        """
        rungs = self.found.curves[name]
        missing = self._margin * self._score.gains + self._score.full

        def run(kept: int) -> Rung:
            if name == "restart":
                return self._ablations.restart(kept)
            return self._ablations.average(kept, self._donors)

        for label in np.unique(labels):
            chosen = labels == label

            def within(rung: Rung, chosen: np.ndarray = chosen) -> bool:
                return bool((rung.loss - missing)[chosen].mean() <= 0)

            try:
                self._settle(rungs, run, within)
            except (Halted, KeyboardInterrupt):
                self.found.stopped = True
                return

    # Helpers.

    def _tests(self) -> list[Test]:
        return [self._within, self._surely_within, self._perhaps_within]

    def _ladder(self, ladder: tuple[int, ...]) -> list[int]:
        return [kept for kept in ladder if kept < self._steps]

    def _settle(self, rungs: Rungs, run: Callable[[int], Rung], test: Test) -> None:
        """Halve the gap below the first rung from which on all pass a test, until it is closed."""
        while True:
            low, high = gap(rungs, test)
            if high - low <= 1:
                return
            middle = (low + high) // 2
            rungs[middle] = self._ran(run(middle))

    def _ran(self, rung: Rung) -> Rung:
        self._done += 1
        self._observer.progress(min(self._done, self._expected), {})
        return rung


def gap(rungs: Mapping[int, Rung], test: Test) -> tuple[int, int]:
    """The last rung that fails a test, or -1, and the next one; the last one if that fails."""
    failing = max((kept for kept, rung in rungs.items() if not test(rung)), default=-1)
    above = [kept for kept in rungs if kept > failing]
    high = min(above, default=failing)
    return (failing, high) if failing >= 0 else (high - 1, high)


def settled(rungs: Mapping[int, Rung], test: Test) -> int:
    """The first rung from which on all pass a test; the last one where that fails."""
    return gap(rungs, test)[1]
