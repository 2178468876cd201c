"""Train a network with many seeds and learning rates, each run on a core of its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from studies.cogscale.networks import BATCH, Network
from studies.cogscale.patience import Run
from studies.work import Work

if TYPE_CHECKING:
    from echospan.engine.scorer import Scorer
    from echospan.engine.trainer import Progress, Trainer


class School:
    """Trains one network. Seeds differ in their data alone, so one program serves them all."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._model = network.build(seed=0, rate=0.001)
        self._trainers: dict[int, Trainer] = {}
        self._scorers: dict[tuple[int, str], Scorer] = {}

    def train(self, work: Work, runs: Sequence[Run]) -> None:
        """Train the runs to their end and judge them."""
        from echospan.engine.fleet import Member
        from echospan.engine.values import read
        from echospan.random import stream

        self._prepare({run.seed for run in runs})

        def watch(run: Run, progress: Progress) -> bool:
            error = self._error(run, "valid", progress.values)
            return run.look(progress, error) or work.stop()

        def member(run: Run) -> Member:
            return Member(
                self._trainers[run.seed],
                read(self.network.build(run.seed, run.rate)),
                stream(run.seed, "data"),
                epochs=run.limit,
                epochs_per_call=1,
                on_progress=partial(watch, run),
            )

        label = f"{self.network.kind} on cogscale {self.network.task}"
        for run, _ in work.train(label, runs, member):
            self._judge(run)

    def _prepare(self, seeds: set[int]) -> None:
        from echospan.engine.scorer import Scorer
        from echospan.engine.source import Arrays
        from echospan.engine.train_many import trainers_for
        from echospan.engine.values import read

        data = {seed: self.network.data(seed) for seed in seeds - set(self._trainers)}
        sources = {seed: Arrays(own.train, BATCH, shuffle=True) for seed, own in data.items()}
        self._trainers |= trainers_for(self._model, sources, like=self._trainers.values())
        for seed, own in data.items():
            for part, batch in (("valid", own.valid), ("test", own.test)):
                scorer = Scorer(self._model, Arrays(batch, 200, shuffle=False))
                # Traced before any run starts: tracing changes the model.
                scorer.run(read(self._model))
                self._scorers[seed, part] = scorer

    def _judge(self, run: Run) -> None:
        for best in (run.best, run.early):
            if best.values is not None:
                best.test = self._error(run, "test", best.values)
                best.values = None

    def _error(self, run: Run, part: str, values: Any) -> float:
        """As CogScale counts it: the share of wrong answers, or the squared error."""
        results, _ = self._scorers[run.seed, part].run(values)
        return 1 - float(results["accuracy"]) if "accuracy" in results else float(results["loss"])
