"""Source: https://stats.stackexchange.com/questions/376851 (LSTM of 100 units on one ramp of 21
    values, loss summed over steps; the loop has backward and step and no zero_grad).
Symptom: after a thousand updates the ramp is still not learned.
Cause: gradients of all updates pile up, as the listed code shows.
Expected: gradients are never cleared.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import numpy as np
import torch
from torch import nn

API = "watch_torch"
KIND = "loops"
EXPECTED = ("zero-grad-missing",)
WORDS = ("zero_grad", "gradients? (are|is) (never|not) cleared", "pile up", "accumulat")
TRAIN = dict(epochs=200)
x = torch.tensor(np.arange(21, dtype="float32") / 20)[None, :, None]
y = torch.tensor(np.arange(2, 23, dtype="float32") / 20)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 40, batch_first=True)
        self.linear = nn.Linear(40, 1)

    def forward(self, x, hidden):
        out, hidden = self.lstm(x, hidden)
        return self.linear(out), hidden


def make(right):
    torch.manual_seed(0)
    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), 0.003, momentum=0.9)
    criterion = nn.MSELoss()

    def loop(epochs=8):
        for _ in range(epochs):
            if right:
                optimizer.zero_grad()
            out, _ = model(x, (torch.zeros(1, 1, 40), torch.zeros(1, 1, 40)))
            loss = 0.0
            for i in range(21):
                loss = loss + criterion(out[0, i, 0], y[i])
            loss.backward()
            optimizer.step()

    return dict(model=model, loop=loop, timesteps=21)


def faulty():
    return make(False)


def fixed():
    return make(True)


def measure(case):
    with torch.no_grad():
        out = case["model"](x, None)[0][0, :, 0]
    return "R2", 1 - float(((out - y) ** 2).mean() / y.var())
