"""Source: https://github.com/DiffPoseTalk/DiffPoseTalk/issues/20 (pe[:, n, :] is added where pe[:,
    :n, :] is meant).
Symptom: found on reading: every step gets the same encoding.
Cause: the slice is missing; attention can't tell the order.
Expected: the order of the steps makes no difference.
Measured: accuracy after a short training: faulty 0.52, fixed 0.94 (always the most common
    class: 0.59).
"""

import math

import torch
from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "symmetries"
EXPECTED = ("order-blind",)
WORDS = ("order of the steps", "permut")
TRAIN = dict(epochs=40, rate=0.003)
x, y = data.ordered(256, 16)


class Net(nn.Module):
    def __init__(self, right):
        super().__init__()
        self.right = right
        self.up = nn.Linear(1, 16)
        at = torch.arange(600)[:, None] * torch.exp(
            torch.arange(0, 16, 2) * (-math.log(10000.0) / 16)
        )
        self.register_buffer("pe", torch.cat([torch.sin(at), torch.cos(at)], 1)[None])
        self.enc = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(16, 2, 32, 0.0, batch_first=True), 1
        )
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        n = x.shape[1]
        return self.head(
            self.enc(self.up(x) + (self.pe[:, :n] if self.right else self.pe[:, n, :])).mean(1)
        )


def faulty():
    return dict(model=Net(False), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=32)


def fixed():
    return dict(model=Net(True), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=32)
