"""Seasonal data of period 12, cut into windows of 6 steps.

Diagnose it with `echospan diagnose short_window.py:arguments`: the weakest link is the framing, and
the line to change is `window=12`.
"""

import numpy as np
import torch

PERIOD, WINDOW = 12, 6


def seasonal(steps, seed=0, far=0.8, near=0.0):
    """Each value depends on the one a period before and on the newest one, plus noise."""
    noise = np.random.default_rng(seed).normal(size=steps + 200).astype("float32")
    series = noise.copy()
    for t in range(PERIOD, len(series)):
        series[t] += far * series[t - PERIOD] + near * series[t - 1]
    return series[200:]


def windows(series, window):
    """Windows (samples, time, 1), and the value that follows each (samples, 1)."""
    x = np.lib.stride_tricks.sliding_window_view(series, window)[:-1, :, None]
    return x.copy(), series[window:, None]


class Forecaster(torch.nn.Module):
    """A GRU that reads a window and predicts the next value."""

    def __init__(self, units=24):
        super().__init__()
        self.memory = torch.nn.GRU(1, units, batch_first=True)
        self.readout = torch.nn.Linear(units, 1)

    def forward(self, x):
        return self.readout(self.memory(x)[0][:, -1])


def trained(x, y, epochs):
    """A forecaster after some epochs."""
    torch.manual_seed(0)
    model, loss = Forecaster(), torch.nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    data = torch.utils.data.TensorDataset(torch.tensor(x), torch.tensor(y))
    for _ in range(epochs):
        for inputs, targets in torch.utils.data.DataLoader(data, 64, shuffle=True):
            optimizer.zero_grad()
            loss(model(inputs), targets).backward()
            optimizer.step()
    return model.eval()


def arguments():
    """A model that is trained on windows of half a period, with data to validate on."""
    x, y = windows(seasonal(1500), WINDOW)
    return {
        "model": trained(x, y, epochs=5),
        "x": x,
        "y": y,
        "loss": torch.nn.MSELoss(),
        "validation_data": windows(seasonal(1500, seed=1), WINDOW),
    }
