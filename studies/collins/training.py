"""Train a recurrent network on arrays, with many seeds and learning rates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from studies.work import Work

if TYPE_CHECKING:
    import keras

    from echospan.engine.trainer import Progress
    from echospan.engine.update import Batch

Kind = Literal["simple-rnn", "lstm", "gru"]


@dataclass
class Run:
    """One seed at one learning rate.

    Attributes:
        seed: Of data and weights.
        rate: Learning rate.
        looks: What was noted at each look.
        values: The model's values at the end.
    """

    seed: int
    rate: float
    looks: list[float] = field(default_factory=list)
    values: Any = field(default=None, repr=False)


@dataclass(frozen=True)
class Curriculum:
    """What is trained, on what, and for how long.

    Attributes:
        label: In a word or two.
        build: A compiled model for a seed and a learning rate.
        data: What a seed learns from.
        batch: Rows of a batch.
        epochs: In all.
        looks: How often a run is looked at.
    """

    label: str
    build: Callable[[int, float], keras.Model]
    data: Callable[[int], Batch]
    batch: int
    epochs: int
    looks: int

    def train(
        self, work: Work, runs: Sequence[Run], look: Callable[[Run, Progress], bool]
    ) -> keras.Model:
        """Train the runs, each on a core of its own, with one program for all.

        Args:
            work: Told how far it is.
            runs: Are given their values at the end.
            look: Notes something; True ends that run.

        Returns:
            The model whose values the runs' are.
        """
        from echospan.engine.fleet import Member
        from echospan.engine.source import Arrays
        from echospan.engine.train_many import trainers_for
        from echospan.engine.values import read
        from echospan.random import stream

        model = self.build(0, 0.001)
        data = {run.seed: self.data(run.seed) for run in runs}
        sources = {
            seed: Arrays(own, self.batch, shuffle=self.batch < len(own.x))
            for seed, own in data.items()
        }
        trainers = trainers_for(model, sources)

        def member(run: Run) -> Member:
            return Member(
                trainers[run.seed],
                read(self.build(run.seed, run.rate)),
                stream(run.seed, "data"),
                epochs=self.epochs,
                epochs_per_call=self.epochs // self.looks,
                on_progress=partial(_look, look, work, run),
            )

        for run, values in work.train(self.label, runs, member):
            run.values = values
        return model


def _look(look: Callable[[Run, Progress], bool], work: Work, run: Run, progress: Progress) -> bool:
    return look(run, progress) or work.stop()


def network(
    kind: Kind, units: int, outputs: int, example: Batch, seed: int, *, every: bool
) -> keras.Model:
    """A recurrent layer as Keras starts it and a dense readout, not compiled yet.

    Args:
        kind: Architecture.
        units: Of the layer.
        outputs: Of the readout.
        example: Has the shape of the inputs (batch, time, features).
        seed: Of the weights.
        every: Answer at every step; else after the last.
    """
    from echospan.backend import keras_on_jax

    keras_on_jax()
    import keras

    layers = {"simple-rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM}
    layer = layers.get(kind, keras.layers.GRU)
    draws = iter(np.random.default_rng(seed).integers(0, 2**31, 3).tolist())

    def glorot() -> keras.Initializer:
        return keras.initializers.GlorotUniform(seed=next(draws))

    start = keras.Input(example.x.shape[1:])
    hidden = layer(
        units,
        return_sequences=every,
        kernel_initializer=glorot(),
        recurrent_initializer=keras.initializers.Orthogonal(seed=next(draws)),
    )(start)
    return keras.Model(start, keras.layers.Dense(outputs, kernel_initializer=glorot())(hidden))
