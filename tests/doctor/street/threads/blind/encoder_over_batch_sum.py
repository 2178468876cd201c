"""Source: https://github.com/Exorust/TorchLeet/issues/5 (exercise: regression by a
    TransformerEncoderLayer without batch_first).
Symptom: high training loss and test error; with batch_first=True it falls.
Cause: the batch is taken for time.
Expected: rows mixed.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import numpy as np
import torch
from torch import nn

API = "check_torch"
KIND = "symmetries"
EXPECTED = ("rows-mixed",)
WORDS = ("batch_first",)
TRAIN = dict(epochs=40, rate=0.005)
rng = np.random.default_rng(0)
x = rng.uniform(size=(256, 10, 1)).astype("float32")
y = x.sum(1)


class Net(nn.Module):
    def __init__(self, right):
        super().__init__()
        self.up = nn.Linear(1, 16)
        self.enc = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(16, 2, 32, batch_first=right, dropout=0.0),
            1,
            enable_nested_tensor=False,
        )
        self.head = nn.Linear(16, 1)

    def forward(self, x):
        return self.head(self.enc(self.up(x))[:, -1])


def loader():
    return torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(torch.tensor(x), torch.tensor(y)),
        batch_size=32,
        shuffle=True,
    )


def faulty():
    return dict(model=Net(False), x=loader(), loss=nn.MSELoss())


def fixed():
    return dict(model=Net(True), x=loader(), loss=nn.MSELoss())
