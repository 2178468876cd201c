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


CASES = [
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
