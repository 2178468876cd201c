"""What is trained: one row a job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from benchmarks.contenders import IN_JAX, ONE_BY_ONE, OURS
from benchmarks.peers.work import Cell, Work, units_for
from echospan.errors import ConfigError

Axis = Literal["length", "parameters", "batch", "symbols", "seeds"]
PRODUCTS = "output-products"
"""The key under which the output layer's own products stand beside the contenders."""


@dataclass(frozen=True)
class Target:
    """What the ratio of two contenders' times should come to."""

    of: str
    to: str
    factor: float
    at_most: bool = False

    def reached(self, ratio: float) -> bool:
        """Whether that ratio is good enough."""
        return ratio <= self.factor if self.at_most else ratio >= self.factor


@dataclass(frozen=True)
class Job:
    """Some work and who does it.

    Attributes:
        name: What the command line calls it.
        title: What it is, in a few words.
        work: The same for every contender.
        peers: Keys of the contenders besides echospan.
        repeats: How often each is timed, unless the user says otherwise.
        epochs: Most epochs in one timed run.
        seconds: About how long one timed run lasts, where the epochs do not end it sooner.
        targets: Ratios to reach.
        share: Share of the matrix-product limit to reach.
        most_seconds: What echospan's side should stay under.
        axes: Where this job stands in the figures of growth.
        kind: `train` in steady state, a whole `process`, or a `check` before training.
        products: Time the output layer's own products in echospan's process, too.
        seeds: Train that many runs, on all cores; 0 for a single one on one core.
    """

    name: str
    title: str
    work: Work
    peers: tuple[str, ...] = ("torch",)
    repeats: int = 3
    epochs: int = 400
    seconds: float = 0.6
    targets: tuple[Target, ...] = ()
    share: float | None = None
    most_seconds: float | None = None
    axes: Mapping[Axis, int] = field(default_factory=dict)
    kind: Literal["train", "process", "check"] = "train"
    products: bool = False
    seeds: int = 0


_ALL = ("torch", "torch-compile", "flax", "keras-jax", "keras-tensorflow", "keras-torch")
_MOST = ("torch", "flax", "keras-jax", "keras-tensorflow")
WINDOW = Work(symbols=100, length=25, batch=5, window=5, units=50, learning_rate=0.001)
STREAM = Work(symbols=100, length=25, batch=32, units=50)


def _echo(parameters: int = 10_000, cell: Cell = "lstm", **more: int) -> Work:
    units = units_for(parameters, cell, 10)
    return Work(cell=cell, units=units, symbols=10, **more)


def _symbols(count: int) -> Work:
    """As the recipe `embedding`, with that many symbols."""
    return Work(units=64, symbols=count, length=25, batch=16, embedding=64)


_JOBS = (
    # Those with targets first: where time runs out, the rest is left.
    Job(
        "window",
        "the tutorial's window job, LSTM 50",
        WINDOW,
        _ALL,
        repeats=5,
        epochs=2000,
        seconds=1.0,
        targets=(
            Target("keras-tensorflow", OURS, 250),
            Target("keras-jax", OURS, 12),
            Target("torch", OURS, 10),
        ),
    ),
    Job(
        "echo-10k",
        "LSTM, 10,000 parameters, 100 steps, batch 10",
        _echo(),
        (IN_JAX, *(key for key in _ALL if key != "torch-compile")),
        repeats=5,
        seconds=1.0,
        targets=(Target("torch", IN_JAX, 2.5), Target("torch", OURS, 4)),
        share=0.5,
        axes={"length": 100, "parameters": 10_000, "batch": 10},
    ),
    Job(
        "gru-10k",
        "GRU, 10,000 parameters, 100 steps, batch 10",
        _echo(cell="gru"),
        (IN_JAX, *_MOST),
        repeats=5,
        targets=(Target("torch", OURS, 2.5),),
    ),
    Job(
        "simple-rnn-10k",
        "SimpleRNN, 10,000 parameters, 100 steps, batch 10",
        _echo(cell="simple-rnn"),
        (IN_JAX, *_MOST),
        repeats=5,
        targets=(Target("torch", OURS, 2.5),),
    ),
    Job(
        "process",
        "the window job as a whole process",
        WINDOW,
        ("keras-tensorflow",),
        repeats=5,
        epochs=2000,
        targets=(Target("keras-tensorflow", OURS, 25),),
        most_seconds=4,
        kind="process",
    ),
    *(
        Job(
            f"check-{framework}",
            f"echospan.check of an LSTM with 10,000 parameters, {name}",
            _echo(length=23),
            (),
            repeats=5,
            most_seconds=limit,
            kind="check",
        )
        for framework, name, limit in (("torch", "torch", 1.5), ("keras", "Keras on JAX", 4))
    ),
    Job(
        "symbols-100000",
        "100,000 symbols, integer input",
        _symbols(100_000),
        repeats=5,
        epochs=2,
        targets=(Target(OURS, PRODUCTS, 3, at_most=True),),
        axes={"symbols": 100_000},
        products=True,
    ),
    *(
        Job(
            f"seeds-{n}",
            f"{n} seed{'s' if n > 1 else ''} of the stream job, on all cores",
            STREAM,
            (ONE_BY_ONE,),
            repeats=5 if n == 16 else 3,
            epochs=100,
            seconds=10,
            targets=(Target(ONE_BY_ONE, OURS, 1.9),) if n == 16 else (),
            axes={"seeds": n},
            seeds=n,
        )
        for n in (1, 4, 16, 64)
    ),
    Job(
        "stream",
        "the tutorial's stream job, LSTM 50",
        STREAM,
        _MOST,
    ),
    Job("echo-1k", "LSTM, 1,000 parameters", _echo(1_000), _MOST, axes={"parameters": 1_000}),
    Job(
        "echo-100k", "LSTM, 100,000 parameters", _echo(100_000), _MOST, axes={"parameters": 100_000}
    ),
    *(Job(f"batch-{n}", f"batch {n}", _echo(batch=n), axes={"batch": n}) for n in (1, 100)),
    *(
        Job(f"length-{n}", f"{n:,} steps", _echo(length=n), axes={"length": n})
        for n in (25, 250, 1_000)
    ),
    *(
        Job(f"symbols-{n}", f"{n:,} symbols, integer input", _symbols(n), axes={"symbols": n})
        for n in (10, 100, 1_000, 10_000)
    ),
)

JOBS: dict[str, Job] = {job.name: job for job in _JOBS}


def choose(names: Iterable[str] | None) -> list[Job]:
    """The jobs with these names, in the table's order; None for all.

    Raises:
        ConfigError: There is no such job.
    """
    wanted = list(JOBS if names is None else names)
    for name in wanted:
        if name not in JOBS:
            raise ConfigError("--jobs", f"made of {', '.join(JOBS)}", name)
    return [job for job in JOBS.values() if job.name in wanted]
