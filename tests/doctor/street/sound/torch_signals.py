"""Signals with torch: convolutions, cells, films, adversaries, half precision."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

from doctor.street.sound.case import sound
from doctor.street.sound.torch_parts import classes
from doctor.street.sound.values import many, windows


class Temporal(nn.Module):
    """Causal dilated blocks with weight norm; answer from the last step."""

    def __init__(self, features: int, outputs: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            weight_norm(nn.Conv1d(features if rate == 1 else 12, 12, 3, dilation=rate))
            for rate in (1, 2, 4)
        )
        self.short = nn.Conv1d(features, 12, 1)
        self.drop, self.out = nn.Dropout(0.05), nn.Linear(12, outputs)

    def forward(self, x: Any) -> Any:
        hidden = x.transpose(1, 2)
        for number, conv in enumerate(self.convs):
            late = nn.functional.pad(hidden, (2 * conv.dilation[0], 0))
            short = self.short(hidden) if number == 0 else hidden
            hidden = torch.relu(self.drop(torch.relu(conv(late))) + short)
        return self.out(hidden[..., -1])


@sound("check_torch", epochs=40, rate=0.005)
def tcn_adding() -> dict:
    """locuslab/TCN TCN/adding_problem: two of the values are marked, their sum is asked."""
    rng = np.random.default_rng(0)
    value, mark = rng.random((400, 12)), np.zeros((400, 12))
    for row in mark:
        row[rng.choice(12, 2, replace=False)] = 1
    x = np.stack([value, mark], -1).astype("float32")
    y = (value * mark).sum(1, keepdims=True).astype("float32")
    model = Temporal(2, 1)
    return {"model": model, "x": x, "y": y, "batch_size": 32, "loss": nn.MSELoss()}


@sound("check_torch", rate=0.005)
def tcn_classes() -> dict:
    """locuslab/TCN TCN/mnist_pixel's kind: class from the last step."""
    return {"model": Temporal(1, 2), **classes(seed=1)}


class Normed(nn.Module):
    """Convolutions with BatchNorm and Dropout, mean over time."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(1, 12, 7, padding=3),
            nn.BatchNorm1d(12),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Conv1d(12, 12, 5, padding=2),
            nn.BatchNorm1d(12),
            nn.ReLU(),
            nn.AdaptiveAvgPool1d(1),
        )
        self.out = nn.Linear(12, 3)

    def forward(self, x: Any) -> Any:
        return self.out(self.body(x.transpose(1, 2)).squeeze(-1))


@sound("check_torch", rate=0.005)
def full_convolution() -> dict:
    """timeseriesAI/tsai FCN, arXiv 1611.06455: BatchNorm and Dropout, as they are in training
    only."""
    return {"model": Normed(), **classes(classes=3, seed=2)}


class Waveform(nn.Module):
    """Raw sound as one channel (batch, 1, time)."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(1, 12, 8, stride=2), nn.BatchNorm1d(12), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(12, 12, 3), nn.BatchNorm1d(12), nn.ReLU(),
        )  # fmt: skip
        self.out = nn.Linear(12, 2)

    def forward(self, x: Any) -> Any:
        return self.out(self.body(x).mean(-1)).log_softmax(-1)


@sound("check_torch", rate=0.005)
def waveform() -> dict:
    """pytorch/tutorials
    intermediate_source/speech_command_classification_with_torchaudio_tutorial.py: M5, channel
    first, (samples, 1, time)."""
    given = classes(steps=64, seed=3)
    given |= {"x": given["x"].swapaxes(1, 2).copy(), "loss": nn.NLLLoss()}
    return {"model": Waveform(), **given}


class Rows(nn.Module):
    """The rows of a picture are the steps of an LSTM."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(8, 24, batch_first=True)
        self.norm, self.drop = nn.BatchNorm1d(24), nn.Dropout(0.2)
        self.first, self.out = nn.Linear(24, 16), nn.Linear(16, 4)

    def forward(self, x: Any) -> Any:
        last = self.norm(self.lstm(x)[0][:, -1])
        return self.out(self.drop(torch.relu(self.first(last)))).log_softmax(-1)


@sound("check_torch", rate=0.005)
def picture_rows() -> dict:
    """pytorch/examples mnist_rnn/main.py: LSTM, BatchNorm1d, dropout, log-probabilities."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 4, 400)
    x = rng.random((400, 8, 8)) * 0.4
    for picture, kind in zip(x, y, strict=True):
        picture[kind * 2 if kind < 2 else 7, :] += kind % 2 + 0.5
        picture[:, kind] += 1
    given = {"x": x.astype("float32"), "y": y, "batch_size": 32, "loss": nn.NLLLoss()}
    return {"model": Rows(), **given}


class Film(nn.Module):
    """A convolutional LSTM cell over frames; the next frame at each step."""

    def __init__(self) -> None:
        super().__init__()
        self.gates, self.out = nn.Conv2d(1 + 8, 32, 3, padding=1), nn.Conv2d(8, 1, 3, padding=1)

    def forward(self, x: Any) -> Any:
        hidden = cell = x.new_zeros(len(x), 8, *x.shape[-2:])
        answers = []
        for frame in x.unbind(1):
            i, f, o, g = self.gates(torch.cat([frame, hidden], 1)).chunk(4, 1)
            cell = torch.sigmoid(f + 1) * cell + torch.sigmoid(i) * torch.tanh(g)
            hidden = torch.sigmoid(o) * torch.tanh(cell)
            answers.append(self.out(hidden))
        return torch.stack(answers, 1)


@sound("check_torch", epochs=25, rate=0.02)
def convolutional_lstm() -> dict:
    """ndrplz/ConvLSTM_pytorch, arXiv 1506.04214: (samples, time, 1, height, width)."""
    rng = np.random.default_rng(0)
    films = np.zeros((96, 7, 1, 6, 6), "float32")
    starts = zip(films, rng.integers(0, 2, 96), rng.integers(0, 6, (96, 2)), strict=True)
    for film, way, (row, column) in starts:
        for step in range(7):
            film[step, 0, (row + way * step) % 6, (column + (1 - way) * step) % 6] = 1
    x, y = films[:, :-1], films[:, 1:]
    loss = nn.BCEWithLogitsLoss()
    return {"model": Film(), "x": x, "y": y, "batch_size": 16, "loss": loss}


class Convolved(nn.Module):
    """A convolution over time, then a GRU with the time axis first."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.gru = nn.Conv1d(3, 12, 3, padding=1), nn.GRU(12, 16)
        self.out = nn.Linear(16, 1)

    def forward(self, x: Any) -> Any:
        steps = torch.relu(self.conv(x.permute(1, 2, 0))).permute(2, 0, 1)
        return self.out(self.gru(steps)[0][-1])


@sound("check_torch")
def time_first() -> dict:
    """discuss.pytorch.org, convolution and GRU with (time, batch, features), permuted rightly."""
    x, y = windows(many(330, 3), 16, 1)
    given = {"x": x, "y": y[:, 0, :1], "batch_size": 32, "batch_first": False}
    return {"model": Convolved(), **given, "loss": nn.MSELoss()}
