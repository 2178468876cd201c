"""Source: https://github.com/HHTseng/video-classification/issues/42 (features of frames (batch,
    time, features) brought to time first by view).
Symptom: the order of frames is not used.
Cause: view keeps the memory order and mixes videos and times; transpose is meant.
Expected: rows mixed / time scrambled.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import torch
from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "symmetries"
EXPECTED = ("rows-mixed", "time-scrambled")
WORDS = ("view", "transpose")
TRAIN = dict(epochs=40, rate=0.01)
x, y = data.ordered(240, 12, 3)


class Net(nn.Module):
    def __init__(self, right):
        super().__init__()
        self.right = right
        self.cnn = nn.Linear(3, 12)
        self.rnn = nn.LSTM(12, 24)
        self.head = nn.Linear(24, 2)

    def forward(self, x):
        h = torch.relu(self.cnn(x))
        h = h.transpose(0, 1) if self.right else h.view(h.size(1), h.size(0), 12)
        return self.head(self.rnn(h)[0][-1])


def faulty():
    return dict(model=Net(False), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=30, shuffle=True)


def fixed():
    return dict(model=Net(True), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=30, shuffle=True)
