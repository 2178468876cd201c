"""Texts from data loaders with torch: pairs, dictionaries, batches padded on the way."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from doctor.street.sound.case import sound
from doctor.street.sound.torch_parts import Packed
from doctor.street.sound.values import texts


@sound("check_torch")
def loader_of_pairs() -> dict:
    """pytorch/tutorials beginner_source/basics/data_tutorial.py: a shuffling DataLoader."""
    x, y = texts()
    data = TensorDataset(torch.as_tensor(x), torch.as_tensor(y, dtype=torch.long))
    seed = torch.Generator().manual_seed(0)
    loader = DataLoader(data, batch_size=32, shuffle=True, generator=seed)
    return {"model": Packed(), "x": loader, "loss": nn.CrossEntropyLoss()}


class Records(Dataset):
    """Dictionaries, as tokenizers give them."""

    def __init__(self) -> None:
        self.x, self.y = texts()

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, place: int) -> dict:
        words = torch.as_tensor(self.x[place], dtype=torch.long)
        mask = (words != 0).long()
        return {"input_ids": words, "attention_mask": mask, "labels": int(self.y[place])}


class ByName(nn.Module):
    """Takes words and mask by name."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.out = nn.Embedding(30, 16), nn.Linear(16, 2)
        self.attend = nn.MultiheadAttention(16, 2, batch_first=True)

    def forward(self, input_ids: Any, attention_mask: Any) -> Any:
        hidden, there = self.embed(input_ids), attention_mask.bool()
        seen, _ = self.attend(hidden, hidden, hidden, key_padding_mask=~there)
        weight = there[..., None].to(hidden.dtype)
        return self.out(((hidden + seen) * weight).sum(1) / weight.sum(1))


@sound("check_torch")
def loader_of_dictionaries() -> dict:
    """huggingface.co course chapter 3: batches with input_ids, attention_mask and labels."""
    loader = DataLoader(Records(), batch_size=32)
    return {"model": ByName(), "x": loader, "loss": nn.CrossEntropyLoss()}


def _padded(batch: Any) -> Any:
    words, labels = zip(*batch, strict=True)
    steps = max(len(text) for text in words)
    filled = torch.zeros(len(words), steps, dtype=torch.long)
    for row, text in zip(filled, words, strict=True):
        row[: len(text)] = text
    return filled, torch.tensor(labels)


@sound("check_torch")
def loader_with_collate() -> dict:
    """pytorch.org torch.utils.data, collate_fn with padding to the longest of each batch."""
    x, y = texts(seed=4)
    x[::8, -1] = 7
    data = [
        (torch.as_tensor(row[row > 0], dtype=torch.long), int(label))
        for row, label in zip(x, y, strict=True)
    ]
    loader = DataLoader(data, batch_size=32, collate_fn=_padded)
    return {"model": Packed(), "x": loader, "loss": nn.CrossEntropyLoss()}
