"""Source: https://github.com/speechbrain/speechbrain/issues/1396 (encoder called on
    feats.detach()).
Symptom: no gradient before the encoder.
Cause: detach cuts the graph; without it the gradient is there. Rebuilt with a learned filter in
    front of an LSTM.
Expected: a part that never gets a gradient, by name.
Measured: accuracy after a short training: faulty 1.00, fixed 1.00 (always the most common
    class: 0.58); both learn here, so the score does not show the fault.
"""

import torch
from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "learning"
EXPECTED = ("dead-part", "state-detached-inside", "gradient-cut")
WORDS = ("no gradient", "detach", "never get")
TRAIN = dict(epochs=25, rate=0.005)
x, y = data.ordered(256, 24)


class Net(nn.Module):
    def __init__(self, right):
        super().__init__()
        torch.manual_seed(0)
        self.right = right
        self.feats = nn.Conv1d(1, 4, 5, padding=2)
        self.enc = nn.GRU(4, 12, batch_first=True)
        self.head = nn.Linear(12, 2)

    def forward(self, x):
        f = torch.relu(self.feats(x.transpose(1, 2)) - 0.5).transpose(1, 2)
        return self.head(self.enc(f if self.right else f.detach())[0][:, -1])


def faulty():
    return dict(model=Net(False), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=32, shuffle=True)


def fixed():
    return dict(model=Net(True), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=32, shuffle=True)
