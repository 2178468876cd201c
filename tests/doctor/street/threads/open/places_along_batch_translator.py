"""Source: https://github.com/AkiRusProd/numpy-transformer/issues/1 (encoding of shape (steps, 1,
    d) added to (batch, steps, d) by the batch size).
Symptom: validation gets worse after some epochs.
Cause: each sample, not each word, gets a position; attention itself is right.
Expected: the answer depends on the place in the batch, and not on the order of the words.
Measured: accuracy after a short training: faulty 0.50, fixed 1.00 (always the most common
    class: 0.50).
"""

import math

import torch
from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "symmetries"
EXPECTED = ("place-in-batch", "order-blind")
WORDS = ("place in the batch", "along the batch", "order of the")
TRAIN = dict(epochs=30, rate=0.005)
x, y = data.tokens(256, 8, 9)


class Net(nn.Module):
    def __init__(self, right):
        super().__init__()
        self.e = nn.Embedding(9, 16)
        at = torch.arange(64)[:, None] * torch.exp(
            torch.arange(0, 16, 2) * (-math.log(10000.0) / 16)
        )
        pe = torch.cat([torch.sin(at), torch.cos(at)], 1)
        self.register_buffer("pe", pe[None] if right else pe[:, None])
        self.right = right
        self.att = nn.MultiheadAttention(16, 2, batch_first=True)
        self.ff = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 2))

    def forward(self, x):
        h = self.e(x)
        h = h + (self.pe[:, : h.shape[1]] if self.right else self.pe[: h.shape[0]])
        return self.ff((h + self.att(h, h, h)[0]).mean(1))


def faulty():
    return dict(model=Net(False), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=32)


def fixed():
    return dict(model=Net(True), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=32)
