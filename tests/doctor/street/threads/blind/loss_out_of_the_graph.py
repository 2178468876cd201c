"""Source: https://github.com/isayev/ReLeaSE/issues/39 (generator of molecules: the loss is summed
    from detached log-probabilities).
Symptom: every gradient is None, weights don't change.
Cause: .detach() (or .item()) takes the loss out of the graph. Rebuilt as a language model whose
    sum starts from a tensor that asks for a gradient.
Expected: no parameter gets a gradient.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import torch
from torch import nn

from doctor.street.threads import data

API = "watch_torch"
KIND = "loops"
EXPECTED = ("loss-detached", "dead-part", "gradient-cut")
WORDS = ("no (parameter|gradient)", "detach", "graph")
TRAIN = dict(epochs=6)
w = torch.tensor(data.walks(192, 8))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(8, 16)
        self.rnn = nn.GRUCell(16, 24)
        self.head = nn.Linear(24, 8)

    def forward(self, word, h):
        h = self.rnn(self.e(word), h)
        return torch.log_softmax(self.head(h), 1), h


def make(right):
    model = Net()
    optimizer = torch.optim.Adam(model.parameters(), 0.01)

    def loop(epochs=1):
        for _ in range(epochs):
            for i in range(0, 192, 32):
                optimizer.zero_grad()
                h = torch.zeros(32, 24)
                loss = torch.zeros(1, requires_grad=True)
                for t in range(7):
                    logp, h = model(w[i : i + 32, t], h)
                    one = logp[torch.arange(32), w[i : i + 32, t + 1]].mean()
                    loss = loss - (one if right else one.detach())
                loss.backward()
                optimizer.step()

    return dict(model=model, loop=loop)


def faulty():
    return make(False)


def fixed():
    return make(True)


def measure(case):
    h = torch.zeros(192, 24)
    hit = 0.0
    with torch.no_grad():
        for t in range(7):
            logp, h = case["model"](w[:, t], h)
            hit += float((logp.argmax(1) == w[:, t + 1]).float().mean()) / 7
    return "accuracy", hit
