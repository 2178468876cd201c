"""A text as a causal language model of transformers reads it: each symbol tells the next."""

from __future__ import annotations

from typing import Any

import numpy as np

from echospan.errors import ConfigError, DataError


def next_symbols(model: Any, x: Any, y: Any) -> tuple[Any, Any, Any, list[str]]:
    """Inputs, targets, loss and notes for a text or texts of integers.

    Args:
        model: The language model.
        x: Integers (time,) or (texts, time); or what else is left as it is.
        y: Labels as transformers takes them, equal to the inputs; or None; or what else is left as
            it is.

    Raises:
        DataError: The symbols are not those of the model.
    """
    symbols = x
    if isinstance(x, dict) and set(x) <= {"input_ids", "attention_mask", "labels"}:
        symbols = x.get("input_ids")
        y = x.get("labels", y)
    if not hasattr(symbols, "__len__") or isinstance(symbols, tuple | str):
        return x, y, None, []
    try:
        ids = np.asarray(symbols)
    except ValueError:
        return x, y, None, []
    labels = None if y is None else np.asarray(y)
    if ids.dtype.kind not in "iu" or ids.ndim not in (1, 2):
        return x, y, None, []
    if labels is not None and (labels.shape != ids.shape or (labels != ids).any()):
        return x, y, cross_entropy, []
    ids = ids.reshape(1, -1) if ids.ndim == 1 else ids
    if ids.shape[1] < 3:
        raise DataError(f"x must hold at least 3 symbols; it holds {ids.shape[1]}.")
    size = int(model.config.get_text_config(decoder=True).vocab_size)
    if ids.min() < 0 or ids.max() >= size:
        raise ConfigError(
            "x", f"symbols from 0 to {size - 1}, those of the model",
            f"symbols from {ids.min()} to {ids.max()}",
        )  # fmt: skip
    note = "The target of each window is the symbol after it."
    return {"input_ids": ids[:, :-1]}, ids[:, 1:], cross_entropy, [note]


def cross_entropy(outputs: Any, targets: Any) -> Any:
    """Cross-entropy of logits (..., classes) and labels (...), in nats."""
    import torch

    flat = outputs.reshape(-1, outputs.shape[-1])
    return torch.nn.functional.cross_entropy(flat, targets.reshape(-1).long())
