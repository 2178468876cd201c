"""Source: https://github.com/songyangco/GETNext/issues/2 (positional encoding and
    TransformerEncoder with time first, given batch first).
Symptom: asked whether it is a bug: all steps of a trajectory get one position.
Cause: positions are added along the batch, and attention goes over the batch.
Expected: answers depend on the other rows and on the place in the batch.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import math

import torch
from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "symmetries"
EXPECTED = ("rows-mixed", "place-in-batch")
WORDS = ("batch_first", "place in the batch", "along the batch")
TRAIN = dict(epochs=40, rate=0.003)
x, y = data.ordered(256, 16)


def places(d, n=500):
    at = torch.arange(n)[:, None] * torch.exp(torch.arange(0, d, 2) * (-math.log(10000.0) / d))
    pe = torch.zeros(n, 1, d)
    pe[:, 0, 0::2], pe[:, 0, 1::2] = torch.sin(at), torch.cos(at)
    return pe


class Net(nn.Module):
    def __init__(self, right):
        super().__init__()
        self.right = right
        self.up = nn.Linear(1, 16)
        self.register_buffer("pe", places(16))
        self.enc = nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 2, 32, 0.0), 1)
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        h = self.up(x)
        if self.right:
            h = h.transpose(0, 1)
        h = self.enc(h + self.pe[: h.size(0)])
        if self.right:
            h = h.transpose(0, 1)
        return self.head(h.mean(1))


def faulty():
    return dict(model=Net(False), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=32, shuffle=True)


def fixed():
    return dict(model=Net(True), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=32, shuffle=True)
