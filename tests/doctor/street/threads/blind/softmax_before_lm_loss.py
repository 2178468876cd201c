"""Source: https://github.com/bkitano/llama-from-scratch/issues/5 (a language model's first step:
    embedding, linear layers, softmax, cross_entropy over all positions).
Symptom: the loss hardly falls.
Cause: softmax before cross_entropy, which takes logits.
Expected: a probability where the loss takes logits.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

from torch import nn
from torch.nn import functional as F

from doctor.street.threads import data

API = "check_torch"
KIND = "output side"
EXPECTED = ("loss-mismatch",)
WORDS = ("softmax", "logits", "probabilit")
TRAIN = dict(epochs=15, rate=0.003)
w = data.walks()


class Net(nn.Module):
    def __init__(self, softmax):
        super().__init__()
        self.softmax = softmax
        self.e = nn.Embedding(8, 24)
        self.body = nn.Sequential(nn.Linear(24, 24), nn.ReLU(), nn.Linear(24, 8))

    def forward(self, idx):
        a = self.body(self.e(idx))
        return F.softmax(a, -1) if self.softmax else a


def loss(out, y):
    return F.cross_entropy(out.reshape(-1, 8), y.reshape(-1))


def faulty():
    return dict(model=Net(True), x=w[:, :-1], y=w[:, 1:], loss=loss, batch_size=32)


def fixed():
    return dict(model=Net(False), x=w[:, :-1], y=w[:, 1:], loss=loss, batch_size=32)
