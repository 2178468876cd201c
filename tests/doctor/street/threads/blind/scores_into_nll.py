"""Source: https://github.com/flashlight/flashlight/issues/139 (RNN language model: linear scores
    straight into the loss that takes log-probabilities).
Symptom: the loss is negative and absurd.
Cause: the log-softmax between output and loss is missing. Rebuilt with NLLLoss.
Expected: raw scores with a loss for log-probabilities.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import torch
from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "output side"
EXPECTED = ("loss-mismatch",)
WORDS = ("log.?softmax", "log.?prob", "nll")
TRAIN = dict(epochs=15, rate=0.01)
w = data.walks()


class Net(nn.Module):
    def __init__(self, log):
        super().__init__()
        self.log = log
        self.e = nn.Embedding(8, 16)
        self.rnn = nn.RNN(16, 24, batch_first=True)
        self.head = nn.Linear(24, 8)

    def forward(self, x):
        out = self.head(self.rnn(self.e(x))[0])
        if self.log:
            out = torch.log_softmax(out, -1)
        return out.transpose(1, 2)


def faulty():
    return dict(model=Net(False), x=w[:, :-1], y=w[:, 1:], loss=nn.NLLLoss(), batch_size=25)


def fixed():
    return dict(model=Net(True), x=w[:, :-1], y=w[:, 1:], loss=nn.NLLLoss(), batch_size=25)
