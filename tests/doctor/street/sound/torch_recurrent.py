"""Recurrent forecasters with torch: cells, segments, both directions, a distribution."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from doctor.street.sound.case import sound
from doctor.street.sound.values import many, seasonal, windows

PAST, AHEAD, SERIES = 16, 16, 3


def _block(past: int = PAST, ahead: int = AHEAD, series: int = SERIES) -> dict:
    x, y = windows(many(330, series), past, ahead)
    return {"x": x, "y": y, "batch_size": 32, "shuffle": True, "loss": nn.MSELoss()}


class TwoCells(nn.Module):
    """Two LSTM cells in a loop over the steps of (batch, time)."""

    def __init__(self, units: int = 24) -> None:
        super().__init__()
        self.units = units
        self.first, self.second = nn.LSTMCell(1, units), nn.LSTMCell(units, units)
        self.out = nn.Linear(units, 1)

    def forward(self, x: Any, future: int = 0) -> Any:
        h, c, h2, c2 = (x.new_zeros(len(x), self.units) for _ in range(4))
        answers = []
        for step in x.split(1, dim=1):
            h, c = self.first(step, (h, c))
            h2, c2 = self.second(h, (h2, c2))
            answers.append(self.out(h2))
        for _ in range(future):
            h, c = self.first(answers[-1], (h, c))
            h2, c2 = self.second(h, (h2, c2))
            answers.append(self.out(h2))
        return torch.cat(answers, dim=1)


def _sines(double: bool) -> tuple[np.ndarray, np.ndarray]:
    shift = np.random.default_rng(0).integers(-40, 40, (60, 1))
    waves = np.sin((np.arange(41) + shift) / 4.0).astype("float64" if double else "float32")
    return waves[:, :-1], waves[:, 1:]


@sound("check_torch", epochs=25)
def time_sequence_prediction() -> dict:
    """pytorch/examples time_sequence_prediction/train.py: sines in double precision, input
    (batch, time) without a feature axis, the value one step on at each step, two LSTMCells."""
    x, y = _sines(double=True)
    model = TwoCells().double()
    return {"model": model, "x": x, "y": y, "batch_size": 20, "loss": nn.MSELoss()}


@sound("check_torch", epochs=25)
def time_sequence_single() -> dict:
    """pytorch/examples time_sequence_prediction/train.py in single precision with a feature
    axis."""
    x, y = _sines(double=False)

    class Featured(TwoCells):
        def forward(self, x: Any) -> Any:
            return super().forward(x[..., 0])[..., None]

    x, y = x[..., None], y[..., None]
    return {"model": Featured(), "x": x, "y": y, "batch_size": 20, "loss": nn.MSELoss()}


class Segments(nn.Module):
    """A GRU over segments of 4 steps; each segment ahead starts from its own place."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.gru = nn.Linear(4, 16), nn.GRU(16, 16, batch_first=True)
        self.places = nn.Parameter(torch.randn(AHEAD // 4, 16) * 0.1)
        self.out = nn.Linear(16, 4)

    def forward(self, x: Any) -> Any:
        batch, _, series = x.shape
        last = x[:, -1:].detach()
        pieces = (x - last).transpose(1, 2).reshape(batch * series, -1, 4)
        _, state = self.gru(torch.relu(self.embed(pieces)))
        count = len(self.places)
        asked = self.places.repeat(batch * series, 1)[:, None]
        state = state.repeat_interleave(count, dim=1)
        answer, _ = self.gru(asked, state)
        return self.out(answer).reshape(batch, series, -1).transpose(1, 2) + last


@sound("check_torch")
def segment_rnn() -> dict:
    """thuml/Time-Series-Library models/SegRNN.py, parallel decoding."""
    return {"model": Segments(), **_block()}


class Whole(nn.Module):
    """A bidirectional LSTM over the window; its outputs are the steps that follow."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(1, 16, batch_first=True, bidirectional=True)
        self.out = nn.Linear(32, 1)

    def forward(self, x: Any) -> Any:
        return self.out(self.lstm(x)[0])


@sound("check_torch")
def bidirectional_block() -> dict:
    """discuss.pytorch.org 175731: n values in, the n values after them out."""
    return {"model": Whole(), **_block(12, 12, 1)}


class Distribution(nn.Module):
    """Mean and spread of the next value at each step."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.out = nn.LSTM(1, 16, batch_first=True), nn.Linear(16, 2)

    def forward(self, x: Any) -> Any:
        return self.out(self.lstm(x)[0])


def _likelihood(outputs: Any, targets: Any) -> Any:
    mean, spread = outputs.split(1, dim=-1)
    return nn.functional.gaussian_nll_loss(mean, targets, nn.functional.softplus(spread) + 1e-4)


@sound("check_torch", constant=lambda y: 0.5 * float(np.log(np.var(y)) + 1) + 1.0, epochs=15)
def probabilities() -> dict:
    """awslabs/gluonts DeepAR, arXiv 1704.04110: two outputs, mean and spread, for one target.
    The constant is moved up by 1, for likelihoods may be negative."""
    x, _ = windows(seasonal(330, 14, 0.2), 21, 1)

    def shifted(outputs: Any, targets: Any) -> Any:
        return _likelihood(outputs, targets) + 1.0

    given = {"x": x[:, :-1], "y": x[:, 1:], "batch_size": 32, "shuffle": True}
    return {"model": Distribution(), **given, "loss": shifted}


class Ahead(nn.Module):
    """Past values and calendar columns of the steps ahead."""

    def __init__(self) -> None:
        super().__init__()
        self.past = nn.GRU(1, 16, batch_first=True)
        self.future, self.out = nn.GRU(2, 16, batch_first=True), nn.Linear(16, 1)

    def forward(self, past: Any, calendar: Any) -> Any:
        return self.out(self.future(calendar, self.past(past)[1])[0])


@sound("check_torch")
def calendar_ahead() -> dict:
    """pytorch-forecasting's decoder inputs: what is known of the future, handed over by name."""
    calendar = np.random.default_rng(0).normal(size=(320, 2)).astype("float32")
    past, ahead = windows(seasonal(320, 14) + calendar[:, 0], 14, 7)
    x = {"past": past, "calendar": windows(calendar, 14, 7)[1]}
    return {"model": Ahead(), "x": x, "y": ahead, "batch_size": 32, "shuffle": True}
