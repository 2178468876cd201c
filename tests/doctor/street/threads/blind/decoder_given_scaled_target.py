"""Source: https://github.com/sktime/pytorch-forecasting/issues/182 (autoregressive decoder: the
    known inputs of the horizon still hold the scaled target).
Symptom: too good on held-out data.
Cause: the target of each step goes straight in.
Expected: the decoder's input holds the target of the same step.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import numpy as np
from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "data"
EXPECTED = ("decoder-sees-target", "target-in-input", "future-visible")
WORDS = ("target.*(input|stands)", "decoder")
TRAIN = dict(epochs=30, rate=0.01)
s = data.series(320)
W = np.lib.stride_tricks.sliding_window_view(s, 18)[:, :, None]
past, ahead = W[:, :12].copy(), W[:, 12:].copy()
clock = np.broadcast_to(np.linspace(0, 1, 6)[None, :, None], ahead.shape).astype("float32")
lagged = W[:, 11:17].copy()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.LSTM(1, 16, batch_first=True)
        self.dec = nn.LSTM(2, 16, batch_first=True)
        self.head = nn.Linear(16, 1)

    def forward(self, past, known):
        return self.head(self.dec(known, self.enc(past)[1])[0])


def faulty():
    return dict(
        model=Net(),
        x=(past, np.concatenate([clock, ahead], 2)),
        y=ahead,
        loss=nn.MSELoss(),
        batch_size=32,
    )


def fixed():
    return dict(
        model=Net(),
        x=(past, np.concatenate([clock, lagged], 2)),
        y=ahead,
        loss=nn.MSELoss(),
        batch_size=32,
    )
