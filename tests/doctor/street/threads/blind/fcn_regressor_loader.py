"""Source: https://github.com/sktime/sktime/issues/10931 (convolutional regressor on panels
    (instances, channels, time), output (batch, 1), a loader whose targets are (batch,)).
Symptom: wrong training signal.
Cause: MSELoss broadcasts to (batch, batch).
Expected: the broadcast is named, from a loader. The input is channels first, as sktime has it.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from doctor.street.threads import data

API = "check_torch"
KIND = "output side"
EXPECTED = ("loss-broadcast", "output-constant")
WORDS = ("broadcast",)
TRAIN = dict(epochs=40, rate=0.005)
x, y = data.parity(240, 20)
x = torch.tensor(x).transpose(1, 2).repeat(1, 2, 1).contiguous()
y = torch.tensor(y)


class Net(nn.Module):
    def __init__(self, squeeze):
        super().__init__()
        self.squeeze = squeeze
        self.conv = nn.Sequential(
            nn.Conv1d(2, 12, 5, padding=2),
            nn.ReLU(),
            nn.Conv1d(12, 12, 3, padding=1),
            nn.ReLU(),
            nn.Flatten(),
        )
        self.head = nn.Linear(240, 1)

    def forward(self, x):
        out = self.head(self.conv(x))
        return out.squeeze(-1) if self.squeeze else out


def faulty():
    return dict(
        model=Net(False),
        x=DataLoader(TensorDataset(x, y), batch_size=24, shuffle=True),
        loss=nn.MSELoss(),
    )


def fixed():
    return dict(
        model=Net(True),
        x=DataLoader(TensorDataset(x, y), batch_size=24, shuffle=True),
        loss=nn.MSELoss(),
    )
