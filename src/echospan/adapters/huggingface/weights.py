"""Weights under which a lost state shows, and weights moved by one unit in the last place."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

RATES = (1.0, 0.25, 4.0)
"""How fast states decay, by the seed modulo 3, in units of A = 1 and a step of 0.1."""

STEP = 0.1


@contextmanager
def drawn(model: Any, seed: int) -> Iterator[None]:
    """Run with weights of 1/sqrt(inputs), a step of about 0.1 and a decay of about 1."""
    generator = torch.Generator().manual_seed(1000 + seed)
    rate = RATES[seed % len(RATES)]

    def change(name: str, weight: Any) -> Any:
        noise = torch.randn(weight.shape, generator=generator, dtype=torch.float64)
        return _enlarged(name, weight, noise.to(weight.device), rate)

    with _changed(model, change):
        yield


@contextmanager
def moved(model: Any, seed: int) -> Iterator[None]:
    """Run with each weight moved to a neighbouring number, up or down."""
    generator = torch.Generator().manual_seed(seed)

    def change(name: str, weight: Any) -> Any:
        up = torch.rand(weight.shape, generator=generator, dtype=torch.float64) < 0.5
        ends = torch.where(up, math.inf, -math.inf).to(weight)
        return torch.nextafter(weight, ends)

    with _changed(model, change):
        yield


@contextmanager
def _changed(model: Any, change: Callable[[str, Any], Any]) -> Iterator[None]:
    before = {name: each.detach().clone() for name, each in model.named_parameters()}
    try:
        with torch.no_grad():
            for name, each in model.named_parameters():
                if each.is_floating_point():
                    each.copy_(change(name, each))
        yield
    finally:
        with torch.no_grad():
            for name, each in model.named_parameters():
                each.copy_(before[name])


def _enlarged(name: str, weight: Any, noise: Any, rate: float) -> Any:
    last = name.rsplit(".", 2)[-2:]
    own, module = last[-1], last[0]
    if own in ("A_log", "time_decay"):
        # Recurrences whose state decays by exp(-step * exp(A_log)), or by exp(-exp(time_decay)).
        return noise * 0.1 + math.log(rate * (STEP if own == "time_decay" else 1.0))
    if own in ("dt_bias", "dt_proj_bias") or (module == "dt_proj" and own == "bias"):
        return noise * 0.1 + math.log(math.expm1(STEP))
    if own == "recurrent_param":
        # The decay is exp(-8 * gate * softplus(.)).
        return noise * 0.1 + math.log(math.expm1(STEP * rate / 4))
    if "fgate" in module and own == "bias":
        return noise * 0.1 - math.log(math.expm1(STEP * rate))
    if own.startswith("time_mix"):
        return torch.sigmoid(noise)
    if weight.ndim < 2:
        around = 1.0 if _is_scale(weight) else 0.0
        return around + 0.1 * noise
    if own == "weight" and "embed" in name:
        return noise
    return noise / math.sqrt(_inputs(weight, module))


def _is_scale(weight: Any) -> bool:
    """Whether a vector scales: those are ones in the library's own weights."""
    return weight.numel() > 0 and bool((weight.detach() - 1).abs().mean() < 0.5)


def _inputs(weight: Any, module: str) -> int:
    if weight.ndim == 2 and module in ("c_attn", "c_proj", "c_fc", "q_attn"):
        # GPT-2's Conv1D has inputs first.
        return int(weight.shape[0])
    if weight.ndim == 3 and "conv" in module:
        return int(weight.shape[1] * weight.shape[2])
    return int(weight.shape[-1])
