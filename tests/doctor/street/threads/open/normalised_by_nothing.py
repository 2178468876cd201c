"""Source: https://github.com/WenjieDu/PyPOTS/issues/265 (series are normalised inside the model by
    mean and deviation of what was observed; much is missing).
Symptom: NaN outputs and loss.
Cause: where nothing was observed it divides by zero; a small number must be added.
Expected: the model itself makes NaN, where and from which rows.
Measured: R2 after a short training: faulty NaN, fixed 0.30.
"""

import numpy as np
import torch
from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "inputs"
EXPECTED = ("nan-inside",)
WORDS = ("(makes?|gives?|produces?|outputs?|contains?) nan", "not finite", "divi(des|sion)")
TRAIN = dict(epochs=20, rate=0.01)
x, y = data.windows(12, 240)
rng = np.random.default_rng(0)
seen = (rng.random(x.shape) < 0.4).astype("float32")
seen[::40] = 0
x = x * seen


class Net(nn.Module):
    def __init__(self, small):
        super().__init__()
        self.small = small
        self.rnn = nn.GRU(2, 16, batch_first=True)
        self.head = nn.Linear(16, 1)

    def forward(self, x, seen):
        n = seen.sum(1, keepdim=True) + self.small
        mean = (x * seen).sum(1, keepdim=True) / n
        deviation = (((x - mean) * seen) ** 2).sum(1, keepdim=True).div(n).add(
            self.small
        ).sqrt() + 10 * self.small
        h = self.rnn(torch.cat([(x - mean) * seen / deviation, seen], 2))[0][:, -1]
        return self.head(h) * deviation[:, 0] + mean[:, 0]


def faulty():
    return dict(model=Net(0.0), x=(x, seen), y=y, loss=nn.MSELoss(), batch_size=24)


def fixed():
    return dict(model=Net(1e-2), x=(x, seen), y=y, loss=nn.MSELoss(), batch_size=24)
