"""Forecasts with torch: the linear, mixing and recurrent models of the forecasting libraries."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from doctor.street.sound.case import sound
from doctor.street.sound.values import many, windows

PAST, AHEAD, SERIES = 16, 16, 3


def _block(past: int = PAST, ahead: int = AHEAD, series: int = SERIES) -> dict:
    x, y = windows(many(330, series), past, ahead)
    return {"x": x, "y": y, "batch_size": 32, "shuffle": True, "loss": nn.MSELoss()}


class Decomposed(nn.Module):
    """A moving mean and the rest, each through a linear layer over time."""

    def __init__(self, past: int, ahead: int) -> None:
        super().__init__()
        self.mean = nn.AvgPool1d(5, stride=1)
        self.trend, self.season = nn.Linear(past, ahead), nn.Linear(past, ahead)

    def forward(self, x: Any) -> Any:
        turned = x.transpose(1, 2)
        wide = nn.functional.pad(turned, (2, 2), mode="replicate")
        trend = self.mean(wide)
        return (self.trend(trend) + self.season(turned - trend)).transpose(1, 2)


@sound("check_torch")
def dlinear() -> dict:
    """thuml/Time-Series-Library models/DLinear.py: as many steps ahead as back."""
    return {"model": Decomposed(PAST, AHEAD), **_block()}


@sound("check_torch")
def dlinear_longer() -> dict:
    """thuml/Time-Series-Library models/DLinear.py: 12 steps back, 24 ahead."""
    return {"model": Decomposed(12, 24), **_block(12, 24)}


class LessLast(nn.Module):
    """Takes the last value off the window and adds it to the answer."""

    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(PAST, AHEAD)

    def forward(self, x: Any) -> Any:
        last = x[:, -1:].detach()
        return self.line((x - last).transpose(1, 2)).transpose(1, 2) + last


@sound("check_torch")
def nlinear() -> dict:
    """cure-lab/LTSF-Linear models/NLinear.py: the last value is taken off, detached, and put
    back."""
    return {"model": LessLast(), **_block()}


class Mixer(nn.Module):
    """Dense layers over time and over features in turn, with shortcuts."""

    def __init__(self) -> None:
        super().__init__()
        self.time = nn.ModuleList(nn.Linear(PAST, PAST) for _ in range(2))
        self.width = nn.ModuleList(nn.Linear(SERIES, SERIES) for _ in range(2))
        self.drop, self.out = nn.Dropout(0.1), nn.Linear(PAST, AHEAD)

    def forward(self, x: Any) -> Any:
        for time, width in zip(self.time, self.width, strict=True):
            x = x + self.drop(torch.relu(time(x.transpose(1, 2))).transpose(1, 2))
            x = x + self.drop(torch.relu(width(x)))
        return self.out(x.transpose(1, 2)).transpose(1, 2)


@sound("check_torch")
def tsmixer() -> dict:
    """thuml/Time-Series-Library models/TSMixer.py."""
    return {"model": Mixer(), **_block()}


class Periods(nn.Module):
    """Folds the window at its strongest period and convolves the picture."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead, self.embed = nn.Linear(PAST, PAST + AHEAD), nn.Linear(SERIES, 8)
        self.picture = nn.Conv2d(8, 8, 3, padding=1)
        self.out = nn.Linear(8, SERIES)

    def forward(self, x: Any) -> Any:
        hidden = self.ahead(self.embed(x).transpose(1, 2))
        period = 8
        folded = hidden.reshape(len(x), 8, -1, period)
        hidden = hidden + torch.relu(self.picture(folded)).reshape(len(x), 8, -1)
        return self.out(hidden.transpose(1, 2))[:, -AHEAD:]


@sound("check_torch")
def folded_periods() -> dict:
    """thuml/Time-Series-Library models/TimesNet.py with one period that is given."""
    return {"model": Periods(), **_block()}


class Stacked(nn.Module):
    """Blocks that explain a part of the window and forecast from it."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Linear(PAST, 32), nn.ReLU(), nn.Linear(32, PAST + AHEAD))
            for _ in range(3)
        )

    def forward(self, x: Any) -> Any:
        left, total = x[..., 0], 0.0
        for block in self.blocks:
            back, ahead = block(left).split([PAST, AHEAD], dim=-1)
            left, total = left - back, total + ahead
        return total[..., None]


@sound("check_torch", rate=0.003)
def nbeats_torch() -> dict:
    """unit8co/darts and arXiv 1905.10437: N-BEATS with generic blocks, equal lengths."""
    return {"model": Stacked(), **_block(series=1)}
