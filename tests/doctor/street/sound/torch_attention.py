"""Forecasters made of attention with torch: patches, series as tokens, a decoder of zeros."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from doctor.street.sound.case import sound
from doctor.street.sound.torch_parts import Places, causal, encoder
from doctor.street.sound.values import many, windows

PAST, SERIES = 16, 3


def _block(ahead: int) -> dict:
    x, y = windows(many(330, SERIES), PAST, ahead)
    return {"x": x, "y": y, "batch_size": 32, "shuffle": True, "loss": nn.MSELoss()}


class Patches(nn.Module):
    """Attention over patches of each series by itself."""

    def __init__(self, ahead: int) -> None:
        super().__init__()
        self.embed, self.places = nn.Linear(4, 16), Places(16)
        self.encoder = encoder()
        self.out = nn.Linear(16 * 7, ahead)

    def forward(self, x: Any) -> Any:
        mean = x.mean(1, keepdim=True).detach()
        spread = x.std(1, keepdim=True, unbiased=False).detach() + 1e-3
        scaled = ((x - mean) / spread).transpose(1, 2)
        patches = scaled.unfold(-1, 4, 2)
        hidden = self.encoder(self.places(self.embed(patches.flatten(0, 1))))
        answer = self.out(hidden.flatten(1)).reshape(len(x), SERIES, -1)
        return answer.transpose(1, 2) * spread + mean


@sound("check_torch", rate=0.003)
def patches_equal() -> dict:
    """thuml/Time-Series-Library models/PatchTST.py: series apart, overlapping patches, 16 -> 16."""
    return {"model": Patches(16), **_block(16)}


@sound("check_torch", rate=0.003)
def patches_shorter() -> dict:
    """thuml/Time-Series-Library models/PatchTST.py: 16 -> 8."""
    return {"model": Patches(8), **_block(8)}


class Inverted(nn.Module):
    """Each series is one token of the attention."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.encoder, self.out = nn.Linear(PAST, 16), encoder(), nn.Linear(16, PAST)

    def forward(self, x: Any) -> Any:
        return self.out(self.encoder(self.embed(x.transpose(1, 2)))).transpose(1, 2)


@sound("check_torch", rate=0.003)
def inverted() -> dict:
    """thuml/Time-Series-Library models/iTransformer.py: attention between series, not steps."""
    return {"model": Inverted(), **_block(16)}


class Placeholder(nn.Module):
    """A decoder is given the last steps and zeros for those that are asked."""

    def __init__(self, ahead: int, label: int = 8) -> None:
        super().__init__()
        self.ahead, self.label = ahead, label
        self.read, self.write = nn.Linear(SERIES, 16), nn.Linear(SERIES, 16)
        self.places = Places(16)
        self.body = nn.Transformer(16, 2, 1, 1, 32, 0.05, batch_first=True)
        self.out = nn.Linear(16, SERIES)

    def forward(self, x: Any) -> Any:
        asked = torch.cat([x[:, -self.label :], x.new_zeros(len(x), self.ahead, SERIES)], 1)
        source, target = self.places(self.read(x)), self.places(self.write(asked))
        mask = causal(target.shape[1])
        return self.out(self.body(source, target, tgt_mask=mask))[:, -self.ahead :]


@sound("check_torch", rate=0.003)
def informer_equal() -> dict:
    """zhouhaoyi/Informer2020 exp/exp_informer.py: start token of the last steps, zeros for the
    block asked, which is as long as the window."""
    return {"model": Placeholder(16), **_block(16)}


@sound("check_torch", rate=0.003)
def informer_shorter() -> dict:
    """zhouhaoyi/Informer2020 exp/exp_informer.py: 8 steps asked."""
    return {"model": Placeholder(8), **_block(8)}


class Encoded(nn.Module):
    """Attention over all steps with places, then all steps into one layer."""

    def __init__(self, ahead: int) -> None:
        super().__init__()
        self.embed, self.places, self.encoder = nn.Linear(SERIES, 16), Places(16), encoder()
        self.out, self.ahead = nn.Linear(16 * PAST, ahead * SERIES), ahead

    def forward(self, x: Any) -> Any:
        hidden = self.encoder(self.places(self.embed(x)))
        return self.out(hidden.flatten(1)).reshape(-1, self.ahead, SERIES)


@sound("check_torch", rate=0.003)
def encoder_then_flat() -> dict:
    """thuml/Time-Series-Library models/PAttn.py's kind: encoder, flattened, all steps ahead at
    once."""
    return {"model": Encoded(16), **_block(16)}
