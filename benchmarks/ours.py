"""echospan as a contender: the trainer that `echospan run` uses, in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.peers.products import SECONDS
from benchmarks.peers.wire import talk
from benchmarks.peers.work import Product, Work
from echospan.experiment import Experiment


def experiment_of(work: Work) -> Experiment:
    """The same work as echospan's own settings."""
    model: dict[str, Any] = {"kind": work.cell, "units": work.units, "stateful": bool(work.window)}
    if work.embedding:
        model |= {"input": "embedding", "embedding_size": work.embedding}
    window = {"kind": "window", "window": work.window}
    return Experiment(
        task={"kind": "echo", "symbols": work.symbols, "length": work.length, "lag": work.lag},  # type: ignore[arg-type]
        framing=window if work.window else {"kind": "sequence"},  # type: ignore[arg-type]
        model=model,  # type: ignore[arg-type]
        training={  # type: ignore[arg-type]
            "sequences": 1 if work.window else work.batch,
            "batch_size": work.batch,
            "learning_rate": work.learning_rate,
        },
        seed=work.seed,
    )


class Ours:
    """Compiled once, for one run or for many."""

    multiple = 1

    def __init__(self, work: Work, options: dict[str, Any]) -> None:
        from importlib.metadata import version

        from echospan.engine.compiled_experiment import CompiledExperiment
        from echospan.engine.fleet import Fleet, ThreadedFleet, VectorisedFleet, best_fleet
        from echospan.random import stream

        self._work, self._epoch = work, 0
        experiment = experiment_of(work)
        compiled = CompiledExperiment(experiment)
        self._trainer = compiled.trainer
        seeds = [work.seed + number for number in range(options.get("seeds") or 1)]
        self._keys = [stream(seed, "data") for seed in seeds]
        self._values = [compiled.start(experiment.replace(seed=seed)) for seed in seeds]
        self._trainer.compile(self._values[0])
        fleets: dict[str, Callable[[], Fleet]] = {
            "best": best_fleet,
            "one by one": partial(ThreadedFleet, workers=1),
            "together": VectorisedFleet,
        }
        self._fleet = fleets[options.get("fleet", "best")]()
        self.about = {
            "parameters": compiled.parameters,
            "settings": {},
            "versions": {name: version(name) for name in ("echospan", "jax", "keras")},
        }

    def train(self, epochs: int) -> tuple[float, list[tuple[int, float]]]:
        """As `echospan run` trains; drawing the data is part of it.

        Returns:
            The seconds for all runs, and the losses of the first.
        """
        from echospan.engine.fleet import Member
        from echospan.engine.train_many import train_many
        from echospan.engine.trainer import Progress

        losses: list[float] = []

        def first(progress: Progress) -> None:
            losses.extend(progress.logs["loss"].tolist())

        def rest(progress: Progress) -> None:
            """Reports, as the first does, and keeps nothing."""

        members = [
            Member(
                self._trainer,
                values,
                key,
                epochs=self._epoch + epochs,
                first_epoch=self._epoch,
                on_progress=rest if number else first,
            )
            for number, (values, key) in enumerate(zip(self._values, self._keys, strict=True))
        ]
        start = time.perf_counter()
        for run, finished in train_many(range(len(members)), members.__getitem__, self._fleet):
            self._values[run] = finished.result()
        seconds = time.perf_counter() - start
        self._epoch += epochs
        return seconds, [(1, loss) for loss in losses]

    def output_products(self) -> dict[str, Any]:
        """Seconds of the output layer's three matrix products, by the same JAX."""
        return {"seconds": [seconds_of(product) for product in self._work.output_products()]}


def seconds_of(product: Product) -> float:
    """The fewest seconds that one compiled product took."""
    import jax
    import jax.numpy as jnp

    left = jnp.ones((product.rows, product.inner))
    right = jnp.ones((product.inner, product.columns))
    multiply = jax.jit(jnp.matmul)
    multiply(left, right).block_until_ready()
    best, end = float("inf"), time.perf_counter() + SECONDS
    tries = 0
    while tries < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        multiply(left, right).block_until_ready()
        best = min(best, time.perf_counter() - start)
        tries += 1
    return best


if __name__ == "__main__":
    talk(Ours)
