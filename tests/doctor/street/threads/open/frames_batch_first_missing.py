"""Source: https://github.com/AndersonJo/dqn-pytorch/issues/1 (convolutions, then an LSTM that is
    given (32, 64, 16) batch first, without batch_first).
Symptom: it still learns somewhat, to their astonishment.
Cause: the LSTM runs along the batch.
Expected: rows mixed.
Measured: accuracy after a short training: faulty 0.66, fixed 1.00 (always the most common
    class: 0.56).
"""

import torch
from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "symmetries"
EXPECTED = ("rows-mixed",)
WORDS = ("batch_first",)
TRAIN = dict(epochs=40, rate=0.01)
x, y = data.ordered(256, 16, 2)


class Net(nn.Module):
    def __init__(self, first):
        super().__init__()
        self.conv = nn.Conv1d(2, 16, 3, padding=1)
        self.rnn = nn.LSTM(16, 16, 1, batch_first=first)
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        h = torch.relu(self.conv(x.transpose(1, 2))).transpose(1, 2)
        return self.head(self.rnn(h)[0][:, -1])


def faulty():
    return dict(model=Net(False), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=32, shuffle=True)


def fixed():
    return dict(model=Net(True), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=32, shuffle=True)
