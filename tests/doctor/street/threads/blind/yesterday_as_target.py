"""Source: https://github.com/KIT-IAI/pyWATTS/issues/244 (load of the next 24 hours is wanted; the
    sampler gives the 24 hours before).
Symptom: near perfect scores.
Cause: the target is the past, which the inputs (the same load, 24 hours of it) hold.
Expected: the target stands in the input. Rebuilt in torch with 12 hours.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import numpy as np
from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "data"
EXPECTED = ("target-in-input", "target-offset")
WORDS = ("target.*input", "offset")
TRAIN = dict(epochs=40, rate=0.01)
s = data.series(340)
W = np.lib.stride_tricks.sliding_window_view(s, 24)


def net():
    return nn.Sequential(nn.Flatten(), nn.Linear(12, 32), nn.Tanh(), nn.Linear(32, 12))


def faulty():
    return dict(
        model=net(), x=W[:, :12, None].copy(), y=W[:, :12].copy(), loss=nn.MSELoss(), batch_size=32
    )


def fixed():
    return dict(
        model=net(), x=W[:, :12, None].copy(), y=W[:, 12:].copy(), loss=nn.MSELoss(), batch_size=32
    )
