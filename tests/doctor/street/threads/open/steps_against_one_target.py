"""Source: https://github.com/andrewgcodes/xlstm/issues/4 (loop over samples: prediction (10, 1)
    for a window of ten, target (1, 1), MSELoss).
Symptom: torch warns of different sizes; poor forecasts.
Cause: ten answers are all pulled to the one target.
Expected: the broadcast in the loop's loss is named.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import torch
from torch import nn

from doctor.street.threads import data

API = "watch_torch"
KIND = "output side"
EXPECTED = ("loss-broadcast",)
WORDS = ("broadcast",)
TRAIN = dict(epochs=12, rate=0.01)
x, y = (torch.tensor(a) for a in data.windows(10, 128))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(1, 16)
        self.head = nn.Linear(16, 1)

    def forward(self, x):
        return self.head(self.rnn(x)[0])


def make(last):
    model = Net()
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), 0.01)

    def loop(epochs=1):
        for _ in range(epochs):
            for i in range(len(x)):
                optimizer.zero_grad()
                out = model(x[i])
                loss = criterion(out[-1:] if last else out, y[i][:, None])
                loss.backward()
                optimizer.step()

    return dict(model=model, loop=loop, timesteps=10)


def faulty():
    return make(False)


def fixed():
    return make(True)


def measure(case):
    with torch.no_grad():
        out = torch.stack([case["model"](a)[-1] for a in x])
    return "R2", 1 - float(((out - y) ** 2).mean() / y.var())
