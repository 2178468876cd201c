"""Cases about reshapes inside a model."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from doctor.bench.case import Case
from doctor.bench.parts import noise, stack
from doctor.bench.state_cases import look as keras_look
from doctor.bench.torch_cases import look

STEPS, FEATURES, UNITS = 10, 4, 8


def crossing(samples: int = 256) -> tuple[np.ndarray, np.ndarray]:
    """Numbers (samples, time, features), and one feature's early value less another's late one."""
    x = noise(samples, STEPS, FEATURES).astype("float32")
    return x, x[:, 1, :1] - x[:, -2, 1:2]


def net(change: Callable[[Any], Any], *, kind: str) -> Any:
    """A torch model in which `change` brings axes to their places.

    Args:
        change: Gets (batch, time, features), (batch, channels, time) or heads, by `kind`.
        kind: "convolution" behind it, "convolution before" it with a GRU behind, "heads" split off
            for attention, or "merged" after it.
    """
    import torch

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.into = torch.nn.Linear(FEATURES, UNITS)
            self.conv = torch.nn.Conv1d(FEATURES, UNITS, 3, padding=1)
            self.rnn = torch.nn.GRU(UNITS, UNITS, batch_first=True)
            self.ends = torch.nn.Linear(UNITS * STEPS, 1)
            self.place = torch.nn.Parameter(torch.randn(STEPS, UNITS))

        def forward(self, x: Any) -> Any:
            if kind == "convolution":
                h = torch.tanh(self.conv(change(x)))
            elif kind == "convolution before":
                h = self.rnn(change(torch.tanh(self.conv(x.transpose(1, 2)))))[0]
            else:
                h = self.into(x) + self.place
                heads = change(h) if kind == "heads" else split(h)
                h = torch.nn.functional.scaled_dot_product_attention(heads, heads, heads)
                h = joined(h) if kind == "heads" else change(h)
            return self.ends(h.reshape(len(x), -1))

    return Net()


def split(h: Any) -> Any:
    return h.view(len(h), STEPS, 2, UNITS // 2).transpose(1, 2)


def joined(h: Any) -> Any:
    return h.transpose(1, 2).reshape(len(h), STEPS, UNITS)


WRONG: dict[str, Callable[[Any], Any]] = {
    "convolution": lambda x: x.reshape(len(x), FEATURES, STEPS),
    "convolution before": lambda h: h.view(len(h), STEPS, UNITS),
    "heads": lambda h: h.view(len(h), 2, STEPS, UNITS // 2),
    "merged": lambda h: h.reshape(len(h), STEPS, UNITS),
}
RIGHT: dict[str, Callable[[Any], Any]] = {
    "convolution": lambda x: x.transpose(1, 2),
    "convolution before": lambda h: h.transpose(1, 2),
    "heads": split,
    "merged": joined,
}


def case(kind: str, name: str, source: str = "") -> Case:
    return Case(
        "time-scrambled",
        name,
        lambda: look(net(WRONG[kind], kind=kind), *crossing(), batch_size=32),
        lambda: look(net(RIGHT[kind], kind=kind), *crossing(), batch_size=32),
        source=source,
    )


def keras_model(*, reshape: bool) -> Any:
    """Keras: weights over the time steps of each feature, as attention from tutorials has them."""
    import keras

    turn = keras.layers.Reshape((FEATURES, STEPS)) if reshape else keras.layers.Permute((2, 1))
    return stack(
        (STEPS, FEATURES),
        turn,
        keras.layers.Dense(STEPS, activation="tanh"),
        keras.layers.Flatten(),
        keras.layers.Dense(1),
    )


CASES = [
    case("convolution", "torch, view in front of a convolution"),
    case("convolution before", "torch, view between convolution and GRU"),
    case("heads", "torch, heads split off by a view"),
    case("merged", "torch, heads joined by a reshape"),
    Case("time-scrambled", "Reshape in place of Permute",
         lambda: keras_look(keras_model(reshape=True), *crossing(), batch_size=32),
         lambda: keras_look(keras_model(reshape=False), *crossing(), batch_size=32)),
] if find_spec("torch") else []  # fmt: skip
