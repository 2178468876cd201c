"""Cases about losses: shapes that are spread over each other, and losses that don't fit."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from doctor.bench.case import Backend, Case
from doctor.bench.parts import WIDTH, noise, stack, windows
from doctor.bench.state_cases import look

SERIES = noise(100).astype("float32")


def ahead(steps: int, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Windows, and as many values that follow."""
    every = windows(SERIES, steps + horizon)
    return every[:, :steps], every[:, steps:, 0]


def spread_keras(
    name: str,
    faulty: Callable[[Any], list[Any]],
    clean: Callable[[Any], list[Any]],
    y: Callable[[np.ndarray], np.ndarray],
    *,
    right: Callable[[np.ndarray], np.ndarray] | None = None,
    loss: str = "mse",
    backend: Backend = "torch",
    source: str = "",
) -> Case:
    """Layers whose outputs have another shape than the targets; a twin where it is the same."""

    def made(layers: Callable[[Any], list[Any]], wanted: Callable[[np.ndarray], np.ndarray]) -> Any:
        import keras

        x, values = ahead(6, 3)
        model = stack((6, 1), *layers(keras.layers), loss=loss)
        return look(model, x, wanted(values), batch_size=16)

    return Case(
        "loss-broadcast",
        name,
        lambda: made(faulty, y),
        lambda: made(clean, right or y),
        backend=backend,
        source=source,
    )


def every(layers: Any) -> list[Any]:
    """One number at each step."""
    return [layers.GRU(WIDTH, return_sequences=True), layers.Dense(1)]


def last(units: int) -> Callable[[Any], list[Any]]:
    """Some numbers after the last step."""
    return lambda layers: [layers.GRU(WIDTH), layers.Dense(units)]


def spread_torch(
    name: str,
    ends: Callable[[Any], Any],
    right: Callable[[Any], Any],
    y: Callable[[np.ndarray], np.ndarray],
    *,
    loss: Any = None,
    units: int = 1,
    batch_size: int = 16,
    source: str = "",
) -> Case:
    """A module whose outputs have another shape than the targets."""
    import torch

    import echospan

    class Net(torch.nn.Module):
        def __init__(self, ends: Callable[[Any], Any]) -> None:
            super().__init__()
            self.memory = torch.nn.LSTM(1, WIDTH, batch_first=True)
            self.head, self.ends = torch.nn.Linear(WIDTH, units), ends

        def forward(self, x: Any) -> Any:
            return self.ends(self.head(self.memory(x)[0]))

    def made(ends: Callable[[Any], Any]) -> Any:
        x, values = ahead(6, 3)
        return echospan.check_torch(
            Net(ends), x, y(values), loss=loss or torch.nn.MSELoss(), batch_size=batch_size
        )

    return Case("loss-broadcast", name, lambda: made(ends), lambda: made(right), source=source)


def of_torch() -> list[Case]:
    """All of torch; none where it is not installed."""
    if find_spec("torch") is None:
        return []
    import torch

    return [
        spread_torch(
            "torch.nn.L1Loss of (B, 1) and (B,)",
            lambda h: h[:, -1],
            lambda h: h[:, -1, 0],
            lambda y: y[:, 0],
            loss=torch.nn.L1Loss(),
        ),
        spread_torch(
            "torch, a loss of one's own, (B,) and (B, 1)",
            lambda h: h[:, -1, 0],
            lambda h: h[:, -1],
            lambda y: y[:, :1],
            loss=lambda outputs, targets: ((outputs - targets) ** 2).mean(),
        ),
        spread_torch(
            "torch, each step against one target",
            lambda h: h[..., 0],
            lambda h: h[:, -1],
            lambda y: y[:, :1],
            source="andrewgcodes/xlstm 4",
        ),
        spread_torch(
            "torch, steps (B, T, 1) and targets (B, 1), as many steps as rows",
            lambda h: h,
            lambda h: h[:, -1],
            lambda y: y[:, :1],
            batch_size=6,
        ),
        spread_torch(
            "torch, two outputs and targets (B,), batches of 2",
            lambda h: h[:, -1],
            lambda h: h[:, -1, 0],
            lambda y: y[:, 0],
            units=2,
            batch_size=2,
            source="discuss.pytorch.org 202270",
        ),
        spread_torch(
            "torch, two outputs and targets (B,), batches of 1",
            lambda h: h[:, -1],
            lambda h: h[:, -1, 0],
            lambda y: y[:, 0],
            units=2,
            batch_size=1,
            source="discuss.pytorch.org 202270",
        ),
    ]


