"""Source: https://github.com/hungpthanh/GRU4REC-pytorch/issues/7 (clicks of sessions side by side
    in a batch; where a session ends a new one takes its row; evaluation carries the state on).
Symptom: evaluation of new sessions starts in old ones' state.
Cause: the state is not reset there, though training resets it.
Expected: state carried over sessions in evaluation.
Measured: evaluation loss after a short training: faulty 0.48, fixed 0.47.
"""

import torch
from torch import nn

from doctor.street.threads import data

API = "watch_torch"
KIND = "state"
EXPECTED = ("state-not-reset",)
WORDS = ("state .*(carried|goes on|not reset)", "reset")
TRAIN = dict(epochs=6)
w = torch.tensor(data.walks(160, 7, 8)).reshape(
    8, 20, 7
)  # rows, sessions after one another, clicks


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(8, 24)
        self.head = nn.Linear(24, 8)

    def forward(self, item, hidden):
        out, hidden = self.rnn(nn.functional.one_hot(item, 8).float()[None], hidden)
        return self.head(out[0]), hidden


def make(right):
    model = Net()
    optimizer = torch.optim.Adam(model.parameters(), 0.01)

    def evaluate():
        model.eval()
        hidden = torch.zeros(1, 8, 24)
        total = 0.0
        with torch.no_grad():
            for s in range(20):
                if right:
                    hidden = torch.zeros(1, 8, 24)
                for t in range(6):
                    out, hidden = model(w[:, s, t], hidden)
                    total += float(nn.functional.cross_entropy(out, w[:, s, t + 1]))
        return total / 120

    def loop(epochs=1):
        for _ in range(epochs):
            model.train()
            for s in range(20):
                hidden = torch.zeros(1, 8, 24)
                loss = 0.0
                optimizer.zero_grad()
                for t in range(6):
                    out, hidden = model(w[:, s, t], hidden)
                    loss = loss + nn.functional.cross_entropy(out, w[:, s, t + 1])
                loss.backward()
                optimizer.step()
            evaluate()

    return dict(model=model, loop=loop, evaluate=evaluate)


def faulty():
    return make(False)


def fixed():
    return make(True)


def measure(case):
    return "evaluation loss", case["evaluate"]()
