"""Source: https://github.com/keon/seq2seq/issues/8 (translation by GRUs; evaluate() calls the
    model with its default teacher forcing of one half).
Symptom: evaluation is too good and differs from run to run.
Cause: true words are given in evaluation too, at random.
Expected: the evaluation loop feeds the truth.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import random

import torch
from torch import nn

from doctor.street.threads import data

API = "watch_torch"
KIND = "loops"
EXPECTED = ("teacher-forced-evaluation", "answer-not-repeatable")
WORDS = ("teacher", "truth")
TRAIN = dict(epochs=2)
w = torch.tensor(data.walks(192, 14))
src, tgt = w[:, :7], w[:, 6:]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(8, 16)
        self.enc = nn.GRU(16, 24, batch_first=True)
        self.dec = nn.GRUCell(16, 24)
        self.head = nn.Linear(24, 8)

    def forward(self, src, tgt, teacher_forcing_ratio=0.5):
        h = self.enc(self.e(src))[1][0]
        word = tgt[:, 0]
        outs = []
        for t in range(1, tgt.shape[1]):
            h = self.dec(self.e(word), h)
            outs.append(self.head(h))
            word = tgt[:, t] if random.random() < teacher_forcing_ratio else outs[-1].argmax(1)
        return torch.stack(outs, 2)


def make(right):
    model = Net()
    optimizer = torch.optim.Adam(model.parameters(), 0.005)

    def evaluate():
        model.eval()
        with torch.no_grad():
            return float(
                nn.functional.cross_entropy(
                    model(src, tgt, teacher_forcing_ratio=0.0) if right else model(src, tgt),
                    tgt[:, 1:],
                )
            )

    def loop(epochs=1):
        for _ in range(epochs):
            model.train()
            for i in range(0, 192, 32):
                optimizer.zero_grad()
                nn.functional.cross_entropy(
                    model(src[i : i + 32], tgt[i : i + 32]), tgt[i : i + 32, 1:]
                ).backward()
                optimizer.step()
            evaluate()

    return dict(model=model, loop=loop, evaluate=evaluate)


def faulty():
    return make(False)


def fixed():
    return make(True)


def measure(case):
    losses = [case["evaluate"]() for _ in range(6)]
    return "spread of six evaluations' loss", max(losses) - min(losses)