CLASSES = 4
VALUES = noise(96, 8, 1, seed=3).astype("float32")
LABELS = (VALUES[:, :, 0].argmax(1) // 2).astype("int64")
YES = (VALUES.sum((1, 2)) > 0).astype("float32")[:, None]
HOT = np.eye(CLASSES, dtype="float32")[LABELS]


def fit_keras(
    name: str,
    faulty: tuple[Callable[[Any], list[Any]], Any, np.ndarray],
    clean: tuple[Callable[[Any], list[Any]], Any, np.ndarray],
    *,
    backend: Backend = "torch",
    source: str = "",
) -> Case:
    """Last layers, a loss and targets that don't fit; and a twin."""

    def made(given: tuple[Callable[[Any], list[Any]], Any, np.ndarray]) -> Any:
        import keras

        ends, loss, y = given
        model = stack(
            (8, 1),
            keras.layers.GRU(WIDTH),
            *ends(keras.layers),
            loss=loss(keras.losses) if callable(loss) else loss,
        )
        return look(model, VALUES, y, batch_size=16)

    return Case(
        "loss-mismatch",
        name,
        lambda: made(faulty),
        lambda: made(clean),
        backend=backend,
        source=source,
    )


def dense(units: int, activation: str | None = None) -> Callable[[Any], list[Any]]:
    """A last layer."""
    return lambda layers: [layers.Dense(units, activation=activation)]


def fit_torch(
    name: str,
    units: int,
    faulty: tuple[Callable[[Any], Any], Any, np.ndarray],
    clean: tuple[Callable[[Any], Any], Any, np.ndarray],
    *,
    source: str = "",
) -> Case:
    """An end of forward, a loss and targets that don't fit; and a twin."""
    import torch

    import echospan

    class Net(torch.nn.Module):
        def __init__(self, ends: Callable[[Any], Any]) -> None:
            super().__init__()
            self.memory = torch.nn.GRU(1, WIDTH, batch_first=True)
            self.head, self.ends = torch.nn.Linear(WIDTH, units), ends

        def forward(self, x: Any) -> Any:
            return self.ends(self.head(self.memory(x)[0]))

    def made(given: tuple[Callable[[Any], Any], Any, np.ndarray]) -> Any:
        ends, loss, y = given
        return echospan.check_torch(Net(ends), VALUES, y, loss=loss, batch_size=16)

    return Case("loss-mismatch", name, lambda: made(faulty), lambda: made(clean), source=source)


def fits_of_torch() -> list[Case]:
    """All of torch; none where it is not installed."""
    if find_spec("torch") is None:
        return []
    import torch
    from torch import nn

    functional = nn.functional

    def newest(h: Any) -> Any:
        return h[:, -1]

    scores = newest, nn.CrossEntropyLoss(), LABELS
    yes = newest, nn.BCEWithLogitsLoss(), YES
    steps = np.repeat(LABELS[:, None], 8, 1)
    return [
        fit_torch(
            "torch, softmax before CrossEntropyLoss",
            CLASSES,
            (lambda h: torch.softmax(h[:, -1], -1), nn.CrossEntropyLoss(), LABELS),
            scores,
            source="jindongwang/Deep-learning-activity-recognition 10",
        ),
        fit_torch(
            "torch, softmax before cross_entropy in a loss of one's own, each step",
            CLASSES,
            (
                lambda h: torch.softmax(h, -1),
                lambda o, t: functional.cross_entropy(o.reshape(-1, CLASSES), t.reshape(-1)),
                steps,
            ),
            (
                lambda h: h,
                lambda o, t: functional.cross_entropy(o.reshape(-1, CLASSES), t.reshape(-1)),
                steps,
            ),
        ),
        fit_torch(
            "torch, sigmoid before BCEWithLogitsLoss",
            1,
            (lambda h: torch.sigmoid(h[:, -1]), nn.BCEWithLogitsLoss(), YES),
            yes,
        ),
        fit_torch(
            "torch, relu before BCEWithLogitsLoss",
            1,
            (lambda h: torch.relu(h[:, -1]), nn.BCEWithLogitsLoss(), YES),
            yes,
        ),
        fit_torch(
            "torch, NLLLoss on a softmax",
            CLASSES,
            (lambda h: torch.softmax(h[:, -1], -1), nn.NLLLoss(), LABELS),
            (lambda h: torch.log_softmax(h[:, -1], -1), nn.NLLLoss(), LABELS),
        ),
        fit_torch(
            "torch, NLLLoss on scores",
            CLASSES,
            (newest, nn.NLLLoss(), LABELS),
            (lambda h: torch.log_softmax(h[:, -1], -1), nn.NLLLoss(), LABELS),
        ),
        fit_torch(
            "torch, BCELoss on scores",
            1,
            (newest, nn.BCELoss(), YES),
            (lambda h: torch.sigmoid(h[:, -1]), nn.BCELoss(), YES),
        ),
        fit_torch(
            "torch, BCEWithLogitsLoss for -1 and 1",
            1,
            (newest, nn.BCEWithLogitsLoss(), 2 * YES - 1),
            yes,
        ),
        fit_torch(
            "torch, CrossEntropyLoss for classes from 1",
            CLASSES,
            (newest, nn.CrossEntropyLoss(), LABELS + 1),
            scores,
        ),
        fit_torch(
            "torch, a softmax over time before cross_entropy",
            CLASSES,
            (
                lambda h: torch.softmax(h, 1).transpose(1, 2),
                lambda o, t: functional.nll_loss(torch.log(o), t),
                steps,
            ),
            (
                lambda h: torch.softmax(h, -1).transpose(1, 2),
                lambda o, t: functional.nll_loss(torch.log(o), t),
                steps,
            ),
        ),
        fit_torch(
            "torch, BCELoss on a softmax of four classes",
            CLASSES,
            (lambda h: torch.softmax(h[:, -1], -1), nn.BCELoss(), HOT),
            (lambda h: torch.sigmoid(h[:, -1]), nn.BCELoss(), HOT),
        ),
    ]


CASES = [
    fit_keras(
        "categorical cross-entropy, one sigmoid unit",
        (dense(1, "sigmoid"), "categorical_crossentropy", YES),
        (dense(1, "sigmoid"), "binary_crossentropy", YES),
        source="stats.stackexchange.com 565956",
    ),
    fit_keras(
        "binary cross-entropy on a linear unit",
        (dense(1), "binary_crossentropy", YES),
        (dense(1), lambda losses: losses.BinaryCrossentropy(from_logits=True), YES),
    ),
    fit_keras(
        "binary cross-entropy on tanh",
        (dense(1, "tanh"), "binary_crossentropy", YES),
        (dense(1, "sigmoid"), "binary_crossentropy", YES),
    ),
    fit_keras(
        "binary cross-entropy on a softmax of four classes",
        (dense(CLASSES, "softmax"), "binary_crossentropy", HOT),
        (dense(CLASSES, "softmax"), "categorical_crossentropy", HOT),
    ),
    fit_keras(
        "sparse cross-entropy on scores",
        (dense(CLASSES), "sparse_categorical_crossentropy", LABELS),
        (dense(CLASSES, "softmax"), "sparse_categorical_crossentropy", LABELS),
    ),
    fit_keras(
        "from_logits=True on a softmax",
        (
            dense(CLASSES, "softmax"),
            lambda losses: losses.SparseCategoricalCrossentropy(from_logits=True),
            LABELS,
        ),
        (
            dense(CLASSES),
            lambda losses: losses.SparseCategoricalCrossentropy(from_logits=True),
            LABELS,
        ),
        backend="jax",
    ),
    fit_keras(
        "classes from 1",
        (dense(CLASSES, "softmax"), "sparse_categorical_crossentropy", LABELS + 1),
        (dense(CLASSES, "softmax"), "sparse_categorical_crossentropy", LABELS),
    ),
    fit_keras(
        "class numbers for categorical cross-entropy",
        (dense(CLASSES, "softmax"), "categorical_crossentropy", LABELS),
        (dense(CLASSES, "softmax"), "categorical_crossentropy", HOT),
    ),
    fit_keras(
        "one-hot vectors for sparse cross-entropy",
        (dense(CLASSES, "softmax"), "sparse_categorical_crossentropy", HOT),
        (dense(CLASSES, "softmax"), "sparse_categorical_crossentropy", LABELS),
    ),
    fit_keras(
        "four classes, three units",
        (dense(CLASSES - 1, "softmax"), "categorical_crossentropy", HOT),
        (dense(CLASSES, "softmax"), "categorical_crossentropy", HOT),
    ),
    fit_keras(
        "binary cross-entropy for -1 and 1",
        (dense(1, "sigmoid"), "binary_crossentropy", 2 * YES - 1),
        (dense(1, "sigmoid"), "binary_crossentropy", YES),
    ),
    *fits_of_torch(),
    spread_keras("each step against one target", every, last(1), lambda y: y[:, :1]),
    spread_keras(
        "one output against three targets", last(1), last(3), lambda y: y, loss="mae", backend="jax"
    ),
    spread_keras("four outputs against one target", last(4), last(1), lambda y: y[:, :1]),
    spread_keras(
        "a row of outputs against a column of targets",
        lambda layers: [layers.GRU(WIDTH), layers.Dense(3), layers.Reshape((1, 3))],
        last(3),
        lambda y: y[..., None],
    ),
    *of_torch(),
]
