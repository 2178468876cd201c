"""Parts that several of the torch set-ups are made of."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn


class EachStep(nn.Module):
    """Cross-entropy of outputs (..., classes) and targets (...); targets of -100 don't count."""

    name = "crossentropyloss"

    def forward(self, outputs: Any, targets: Any) -> Any:
        flat = outputs.reshape(-1, outputs.shape[-1])
        return nn.functional.cross_entropy(flat, targets.reshape(-1).long())


class Places(nn.Module):
    """Adds sines of the place, (batch, time, width)."""

    def __init__(self, width: int, steps: int = 64) -> None:
        super().__init__()
        place = torch.arange(steps)[:, None]
        rate = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
        table = torch.zeros(steps, width)
        table[:, 0::2], table[:, 1::2] = torch.sin(place * rate), torch.cos(place * rate)
        self.register_buffer("table", table)

    def forward(self, x: Any) -> Any:
        return x + self.table[: x.shape[1]]


def causal(steps: int) -> Any:
    """True where attention must not look: at later steps."""
    return torch.triu(torch.ones(steps, steps, dtype=torch.bool), diagonal=1)
