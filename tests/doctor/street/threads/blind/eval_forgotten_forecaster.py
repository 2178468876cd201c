"""Source: https://github.com/gzerveas/mvts_transformer/issues/18 (a Transformer forecaster is
    asked twice for the same window, after training).
Symptom: two different forecasts.
Cause: eval() was not called, so dropout is still on.
Expected: the loop evaluates in train mode, named.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import torch
from torch import nn

from doctor.street.threads import data

API = "watch_torch"
KIND = "loops"
EXPECTED = ("left-in-train-mode", "answer-not-repeatable")
WORDS = (r"eval\(\)", "train(ing)? mode", "dropout")
x, y = (torch.tensor(a) for a in data.windows(12, 128, 2))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.Linear(1, 16)
        self.place = nn.Parameter(torch.randn(1, 12, 16) * 0.1)
        self.enc = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(16, 2, 32, 0.2, batch_first=True), 1
        )
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        return self.head(self.enc(self.up(x) + self.place)[:, -1])


def make(right):
    model = Net()
    optimizer = torch.optim.Adam(model.parameters(), 0.003)

    def loop(epochs=1):
        model.train()
        for _ in range(epochs):
            for i in range(0, 128, 16):
                optimizer.zero_grad()
                nn.functional.mse_loss(model(x[i : i + 16]), y[i : i + 16]).backward()
                optimizer.step()
        if right:
            model.eval()
        with torch.no_grad():
            make.got = model(x[:1]), model(x[:1])

    return dict(model=model, loop=loop, timesteps=12)


def faulty():
    return make(False)


def fixed():
    return make(True)


def measure(case):
    return "difference of two forecasts", float((make.got[0] - make.got[1]).abs().max())
