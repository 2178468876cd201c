"""Cases about the output side: what outputs can be, and what they are compared with."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np

from doctor.bench.case import Backend, Case
from doctor.bench.parts import WIDTH, noise, stack, windows
from doctor.bench.state_cases import look
from doctor.bench.torch_cases import net


def sine(low: float, high: float, steps: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Windows of a noisy sine between about these, and the next value."""
    wave = np.sin(np.arange(200) / 5) + 0.1 * noise(200)
    wave = (wave - wave.min()) / (wave.max() - wave.min()) * (high - low) + low
    return windows(wave[:-1], steps), wave[steps:, None]


def bounded(
    name: str, last: Any, data: tuple[float, float], reachable: tuple[float, float],
    *, backend: Backend = "torch", loss: str = "mse", source: str = "",
) -> Case:  # fmt: skip
    """A bounded output; its twin's targets are scaled into its range."""

    def model() -> Any:
        import keras

        return stack((12, 1), keras.layers.LSTM(WIDTH), *last(keras.layers), loss=loss)

    return Case(
        "target-out-of-range",
        f"{name}, targets {data[0]:g} to {data[1]:g}",
        lambda: look(model(), *sine(*data), batch_size=32),
        lambda: look(model(), *sine(*reachable), batch_size=32),
        backend=backend,
        source=source,
    )


def two_series(last: str) -> Any:
    """Two saw-teeth, forecast one step ahead."""
    import keras

    steps = np.arange(120)
    series = np.stack([steps % 10 + 1, (steps * 3) % 10 + 1], 1) / 10
    x = np.lib.stride_tricks.sliding_window_view(series[:-1], 6, axis=0).swapaxes(1, 2)
    model = stack(
        (6, 2), keras.layers.GRU(WIDTH), keras.layers.Dense(2), keras.layers.Activation(last)
    )
    return look(model, x, series[6:], batch_size=16)


def torch_bounded(name: str, end: Any, data: tuple[float, float], right: Any) -> Case:
    """A module or a function that bounds; the twin ends in a linear layer."""
    import torch

    class Ended(torch.nn.Module):
        def __init__(self, end: Any) -> None:
            super().__init__()
            self.body, self.end = net("LSTM"), end

        def forward(self, x: Any) -> Any:
            return self.end(self.body(x)[0])

    return Case(
        "target-out-of-range",
        f"{name}, targets {data[0]:g} to {data[1]:g}",
        lambda: _torch(Ended(end), *sine(*data)),
        lambda: _torch(Ended(right), *sine(*data)),
    )


def bare(kind: str) -> Case:
    """The outputs of a recurrent layer are the answers; the twin has a readout."""
    import torch

    class Bare(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = getattr(torch.nn, kind)(1, 1, batch_first=True)

        def forward(self, x: Any) -> Any:
            return self.layer(x)[0][:, -1]

    return Case(
        "target-out-of-range",
        f"bare torch.nn.{kind}, targets -3 to 3",
        lambda: _torch(Bare(), *sine(-3, 3)),
        lambda: _torch(net(kind), *sine(-3, 3)),
    )


def _torch(model: Any, x: np.ndarray, y: np.ndarray) -> Any:
    import torch

    import echospan

    return echospan.check_torch(
        model,
        x.astype("float32"),
        y.astype("float32"),
        loss=torch.nn.MSELoss(),
        batch_size=32,
    )


def dense(activation: str) -> Any:
    return lambda layers: [layers.Dense(1, activation=activation)]


CASES = [
    bounded("LSTM and relu", dense("relu"), (-6, -4), (4, 6)),
    bounded("LSTM and sigmoid", dense("sigmoid"), (-1, 1), (0, 1)),
    bounded("LSTM and sigmoid", dense("sigmoid"), (9e4, 1.1e5), (0, 1), loss="mae"),
    bounded("LSTM and tanh", dense("tanh"), (0, 20), (-1, 1), backend="jax", loss="huber"),
    bounded(
        "LSTM, then LSTM as the output",
        lambda layers: [layers.Reshape((WIDTH, 1)), layers.LSTM(1)],
        (2, 8),
        (-0.8, 0.8),
    ),
    Case(
        "target-out-of-range",
        "GRU and softmax, two numbers that don't sum to 1",
        lambda: two_series("softmax"),
        lambda: two_series("sigmoid"),
        source="keras 321",
    ),
]

if find_spec("torch") is not None:
    import torch

    CASES += [
        torch_bounded("torch.nn.ReLU last", torch.nn.ReLU(), (-6, -4), torch.nn.Identity()),
        torch_bounded("torch.sigmoid in forward", torch.sigmoid, (-1, 1), torch.nn.Identity()),
        bare("LSTM"),
        bare("GRU"),
    ]
