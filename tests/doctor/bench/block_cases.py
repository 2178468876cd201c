"""Cases about blocks of values that lie behind the window."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np

from doctor.bench.case import Case
from doctor.bench.parts import WIDTH, stack
from doctor.bench.state_cases import look

STEPS = 12


def blocks(horizon: int = STEPS, *, shuffled: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Windows of a noisy sine, and the `horizon` values after each."""
    rng = np.random.default_rng(0)
    series = np.sin(np.arange(300) / 7) + 0.2 * rng.normal(size=300)
    cut = np.lib.stride_tricks.sliding_window_view(series.astype("float32"), STEPS + horizon)
    order = rng.permutation(len(cut)) if shuffled else np.arange(len(cut))
    found = cut[order, :, None]
    return found[:, :STEPS].copy(), found[:, STEPS:].copy()


def sequences() -> Case:
    """The layer's first answer knows a single value."""
    import keras

    def model(*, every: bool) -> Any:
        layer = keras.layers.LSTM(WIDTH, return_sequences=every)
        rest = [keras.layers.Dense(1)]
        if not every:
            rest = [keras.layers.Dense(STEPS), keras.layers.Reshape((STEPS, 1))]
        return stack((STEPS, 1), layer, *rest)

    return Case(
        "window-half-used",
        "LSTM with return_sequences, the 12 values after 12 values",
        lambda: look(model(every=True), *blocks(), batch_size=16),
        lambda: look(model(every=False), *blocks(), batch_size=16),
    )


def short_kernel() -> Case:
    """A convolution around each step, shuffled windows; the twin flattens it all."""
    import keras

    def model(*, flat: bool) -> Any:
        body = [keras.layers.Conv1D(WIDTH, 3, padding="same", activation="relu")]
        rest = [keras.layers.Dense(1)]
        if flat:
            rest = [keras.layers.Flatten(), keras.layers.Dense(STEPS)]
        return stack((STEPS, 1), *body, *rest)

    x, y = blocks(shuffled=True)
    return Case(
        "window-half-used",
        "Conv1D of 3 steps, shuffled windows, the 12 values after 12 values",
        lambda: look(model(flat=False), x, y, batch_size=16),
        lambda: look(model(flat=True), x, y[..., 0], batch_size=16),
    )


def torch_module(*, whole: bool) -> Any:
    """A recurrent layer whose last state, or every output, is read."""
    import torch

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.GRU(1, WIDTH, batch_first=True)
            self.head = torch.nn.Linear(WIDTH, STEPS if whole else 1)

        def forward(self, x: Any) -> Any:
            outputs, _ = self.layer(x)
            return self.head(outputs[:, -1])[..., None] if whole else self.head(outputs)

    return Net()


def last_steps(few: int) -> Any:
    """A linear forecast from the last `few` steps."""
    import torch

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.head = torch.nn.Linear(few, 6)

        def forward(self, x: Any) -> Any:
            return self.head(x[:, -few:, 0])

    return Net()


def of_torch() -> list[Case]:
    """All of them; none where torch is not installed."""
    if find_spec("torch") is None:
        return []

    def examine(model: Any, horizon: int, *, flat: bool) -> Any:
        import echospan

        x, y = blocks(horizon)
        return echospan.check_torch(model, x, y[..., 0] if flat else y, batch_size=16)

    return [
        Case(
            "window-half-used",
            "torch.nn.GRU read at every step, the 12 values after 12 values",
            lambda: examine(torch_module(whole=False), STEPS, flat=False),
            lambda: examine(torch_module(whole=True), STEPS, flat=False),
        ),
        Case(
            "window-half-used",
            "torch linear layer on the last 4 of 12 steps, the 6 values after",
            lambda: examine(last_steps(4), 6, flat=True),
            lambda: examine(last_steps(STEPS), 6, flat=True),
        ),
    ]


CASES = [sequences(), short_kernel(), *of_torch()]
