"""Source: https://github.com/facebookresearch/nwm/issues/16 (training step of a world model over
    frames: zero_grad only where bfloat16 is off).
Symptom: gradients of all steps pile up silently.
Cause: zero_grad is missing in the mixed-precision branch.
Expected: gradients are never cleared between updates.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import torch
from torch import nn

from doctor.street.threads import data

API = "watch_torch"
KIND = "loops"
EXPECTED = ("zero-grad-missing",)
WORDS = ("zero_grad", "gradients? (are|is) (never|not) cleared", "pile up", "accumulat")
TRAIN = dict(epochs=20)
x, y = (torch.tensor(a) for a in data.windows(8, 256))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(1, 16, batch_first=True)
        self.head = nn.Linear(16, 1)

    def forward(self, x):
        return self.head(self.rnn(x)[0][:, -1])


def make(right, bfloat=True):
    torch.manual_seed(0)
    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9)

    def loop(epochs=1):
        for _ in range(epochs):
            for i in range(0, 256, 32):
                if right or not bfloat:
                    optimizer.zero_grad()
                loss = nn.functional.mse_loss(model(x[i : i + 32]), y[i : i + 32])
                loss.backward()
                optimizer.step()

    return dict(model=model, loop=loop, timesteps=8)


def faulty():
    return make(False)


def fixed():
    return make(True)


def measure(case):
    with torch.no_grad():
        return "R2", 1 - float(((case["model"](x) - y) ** 2).mean() / y.var())
