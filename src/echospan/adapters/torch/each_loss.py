"""A loss function of torch tensors for each sample, by `torch.vmap`."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np


def mapped(loss: Any, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray | None:
    """The loss of each sample, (samples,); None where it can't be mapped.

    Args:
        loss: The user's, ``loss(outputs, targets)``.
        outputs: Outputs (samples, ...).
        targets: Targets (samples, ...).
    """
    import torch

    def one(output: Any, target: Any) -> Any:
        return loss(output[None], target[None]).mean()

    wanted = torch.as_tensor(np.array(targets))
    given = torch.as_tensor(np.array(outputs))
    if wanted.is_floating_point():
        wanted = wanted.to(given.dtype)
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return np.asarray(torch.vmap(one)(given, wanted))
    except Exception:
        # It looks at values, or calls what can't be mapped: one sample at a time does it.
        return None
