"""Source: https://github.com/fzi-forschungszentrum-informatik/TSInterpret/issues/62 (labels come
    out of a loader with shuffle=True and are set beside samples taken in order).
Symptom: label and sample don't belong together.
Cause: two orders.
Expected: no signal between inputs and targets.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import numpy as np
from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "data"
EXPECTED = ("no-signal", "targets-misaligned")
WORDS = ("no (signal|relation)", "none (was )?found")
TRAIN = dict(epochs=30, rate=0.005)
x, y = data.ordered(300, 16)


def net():
    return nn.Sequential(nn.Flatten(), nn.Linear(16, 48), nn.ReLU(), nn.Linear(48, 2))


def faulty():
    return dict(
        model=net(),
        x=x,
        y=y[np.random.default_rng(3).permutation(300)],
        loss=nn.CrossEntropyLoss(),
        batch_size=30,
    )


def fixed():
    return dict(model=net(), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=30)


def measure_rows():
    return 200  # learned on these, judged on the rest
