"""Source: https://github.com/ssw-nlp-study-group/nlp_study/pull/2 (attention over letters, time
    first: axis 0 letters, axis 1 batch; softmax along 1).
Symptom: attention is not over the letters.
Cause: the wrong axis.
Expected: rows mixed.
Measured: accuracy after a short training: faulty 1.00, fixed 1.00 (always the most common
    class: 0.52); both learn here, so the score does not show the fault.
"""

import torch
from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "symmetries"
EXPECTED = ("rows-mixed",)
WORDS = ("softmax", "along the batch")
TRAIN = dict(epochs=30, rate=0.01)
x, y = data.tokens(256, 8)


class Net(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim
        self.e = nn.Embedding(12, 16)
        self.rnn = nn.GRU(16, 16)
        self.score = nn.Linear(16, 1)
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        h = self.rnn(self.e(x.t()))[0]
        return self.head((torch.softmax(self.score(h), self.dim) * h).sum(0))


def faulty():
    return dict(model=Net(1), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=32, shuffle=True)


def fixed():
    return dict(model=Net(0), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=32, shuffle=True)
