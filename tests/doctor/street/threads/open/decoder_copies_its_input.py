"""Source: https://github.com/Kyubyong/transformer/issues/94 (encoder and decoder; the decoder's
    input gives the target away).
Symptom: training goes well, testing without the true labels gives nothing.
Cause: the decoder copies its input to its output. Rebuilt as decoder input equal to the target,
    not shifted; repair: start symbol in front, last one dropped.
Expected: the decoder's input holds the target of the same step.
Measured: accuracy after a short training: faulty 1.00, fixed 0.62 (always the most common
    class: 0.13); the faulty score is that of a given-away target.
"""

import numpy as np
from torch import nn

API = "check_torch"
KIND = "loops"
EXPECTED = ("decoder-sees-target", "target-in-input", "future-visible")
WORDS = ("shift", "decoder", "target stands in")
TRAIN = dict(epochs=25, rate=0.01)
rng = np.random.default_rng(0)
src = rng.integers(1, 10, (256, 7))
tgt = src[:, ::-1].copy()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(10, 16)
        self.enc = nn.GRU(16, 32, batch_first=True)
        self.dec = nn.GRU(16, 32, batch_first=True)
        self.head = nn.Linear(32, 10)

    def forward(self, src, tgt):
        return self.head(self.dec(self.e(tgt), self.enc(self.e(src))[1])[0]).transpose(1, 2)


start = np.concatenate([np.zeros((256, 1), "int64"), tgt[:, :-1]], 1)


def faulty():
    return dict(model=Net(), x=(src, tgt), y=tgt, loss=nn.CrossEntropyLoss(), batch_size=32)


def fixed():
    return dict(model=Net(), x=(src, start), y=tgt, loss=nn.CrossEntropyLoss(), batch_size=32)
