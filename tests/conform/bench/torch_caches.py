"""Torch modules with a cache that grows, and one planted fault each; without one they are sound."""

from __future__ import annotations

import dataclasses

import torch
from torch import nn

WIDTH = 6


@dataclasses.dataclass
class Cache:
    """Keys, values and states of all steps (batch, time, features); changed in place."""

    fault: str = ""
    k: torch.Tensor | None = None
    v: torch.Tensor | None = None
    h: torch.Tensor | None = None
    seen: int = 0

    def reorder(self, index):
        self.k = self.k[index]
        if self.fault != "reorder forgets a tensor":
            self.v = self.v[index]
        self.h = self.h[index]

    def reset(self):
        if self.fault != "reset keeps the state":
            self.k = self.v = self.h = None
        if self.fault != "reset keeps the length":
            self.seen = 0

    def crop(self, length):
        self.k, self.v = self.k[:, :length], self.v[:, :length]
        if self.fault != "crop leaves the recurrent state":
            self.h = self.h[:, :length]
        if self.fault != "crop keeps the length":
            self.seen = length

    def __getstate__(self):
        kept = dict(self.__dict__)
        if self.fault == "save forgets a leaf":
            kept["h"] = None
        return kept


class Hybrid(nn.Module):
    """Attention with positions, then a GRU whose states are kept for all steps."""

    def __init__(self, fault=""):
        super().__init__()
        self.place = nn.Embedding(256, WIDTH)
        self.into, self.qkv = nn.Linear(3, WIDTH), nn.Linear(WIDTH, 3 * WIDTH)
        self.rnn, self.out = nn.GRU(WIDTH, WIDTH, batch_first=True), nn.Linear(WIDTH, 4)
        self.fault = fault

    def forward(self, x, cache=None):
        cache = Cache(self.fault) if cache is None else cache
        time, start = x.shape[1], cache.seen
        if start and self.fault == "position off by one":
            start -= 1
        if self.fault == "positions restart":
            start = 0
        x = self.into(x) + self.place(torch.arange(start, start + time))
        q, k, v = self.qkv(x).chunk(3, -1)
        if cache.k is not None:
            k, v = torch.cat([cache.k, k], 1), torch.cat([cache.v, v], 1)
        cache.k, cache.v = k, v
        if self.fault == "half precision cache":
            cache.k = k.half().to(k.dtype)
        past = k.shape[1] - time
        if self.fault == "causal from the top":
            past = 0
        seen = torch.arange(k.shape[1])[None] <= past + torch.arange(time)[:, None]
        if self.fault == "no causal mask in a chunk" and k.shape[1] > time:
            seen = torch.ones_like(seen)
        weights = (q @ k.transpose(1, 2) / WIDTH**0.5).masked_fill(~seen, -torch.inf)
        y = x + weights.softmax(-1) @ v
        before = None if cache.h is None else cache.h[:, -1][None].contiguous()
        y, _ = self.rnn(y, before)
        cache.h = y if cache.h is None else torch.cat([cache.h, y], 1)
        cache.seen += time
        return self.out(y), cache


class Windowed(nn.Module):
    """Attention over the last few steps, in a cache of that length."""

    WINDOW = 5

    def __init__(self, fault=""):
        super().__init__()
        self.qkv, self.fault = nn.Linear(3, 3 * WIDTH), fault

    def forward(self, x, past=None):
        q, k, v = self.qkv(x).chunk(3, -1)
        time = x.shape[1]
        if past is not None:
            k, v = torch.cat([past[0], k], 1), torch.cat([past[1], v], 1)
        before = k.shape[1] - time
        steps = torch.arange(k.shape[1])[None] - before - torch.arange(time)[:, None]
        seen = (steps <= 0) & (steps > -self.WINDOW)
        weights = (q @ k.transpose(1, 2)).masked_fill(~seen, -torch.inf)
        kept = self.WINDOW - (2 if self.fault == "window one short" else 1)
        return weights.softmax(-1) @ v, (k[:, -kept:], v[:, -kept:])


class Started(nn.Module):
    """A state of the start that the module makes when it is asked for one."""

    def __init__(self, fault=""):
        super().__init__()
        self.rnn, self.fault = nn.GRU(3, WIDTH, batch_first=True), fault
        self.made = {}

    def init_state(self, batch_size):
        if self.fault != "start is shared":
            return torch.zeros(1, batch_size, WIDTH)
        return self.made.setdefault(batch_size, torch.zeros(1, batch_size, WIDTH))

    def forward(self, x, state=None):
        y, after = self.rnn(x, state)
        if state is not None and self.fault == "start is shared":
            after = state.copy_(after)
        return y, after
