"""Source: https://github.com/TodoListIOS/NER-PyTorch/issues/1 (BiLSTM tagger: init_hidden draws
    torch.randn and is called in each forward; the state is kept as an attribute).
Symptom: test results vary from run to run, eval() or not.
Cause: random first state.
Expected: the same input gives two answers; torch.randn is named.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import torch
from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "state"
EXPECTED = ("answer-not-repeatable",)
WORDS = ("randn", "drawn at random", "two answers")
TRAIN = dict(epochs=8, rate=0.01)
w = data.walks(200, 10)
tags = (w >= 4).astype("int64")
tags[:, 1:] ^= w[:, :-1] >= 4


class Net(nn.Module):
    def __init__(self, draw):
        super().__init__()
        self.draw = draw
        self.e = nn.Embedding(8, 12)
        self.rnn = nn.LSTM(12, 8, batch_first=True, bidirectional=True)
        self.head = nn.Linear(16, 2)

    def init_hidden(self, n):
        return tuple(self.draw(2, n, 8, dtype=self.head.weight.dtype) for _ in range(2))

    def forward(self, x):
        self.hidden = self.init_hidden(len(x))
        out, self.hidden = self.rnn(self.e(x), self.hidden)
        return self.head(out).transpose(1, 2)


def faulty():
    return dict(model=Net(torch.randn), x=w, y=tags, loss=nn.CrossEntropyLoss(), batch_size=20)


def fixed():
    return dict(model=Net(torch.zeros), x=w, y=tags, loss=nn.CrossEntropyLoss(), batch_size=20)
