"""Losses of torch by name. Classes are on the last axis, whatever stands before it."""

from __future__ import annotations

import torch
from torch.nn import functional


def cross_entropy(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy of logits (..., classes) with integers (...) or shares (..., classes)."""
    if targets.shape == outputs.shape:
        return functional.cross_entropy(outputs.flatten(0, -2), targets.flatten(0, -2))
    return functional.cross_entropy(outputs.flatten(0, -2), targets.flatten().long())


def nll(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Mean of what logarithms of probabilities (..., classes) say of integers (...)."""
    return functional.nll_loss(outputs.flatten(0, -2), targets.flatten().long())


LOSSES = {
    "mse": torch.nn.MSELoss(),
    "mae": torch.nn.L1Loss(),
    "huber": torch.nn.HuberLoss(),
    "cross_entropy": cross_entropy,
    "nll": nll,
    "binary_cross_entropy": torch.nn.BCELoss(),
    "binary_cross_entropy_with_logits": torch.nn.BCEWithLogitsLoss(),
}
