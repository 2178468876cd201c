"""Source: https://github.com/xieyulai/LSTM-for-Human-Activity-Recognition-using-2D-Pose_Pytorch/issues/2
    (BatchNorm1d on (batch, steps, features)).
Symptom: found on reading.
Cause: BatchNorm1d takes axis 1 for the features; here it is time, so features of very different
    scale stay as they are. Repair: transpose around it.
Expected: the norm's axis is named.
Measured: accuracy after a short training: faulty 0.39, fixed 0.97 (always the most common
    class: 0.52).
"""

import numpy as np
from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "symmetries"
EXPECTED = ("norm-axis", "time-scrambled", "place-in-batch", "input-scale")
WORDS = ("batch.?norm", "scale")
TRAIN = dict(epochs=15, rate=0.003)
x, y = data.ordered(256, 16, 2)
x = x * np.array([1, 300.0], "float32")


class Net(nn.Module):
    def __init__(self, right):
        super().__init__()
        self.right = right
        self.bn = nn.BatchNorm1d(2 if right else 16)
        self.rnn = nn.LSTM(2, 16, batch_first=True)
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        x = self.bn(x.transpose(1, 2)).transpose(1, 2) if self.right else self.bn(x)
        return self.head(self.rnn(x)[0][:, -1])


def faulty():
    return dict(model=Net(False), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=32, shuffle=True)


def fixed():
    return dict(model=Net(True), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=32, shuffle=True)
