"""Source: https://github.com/ProteomicsML/ProteomicsML/pull/203 (LSTM for peptides' ion mobility,
    ReLU on the last layer).
Symptom: zero for every peptide of the validation set.
Cause: the ReLU behind the last linear layer is shut for (nearly) all samples from an unlucky
    start, so no gradient comes through.
Expected: the output can't move / a dead part, naming the ReLU.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import torch
from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "output side"
EXPECTED = ("dead-part", "target-out-of-range", "output-constant")
WORDS = ("relu", "always (zero|0)", "no gradient")
TRAIN = dict(epochs=30, rate=0.003)
x, y = data.windows(12, 256)
y = 4 + y


class Net(nn.Module):
    def __init__(self, relu):
        super().__init__()
        torch.manual_seed(1)
        self.rnn = nn.LSTM(1, 16, batch_first=True)
        self.head = nn.Linear(16, 1)
        self.relu = relu
        with torch.no_grad():
            self.head.bias.fill_(-1.5)

    def forward(self, x):
        out = self.head(self.rnn(x)[0][:, -1])
        return torch.relu(out) if self.relu else out


def faulty():
    return dict(model=Net(True), x=x, y=y, loss=nn.MSELoss(), batch_size=32, shuffle=True)


def fixed():
    return dict(model=Net(False), x=x, y=y, loss=nn.MSELoss(), batch_size=32, shuffle=True)
