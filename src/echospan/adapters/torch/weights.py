"""Random weights for the probes, such that a signal gets through if there is a way at all."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from echospan.adapters.forgetting import faint, generator, keeping, orthogonal

if TYPE_CHECKING:
    import torch


def redraw(model: torch.nn.Module, seed: int) -> None:
    """Give every parameter new values; the same number gives the same values.

    Normalisation layers keep theirs: they are scales, not connections.
    """
    import torch

    rng = generator(seed)
    done: set[int] = set()
    with torch.no_grad():
        for module in model.modules():
            if "Norm" in type(module).__name__:
                continue
            for name, parameter in module.named_parameters(recurse=False):
                if id(parameter) in done or not parameter.is_floating_point():
                    continue
                done.add(id(parameter))
                value = drawn_value(module, name, tuple(parameter.shape), seed, rng)
                parameter.copy_(torch.as_tensor(value, dtype=parameter.dtype))


RESETS = ("reset_parameters", "_reset_parameters")
"""Methods by which torch's own modules draw the weights that they start with."""


def draw_start(model: torch.nn.Module) -> None:
    """Draw weights as the modules' own constructors do, from torch's global stream."""
    for module in model.modules():
        for name in RESETS:
            if callable(getattr(module, name, None)):
                getattr(module, name)()


def without_start(model: torch.nn.Module) -> list[str]:
    """Full names of parameters whose module says nothing of how it draws them."""
    return [
        f"{path}.{name}".lstrip(".")
        for path, module in model.named_modules()
        if not any(callable(getattr(module, reset, None)) for reset in RESETS)
        for name, _ in module.named_parameters(recurse=False)
    ]


def held_parameters(model: torch.nn.Module) -> dict[str, torch.nn.Parameter]:
    """All parameters that a module holds by name, also those that it does not register.

    What stands in a plain list, tuple or dictionary is not among `Module.parameters`, and no
    optimizer gets to know it. Names of such end in their place, as in ``layers[0].weight``.
    """
    found = dict(model.named_parameters())
    known = {id(parameter) for parameter in found.values()}
    for path, module in model.named_modules():
        for attribute, value in vars(module).items():
            if attribute.startswith("_"):
                continue
            name = f"{path}.{attribute}" if path else attribute
            for full, parameter in _inside(name, value, 0):
                if id(parameter) not in known:
                    known.add(id(parameter))
                    found[full] = parameter
    return found


def _inside(name: str, value: Any, depth: int) -> Iterator[tuple[str, torch.nn.Parameter]]:
    import torch

    if isinstance(value, torch.Tensor):
        if value.requires_grad and value.is_leaf:
            yield name, cast("torch.nn.Parameter", value)
    elif isinstance(value, torch.nn.Module):
        for inner, parameter in held_parameters(value).items():
            yield f"{name}.{inner}", parameter
    elif depth < 3 and isinstance(value, list | tuple):
        for number, part in enumerate(value):
            yield from _inside(f"{name}[{number}]", part, depth + 1)
    elif depth < 3 and isinstance(value, dict):
        for key, part in value.items():
            yield from _inside(f"{name}[{key!r}]", part, depth + 1)


def drawn_value(
    module: torch.nn.Module,
    name: str,
    shape: tuple[int, ...],
    seed: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """A new value of one parameter; `seed` says how slowly a recurrent layer forgets."""
    kind = type(module).__name__
    if len(shape) < 2:
        return _keeping(0.1 * rng.normal(size=shape), kind, name, seed)
    value = rng.normal(size=shape) / np.sqrt(max(math.prod(shape[1:]), 1))
    if kind in ("RNN", "RNNCell"):
        return orthogonal(shape, rng) if name.startswith("weight_hh") else faint(value, seed)
    return np.asarray(value)


def _keeping(bias: np.ndarray, kind: str, name: str, seed: int) -> np.ndarray:
    gates = {"LSTM": 4, "LSTMCell": 4, "GRU": 3, "GRUCell": 3}.get(kind)
    if gates is None or not name.startswith("bias_ih"):
        return bias
    units = len(bias) // gates
    # The second of torch's gates keeps the state: the LSTM's forget, the GRU's update gate.
    return keeping(bias, slice(units, 2 * units), seed)
