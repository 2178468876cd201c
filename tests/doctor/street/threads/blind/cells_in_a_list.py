"""Source: https://github.com/ikostrikov/pytorch-meta-optimizer/issues/11 (LSTM cells appended to a
    Python list; the optimizer gets model.parameters()).
Symptom: the LSTM's weights are never trained, the loss stays big.
Cause: the list registers nothing.
Expected: parameters in use that the optimizer does not have.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import torch
from torch import nn

from doctor.street.threads import data

API = "watch_torch"
KIND = "loops"
EXPECTED = ("dead-part", "unregistered-part", "optimizer-stale")
WORDS = ("ModuleList", "modulelist", "python list", "optimizer")
TRAIN = dict(epochs=25)
x, y = (torch.tensor(a) for a in data.parity(256, 6))


class Net(nn.Module):
    def __init__(self, right):
        super().__init__()
        torch.manual_seed(0)
        self.up = nn.Linear(1, 8)
        cells = [nn.LSTMCell(8, 8), nn.LSTMCell(8, 8)]
        self.lstms = nn.ModuleList(cells) if right else cells
        self.head = nn.Linear(8, 1)

    def forward(self, x):
        states = [None, None]
        for step in x.unbind(1):
            h = torch.tanh(self.up(step))
            for i, cell in enumerate(self.lstms):
                states[i] = cell(h, states[i])
                h = states[i][0]
        return self.head(h)[:, 0]


def make(right):
    model = Net(right)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)

    def loop(epochs=1):
        for _ in range(epochs):
            for i in range(0, 256, 32):
                optimizer.zero_grad()
                nn.functional.mse_loss(model(x[i : i + 32]), y[i : i + 32]).backward()
                optimizer.step()

    return dict(model=model, loop=loop, timesteps=6)


def faulty():
    return make(False)


def fixed():
    return make(True)


def measure(case):
    with torch.no_grad():
        return "R2", 1 - float(((case["model"](x) - y) ** 2).mean() / y.var())
