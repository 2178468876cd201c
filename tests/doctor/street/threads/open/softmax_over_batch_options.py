"""Source: https://github.com/batra-mlp-lab/visdial-challenge-starter-pytorch/issues/1 (scores
    (batch, options) of answers to a dialogue, log-softmax along axis 0).
Symptom: critical mistake in the decoder; the author fixed it.
Cause: options compete with those of other samples.
Expected: rows mixed.
Measured: accuracy after a short training: faulty 0.98, fixed 0.98 (always the most common
    class: 0.39); both learn here, so the score does not show the fault.
"""

import torch
from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "symmetries"
EXPECTED = ("rows-mixed",)
WORDS = ("softmax", "along the batch")
TRAIN = dict(epochs=25, rate=0.01)
x, y = data.tokens(256, 8)
y = x[:, 0] // 3


class Net(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim
        self.e = nn.Embedding(12, 16)
        self.rnn = nn.LSTM(16, 16, batch_first=True)
        self.head = nn.Linear(16, 4)

    def forward(self, x):
        return torch.log_softmax(self.head(self.rnn(self.e(x))[1][0][-1]), self.dim)


def faulty():
    return dict(model=Net(0), x=x, y=y, loss=nn.NLLLoss(), batch_size=32, shuffle=True)


def fixed():
    return dict(model=Net(1), x=x, y=y, loss=nn.NLLLoss(), batch_size=32, shuffle=True)
