"""Cases about what a model is given: numbers for an embedding, scales, constant features."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from doctor.bench.case import Case
from doctor.bench.state_cases import look

STEPS = 8


def words(number: int = 20, *, least: int = 0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Random symbols (samples, time), and whether the fourth is a large one."""
    x = np.random.default_rng(seed).integers(least, number + least, (160, STEPS))
    return x, (x[:, 3] >= least + number // 2).astype("int64")


def short_texts(*, shifted: bool) -> tuple[np.ndarray, np.ndarray]:
    """Texts of 2 to 8 words filled up with zeros; a word is called 0, too, unless shifted."""
    rng = np.random.default_rng(1)
    x, y = words()
    x = x + int(shifted)
    x[np.arange(STEPS) >= rng.integers(2, STEPS + 1, len(x))[:, None]] = 0
    return x, (x[:, 0] > 10).astype("int64") + 0 * y


def classifier(rows: int, **settings: Any) -> Any:
    """An embedding, an LSTM and two classes."""
    import keras

    model = keras.Sequential(
        [
            keras.Input((STEPS,)),
            keras.layers.Embedding(rows, 4, **settings),
            keras.layers.LSTM(4),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy")
    return model


def two_inputs(values: np.ndarray) -> Any:
    """Words beside measured values; the values belong to the second input."""
    import keras

    text, side = keras.Input((STEPS,), name="text"), keras.Input((STEPS, 1), name="side")
    joined = keras.layers.Concatenate()([keras.layers.Embedding(20, 4)(text), side])
    model = keras.Model([text, side], keras.layers.Dense(1)(keras.layers.GRU(4)(joined)))
    model.compile(loss="mse")
    x, y = words()
    rng = np.random.default_rng(3)
    side_values = rng.normal(size=(len(x), STEPS, 1))
    given = {"text": values if values is not None else x, "side": side_values}
    return look(model, given, y[:, None].astype("float32"), batch_size=32)


def keras_embedding(name: str, faulty: Callable[[], Any], clean: Callable[[], Any]) -> Case:
    return Case("embedding-input", name, faulty, clean, backend="jax" if "JAX" in name else "torch")


def run(model: Any, data: tuple[np.ndarray, np.ndarray]) -> Any:
    return look(model, *data, batch_size=32)


def scaled(x: np.ndarray) -> np.ndarray:
    """Numbers from 0 to 1."""
    return ((x + 0.5) / 20).astype("float32")


CASES = [
    keras_embedding(
        "symbols divided by their number",
        lambda: run(classifier(20), (scaled(words()[0]), words()[1])),
        lambda: run(classifier(20), words()),
    ),
    keras_embedding(
        "as many rows as the largest index, on JAX",
        lambda: run(classifier(20), words(least=1)),
        lambda: run(classifier(21), words(least=1)),
    ),
    keras_embedding(
        "symbols from -1, on JAX",
        lambda: run(classifier(20), words(least=-1)),
        lambda: run(classifier(20), words()),
    ),
    keras_embedding(
        "0 is a word and fills up short texts",
        lambda: run(classifier(21), short_texts(shifted=False)),
        lambda: run(classifier(21), short_texts(shifted=True)),
    ),
    keras_embedding(
        "measured values for the first of two inputs",
        lambda: two_inputs(np.random.default_rng(5).uniform(0, 19, (160, STEPS))),
        lambda: two_inputs(words()[0]),
    ),
]


def torch_text(*, rows: int = 21, cast: bool = False, padding: int | None = None) -> Any:
    """An embedding, an LSTM and two classes in torch; with a cast to integers in forward."""
    import torch

    class Text(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed = torch.nn.Embedding(rows, 4, padding_idx=padding)
            self.body = torch.nn.LSTM(4, 4, batch_first=True)
            self.head = torch.nn.Linear(4, 2)

        def forward(self, x: Any) -> Any:
            if cast:
                x = x.squeeze(-1).long()
            return self.head(self.body(self.embed(x))[0][:, -1])

    return Text()


def torch_run(model: Any, data: tuple[np.ndarray, np.ndarray]) -> Any:
    import torch

    import echospan

    return echospan.check_torch(model, *data, loss=torch.nn.CrossEntropyLoss(), batch_size=32)


if find_spec("torch") is not None:
    CASES += [
        Case(
            "embedding-input",
            "floats cut by .long() in forward",
            lambda: torch_run(torch_text(cast=True), (scaled(words()[0])[..., None], words()[1])),
            lambda: torch_run(torch_text(), words()),
        ),
        Case(
            "embedding-input",
            "index outside nn.Embedding",
            lambda: torch_run(torch_text(rows=20), words(least=1)),
            lambda: torch_run(torch_text(rows=21), words(least=1)),
        ),
        Case(
            "embedding-input",
            "padding_idx=0 and a word that is 0",
            lambda: torch_run(torch_text(padding=0), short_texts(shifted=False)),
            lambda: torch_run(torch_text(padding=0), short_texts(shifted=True)),
        ),
    ]
