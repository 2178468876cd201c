"""Learning in closed form: the readout by ridge regression, everything before it left as it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from echospan.engine.source import Source
from echospan.engine.trainer import zero_states
from echospan.engine.values import Values, mapping, variables
from echospan.errors import ConfigError
from echospan.experiment import ResetState

if TYPE_CHECKING:
    import jax
    import keras

PENALTIES = tuple(10.0**power for power in range(-9, 3))
"""Tried as shares of the features' mean square."""

SHARPNESS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
"""Factors tried on the scores of classes, which regression puts between 0 and 1."""


class Moments(NamedTuple):
    """Sums over scored answers, in float64."""

    features: np.ndarray
    """Features and a one, times themselves, (features + 1, features + 1)."""
    answers: np.ndarray
    """Features and a one, times what is asked, (features + 1, outputs)."""
    scored: float


@dataclass
class RidgeReadout:
    """Solves for the last layer of a Keras model, a dense one, on batches of a source.

    Attributes:
        model: A built functional model whose last layer is a `keras.layers.Dense` with a bias.
        source: Where its batches come from.
        reset_state: When carried state returns to zero.
    """

    model: keras.Model
    source: Source
    reset_state: ResetState = "epoch"
    _program: Any = field(default=None, init=False)
    _arrays: Any = field(default=None, init=False)

    def fit(
        self,
        values: Values,
        key: jax.Array,
        validation: jax.Array,
        *,
        epochs: int,
        validation_epochs: int = 20,
    ) -> Values:
        """The values with the readout that has the least loss on validation data.

        Args:
            values: The model's values; they stay as they are.
            key: The stream of the data that the readout is solved on.
            validation: The stream of the data that chooses the penalty.
            epochs: Epochs of data to solve on.
            validation_epochs: Epochs of data to choose on.
        """
        kernel, bias = self._places()
        moments: Moments | None = None
        for x, y, weight in self._epochs(values, key, epochs):
            more = _moments(x, y, weight)
            moments = more if moments is None else _add(moments, more)
        if moments is None or moments.scored == 0:
            raise ConfigError("training.epochs", "at least 1 with something to learn from", epochs)
        unseen = list(self._epochs(values, validation, validation_epochs))
        solved = _best(moments, unseen, classes=self._classes)
        trainable = list(values.trainable)
        trainable[kernel] = _like(solved[:-1], trainable[kernel])
        trainable[bias] = _like(solved[-1], trainable[bias])
        return values._replace(trainable=trainable)

    @property
    def _readout(self) -> Any:
        import keras

        layer = self.model.layers[-1]
        if not isinstance(layer, keras.layers.Dense) or not layer.use_bias:
            raise ConfigError("model", "a model whose last layer is dense, with a bias", layer.name)
        return layer

    @property
    def _classes(self) -> bool:
        return int(self._readout.units) > 1

    def _places(self) -> tuple[int, int]:
        """Where the readout's kernel and bias stand among the trainable values."""
        known = [id(variable) for variable in variables(self.model).trainable]
        readout = self._readout
        return known.index(id(readout.kernel)), known.index(id(readout.bias))

    def _epochs(self, values: Values, key: jax.Array, epochs: int) -> Any:
        """(features (answers, features), asked (answers, outputs), weight (answers,)) by epoch."""
        import jax
        import jax.numpy as jnp

        if self._program is None:
            self._arrays = jax.tree.map(jnp.asarray, self.source.arrays())
            self._program = jax.jit(self._collect)
        values = values._replace(optimizer=[], metrics=[])
        for epoch in range(epochs):
            found = self._program(values, self._arrays, jax.random.fold_in(key, epoch))
            x, y, weight = (np.asarray(part, "float64") for part in found)
            scored = weight.reshape(-1) > 0
            y = y.reshape(len(scored), -1)[scored]
            if self._classes:
                y = np.eye(self._readout.units)[y[:, 0].astype(int)]
            yield x.reshape(len(scored), -1)[scored], y, weight.reshape(-1)[scored]

    def _collect(self, values: Values, arrays: Any, key: jax.Array) -> Any:
        import jax
        import keras

        before = keras.Model(self.model.inputs, self._readout.input)
        batches, rest = self.source.epoch(arrays, key)
        if self.reset_state == "epoch":
            values = zero_states(values)

        def step(values: Values, raw: Any) -> tuple[Values, Any]:
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


def _moments(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> Moments:
    with_one = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    weighted = with_one * weight[:, None]
    return Moments(weighted.T @ with_one, weighted.T @ y, float(weight.sum()))


def _add(one: Moments, other: Moments) -> Moments:
    return Moments(
        one.features + other.features, one.answers + other.answers, one.scored + other.scored
    )


def solve(moments: Moments, penalty: float) -> np.ndarray:
    """Weights (features + 1, outputs) with the least squared error plus the penalty; bias last.

    The penalty is a share of the features' mean square, and the bias is free of it.
    """
    matrix = moments.features / moments.scored
    size = np.trace(matrix[:-1, :-1]) / max(len(matrix) - 1, 1)
    ridge = np.diag([*np.full(len(matrix) - 1, penalty * max(size, 1e-300)), 0.0])
    solved: np.ndarray = np.linalg.lstsq(matrix + ridge, moments.answers / moments.scored)[0]
    return solved


def _best(moments: Moments, unseen: list[Any], *, classes: bool) -> np.ndarray:
    x = np.concatenate([part[0] for part in unseen])
    y = np.concatenate([part[1] for part in unseen])
    found, least = None, np.inf
    for penalty in PENALTIES:
        solved = solve(moments, penalty)
        for factor in SHARPNESS if classes else (1.0,):
            loss = _loss(factor * (x @ solved[:-1] + solved[-1]), y, classes)
            if found is None or loss < least:
                found, least = factor * solved, loss
    assert found is not None
    return found


def _loss(scores: np.ndarray, asked: np.ndarray, classes: bool) -> float:
    """Mean cross-entropy for classes, mean squared error for numbers."""
    if not classes:
        return float(np.mean((scores - asked) ** 2))
    from scipy.special import log_softmax

    return float(-np.mean(np.sum(asked * log_softmax(scores, axis=1), axis=1)))


def _like(array: np.ndarray, old: Any) -> Any:
    import jax.numpy as jnp

    return jnp.asarray(array.astype(str(old.dtype)).reshape(old.shape))
