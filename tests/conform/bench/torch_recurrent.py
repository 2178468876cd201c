"""Recurrent torch modules with one planted fault each; without one they are sound."""

from __future__ import annotations

import torch
from torch import nn

UNITS = 6


class Recurrent(nn.Module):
    """A GRU of two layers with a readout; the state is its tensor (layers, batch, units)."""

    def __init__(self, fault=""):
        super().__init__()
        self.rnn = nn.GRU(3, UNITS, num_layers=2, batch_first=True)
        self.out, self.fault = nn.Linear(UNITS, 4), fault
        self.kept, self.buffer = None, None

    def forward(self, x, state=None):
        before = None if state is None else self.broken_state(state)
        if self.fault == "block restarts" and x.shape[1] > 8:
            before = None
        if self.fault == "first step skipped" and state is not None:
            x = torch.cat([torch.zeros_like(x[:, :1]), x[:, 1:]], 1)
        y, after = self.rnn(x, before)
        self.kept = after
        if self.fault == "shared buffer":
            if self.buffer is None or self.buffer.shape != after.shape:
                self.buffer = torch.zeros_like(after)
            after = self.buffer.copy_(after)
        if self.fault == "one step early":
            after = state if state is not None and x.shape[1] == 1 else after
        if self.fault == "norm over time":
            y = y / (1e-3 + y.abs().mean(1, keepdim=True))
        if self.fault == "mean over the batch":
            y = y - y.mean(0, keepdim=True)
        if self.fault == "looks ahead":
            y = y + torch.cat([y[:, 1:], y[:, -1:]], 1)
        if self.fault == "scaled by length":
            y = y * (1 + 0.1 * x.shape[1])
        return self.out(y), after

    def broken_state(self, h):
        rows = h.shape[1]
        if self.fault == "lost":
            return torch.zeros_like(h)
        if self.fault == "one row":
            return torch.cat([h[:, :1], torch.zeros_like(h[:, 1:])], 1)
        if self.fault == "last layer":
            return torch.cat([torch.zeros_like(h[:1]), h[1:]])
        if self.fault == "rows broadcast":
            return h[:, :1].expand(-1, rows, -1).contiguous()
        if self.fault == "rows permuted":
            return h.flip(1).contiguous()
        if self.fault == "layers exchanged":
            return h.flip(0).contiguous()
        if self.fault == "half precision":
            return h.to(torch.float16).to(h.dtype)
        if self.fault == "detached":
            return h.detach()
        if self.fault == "wrong gradient":
            return 0.5 * h + 0.5 * h.detach()
        if self.fault == "in the module":
            return self.kept
        return h


class Long(nn.Module):
    """An LSTM; the state is (h, c)."""

    def __init__(self, fault=""):
        super().__init__()
        self.rnn, self.fault = nn.LSTM(3, UNITS, batch_first=True), fault

    def forward(self, x, state=None):
        if state is not None and self.fault == "only h":
            state = state[0], torch.zeros_like(state[1])
        if state is not None and self.fault == "h and c exchanged":
            state = state[1], state[0]
        return self.rnn(x, state)


class Convolved(nn.Module):
    """A causal convolution before a GRU; the state is (last inputs, h)."""

    def __init__(self, fault=""):
        super().__init__()
        self.conv, self.rnn = nn.Conv1d(3, 5, 4), nn.GRU(5, UNITS, batch_first=True)
        self.fault = fault

    def forward(self, x, cache=None):
        last, h = (x.new_zeros(len(x), 3, 3), None) if cache is None else cache
        if cache is not None and self.fault == "convolution lost":
            last = torch.zeros_like(last)
        if cache is not None and self.fault == "convolution one short":
            last = torch.cat([torch.zeros_like(last[:, :1]), last[:, 1:]], 1)
        seen = torch.cat([last, x], 1)
        y, h = self.rnn(torch.tanh(self.conv(seen.transpose(1, 2)).transpose(1, 2)), h)
        after = seen[:, -3:]
        if self.fault == "short chunk forgets" and x.shape[1] < 3:
            after = torch.cat([torch.zeros_like(last), x], 1)[:, -3:]
        return y, (after, h)


class Remembering(nn.Module):
    """Each step sees the one before; the last one is a part of the state (h, last)."""

    def __init__(self, fault=""):
        super().__init__()
        self.into, self.rnn = nn.Linear(6, 5), nn.GRU(5, UNITS, batch_first=True)
        self.fault, self.last = fault, {}

    def forward(self, x, state=None):
        h, last = (None, torch.zeros_like(x[:, :1])) if state is None else state
        if self.fault == "last input in the module":
            last = self.last.get(len(x), last)
        self.last[len(x)] = x[:, -1:]
        before = torch.cat([last, x[:, :-1]], 1)
        y, h = self.rnn(torch.tanh(self.into(torch.cat([x, before], 2))), h)
        return y, (h, x[:, -1:])


