"""Random weights for the probes, such that a signal gets through if there is a way at all."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch

FORGETTING = (1.0, 4.0, 7.0)
"""Bias of the gates that keep the state, draw by draw: from quickly forgetting to hardly at all."""


def redraw(model: torch.nn.Module, number: int) -> None:
    """Give every parameter new values; the same number gives the same values.

    Normalisation layers keep theirs: they are scales, not connections.
    """
    import torch

    rng = np.random.default_rng(1_000 + number)
    done: set[int] = set()
    with torch.no_grad():
        for module in model.modules():
            if "Norm" in type(module).__name__:
                continue
            for name, parameter in module.named_parameters(recurse=False):
                if id(parameter) in done or not parameter.is_floating_point():
                    continue
                done.add(id(parameter))
                value = _value(module, name, tuple(parameter.shape), number, rng)
                parameter.copy_(torch.as_tensor(value, dtype=parameter.dtype))


def _value(
    module: torch.nn.Module,
    name: str,
    shape: tuple[int, ...],
    number: int,
    rng: np.random.Generator,
) -> np.ndarray:
    kind = type(module).__name__
    if len(shape) < 2:
        return _keeping(0.1 * rng.normal(size=shape), kind, name, number)
    value = rng.normal(size=shape) / np.sqrt(max(math.prod(shape[1:]), 1))
    if kind in ("RNN", "RNNCell"):
        if name.startswith("weight_hh"):
            return np.asarray(np.linalg.qr(rng.normal(size=shape))[0])
        if number:
            # A small signal stays where the activation is nearly linear, and is kept longer.
            return np.asarray(value * 0.03**number)
    return np.asarray(value)


def _keeping(bias: np.ndarray, kind: str, name: str, number: int) -> np.ndarray:
    """Let the gates of recurrent cells keep the state for longer, draw by draw."""
    gates = {"LSTM": 4, "LSTMCell": 4, "GRU": 3, "GRUCell": 3}.get(kind)
    if gates is not None and name.startswith("bias_ih"):
        units = len(bias) // gates
        # The second of torch's gates keeps the state: the LSTM's forget, the GRU's update gate.
        bias[units : 2 * units] += FORGETTING[number % len(FORGETTING)]
    return bias
