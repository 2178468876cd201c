"""Cases of Keras models that draw random numbers outside training."""

from __future__ import annotations

import random
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import keras
import numpy as np

from doctor.bench.case import Backend, Case
from echospan.doctor import CheckReport


class Noise(keras.layers.Layer):
    """Adds what a function of this module gives, in training or always."""

    def __init__(self, draw: str, always: bool, **more: Any) -> None:
        super().__init__(**more)
        self.draw, self.always = draw, always

    def call(self, x: Any, training: Any = None) -> Any:
        return x + globals()[self.draw](x) if self.always or training else x

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "draw": self.draw, "always": self.always}


class Seeded(keras.layers.Layer):
    """Draws from a seed generator of its own, as Keras asks for."""

    def __init__(self, always: bool, **more: Any) -> None:
        super().__init__(**more)
        self.always, self.seeds = always, keras.random.SeedGenerator(3)

    def call(self, x: Any, training: Any = None) -> Any:
        if not (self.always or training):
            return x
        return x + keras.random.normal(keras.ops.shape(x), dtype=x.dtype, seed=self.seeds)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "always": self.always}


class Dropped(keras.layers.Layer):
    """Dropout that is told to be in training, or what Keras tells it."""

    def __init__(self, always: bool, **more: Any) -> None:
        super().__init__(**more)
        self.always, self.dropout = always, keras.layers.Dropout(0.3)

    def call(self, x: Any, training: Any = None) -> Any:
        return self.dropout(x, training=self.always or training)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "always": self.always}


def of_numpy(x: Any) -> Any:
    """A row of NumPy's global generator."""
    return np.random.normal(size=(1, 8))  # noqa: NPY002 (as people write it)


def of_python(x: Any) -> Any:
    """A number of Python's own generator."""
    return random.uniform(-0.5, 0.5)


def of_clock(x: Any) -> Any:
    """A row of a generator that starts anew from the clock."""
    return np.random.default_rng().normal(size=(1, 8))


def of_keras(x: Any) -> Any:
    """Keras's global generator."""
    return keras.random.normal(keras.ops.shape(x), dtype=x.dtype)


def own(draw: str) -> Callable[..., Any]:
    """A layer of one's own."""
    return lambda h, always: Noise(draw, always)(h)


def seeded(h: Any, *, always: bool) -> Any:
    """A layer with a seed generator."""
    return Seeded(always)(h)


def dropped(h: Any, *, always: bool) -> Any:
    """A layer with dropout inside."""
    return Dropped(always)(h)


def function(h: Any, *, always: bool) -> Any:
    """A Lambda."""
    return keras.layers.Lambda(lambda x: x * random.uniform(0.8, 1.2) if always else x)(h)


def checked(noise: Callable[..., Any], *, always: bool) -> CheckReport:
    """The check of a GRU whose state goes through `noise`."""
    import echospan

    x = np.random.default_rng(0).normal(size=(120, 8, 1)).astype("float32")
    inputs = keras.Input((8, 1))
    hidden = noise(keras.layers.GRU(8)(inputs), always=always)
    model = keras.Model(inputs, keras.layers.Dense(1)(hidden))
    model.compile("adam", "mse")
    return echospan.check(model, x, x[:, 3] ** 2, batch_size=8)


def started(*, always: bool) -> CheckReport:
    """The check of a model whose GRU starts from random numbers, or from zeros."""
    import echospan

    class Net(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.layer, self.head = keras.layers.GRU(8), keras.layers.Dense(1)
            self.seeds = keras.random.SeedGenerator(1)

        def call(self, x: Any) -> Any:
            shape = (keras.ops.shape(x)[0], 8)
            start = keras.random.normal(shape, seed=self.seeds) if always else None
            return self.head(self.layer(x, initial_state=start))

    x = np.random.default_rng(0).normal(size=(120, 8, 1)).astype("float32")
    model = Net()
    model.compile("adam", "mse")
    return echospan.check(model, x, x[:, 3] ** 2, batch_size=8)


KINDS: list[tuple[Backend, str, Callable[..., Any]]] = [
    ("jax", "dropout that is called with training=True", dropped),
    ("jax", "NumPy's generator in a layer of one's own", own("of_numpy")),
    ("jax", "Python's random in a Lambda", function),
    ("jax", "a seed generator in a layer that ignores training", seeded),
    ("torch", "a generator that starts from the clock in a layer", own("of_clock")),
    ("torch", "keras.random without a seed in a layer", own("of_keras")),
    ("tensorflow", "NumPy's generator in a layer on TensorFlow", own("of_numpy")),
    ("tensorflow", "dropout that is called with training=True on TensorFlow", dropped),
]


def cases() -> list[Case]:
    """All of this module; those on torch only where it is installed."""
    code = "answer-not-repeatable"
    found = []
    for backend, name, noise in KINDS:
        if backend == "torch" and find_spec("torch") is None:
            continue

        def run(always: bool, noise: Callable[..., Any] = noise) -> CheckReport:
            return checked(noise, always=always)

        found.append(
            Case(code, name, lambda run=run: run(True), lambda run=run: run(False), backend)
        )
    found.append(
        Case(
            code,
            "random start state of a GRU in a class of one's own",
            lambda: started(always=True),
            lambda: started(always=False),
            "jax",
        )
    )
    return found


CASES = cases()
