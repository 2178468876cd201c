"""Parts that several of the torch set-ups are made of."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from doctor.street.sound.values import pulses


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


def encoder(width: int = 16, layers: int = 1, dropout: float = 0.1) -> nn.TransformerEncoder:
    """Encoder layers, (batch, time, width)."""
    layer = nn.TransformerEncoderLayer(width, 2, 32, dropout, batch_first=True)
    return nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)


class Packed(nn.Module):
    """Packs by the lengths found in the words; class from the last state."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(30, 12, padding_idx=0)
        self.lstm, self.out = nn.LSTM(12, 16, batch_first=True), nn.Linear(16, 2)

    def forward(self, x: Any) -> Any:
        lengths = (x != 0).sum(1).clamp(min=1).cpu()
        packed = pack_padded_sequence(
            self.embed(x), lengths, batch_first=True, enforce_sorted=False
        )
        return self.out(self.lstm(packed)[1][0][-1])


def classes(**settings: Any) -> dict:
    """Signals and their classes, as arguments of a check."""
    x, y = pulses(**settings)
    given = {"x": x, "y": y.astype("int64"), "batch_size": 32, "shuffle": True}
    return given | {"loss": nn.CrossEntropyLoss()}
