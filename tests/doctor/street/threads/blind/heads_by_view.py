"""Source: https://github.com/zhouhaoyi/Informer2020/issues/59 (queries, keys, values of shape (B,
    L, H, D) are brought to (B, H, L, D) by view).
Symptom: asked by readers; the authors fixed it.
Cause: view mixes steps and heads; transpose is meant.
Expected: time scrambled inside the model.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import torch
from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "symmetries"
EXPECTED = ("time-scrambled", "future-visible")
WORDS = ("view", "mixes? (steps|time)", "heads")
TRAIN = dict(epochs=30, rate=0.005)
w = data.walks(240, 13)


class Net(nn.Module):
    def __init__(self, right):
        super().__init__()
        self.right = right
        self.e = nn.Embedding(8, 16)
        self.place = nn.Parameter(0.3 * torch.randn(1, 12, 16))
        self.qkv = nn.Linear(16, 48)
        self.out = nn.Linear(16, 16)
        self.head = nn.Linear(16, 8)

    def forward(self, x):
        b, n = x.shape
        h = self.e(x) + self.place[:, :n]
        parts = [a.reshape(b, n, 2, 8) for a in self.qkv(h).chunk(3, -1)]
        q, k, v = (a.transpose(1, 2) if self.right else a.reshape(b, 2, n, 8) for a in parts)
        score = (q @ k.transpose(-1, -2)) / 8**0.5
        score = score.masked_fill(torch.ones(n, n, dtype=torch.bool).triu(1), float("-inf"))
        a = torch.softmax(score, -1) @ v
        a = a.transpose(1, 2).reshape(b, n, 16) if self.right else a.reshape(b, n, 16)
        return self.head(h + self.out(a)).transpose(1, 2)


def faulty():
    return dict(
        model=Net(False), x=w[:, :-1], y=w[:, 1:], loss=nn.CrossEntropyLoss(), batch_size=30
    )


def fixed():
    return dict(model=Net(True), x=w[:, :-1], y=w[:, 1:], loss=nn.CrossEntropyLoss(), batch_size=30)
