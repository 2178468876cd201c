"""Source: https://github.com/hyunwoongko/transformer/pull/40 (padding mask of shape (batch, 1,
    steps, 1) where (batch, 1, 1, steps) is meant).
Symptom: hidden, since -10000 is added in place of -inf.
Cause: queries are masked, keys not: padding is attended to.
Expected: padding changes the output.
Measured: accuracy after a short training: faulty 0.67, fixed 0.64 (always the most common
    class: 0.59); both learn here, so the score does not show the fault.
"""

import torch
from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "padding and masks"
EXPECTED = ("padding-changes-output", "padding-after-end", "mask-lost")
WORDS = ("padding",)
TRAIN = dict(epochs=30, rate=0.005)
x, y, lengths = data.ragged(256, 16)
y = (x == 7).any(1).astype("int64")


class Net(nn.Module):
    def __init__(self, right):
        super().__init__()
        self.right = right
        self.e = nn.Embedding(12, 16)
        self.place = nn.Parameter(0.3 * torch.randn(1, 16, 16))
        self.qkv = nn.Linear(16, 48)
        self.ff = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 16))
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        b, n = x.shape
        keep = x != 0
        h = self.e(x) + self.place[:, :n]
        q, k, v = (a.reshape(b, n, 2, 8).transpose(1, 2) for a in self.qkv(h).chunk(3, -1))
        mask = keep[:, None, None, :] if self.right else keep[:, None, :, None]
        score = (q @ k.transpose(-1, -2) / 8**0.5).masked_fill(~mask, -10000.0)
        h = h + (torch.softmax(score, -1) @ v).transpose(1, 2).reshape(b, n, 16)
        h = h + self.ff(h)
        w = keep[:, :, None].to(h.dtype)
        return self.head((h * w).sum(1) / w.sum(1))


def faulty():
    return dict(model=Net(False), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=32)


def fixed():
    return dict(model=Net(True), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=32)
