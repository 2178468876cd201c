"""Texts with torch: classes and tags, packed and padded, loaders of tuples and dictionaries."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from doctor.street.sound.case import sound
from doctor.street.sound.torch_parts import EachStep, Packed
from doctor.street.sound.values import tagged, texts


def _texts(**settings: Any) -> dict:
    x, y = texts(**settings)
    return {"x": x, "y": y.astype("int64"), "batch_size": 32, "shuffle": True}


def _names(count: int = 320, steps: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """One-hot letters (count, steps, 10) of names whose ending tells the language (count,)."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 4, count)
    letters = rng.integers(0, 10, (count, steps))
    letters[:, -1], letters[:, -2] = y * 2 + rng.integers(0, 2, count), y + 3
    return np.eye(10, dtype="float32")[letters], y


class Names(nn.Module):
    """nn.RNN over one-hot letters (time, batch, letters), log-probabilities of the last state."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.out = nn.RNN(10, 24), nn.Linear(24, 4)
        self.softmax = nn.LogSoftmax(dim=1)

    def forward(self, line: Any) -> Any:
        _, hidden = self.rnn(line)
        return self.softmax(self.out(hidden[0]))


@sound("check_torch", rate=0.005)
def character_names() -> dict:
    """pytorch/tutorials intermediate_source/char_rnn_classification_tutorial.py: nn.RNN with the
    time axis first, class from the last state."""
    x, y = _names()
    given = {"x": x, "y": y, "batch_size": 16, "batch_first": False, "loss": nn.NLLLoss()}
    return {"model": Names(), **given}


class ByHand(nn.Module):
    """The tutorial's first cell: input and state joined, two linear layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.out = nn.Linear(10 + 24, 24), nn.Linear(24, 4)

    def forward(self, x: Any) -> Any:
        state = x.new_zeros(len(x), 24)
        for step in range(x.shape[1]):
            state = torch.tanh(self.hidden(torch.cat([x[:, step], state], 1)))
        return torch.log_softmax(self.out(state), 1)


@sound("check_torch", rate=0.005)
def cell_by_hand() -> dict:
    """pytorch/tutorials, the cell of the older char_rnn_classification_tutorial.py in a loop."""
    x, y = _names()
    return {"model": ByHand(), "x": x, "y": y, "batch_size": 16, "loss": nn.NLLLoss()}


@sound("check_torch")
def packed_texts() -> dict:
    """pytorch.org torchtext sentiment tutorials: pack_padded_sequence, lengths from the padding."""
    return {"model": Packed(), **_texts(), "loss": nn.CrossEntropyLoss()}


class WithLengths(nn.Module):
    """The lengths are handed over."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(30, 12, padding_idx=0)
        self.gru = nn.GRU(12, 12, batch_first=True, bidirectional=True)
        self.out = nn.Linear(24, 1)

    def forward(self, words: Any, lengths: Any) -> Any:
        packed = pack_padded_sequence(
            self.embed(words), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        _, last = self.gru(packed)
        return self.out(torch.cat([last[0], last[1]], 1))[:, 0]


@sound("check_torch")
def lengths_beside() -> dict:
    """bentrevett/pytorch-sentiment-analysis: words and their lengths as two inputs,
    bidirectional."""
    given = _texts()
    x, y = given["x"], given["y"].astype("float32")
    loss = nn.BCEWithLogitsLoss()
    lengths = (x != 0).sum(1)
    given |= {"x": (x, lengths), "y": y}
    return {"model": WithLengths(), **given, "loss": loss}


class Kernels(nn.Module):
    """Convolutions of three widths over word vectors, greatest value over time."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(30, 12)
        self.kernels = nn.ModuleList(nn.Conv2d(1, 8, (width, 12)) for width in (2, 3, 4))
        self.drop, self.out = nn.Dropout(0.3), nn.Linear(24, 2)

    def forward(self, x: Any) -> Any:
        picture = self.embed(x)[:, None]
        found = [torch.relu(kernel(picture)).squeeze(3).amax(2) for kernel in self.kernels]
        return self.out(self.drop(torch.cat(found, 1)))


@sound("check_torch")
def text_kernels() -> dict:
    """Shawn1993/cnn-text-classification-pytorch, arXiv 1408.5882."""
    return {"model": Kernels(), **_texts(), "loss": nn.CrossEntropyLoss()}


class Attended(nn.Module):
    """A weighted mean of LSTM outputs, padding left out."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(30, 12, padding_idx=0)
        self.lstm = nn.LSTM(12, 12, batch_first=True)
        self.score, self.out = nn.Linear(12, 1), nn.Linear(12, 2)

    def forward(self, x: Any) -> Any:
        hidden, _ = self.lstm(self.embed(x))
        score = self.score(hidden).squeeze(-1).masked_fill(x == 0, float("-inf"))
        return self.out((score.softmax(1)[..., None] * hidden).sum(1))


@sound("check_torch")
def attention_pooling_torch() -> dict:
    """juditacs.github.io/2018/12/27/masked-attention: pooling by attention over an LSTM, padding
    set to minus infinity."""
    return {"model": Attended(), **_texts(), "loss": nn.CrossEntropyLoss()}


class Tagger(nn.Module):
    """LSTM, a class for each word."""

    def __init__(self, directions: int = 1) -> None:
        super().__init__()
        self.embed = nn.Embedding(20, 12, padding_idx=0)
        self.lstm = nn.LSTM(12, 16, batch_first=True, bidirectional=directions == 2)
        self.out = nn.Linear(16 * directions, 4)

    def forward(self, x: Any) -> Any:
        return self.out(self.lstm(self.embed(x))[0]).log_softmax(-1)


def _tags() -> dict:
    x, y = tagged()
    return {"x": x, "y": np.where(y > 0, y, -100), "batch_size": 16, "loss": EachStep()}


@sound("check_torch")
def part_of_speech() -> dict:
    """pytorch/tutorials beginner_source/nlp/sequence_models_tutorial.py, in batches: an LSTM
    tags each word from the words so far; padding is -100."""
    return {"model": Tagger(), **_tags()}


class PackedTagger(nn.Module):
    """Packed, bidirectional; emissions for a CRF, zero where there is padding."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(20, 12, padding_idx=0)
        self.lstm = nn.LSTM(12, 12, batch_first=True, bidirectional=True)
        self.out = nn.Linear(24, 4)

    def forward(self, x: Any) -> Any:
        lengths = (x != 0).sum(1).clamp(min=1).cpu()
        packed = pack_padded_sequence(
            self.embed(x), lengths, batch_first=True, enforce_sorted=False
        )
        hidden, _ = pad_packed_sequence(
            self.lstm(packed)[0], batch_first=True, total_length=x.shape[1]
        )
        return self.out(hidden) * (x != 0)[..., None]


@sound("check_torch")
def emissions() -> dict:
    """pytorch/tutorials beginner_source/nlp/advanced_tutorial.py, the BiLSTM below the CRF, in
    batches with masks as in kmkurn/pytorch-crf."""
    return {"model": PackedTagger(), **_tags()}
