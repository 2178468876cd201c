"""Models whose use of the past is known exactly, with data for them."""

from __future__ import annotations

import numpy as np
import torch

STEPS = 128


def series(coefs, n, seed, level=0.0):
    rng = np.random.default_rng(seed)
    y, e = np.zeros(n + 500), rng.normal(size=n + 500)
    for t in range(len(coefs), len(y)):
        y[t] = np.dot(coefs, y[t - len(coefs) : t][::-1]) + e[t]
    return (y[500:] + level).astype("float32")


def windows(y, steps=STEPS, count=512):
    """Windows over a series with the next value of each, spread over it."""
    places = np.linspace(0, len(y) - steps - 1, count).round().astype(int)
    at = places[:, None] + np.arange(steps)
    return y[at][..., None], y[places + steps][:, None]


class Delay(torch.nn.Module):
    """Says the input of so many steps ago."""

    def __init__(self, lag):
        super().__init__()
        self.lag = lag

    def forward(self, x):
        return torch.nn.functional.pad(x, (0, 0, self.lag, 0))[:, : x.shape[1]]


class Weights(torch.nn.Module):
    """A weighted sum of the newest inputs, the newest first, and a constant."""

    def __init__(self, weights, constant=0.0):
        super().__init__()
        self.weights = torch.nn.Parameter(torch.tensor(np.asarray(weights, "float32")))
        self.constant = constant

    def forward(self, x):
        many = len(self.weights)
        padded = torch.nn.functional.pad(x, (0, 0, max(many - x.shape[1], 0), 0))
        newest = padded[:, -many:, 0].flip(1)
        return (newest @ self.weights)[:, None] + self.constant


class ColdStart(torch.nn.Module):
    """An AR(1) around a level, which a leaking state learns from 0."""

    def __init__(self, slope=0.55, leak=0.95):
        super().__init__()
        self.slope, self.leak = slope, leak

    def forward(self, x):
        state = torch.zeros(len(x), 1)
        for step in range(x.shape[1]):
            state = self.leak * state + (1 - self.leak) * x[:, step]
        return self.slope * x[:, -1] + (1 - self.slope) * state


class RunningMean(torch.nn.Module):
    def forward(self, x):
        return x.mean(1)


class Bag(torch.nn.Module):
    """Logits by how often each symbol was met, whatever the order."""

    def __init__(self, symbols):
        super().__init__()
        self.symbols = symbols

    def forward(self, x):
        counts = torch.nn.functional.one_hot(x, self.symbols).float().sum(1)
        return torch.log(counts + 0.5) - torch.log(counts.sum(1, keepdim=True) + 1.0)


class RareReader(torch.nn.Module):
    """Says a value 25 steps back where the newest flag is set, else the newest one."""

    def forward(self, x):
        back = x[:, -26, :1] if x.shape[1] > 25 else torch.zeros(len(x), 1)
        return torch.where(x[:, -1, 1:] > 0.5, back, x[:, -1, :1])


class Absolute(torch.nn.Module):
    """Reads the value three steps back, by a table of positions; earlier positions are empty."""

    def __init__(self, steps=64):
        super().__init__()
        table = torch.zeros(steps)
        table[steps - 4] = 1.0
        self.position_table = torch.nn.Parameter(table)

    def forward(self, x):
        return (x[:, :, 0] * self.position_table[: x.shape[1]]).sum(1, keepdim=True)


class CausalConv(torch.nn.Module):
    """Dilated convolutions: a field of 15 steps."""

    def __init__(self, seed=0):
        super().__init__()
        torch.manual_seed(seed)
        self.layers = torch.nn.ModuleList(
            torch.nn.Conv1d(1 if not n else 4, 4, 3, dilation=d) for n, d in enumerate((1, 2, 4))
        )
        self.out = torch.nn.Conv1d(4, 1, 1)
        for each in self.parameters():
            torch.nn.init.normal_(each, std=0.7)

    def forward(self, x):
        h = x.transpose(1, 2)
        for layer in self.layers:
            pad = 2 * layer.dilation[0]
            h = torch.tanh(layer(torch.nn.functional.pad(h, (pad, 0))))
        return self.out(h).transpose(1, 2)
