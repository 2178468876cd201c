"""Packed sequences, in which samples of different lengths go into a recurrent layer of torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


def packed(x: torch.Tensor, *, batch_first: bool) -> Any:
    """A packed sequence of samples that end before the zeros behind them.

    Args:
        x: Samples (batch, time, ...), or (time, batch, ...).
        batch_first: Which of these.
    """
    import torch

    rows = x.detach() if batch_first else x.detach().transpose(0, 1)
    real = (rows.reshape(*rows.shape[:2], -1) != 0).any(2)
    steps = torch.arange(1, rows.shape[1] + 1)
    lengths = (real * steps).amax(1).clamp(min=1).cpu()
    return torch.nn.utils.rnn.pack_padded_sequence(
        x, lengths, batch_first=batch_first, enforce_sorted=False
    )


def is_packed(part: Any) -> bool:
    """Whether it is a packed sequence; it is a tuple, too."""
    return isinstance(part, tuple) and hasattr(part, "batch_sizes") and hasattr(part, "data")


def padded(part: Any, *, batch_first: bool) -> Any:
    """The samples of a packed sequence, with zeros behind the shorter ones; else as it is."""
    if not is_packed(part):
        return part
    from torch.nn.utils.rnn import pad_packed_sequence

    return pad_packed_sequence(part, batch_first=batch_first)[0]
