"""Source: https://github.com/pytorch/examples/pull/250 (sine prediction by two LSTM cells; the
    second one's state of size one is the forecast).
Symptom: the crests of the sine are not reached.
Cause: the answer is a tanh; it comes near 1 only for very large arguments. A linear layer
    behind it is the repair.
Expected: targets at or outside the limit of a bare LSTM.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import numpy as np
import torch
from torch import nn

API = "check_torch"
KIND = "output side"
EXPECTED = ("target-out-of-range",)
WORDS = ("tanh", "reach")
TRAIN = dict(epochs=60, rate=0.02)
t = np.arange(40)[None, :, None] / 4 + np.random.default_rng(0).uniform(0, 6, (96, 1, 1))
s = np.sin(t).astype("float32")


class Net(nn.Module):
    def __init__(self, linear):
        super().__init__()
        self.one = nn.LSTMCell(1, 24)
        self.two = nn.LSTMCell(24, 24 if linear else 1)
        self.linear = nn.Linear(24, 1) if linear else None

    def forward(self, x):
        a = b = None
        outs = []
        for step in x.unbind(1):
            a = self.one(step, a)
            b = self.two(a[0], b)
            outs.append(self.linear(b[0]) if self.linear is not None else b[0])
        return torch.stack(outs, 1)


def faulty():
    return dict(
        model=Net(False), x=s[:, :-1].copy(), y=s[:, 1:].copy(), loss=nn.MSELoss(), batch_size=32
    )


def fixed():
    return dict(
        model=Net(True), x=s[:, :-1].copy(), y=s[:, 1:].copy(), loss=nn.MSELoss(), batch_size=32
    )
