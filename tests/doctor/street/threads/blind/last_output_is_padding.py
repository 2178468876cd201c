"""Source: https://github.com/thtrieu/qclass_dl/issues/1 (question classes by an LSTM over padded
    questions; outputs[-1] instead of each one's last word).
Symptom: terrible result.
Cause: the last output belongs to the padding; the author confirms.
Expected: padding behind the end is read.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import torch
from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "padding and masks"
EXPECTED = ("padding-after-end", "padding-changes-output")
WORDS = ("padding",)
TRAIN = dict(epochs=12, rate=0.005)
x, y, lengths = data.ragged(300, 40)


class Net(nn.Module):
    def __init__(self, right):
        super().__init__()
        self.right = right
        self.e = nn.Embedding(12, 16)
        self.rnn = nn.LSTM(16, 16, batch_first=True)
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        out = self.rnn(self.e(x))[0]
        if not self.right:
            return self.head(out[:, -1])
        last = (x != 0).sum(1) - 1
        return self.head(out[torch.arange(len(x)), last])


def faulty():
    return dict(model=Net(False), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=30, shuffle=True)


def fixed():
    return dict(model=Net(True), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=30, shuffle=True)
