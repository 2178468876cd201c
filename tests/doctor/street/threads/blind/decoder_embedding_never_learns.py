"""Source: https://github.com/tensorflow/tensorflow/pull/882 (decoder fed with its own words; the
    embedding of them is behind a stopped gradient).
Symptom: the decoder's inputs stay random vectors throughout.
Cause: no gradient reaches that embedding.
Expected: parameters that never get a gradient, by name.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import torch
from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "learning"
EXPECTED = ("dead-part", "state-detached-inside")
WORDS = ("no gradient", "never get", "embed")
TRAIN = dict(epochs=20, rate=0.01)
w = data.walks(240, 12)


class Net(nn.Module):
    def __init__(self, right):
        super().__init__()
        self.right = right
        self.e = nn.Embedding(8, 16)
        self.enc = nn.GRU(16, 24, batch_first=True)
        self.words = nn.Embedding(8, 16)
        self.dec = nn.GRUCell(16, 24)
        self.head = nn.Linear(24, 8)

    def forward(self, x):
        h = self.enc(self.e(x))[1][0]
        word = x[:, -1]
        outs = []
        for _ in range(4):
            v = self.words(word)
            h = self.dec(v if self.right else v.detach(), h)
            outs.append(self.head(h))
            word = outs[-1].argmax(1)
        return torch.stack(outs, 2)


def faulty():
    return dict(model=Net(False), x=w[:, :8], y=w[:, 8:], loss=nn.CrossEntropyLoss(), batch_size=24)


def fixed():
    return dict(model=Net(True), x=w[:, :8], y=w[:, 8:], loss=nn.CrossEntropyLoss(), batch_size=24)
