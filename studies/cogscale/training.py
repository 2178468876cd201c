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
        from echospan.engine.fleet import Member, best_fleet
        from echospan.engine.values import read
        from echospan.random import stream

        for seed in {run.seed for run in runs}:
            self._prepare(seed)

        def watch(run: Run, progress: Progress) -> bool:
            error = self._error(run, "valid", progress.values)
            return run.look(progress, error) or work.stop()

        members = [
            Member(
                self._trainers[run.seed],
                read(self.network.build(run.seed, run.rate)),
                stream(run.seed, "data"),
                epochs=run.limit,
                epochs_per_call=1,
                on_progress=partial(watch, run),
            )
            for run in runs
        ]
        work.observer.begin(f"{self.network.kind} on cogscale {self.network.task}", len(runs))
        for done, ended in enumerate(best_fleet().run(members), 1):
            work.go_on()
            ended.result()
            self._judge(runs[ended.index])
            work.observer.progress(done, {})

    def _prepare(self, seed: int) -> None:
        from echospan.engine.scorer import Scorer
        from echospan.engine.source import Arrays
        from echospan.engine.trainer import Trainer
        from echospan.engine.values import read

        if seed in self._trainers:
            return
        data, values = self.network.data(seed), read(self._model)
        trainer = Trainer(self._model, Arrays(data.train, BATCH, shuffle=True))
        if self._trainers:
            trainer.program = next(iter(self._trainers.values())).program
        trainer.compile(values)
        self._trainers[seed] = trainer
        for part, batch in (("valid", data.valid), ("test", data.test)):
            scorer = Scorer(self._model, Arrays(batch, 200, shuffle=False))
            # Traced before any run starts: tracing changes the model.
            scorer.run(values)
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
