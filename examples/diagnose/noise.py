"""White noise: there is nothing to remember.

Diagnose it with `echospan diagnose noise.py:arguments`: the weakest link is the data.
"""

import numpy as np
import torch
from short_window import trained, windows


def arguments():
    """Windows of noise, and the value that follows each."""
    noise = np.random.default_rng(0).normal(size=1200).astype("float32")
    x, y = windows(noise, 8)
    other = np.random.default_rng(1).normal(size=1200).astype("float32")
    return {
        "model": trained(x, y, epochs=1),
        "x": x,
        "y": y,
        "loss": torch.nn.MSELoss(),
        "validation_data": windows(other, 8),
    }
