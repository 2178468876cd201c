"""Inputs whose axes stand as a module takes them, not as (samples, time, features)."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.support import NotCloneable
from echospan.adapters.torch.clone import clone
from echospan.adapters.torch.facts import facts

if TYPE_CHECKING:
    import torch

ROWS = 2


def takes(model: torch.nn.Module, x: np.ndarray) -> bool:
    """Whether a module answers each row of an array as it is given, tried on a copy.

    Args:
        model: The user's; it is copied, not run.
        x: Inputs (samples, ...).

    Returns:
        Whether the copy runs on the first two samples and gives an output for each. False if a
        recurrent layer reads them as one sequence, for it takes two axes as (time, features).
    """
    import torch

    if len(x) < ROWS:
        return False
    unbatched: list[bool] = []
    try:
        made = clone(model, double=False)
        for module in made.modules():
            if isinstance(module, torch.nn.RNNBase):
                module.register_forward_pre_hook(
                    lambda _, given: unbatched.append(_axes(given) == 2)
                )
        precision = getattr(torch, facts(model).precision)
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            answer = made(torch.as_tensor(np.array(x[:ROWS])).to(precision))
    except NotCloneable:
        return False
    except Exception:
        # Whatever it raises: it does not take them.
        return False
    first = answer[0] if isinstance(answer, tuple | list) and answer else answer
    fits = isinstance(first, torch.Tensor) and first.ndim > 0 and len(first) == ROWS
    return fits and not any(unbatched)


def _axes(given: tuple[Any, ...]) -> int:
    """Axes of what a layer is given; a packed sequence has none."""
    return int(getattr(given[0], "ndim", 0)) if given else 0
