"""A window that is long enough, and a model that was trained too short.

Diagnose it with `echospan diagnose too_short.py:arguments`: the weakest link is the training. With
`too_short.py:sound`, which trains for longer, there is none.
"""

import torch
from short_window import seasonal, trained, windows

WINDOW = 16
WEIGHTS = {"far": 0.45, "near": -0.5}


def arguments(epochs=2):
    """Windows of 16 steps, and a model after two epochs: it has found the newest value only."""
    x, y = windows(seasonal(1500, **WEIGHTS), WINDOW)
    return {
        "model": trained(x, y, epochs),
        "x": x,
        "y": y,
        "loss": torch.nn.MSELoss(),
        "validation_data": windows(seasonal(2000, seed=1, **WEIGHTS), WINDOW),
    }


def sound():
    """The same model, trained until it has learned."""
    return arguments(epochs=30)