class Masked(nn.Module):
    """Steps that the mask of the chunk excludes leave the state as it was."""

    def __init__(self, fault=""):
        super().__init__()
        self.cell, self.fault = nn.GRUCell(3, UNITS), fault

    def forward(self, x, state=None, mask=None):
        h = x.new_zeros(len(x), UNITS) if state is None else state
        if self.fault == "ignored in a chunk" and state is not None:
            mask = None
        if self.fault == "ignored at batch 1" and len(x) == 1:
            mask = None
        if self.fault == "first row's mask" and mask is not None:
            mask = mask[:1].expand_as(mask)
        found, raw = [], h
        for step in range(x.shape[1]):
            given = x[:, step]
            real = None if mask is None else mask[:, step, None]
            if self.fault == "padding enters" and real is not None:
                h = self.cell(given * real, h)
            else:
                new = self.cell(given, h)
                h = new if real is None else torch.where(real, new, h)
            raw = self.cell(given, raw)
            found.append(h)
        after = raw if self.fault == "state ignores the mask" else h
        return torch.stack(found, 1), after


class ToDate(nn.Module):
    """The same with the mask of all steps to date, as language models take it."""

    def __init__(self, fault=""):
        super().__init__()
        self.inner, self.fault = Masked(), fault

    def forward(self, x, state=None, attention_mask=None):
        h, seen = (None, 0) if state is None else state
        time, mask = x.shape[1], attention_mask
        if mask is not None:
            if mask.shape[1] != seen + time:
                raise ValueError("attention_mask must have all steps to date")
            mask = mask[:, :time] if self.fault == "oldest" else mask[:, seen:]
        y, h = self.inner(x, h, mask)
        return y, (h, seen + time)


class Documents(nn.Module):
    """A GRU that begins anew at each document, where it is told the numbers of documents."""

    def __init__(self, fault=""):
        super().__init__()
        self.cell, self.mix, self.fault = nn.GRUCell(3, UNITS), nn.Linear(3, 3), fault

    def forward(self, x, state=None, seq_idx=None):
        h, last = (x.new_zeros(len(x), UNITS), x.new_zeros(len(x), 3)) if state is None else state
        found = []
        for step in range(x.shape[1]):
            if seq_idx is not None and step and self.fault != "documents leak":
                begins = (seq_idx[:, step] != seq_idx[:, step - 1])[:, None]
                h = torch.where(begins, 0.0, h)
                if self.fault != "convolution leaks":
                    last = torch.where(begins, 0.0, last)
            given = x[:, step] + self.mix(last)
            h, last = self.cell(given, h), x[:, step]
            found.append(h)
        return torch.stack(found, 1), (h, last)


class OneStep(nn.Module):
    """A cell (h, c) of one time step, with both in one argument."""

    def __init__(self, fault=""):
        super().__init__()
        self.cell, self.fault, self.c = nn.LSTMCell(3, UNITS), fault, None

    def forward(self, x, hx=None):
        if hx is None:
            hx = x.new_zeros(len(x), UNITS), x.new_zeros(len(x), UNITS)
        h, c = hx
        if self.fault == "cell in the module" and self.c is not None and h.any():
            c = self.c
        h, self.c = self.cell(x, (h, c))
        return h, self.c


class Decaying(nn.Module):
    """Linear attention with a decay, in parallel form over blocks of 8 steps."""

    BLOCK = 8

    def __init__(self, fault=""):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(3, 4) for _ in range(3))
        self.decay, self.fault = 0.9, fault

    def forward(self, x, state=None):
        kv = x.new_zeros(len(x), 4, 4) if state is None else state
        found = []
        for start in range(0, x.shape[1], self.BLOCK):
            part = x[:, start : start + self.BLOCK]
            if start and self.fault == "inner block restarts":
                kv = torch.zeros_like(kv)
            y, kv = self.block(part, kv)
            found.append(y)
        return torch.cat(found, 1), kv

    def block(self, x, kv):
        q, k, v = self.q(x), self.k(x), self.v(x)
        time = x.shape[1]
        steps = torch.arange(time)
        gaps = steps[:, None] - steps[None]
        weights = torch.where(gaps >= 0, self.decay ** gaps.clamp(min=0), 0.0)
        inner = (q @ k.transpose(1, 2) * weights) @ v
        past = self.decay ** (steps + 1.0)[:, None] * (q @ kv)
        left = (self.decay ** (time - 1.0 - steps))[:, None]
        whole = time - 1 if self.fault == "decay one short" else time
        return inner + past, self.decay**whole * kv + (k * left).transpose(1, 2) @ v
