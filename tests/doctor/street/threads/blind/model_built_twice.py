"""Source: https://github.com/spro/practical-pytorch/issues/9 (names to languages, one RNN step a
    letter; the model is built again after the optimizer).
Symptom: with optimizer.step() the loss is big and goes up and down.
Cause: the optimizer holds the first model's parameters.
Expected: the optimizer does not hold the parameters that get gradients.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import torch
from torch import nn

from doctor.street.threads import data

API = "watch_torch"
KIND = "loops"
EXPECTED = ("optimizer-stale", "dead-part")
WORDS = ("optimizer",)
TRAIN = dict(epochs=4)
x, y = (torch.tensor(a) for a in data.tokens(256, 5))


class RNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = nn.Linear(12 + 16, 16)
        self.i2o = nn.Linear(12 + 16, 2)

    def forward(self, letter, hidden):
        both = torch.cat([letter, hidden], 1)
        return torch.log_softmax(self.i2o(both), 1), torch.tanh(self.i2h(both))


def make(right):
    rnn = RNN()
    optimizer = torch.optim.SGD(rnn.parameters(), 0.05)
    if not right:
        rnn = RNN()

    def loop(epochs=1):
        for _ in range(epochs):
            for word, label in zip(x, y):
                hidden = torch.zeros(1, 16)
                optimizer.zero_grad()
                for letter in word:
                    out, hidden = rnn(nn.functional.one_hot(letter[None], 12).float(), hidden)
                nn.functional.nll_loss(out, label[None]).backward()
                optimizer.step()

    return dict(model=rnn, loop=loop)


def faulty():
    return make(False)


def fixed():
    return make(True)


def measure(case):
    with torch.no_grad():
        hidden = torch.zeros(256, 16)
        for t in range(5):
            out, hidden = case["model"](nn.functional.one_hot(x[:, t], 12).float(), hidden)
    return "accuracy", float((out.argmax(1) == y).float().mean())
