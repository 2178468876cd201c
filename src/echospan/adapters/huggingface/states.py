"""What can be done with a cache: read, copy, save, reorder, reset, crop."""

from __future__ import annotations

import copy
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

DEEPEST = 6


def leaves_of(state: Any) -> dict[str, np.ndarray]:
    """Copies of the numeric tensors in a cache, by their path."""
    found: dict[str, np.ndarray] = {}
    _collect(state, "", found, set(), 0)
    return found


def _collect(
    value: Any, path: str, found: dict[str, np.ndarray], seen: set[int], deep: int
) -> None:
    if isinstance(value, torch.Tensor):
        # An attribute that only repeats a setting has no batch.
        if value.ndim and value.numel():
            found[path] = value.detach().cpu().numpy().copy()
        return
    if deep > DEEPEST or id(value) in seen or isinstance(value, type):
        return
    items: Any
    if isinstance(value, Mapping):
        items = value.items()
    elif isinstance(value, list | tuple):
        items = enumerate(value)
    elif type(value).__module__.startswith("transformers"):
        items = vars(value).items()
    else:
        return
    seen.add(id(value))
    for name, each in items:
        if str(name) != "config":
            _collect(each, f"{path}.{name}" if path else str(name), found, seen, deep + 1)


def copied(state: Any) -> Any:
    """The same in memory of its own."""
    return copy.deepcopy(state)


def saved(state: Any) -> Any:
    """Written with `torch.save` and read back."""
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


def reordered(state: Any, index: Sequence[int], device: Any) -> Any:
    """Rows in another order, as beam search asks for them."""
    rows = torch.as_tensor(list(index), device=device)
    if hasattr(state, "reorder_cache"):
        state.reorder_cache(rows)
    else:
        state.batch_select_indices(rows)
    return state


def missing(state: Any) -> dict[str, str]:
    """Parts that a cache has no method for, with a reason."""
    kind = type(state).__name__
    means = {
        "rows": ("reorder_cache", "batch_select_indices"),
        "reset": ("reset",),
        "crop": ("crop",),
    }
    return {
        part: f"{kind} has no method {names[0]}"
        for part, names in means.items()
        if not any(hasattr(state, name) for name in names)
    }
