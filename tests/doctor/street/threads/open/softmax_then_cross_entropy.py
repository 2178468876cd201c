"""Source: https://github.com/jindongwang/Deep-learning-activity-recognition/issues/10
    (convolutions over sensor data, softmax, CrossEntropyLoss).
Symptom: slow and poor learning.
Cause: CrossEntropyLoss takes a softmax itself; it was given probabilities. The author agreed.
Expected: a probability where the loss takes logits.
Measured: accuracy after a short training: faulty 0.87, fixed 0.88 (always the most common
    class: 0.51); both learn here, so the score does not show the fault.
"""

import torch
from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "output side"
EXPECTED = ("loss-mismatch",)
WORDS = ("softmax", "logits", "probabilit")
TRAIN = dict(epochs=20, rate=0.001)
x, y = data.ordered(320, 32, 9)


class Net(nn.Module):
    def __init__(self, softmax):
        super().__init__()
        self.softmax = softmax
        self.body = nn.Sequential(
            nn.Conv1d(9, 16, 9),
            nn.ReLU(),
            nn.MaxPool1d(2),
            nn.Flatten(),
            nn.Linear(192, 32),
            nn.ReLU(),
            nn.Linear(32, 6),
        )

    def forward(self, x):
        out = self.body(x.transpose(1, 2))
        return torch.softmax(out, 1) if self.softmax else out


def loader():
    return torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(torch.tensor(x), torch.tensor(y)),
        batch_size=64,
        shuffle=True,
    )


def faulty():
    return dict(model=Net(True), x=loader(), loss=nn.CrossEntropyLoss())


def fixed():
    return dict(model=Net(False), x=loader(), loss=nn.CrossEntropyLoss())
