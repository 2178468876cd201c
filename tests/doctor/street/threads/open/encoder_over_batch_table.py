"""Source: https://github.com/IBM/TabFormer/pull/14 (rows of a table as steps; TransformerEncoder
    with its default axes is given batch first).
Symptom: incorrect attention.
Cause: attention goes over the batch, since batch_first is False.
Expected: rows mixed.
Measured: accuracy after a short training: faulty 0.94, fixed 0.94 (always the most common
    class: 0.56); both learn here, so the score does not show the fault.
"""

import torch
from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "symmetries"
EXPECTED = ("rows-mixed",)
WORDS = ("batch_first",)
TRAIN = dict(epochs=30, rate=0.003)
x, y = data.ordered(256, 10, 4)


class Net(nn.Module):
    def __init__(self, right):
        super().__init__()
        self.right = right
        self.up = nn.Linear(4, 16)
        self.place = nn.Parameter(0.3 * torch.randn(1, 10, 16))
        self.enc = nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 4, 32, 0.1), 2)
        self.head = nn.Linear(160, 2)

    def forward(self, x):
        h = self.up(x) + self.place
        h = self.enc(h.permute(1, 0, 2)).permute(1, 0, 2) if self.right else self.enc(h)
        return self.head(h.reshape(len(x), -1))


def faulty():
    return dict(model=Net(False), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=32, shuffle=True)


def fixed():
    return dict(model=Net(True), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=32, shuffle=True)
