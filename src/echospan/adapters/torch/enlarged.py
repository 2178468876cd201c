"""Weights of a copy: enlarged so that a lost state shows, or moved in the last place."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.forgetting import generator, orthogonal
from echospan.adapters.torch.weights import drawn_value

if TYPE_CHECKING:
    import torch

CELLS = ("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell")
LAYERS = ("Linear", "Conv1d", "Embedding", "Bilinear", "NonDynamicallyQuantizableLinear")
"""Torch's own layers, whose matrices mean nothing but a product."""


def enlarge(model: torch.nn.Module, seed: int) -> None:
    """Give the weights the size at which signals neither fade nor grow.

    Torch's recurrent layers are drawn anew; seeds differ in how slowly they forget. Of other
    layers, matrices are drawn anew. A module's own parameters are only scaled, since their signs
    and ratios may mean something, such as a decay; those that are all zero are drawn.

    Args:
        model: Is changed.
        seed: Number of the draw.
    """
    import torch

    rng, done = generator(seed), set()
    with torch.no_grad():
        for module in model.modules():
            kind = type(module).__name__
            if "Norm" in kind:
                continue
            for name, parameter in module.named_parameters(recurse=False):
                if id(parameter) in done or not parameter.is_floating_point():
                    continue
                done.add(id(parameter))
                if kind in CELLS:
                    value = drawn_value(module, name, tuple(parameter.shape), seed, rng)
                else:
                    value = _larger(kind, parameter.numpy(force=True), seed, rng)
                parameter.copy_(torch.as_tensor(value, dtype=parameter.dtype))


def _larger(kind: str, now: np.ndarray, seed: int, rng: np.random.Generator) -> np.ndarray:
    noise = rng.normal(size=now.shape)
    if now.ndim < 2:
        # Scales and time constants keep their size.
        return np.asarray(now + 0.1 * noise if kind in LAYERS or not now.any() else now)
    wanted = 1 / math.sqrt(max(math.prod(now.shape[1:]), 1))
    if kind in LAYERS:
        square = now.ndim == 2 and now.shape[0] == now.shape[1] and seed > 0
        scale = 1.0 if kind == "Embedding" else wanted
        return orthogonal(now.shape, rng) if square else np.asarray(scale * noise)
    size = float(np.sqrt((now**2).mean()))
    if size == 0:
        return np.asarray(wanted * noise)
    return np.asarray(now * max(wanted / size, 1.0))


@contextmanager
def kept(model: torch.nn.Module) -> Iterator[dict[str, torch.Tensor]]:
    """Put the parameters back at the end; gives their values."""
    import torch

    values = {name: p.detach().clone() for name, p in model.named_parameters()}
    try:
        yield values
    finally:
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter.copy_(values[name])


def nudge(model: torch.nn.Module, seed: int) -> None:
    """Move each weight by one unit in the last place, up or down by the seed."""
    import torch

    rng = np.random.default_rng((7_002, seed))
    with torch.no_grad():
        for parameter in model.parameters():
            values = torch.view_as_real(parameter) if parameter.is_complex() else parameter
            if not values.is_floating_point():
                continue
            up = torch.as_tensor(rng.integers(0, 2, tuple(values.shape)) * 2.0 - 1.0)
            far: Any = (up * math.inf).to(values.dtype)
            values.copy_(torch.nextafter(values, far))
