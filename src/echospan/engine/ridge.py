"""Learning in closed form: the readout by ridge regression, everything before it left as it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.engine.source import OnSource, Source
from echospan.engine.values import TrainState, mapping, variables, zero_states
from echospan.errors import ConfigError
from echospan.experiment import ResetState
from echospan.measure import Ridge, RidgeSums
from echospan.observer import halt_if

if TYPE_CHECKING:
    import jax
    import keras

PENALTIES = tuple(10.0**power for power in range(-9, 3))
"""Tried as shares of the features' mean variance."""

SHARPNESS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
"""Factors tried on the scores of classes, which regression puts between 0 and 1."""

NUMBERS_AT_ONCE = 4_000_000
"""Entries of features that one call of the compiled program may give."""

ENOUGH = 20
"""Answers for each feature after which more data is not drawn: it would change little."""

JUDGED = 2_000
"""Validation answers that choose the penalty; at least."""


@dataclass
class RidgeReadout(OnSource):
    """Solves for the last layer of a Keras model, a dense one, on batches of a source.

    Attributes:
        model: A built functional model whose last layer is a `keras.layers.Dense` with a bias.
        source: Where its batches come from.
        reset_state: When carried state returns to zero.
    """

    model: keras.Model
    source: Source
    reset_state: ResetState = "epoch"

    def fit(
        self,
        values: TrainState,
        key: jax.Array,
        validation: jax.Array,
        *,
        epochs: int,
        stop: Callable[[], bool] | None = None,
    ) -> TrainState:
        """The values with the readout that has the least loss on validation data.

        Args:
            values: The model's values; they stay as they are.
            key: The stream of the data that the readout is solved on.
            validation: The stream of the data that chooses the penalty.
            epochs: Epochs of data to solve on; no more of them are drawn than it takes.
            stop: Asked between pieces of work.

        Raises:
            Halted: `stop` said so.
        """
        kernel, bias = readout_places(self.model)
        sums: RidgeSums | None = None
        for answers in self._epochs(values, key, epochs):
            halt_if(stop)
            more = RidgeSums.of(*answers)
            sums = more if sums is None else sums.plus(more)
            if sums.number >= ENOUGH * len(sums.x):
                break
        if sums is None or sums.number == 0:
            raise ConfigError("training.epochs", "at least 1 with something to learn from", epochs)
        unseen: list[tuple[np.ndarray, np.ndarray]] = []
        for answers in self._epochs(values, validation, JUDGED):
            halt_if(stop)
            unseen.append(answers)
            if sum(len(features) for features, _ in unseen) >= JUDGED:
                break
        x, y = (np.concatenate(parts) for parts in zip(*unseen, strict=True))
        classes = self._classes
        weights, offset = Ridge.from_sums(sums).best(
            PENALTIES,
            lambda weights, offset: _loss(x @ weights + offset, y, classes),
            SHARPNESS if classes else (1.0,),
        )
        trainable = list(values.trainable)
        trainable[kernel] = _like(weights, trainable[kernel])
        trainable[bias] = _like(offset, trainable[bias])
        return values._replace(trainable=trainable)

    @property
    def _classes(self) -> bool:
        return int(dense_readout(self.model).units) > 1

    def _epochs(
        self, values: TrainState, key: jax.Array, epochs: int
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Features and targets (answers, ...) of some epochs at a time, where they are scored."""
        import jax
        import jax.numpy as jnp

        values = values._replace(optimizer=[], metrics=[])
        one = jax.eval_shape(self._collect, values, self.arrays, key)[0]
        at_once = int(np.clip(NUMBERS_AT_ONCE // math.prod(one.shape), 1, 100))
        for first in range(0, epochs, at_once):
            # Always as many, so that one program serves; those beyond the last are left out.
            collected = self._program(values, self.arrays, key, first + jnp.arange(at_once))
            wanted = min(at_once, epochs - first)
            x, y, weight = (np.asarray(part)[:wanted] for part in collected)
            scored = weight.ravel() > 0
            targets = y.reshape(len(scored), -1)[scored]
            if self._classes:
                targets = np.eye(dense_readout(self.model).units)[targets[:, 0].astype(int)]
            features = x.reshape(len(scored), -1)[scored]
            yield features.astype("float64"), targets.astype("float64")

    @cached_property
    def _program(self) -> Any:
        import jax

        def program(values: TrainState, arrays: Any, key: jax.Array, epochs: Any) -> Any:
            return jax.lax.map(
                lambda epoch: self._collect(values, arrays, jax.random.fold_in(key, epoch)), epochs
            )

        return jax.jit(program)

    def _collect(self, values: TrainState, arrays: Any, key: jax.Array) -> Any:
        import jax
        import keras

        before = keras.Model(self.model.inputs[0], dense_readout(self.model).input)
        batches, rest = self.source.epoch(arrays, key)
        if self.reset_state == "epoch":
            values = zero_states(values)

        def step(values: TrainState, raw: Any) -> tuple[TrainState, Any]:
            if self.reset_state == "batch":
                values = zero_states(values)
            batch = self.source.batch(raw)
            with keras.StatelessScope(mapping(self.model, values)) as scope:
                features = before(batch.x, training=False)
                states = [
                    old if (new := scope.get_current_value(own)) is None else new
                    for own, old in zip(variables(self.model).states, values.states, strict=True)
                ]
            return values._replace(states=states), (features, batch.y, batch.weight)

        assert rest is None, "a plan has whole batches only"
        return jax.lax.scan(step, values, batches)[1]


def dense_readout(model: keras.Model) -> Any:
    """The last layer, which is solved for.

    Raises:
        ConfigError: It is not dense, or has no bias.
    """
    import keras

    layer = model.layers[-1]
    if not isinstance(layer, keras.layers.Dense) or not layer.use_bias:
        raise ConfigError("model", "a model whose last layer is dense, with a bias", layer.name)
    return layer


def readout_places(model: keras.Model) -> tuple[int, int]:
    """Positions of the last layer's kernel and bias among the model's trainable variables."""
    known = [id(variable) for variable in variables(model).trainable]
    layer = dense_readout(model)
    return known.index(id(layer.kernel)), known.index(id(layer.bias))


def _loss(scores: np.ndarray, targets: np.ndarray, classes: bool) -> float:
    """Mean cross-entropy for classes, mean squared error for numbers."""
    if not classes:
        return float(np.mean((scores - targets) ** 2))
    from scipy.special import log_softmax

    return float(-np.mean(np.sum(targets * log_softmax(scores, axis=1), axis=1)))


def _like(array: np.ndarray, old: Any) -> Any:
    import jax.numpy as jnp

    return jnp.asarray(array.astype(str(old.dtype)).reshape(old.shape))
