"""Source: https://github.com/keitakurita/practical-torchtext/issues/5 (batches padded to their
    longest text, time first; hdn[-1] for all).
Symptom: for shorter texts it is not the last word's output.
Cause: padding behind the end is read. From a loader whose batches have different lengths.
Expected: padding behind the end is read.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence

from doctor.street.threads import data

API = "check_torch"
KIND = "padding and masks"
EXPECTED = ("padding-after-end", "padding-changes-output")
WORDS = ("padding",)
TRAIN = dict(epochs=10, rate=0.005)
x, y, lengths = data.ragged(240, 30)
texts = [torch.tensor(row[:n]) for row, n in zip(x, lengths)]


def collate(items):
    return pad_sequence([a for a, _ in items], batch_first=True), torch.stack([b for _, b in items])


def loader():
    return torch.utils.data.DataLoader(
        list(zip(texts, torch.tensor(y))), batch_size=24, shuffle=True, collate_fn=collate
    )


class Net(nn.Module):
    def __init__(self, right):
        super().__init__()
        self.right = right
        self.e = nn.Embedding(12, 16)
        self.rnn = nn.LSTM(16, 16)
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        out = self.rnn(self.e(x.t()))[0]
        return self.head(out[(x != 0).sum(1) - 1, torch.arange(len(x))] if self.right else out[-1])


def faulty():
    return dict(model=Net(False), x=loader(), loss=nn.CrossEntropyLoss())


def fixed():
    return dict(model=Net(True), x=loader(), loss=nn.CrossEntropyLoss())
