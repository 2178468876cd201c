"""How many of ten seeds solve the task under a protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from echospan.measure import wilson
from studies.measured import Measured
from studies.noise_free_lag.protocol import Protocol
from studies.work import Work

if TYPE_CHECKING:
    from echospan.engine.scorer import Scorer
    from echospan.engine.trainer import Progress

JUDGED, TRIED = tuple(range(10)), tuple(range(10, 20))
"""Three seeds to choose by were too few: of gradient descent's rates now one, now another was best,
with which 5 and 16 of 40 seeds solve the task."""

LOOK = 200
"""Sequences between two looks."""


@dataclass
class Run:
    """One seed at one learning rate.

    Attributes:
        seed: Of data and weights.
        rate: Learning rate.
        looks: At each look: whether both sequences were right.
        loss: Of the last answer, at the last look.
    """

    seed: int
    rate: float
    looks: list[bool] = field(default_factory=list)
    loss: float = np.inf

    @property
    def solved(self) -> bool:
        """Right at two looks in a row."""
        return self.looks[-2:] == [True, True]

    @property
    def needed(self) -> int:
        """Sequences before the first of these looks, or all there were."""
        return LOOK * (len(self.looks) - self.solved)

    def look(self, right: float, loss: float) -> bool:
        """Note a look; True when it is time to stop."""
        self.looks.append(right == 1)
        self.loss = loss if np.isfinite(loss) else np.inf
        return self.solved or not np.isfinite(loss)


def train(work: Work, protocol: Protocol, runs: Sequence[Run]) -> None:
    """Train the runs, each on a core of its own."""
    from echospan.engine.fleet import Member
    from echospan.engine.scorer import Scorer
    from echospan.engine.source import Arrays
    from echospan.engine.trainer import Trainer
    from echospan.engine.values import read
    from echospan.random import stream
    from studies.noise_free_lag.network import both, build, source

    model = build(protocol, 0, protocol.rates[0])
    trainer = Trainer(model, source(protocol))
    trainer.compile(read(model))
    scorer = Scorer(model, Arrays(both(protocol), 2, shuffle=False))
    # Traced before any run starts: tracing changes the model.
    scorer.run(read(model))

    def member(run: Run) -> Member:
        return Member(
            trainer,
            read(build(protocol, run.seed, run.rate)),
            stream(run.seed, "data"),
            epochs=protocol.sequences,
            epochs_per_call=LOOK,
            on_progress=partial(_watch, work, scorer, run),
        )

    for _ in work.train(f"{protocol.kind} on noise-free lag {protocol.lag}", runs, member):
        # What a run noted while it trained is all that is asked of it.
        pass


def _watch(work: Work, scorer: Scorer, run: Run, progress: Progress) -> bool:
    results, _ = scorer.run(progress.values)
    return run.look(float(results["right"]), float(results["loss"])) or work.stop()


def best_rate(runs: Sequence[Run]) -> float:
    """The learning rate that needs the fewest sequences; among equals the one that errs least."""

    def cost(rate: float) -> tuple[float, float]:
        own = [run for run in runs if run.rate == rate]
        return float(np.mean([run.needed for run in own])), float(np.mean([r.loss for r in own]))

    return min(sorted({run.rate for run in runs}), key=cost)


def share_solved(work: Work, *, protocol: Protocol) -> Measured:
    """The share of ten seeds that solve the task."""
    tried = [Run(seed, rate) for rate in protocol.rates for seed in TRIED]
    if len(protocol.rates) > 1:
        train(work, protocol, tried)
    rate = best_rate(tried)
    runs = [Run(seed, rate) for seed in JUDGED]
    train(work, protocol, runs)
    solved = [run for run in runs if run.solved]
    detail = f"{len(solved)} of {len(runs)} seeds in at most {protocol.sequences:,} sequences, "
    detail += f"learning rate {rate:g}"
    if len(protocol.rates) > 1:
        detail += f", chosen with {len(TRIED)} other seeds"
    if solved:
        needed = [run.needed for run in solved]
        detail += f"; after {np.median(needed):,.0f} in the median, {min(needed):,} to "
        detail += f"{max(needed):,}, of those that did"
    values = tuple(float(run.solved) for run in runs)
    return Measured(len(solved) / len(runs), wilson(len(solved), len(runs)), detail, values)
