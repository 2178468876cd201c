"""Source: https://github.com/yunjey/pytorch-tutorial/issues/149 (bidirectional LSTM over image
    rows, out[:, -1]).
Symptom: asked whether intended.
Cause: at the last step the backward half has read only the last row; half of the answer's
    features know one step. Repair: the backward half's output at the first step.
Expected: a note that half the answer sees one step only.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import torch
from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "data"
EXPECTED = ("window-half-used", "lag-outside-window", "backward-sees-one-step")
WORDS = ("backward (half|direction|lstm)", "bidirectional", "revers")
TRAIN = dict(epochs=25, rate=0.01)
x, y = data.ordered(256, 14, 3)


class Net(nn.Module):
    def __init__(self, right):
        super().__init__()
        self.right = right
        self.rnn = nn.LSTM(3, 12, 2, batch_first=True, bidirectional=True)
        self.head = nn.Linear(24, 2)

    def forward(self, x):
        n = 4
        start = (
            torch.zeros(n, len(x), 12, dtype=x.dtype),
            torch.zeros(n, len(x), 12, dtype=x.dtype),
        )
        out = self.rnn(x, start)[0]
        return self.head(
            torch.cat([out[:, -1, :12], out[:, 0, 12:]], 1) if self.right else out[:, -1]
        )


def faulty():
    return dict(model=Net(False), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=32, shuffle=True)


def fixed():
    return dict(model=Net(True), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=32, shuffle=True)
