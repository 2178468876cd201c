"""A loss function of JAX arrays for each sample, by `jax.vmap`."""

from __future__ import annotations

from typing import Any

import numpy as np


def mapped(loss: Any, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray | None:
    """The loss of each sample, (samples,); None where it can't be mapped.

    Args:
        loss: The user's, ``loss(outputs, targets)``.
        outputs: Outputs (samples, ...).
        targets: Targets (samples, ...).
    """
    import jax

    def one(output: Any, target: Any) -> Any:
        return loss(output[None], target[None]).mean()

    try:
        return np.asarray(jax.vmap(one)(outputs, targets))
    except Exception:
        # It looks at values, or calls what can't be mapped: one sample at a time does it.
        return None
