"""Models as users write them, sound and broken; each is a function (symbols) -> model."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops


def gru(symbols: int) -> Any:
    return keras.Sequential(
        [
            keras.Input((None, symbols)),
            layers.GRU(16, return_sequences=True),
            layers.Dense(symbols),
        ]
    )


def with_table(symbols: int) -> Any:
    """Takes integers and gives probabilities."""
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            layers.Embedding(symbols, 8),
            layers.SimpleRNN(16, return_sequences=True),
            layers.Dense(symbols, activation="softmax"),
        ]
    )


class Subclassed(keras.Model):
    def __init__(self, symbols: int) -> None:
        super().__init__()
        self.memory = layers.GRU(12, return_sequences=True)
        self.answer = layers.Dense(symbols)

    def call(self, x: Any) -> Any:
        return self.answer(self.memory(x))


def subclassed(symbols: int) -> Any:
    return Subclassed(symbols)


def bidirectional(symbols: int) -> Any:
    return keras.Sequential(
        [
            keras.Input((None, symbols)),
            layers.Bidirectional(layers.LSTM(8, return_sequences=True)),
            layers.Dense(symbols),
        ]
    )


def convolution(symbols: int) -> Any:
    """Causal, with a field of 4 steps and no state of its own."""
    return keras.Sequential(
        [
            keras.Input((None, symbols)),
            layers.Conv1D(32, 4, padding="causal", activation="relu"),
            layers.Dense(symbols),
        ]
    )


def window(symbols: int) -> Any:
    """Takes the last three steps and answers the newest."""
    return keras.Sequential(
        [
            keras.Input((3, symbols)),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(symbols),
        ]
    )


def five_steps(symbols: int) -> Any:
    """An answer for each of exactly five steps."""
    return keras.Sequential(
        [
            keras.Input((5, symbols)),
            layers.Conv1D(32, 4, padding="causal", activation="relu"),
            layers.Dense(symbols),
        ]
    )


def five_places(symbols: int) -> Any:
    """Has a vector for each of five places, and none for a sixth."""
    start = keras.Input((5, symbols))
    placed = layers.Dense(8)(start) + layers.Embedding(5, 8)(keras.ops.arange(5))
    return keras.Model(start, layers.Dense(symbols)(placed))


def single_steps(symbols: int) -> Any:
    """One step at a time, and stateful forgotten."""
    return keras.Sequential(
        [keras.Input((1, symbols)), layers.LSTM(8), layers.Dense(symbols)],
    )


def stateful_single_steps(symbols: int) -> Any:
    return keras.Sequential(
        [
            keras.Input(batch_shape=(1, 1, symbols)),
            layers.LSTM(16, stateful=True),
            layers.Dense(symbols),
        ]
    )


def stateful(symbols: int) -> Any:
    return keras.Sequential(
        [
            keras.Input(batch_shape=(4, None, symbols)),
            layers.GRU(16, stateful=True, return_sequences=True),
            layers.Dense(symbols),
        ]
    )


def deaf(symbols: int) -> Any:
    start = keras.Input((None, symbols))
    return keras.Model(start, layers.Dense(symbols)(layers.Rescaling(0.0)(start)))


def too_narrow(symbols: int) -> Any:
    return keras.Sequential(
        [keras.Input((None, symbols)), layers.GRU(4, return_sequences=True), layers.Dense(3)]
    )


def wrong_input(symbols: int) -> Any:
    return keras.Sequential([keras.Input((None, 7)), layers.Dense(symbols)])


def once(symbols: int) -> Any:
    return keras.Sequential([keras.Input((None, symbols)), layers.GRU(4), layers.Dense(symbols)])


def not_a_number(symbols: int) -> Any:
    start = keras.Input((None, symbols))
    return keras.Model(start, layers.Dense(symbols, bias_initializer=_nan)(start))


def _nan(shape: Any, dtype: Any = None) -> Any:
    return keras.ops.full(shape, float("nan"))


def raises(symbols: int) -> Any:
    raise RuntimeError("no weights today")


def nothing(symbols: int) -> Any:
    return None


def two_inputs(symbols: int) -> Any:
    a, b = keras.Input((None, symbols)), keras.Input((None, symbols))
    return keras.Model([a, b], layers.Dense(symbols)(layers.Add()([a, b])))


def pure_jax(symbols: int) -> Any:
    """(init, apply): a table of three steps, written by hand."""
    import jax
    import jax.numpy as jnp

    def init(key: Any) -> Any:
        return {"w": 0.1 * jax.random.normal(key, (3, symbols, symbols)), "b": jnp.zeros(symbols)}

    def apply(weights: Any, x: Any) -> Any:
        before = [jnp.pad(x, ((0, 0), (k, 0), (0, 0)))[:, : x.shape[1]] for k in range(3)]
        return sum(b @ w for b, w in zip(before, weights["w"], strict=True)) + weights["b"]

    return init, apply


def taps(features: int) -> Any:
    """For numbers: the last three steps, one number out."""
    start = keras.Input((None, features))
    before = [start, *(ops.pad(start, ((0, 0), (k, 0), (0, 0)))[:, :-k] for k in (1, 2))]
    return keras.Model(start, layers.Dense(1)(layers.Concatenate()(before)))


def two_numbers(features: int) -> Any:
    return keras.Sequential([keras.Input((None, features)), layers.Dense(2)])


def linear_taps(features: int) -> Any:
    """`taps` as two JAX functions."""
    import jax
    import jax.numpy as jnp

    def init(key: Any) -> Any:
        return 0.1 * jax.random.normal(key, (3, features))

    def apply(w: Any, x: Any) -> Any:
        before = [jnp.pad(x, ((0, 0), (k, 0), (0, 0)))[:, : x.shape[1]] for k in range(3)]
        return sum(b @ row for b, row in zip(before, w, strict=True))[..., None]

    return init, apply


def init_raises(symbols: int) -> Any:
    def init(key: Any) -> Any:
        raise ValueError("no parameters today")

    return init, lambda weights, x: x


def apply_raises(symbols: int) -> Any:
    def apply(weights: Any, x: Any) -> Any:
        raise ValueError("no answer today")

    return lambda key: {"scale": 1.0, "steps": 3}, apply


def call_raises(symbols: int) -> Any:
    class Raising(layers.Layer):
        def call(self, x: Any) -> Any:
            raise ValueError("no answer today")

        def compute_output_spec(self, x: Any) -> Any:
            return keras.KerasTensor(x.shape, x.dtype)

    return keras.Sequential([keras.Input((None, symbols)), Raising()])
