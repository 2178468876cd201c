"""Cases about carried state and samples that do not continue where it was left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from doctor.bench.case import Case
from doctor.bench.parts import recurrent
from echospan.doctor import CheckReport

EPOCH = {"shuffle": False, "reset_state": "epoch"}
Data = tuple[np.ndarray, np.ndarray]


def look(model: Any, data: Data, **settings: Any) -> CheckReport:
    import echospan

    return echospan.check(model, *data, **settings)


def season(length: int, seed: int = 0) -> np.ndarray:
    """A wave under noise."""
    rng = np.random.default_rng(seed)
    return np.sin(np.arange(length) / 5) + 0.1 * rng.normal(size=length)


def walks(rows: int, length: int) -> np.ndarray:
    """Random walks of as many sensors (rows, length), each from its own level."""
    rng = np.random.default_rng(1)
    return 10 * rng.normal(size=(rows, 1)) + rng.normal(size=(rows, length)).cumsum(1) / 5


def text(rows: int, length: int) -> np.ndarray:
    """Symbols (rows, length) that go up or down by one."""
    rng = np.random.default_rng(2)
    return (rng.integers(0, 8, (rows, 1)) + rng.choice([-1, 1], (rows, length)).cumsum(1)) % 8


def next_of(samples: np.ndarray) -> Data:
    """The next value at each step."""
    return samples[:, :-1, None], samples[:, 1:, None]


def sliding(steps: int, stride: int = 1, length: int = 300) -> Data:
    """Windows and the value behind them."""
    cut = np.lib.stride_tricks.sliding_window_view(season(length), steps + 1)[::stride]
    return cut[:, :-1, None].copy(), cut[:, -1:].copy()


def pieces(rows: int, steps: int, *, in_order: bool) -> Data:
    """One series in pieces: in order of time, or one stream per row."""
    series = season(rows * steps * 12 + 1)
    x, y = (part.reshape(-1, steps, 1) for part in (series[:-1], series[1:]))
    order = np.arange(len(x)) if in_order else np.arange(len(x)).reshape(rows, -1).T.ravel()
    return x[order], y[order]


def whole(data: Data, rows: int) -> Data:
    """Without the samples that fill no batch."""
    kept = len(data[0]) // rows * rows
    return data[0][:kept], data[1][:kept]


def keras_pair(
    code: str, name: str, kind: str, rows: int, data: Data, clean: Data | None = None, **more: Any
) -> Case:
    """A stateful layer; the clean twin is stateless, or gets other samples."""
    every = data[1].ndim == 3
    data, clean = whole(data, rows), whole(clean, rows) if clean else None
    settings = {"batch_size": rows, "trainer": "echospan", **EPOCH}

    def model(stateful: bool) -> Any:
        return recurrent(kind, 1, every=every, stateful=stateful, rows=rows, **more)

    return Case(
        code,
        f"{kind}, {name}",
        lambda: look(model(True), data, **settings),
        lambda: look(model(clean is not None), clean or data, **settings),
        source="datascience.stackexchange 22047" if code == "state-overlap" else "",
    )


def handed(every: bool) -> Any:
    """A torch module that is handed its state."""
    from doctor.bench.torch_cases import net

    return net("LSTM", every=every)


def torch_pair(
    code: str, name: str, make: Callable[[bool], Any], rows: int, data: Data, **settings: Any
) -> Case:
    """State handed over by the loop or kept by the module; not so in the clean twin."""

    def run(faulty: bool) -> CheckReport:
        float_data = tuple(part.astype("float32") for part in data)
        given = settings if faulty else {**settings, "reset_state": "batch"}
        return look(make(faulty), float_data, batch_size=rows, **given)  # type: ignore[arg-type]

    return Case(code, f"torch, {name}", lambda: run(True), lambda: run(False))


def available() -> list[Case]:
    """All of them; those of torch only where it is installed."""
    from importlib.util import find_spec

    overlap, other = "state-overlap", "state-not-continued"
    found = [
        keras_pair(overlap, "windows moved on by one, batch of one", "LSTM", 1, sliding(10)),
        keras_pair(overlap, "windows moved on by one, batch of 4", "GRU", 4, sliding(10)),
        keras_pair(
            overlap,
            "windows moved on by 2, batch of 3; the twin's begin where the last one ended",
            "SimpleRNN",
            3,
            sliding(10, 2),
            sliding(6, 2),
        ),
        keras_pair(other, "sensors after one another", "LSTM", 4, next_of(walks(64, 13))),
        keras_pair(
            other, "windows moved on by one, batch of 16 windows of 5", "GRU", 16, sliding(5)
        ),
        keras_pair(
            other,
            "pieces of one series in order of time, batch of 4",
            "LSTM",
            4,
            pieces(4, 8, in_order=True),
            pieces(4, 8, in_order=False),
        ),
    ]
    if find_spec("torch") is None:
        return found
    from doctor.bench.torch_cases import keeps

    return [
        *found,
        torch_pair(
            overlap, "state handed on over windows", lambda _: handed(False), 2, sliding(8), **EPOCH
        ),
        torch_pair(
            overlap,
            "a module that keeps its state, windows in order",
            lambda faulty: keeps(forgets=not faulty),
            2,
            sliding(8),
            shuffle=False,
        ),
        torch_pair(
            other,
            "state handed on over sensors",
            lambda _: handed(True),
            8,
            next_of(walks(80, 11)),
            **EPOCH,
        ),
        torch_pair(
            other,
            "one-hot characters of texts that have nothing to do with each other",
            lambda _: letters(),
            8,
            (np.eye(8)[text(96, 12)[:, :-1]], np.eye(8)[text(96, 12)[:, 1:]]),
            **EPOCH,
        ),
    ]


def letters() -> Any:
    """A torch module from one-hot characters to scores of the next one."""
    import torch

    class Letters(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer, self.head = torch.nn.GRU(8, 8, batch_first=True), torch.nn.Linear(8, 8)

        def forward(self, x: Any, state: Any = None) -> Any:
            outputs, state = self.layer(x, state)
            return self.head(outputs), state

    return Letters()


CASES = available()
