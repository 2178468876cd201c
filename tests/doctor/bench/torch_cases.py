"""Cases of plain torch: modules with their data, and hand-written loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from doctor.bench.case import Case
from echospan.doctor import CheckReport

UNITS = 8
Keep = Callable[[Any], Any]


def net(kind: str, *, every: bool = False, features: int = 1, **settings: Any) -> Any:
    """A recurrent layer with a readout, ``forward(x, state) -> (outputs, state)``."""
    import torch

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            first = {"batch_first": True, **settings}
            self.layer = getattr(torch.nn, kind)(features, UNITS, **first)
            self.head = torch.nn.Linear(UNITS * (1 + bool(settings.get("bidirectional"))), 1)

        def forward(self, x: Any, state: Any = None) -> Any:
            outputs, state = self.layer(x, state)
            return self.head(outputs if every else outputs[:, -1]), state

    return Net()


def cell_loop(kind: str, cut: Keep) -> Any:
    """A cell in a loop over time; `cut` is done to its state after each step but the last."""
    import torch

    class Loop(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell = getattr(torch.nn, kind)(1, UNITS)
            self.head = torch.nn.Linear(UNITS, 1)

        def forward(self, x: Any) -> Any:
            state = None
            for number, step in enumerate(x.unbind(1)):
                state = self.cell(step, state)
                if number < x.shape[1] - 1:
                    state = cut(state)
            return self.head(state[0] if isinstance(state, tuple) else state)

    return Loop()


def perceptron(steps: int) -> Any:
    import torch

    return torch.nn.Sequential(
        torch.nn.Flatten(), torch.nn.Linear(steps, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1)
    )


def attention(*, causal: bool) -> Any:
    import torch

    class Attention(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.into = torch.nn.Linear(1, UNITS)
            self.place = torch.nn.Parameter(torch.zeros(6, UNITS))
            self.look = torch.nn.MultiheadAttention(UNITS, 2, batch_first=True)
            self.head = torch.nn.Linear(UNITS, 1)

        def forward(self, x: Any) -> Any:
            x = self.into(x) + self.place
            steps = x.shape[1]
            later = torch.ones(steps, steps, dtype=torch.bool).triu(1) if causal else None
            return self.head(x + self.look(x, x, x, attn_mask=later, need_weights=False)[0])

    return Attention()


def windows(steps: int, lag: int) -> tuple[np.ndarray, np.ndarray]:
    """Windows of one series, and the value `lag` before the newest (samples, 1)."""
    series = np.random.default_rng(0).normal(size=60 + lag).astype("float32")
    x = np.lib.stride_tricks.sliding_window_view(series[lag:], steps)[..., None]
    return x.copy(), series[steps - 1 : steps - 1 + len(x), None].copy()


def single_steps(lag: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """One step a sample, and the value `lag` samples before."""
    series = np.random.default_rng(0).normal(size=96 + lag).astype("float32")
    return series[lag:, None, None], series[:96, None]


def streams() -> tuple[np.ndarray, np.ndarray]:
    """The same, laid out so that row j of each batch of 6 goes on from row j of the one before."""
    x, y = single_steps()
    order = np.arange(96).reshape(6, -1).T.ravel()
    return x[order], y[order]


def look(model: Any, x: Any, y: Any = None, **settings: Any) -> CheckReport:
    import echospan

    return echospan.check_torch(model, x, y, **settings)


def loader(*, shuffle: bool) -> Any:
    import torch

    x, y = streams()
    data = torch.utils.data.TensorDataset(torch.tensor(x), torch.tensor(y))
    return torch.utils.data.DataLoader(data, batch_size=6, shuffle=shuffle)


def loop(
    *, within: Keep, between: Keep, calls: int = 1, needs_lag: int | None = None
) -> CheckReport:
    """A hand-written loop, watched; what is done to the state between calls and updates."""
    import torch

    import echospan

    torch.manual_seed(0)
    model = torch.nn.LSTM(1, UNITS, batch_first=True)
    optimizer = torch.optim.Adam(model.parameters())
    watch = echospan.watch_torch(model, needs_lag=needs_lag)
    try:
        with watch:
            state = None
            for update in torch.randn(5, calls, 4, 1, 1):
                loss = torch.zeros(())
                for batch in update:
                    outputs, state = model(batch, state)
                    loss = loss + outputs.square().mean()
                    state = within(state)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                state = between(state)
    except RuntimeError as error:
        if "backward through the graph" not in str(error):
            raise
    return watch.report


def detach(state: Any) -> Any:
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()


def same(state: Any) -> Any:
    return state


def swapped(kind: str) -> Case:
    return Case(
        "rows-mixed",
        f"torch.nn.{kind} without batch_first",
        lambda: look(net(kind, batch_first=False), *windows(5, 3), batch_size=8),
        lambda: look(net(kind), *windows(5, 3), batch_size=8),
        source="pytorch 1538; yunjey/pytorch-tutorial 196" if kind == "LSTM" else "",
    )


def reshaped() -> Case:
    """(batch, time) laid out as (time, batch) by a view."""
    import torch

    class Views(torch.nn.Module):
        def __init__(self, right: bool) -> None:
            super().__init__()
            self.right, self.layer = right, torch.nn.GRU(1, UNITS)
            self.head = torch.nn.Linear(UNITS, 1)

        def forward(self, x: Any) -> Any:
            batch, time, features = x.shape
            turned = x.transpose(0, 1) if self.right else x.reshape(time, batch, features)
            return self.head(self.layer(turned)[0][-1])

    return Case(
        "rows-mixed",
        "torch view where a transpose was meant",
        lambda: look(Views(False), *windows(5, 3), batch_size=8),
        lambda: look(Views(True), *windows(5, 3), batch_size=8),
    )


def cut_inside(kind: str, name: str, cut: Keep) -> Case:
    return Case(
        "state-detached-inside",
        f"torch.nn.{kind}, {name} between steps",
        lambda: look(cell_loop(kind, cut), *windows(5, 3), batch_size=8),
        lambda: look(cell_loop(kind, same), *windows(5, 3), batch_size=8),
    )


def no_grad(state: Any) -> Any:
    import torch

    with torch.no_grad():
        return tuple(p.clone() for p in state) if isinstance(state, tuple) else state.clone()


def other_row(kind: str) -> Case:
    return Case(
        "state-row-mismatch",
        f"torch.nn.{kind}, samples in order of time, batch of 6",
        lambda: look(net(kind), *single_steps(), batch_size=6, reset_state="epoch"),
        lambda: look(net(kind), *streams(), batch_size=6, reset_state="epoch"),
    )


def keeps(*, forgets: bool) -> Any:
    """A module that keeps its state itself."""
    import torch

    class Keeps(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.GRU(1, UNITS, batch_first=True)
            self.head, self.state = torch.nn.Linear(UNITS, 1), None

        def forward(self, x: Any) -> Any:
            kept = self.state
            if kept is not None and kept.shape[1] != len(x):
                kept = None
            outputs, state = self.layer(x, kept)
            self.state = None if forgets else state.detach()
            return self.head(outputs[:, -1])

    return Keeps()


def spread() -> Case:
    import torch

    x, y = windows(5, 3)
    loss = torch.nn.MSELoss()
    return Case(
        "loss-broadcast",
        "torch.nn.MSELoss of (N, 1) and (N,)",
        lambda: look(net("LSTM"), x, y[:, 0], loss=loss, batch_size=8),
        lambda: look(net("LSTM"), x, y, loss=loss, batch_size=8),
        source="pytorch 19699",
    )


def one_class() -> Case:
    import torch

    x, y = windows(5, 3)
    above = y > 0
    return Case(
        "output-constant",
        "torch.nn.CrossEntropyLoss over one output",
        lambda: look(
            net("GRU"),
            x,
            above[:, 0].astype("int64"),
            loss=torch.nn.CrossEntropyLoss(),
            batch_size=8,
        ),
        lambda: look(
            net("GRU"),
            x,
            above.astype("float32"),
            loss=torch.nn.BCEWithLogitsLoss(),
            batch_size=8,
        ),
    )


def available() -> list[Case]:
    """All of them; none where torch is not installed."""
    from importlib.util import find_spec

    if find_spec("torch") is None:
        return []
    return [
        *(swapped(kind) for kind in ("LSTM", "GRU", "RNN")),
        reshaped(),
        cut_inside("LSTMCell", "detach", detach),
        cut_inside("GRUCell", "detach", detach),
        cut_inside("RNNCell", "no_grad", no_grad),
        other_row("LSTM"),
        other_row("GRU"),
        Case(
            "gradient-cut",
            "torch.nn.LSTM, streams of one step an update",
            lambda: look(net("LSTM"), *streams(), batch_size=6, reset_state="epoch"),
            lambda: look(net("LSTM"), *windows(5, 3), batch_size=6),
        ),
        Case(
            "shuffled-state",
            "torch DataLoader(shuffle=True), state carried by the loop",
            lambda: look(net("LSTM"), loader(shuffle=True), reset_state="epoch", needs_lag=1),
            lambda: look(net("LSTM"), loader(shuffle=False), reset_state="epoch", needs_lag=1),
        ),
        Case(
            "lag-outside-window",
            "torch MLP on 3 steps, lag 4",
            lambda: look(perceptron(3), *windows(3, 4), batch_size=8),
            lambda: look(perceptron(5), *windows(5, 4), batch_size=8),
        ),
        Case(
            "lag-outside-window",
            "torch.nn.GRU on one step, fresh state each batch, lag 1",
            lambda: look(net("GRU"), *single_steps(), batch_size=6),
            lambda: look(net("GRU"), *windows(2, 1), batch_size=6),
        ),
        Case(
            "future-visible",
            "torch bidirectional LSTM, an answer at every step",
            lambda: look(net("LSTM", every=True, bidirectional=True), *tagging(), batch_size=8),
            lambda: look(net("LSTM", every=True), *tagging(), batch_size=8),
        ),
        Case(
            "future-visible",
            "torch attention without a causal mask",
            lambda: look(attention(causal=False), *tagging(), batch_size=8),
            lambda: look(attention(causal=True), *tagging(), batch_size=8),
        ),
        Case(
            "state-not-reset",
            "torch module that keeps its state",
            lambda: look(keeps(forgets=False), *windows(5, 3), batch_size=8),
            lambda: look(keeps(forgets=True), *windows(5, 3), batch_size=8),
        ),
        spread(),
        one_class(),
        Case(
            "state-graph-kept",
            "a watched torch loop that never detaches",
            lambda: loop(within=same, between=same),
            lambda: loop(within=same, between=detach),
            source="MorvanZhou/PyTorch-Tutorial 57; norse 130",
        ),
        Case(
            "state-detached-inside",
            "a watched torch loop that detaches after each of 6 steps",
            lambda: loop(within=detach, between=detach, calls=6),
            lambda: loop(within=same, between=detach, calls=6),
        ),
        Case(
            "gradient-cut",
            "a watched torch loop of one step an update, lag 1",
            lambda: loop(within=same, between=detach, needs_lag=1),
            lambda: loop(within=same, between=detach, calls=4, needs_lag=1),
        ),
    ]


def tagging() -> tuple[np.ndarray, np.ndarray]:
    """An answer at every step: its own value."""
    x = np.random.default_rng(0).normal(size=(40, 6, 1)).astype("float32")
    return x, x


CASES = available()
