"""Carried state with torch, laid out rightly: handed over, or kept in the module."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from doctor.street.sound.case import sound
from doctor.street.sound.values import seasonal, windows


def _rows(x: np.ndarray, y: np.ndarray, steps: int) -> dict:
    """Long rows (rows, time, 1) in pieces; batch k holds piece k of all rows."""
    starts = range(0, x.shape[1] - steps + 1, steps)
    cut = [np.concatenate([part[:, at : at + steps] for at in starts]) for part in (x, y)]
    given = {"x": cut[0], "y": cut[1], "batch_size": len(x), "shuffle": False}
    return given | {"reset_state": "epoch", "loss": nn.MSELoss()}


def _echo(lag: int, rows: int = 8, length: int = 400) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).normal(size=(rows, length, 1)).astype("float32")
    return x, np.concatenate([np.zeros((rows, lag, 1), "float32"), x[:, :-lag]], 1)


class Handed(nn.Module):
    """(x, state) -> (outputs, state)."""

    def __init__(self, kind: type = nn.LSTM) -> None:
        super().__init__()
        self.layer, self.out = kind(1, 16, batch_first=True), nn.Linear(16, 1)

    def forward(self, x: Any, state: Any = None) -> Any:
        outputs, state = self.layer(x, state)
        return self.out(outputs), state


@sound("check_torch", states=True, epochs=15)
def handed_state() -> dict:
    """lightning.ai docs common/tbptt and discuss.pytorch.org 184389: the state is detached and
    handed on, rows side by side, 3 steps back within pieces of 10."""
    return {"model": Handed(), **_rows(*_echo(3), 10)}


@sound("check_torch", states=True, epochs=15)
def handed_state_gru() -> dict:
    """lightning.ai docs common/tbptt, with a GRU and a noisy wave a row."""
    waves = np.stack([seasonal(401, 10 + row, seed=row) for row in range(8)])[..., None]
    return {"model": Handed(nn.GRU), **_rows(waves[:, :-1], waves[:, 1:], 10)}


@sound("check_torch")
def state_of_each_window() -> dict:
    """discuss.pytorch.org 184389, hidden state set in forward: zeros before each window, windows
    shuffled."""

    class Zeros(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm, self.out = nn.LSTM(1, 16, 2, batch_first=True), nn.Linear(16, 1)

        def forward(self, x: Any) -> Any:
            h, c = (torch.zeros(2, len(x), 16, dtype=x.dtype, device=x.device) for _ in range(2))
            return self.out(self.lstm(x, (h, c))[0][:, -1])

    x, y = windows(seasonal(340, 14), 16, 1)
    given = {"x": x, "y": y[:, 0], "batch_size": 32, "shuffle": True}
    return {"model": Zeros(), **given, "loss": nn.MSELoss()}


class Learned(nn.Module):
    """The state before the first step is a parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.gru, self.out = nn.GRU(1, 16, batch_first=True), nn.Linear(16, 1)
        self.start = nn.Parameter(torch.zeros(1, 1, 16))

    def forward(self, x: Any) -> Any:
        return self.out(self.gru(x, self.start.repeat(1, len(x), 1))[0])


@sound("check_torch")
def learned_start() -> dict:
    """discuss.pytorch.org 184389's subject, with a start that is learned: a parameter, repeated
    for the batch; the next value at each step."""
    x, _ = windows(seasonal(330, 14), 25, 1)
    given = {"x": x[:, :-1], "y": x[:, 1:], "batch_size": 32, "shuffle": True}
    return {"model": Learned(), **given, "loss": nn.MSELoss()}


class Leaky(nn.Module):
    """A cell of one's own: a leaky tanh in a loop over steps."""

    def __init__(self) -> None:
        super().__init__()
        self.read, self.keep, self.out = nn.Linear(1, 24), nn.Linear(24, 24), nn.Linear(24, 1)
        self.rate = nn.Parameter(torch.zeros(24))

    def forward(self, x: Any) -> Any:
        state = x.new_zeros(len(x), 24)
        for step in x.unbind(1):
            new = torch.tanh(self.read(step) + self.keep(state))
            state = state + torch.sigmoid(self.rate) * (new - state)
        return self.out(state)


@sound("check_torch")
def leaky_cell() -> dict:
    """docs.pytorch.org TorchScript tutorial's MyCell, leaky as in arXiv 2006.04439: loop over
    steps."""
    x, y = windows(seasonal(340, 14), 12, 1)
    given = {"x": x, "y": y[:, 0], "batch_size": 32, "shuffle": True}
    return {"model": Leaky(), **given, "loss": nn.MSELoss()}


class Sorted(nn.Module):
    """Bidirectional GRU whose two last states are joined."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(2, 12, 2, batch_first=True, bidirectional=True, dropout=0.1)
        self.out = nn.Linear(24, 1)

    def forward(self, x: Any) -> Any:
        last = self.gru(x)[1].view(2, 2, len(x), 12)[-1]
        return self.out(last.transpose(0, 1).reshape(len(x), 24))


@sound("check_torch")
def last_of_both_directions() -> dict:
    """docs.pytorch.org nn.GRU: the last layer's states of both directions, by view(layers,
    directions, batch, units)."""
    x = np.random.default_rng(0).normal(size=(400, 10, 2)).astype("float32")
    y = (x[:, 1:2, 0] + x[:, -2:-1, 1]).astype("float32")
    given = {"x": x, "y": y, "batch_size": 32, "shuffle": True}
    return {"model": Sorted(), **given, "loss": nn.MSELoss()}


@sound("check_torch")
def projected() -> dict:
    """docs.pytorch.org nn.LSTM(proj_size), two layers with dropout."""

    class Projected(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(1, 24, 2, batch_first=True, dropout=0.1, proj_size=8)
            self.out = nn.Linear(8, 1)

        def forward(self, x: Any) -> Any:
            return self.out(self.lstm(x)[0][:, -1])

    x, y = windows(seasonal(340, 14), 16, 1)
    given = {"x": x, "y": y[:, 0], "batch_size": 32, "shuffle": True}
    return {"model": Projected(), **given, "loss": nn.MSELoss()}
