"""Sound modules that carry a state, in the conventions that torch code has for it."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import torch
from torch import nn


class Wrapped(nn.Module):
    """A readout behind a GRU; the state has the name that is asked for."""

    def __init__(self, **settings):
        super().__init__()
        self.rnn, self.out = nn.GRU(3, 6, **settings), nn.Linear(6, 4)

    def forward(self, x, hidden=None):
        y, hidden = self.rnn(x, hidden)
        return self.out(y), hidden


class Symbols(nn.Module):
    """Symbols through an embedding, with padding."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(9, 5, padding_idx=0)
        self.rnn, self.out = nn.LSTM(5, 6, batch_first=True, num_layers=2), nn.Linear(6, 9)

    def forward(self, x, state=None):
        y, state = self.rnn(self.embed(x), state)
        return self.out(y), state


class Pair(NamedTuple):
    """A state as a named tuple."""

    h: torch.Tensor
    c: torch.Tensor


class AsNamedTuple(nn.Module):
    """A named tuple for a state."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(3, 6, batch_first=True)

    def forward(self, x, carry: Pair | None = None):
        y, (h, c) = self.rnn(x, None if carry is None else tuple(carry))
        return y, Pair(h, c)


@dataclasses.dataclass
class Cache:
    """A state as an object that is changed in place."""

    h: torch.Tensor | None = None
    seen: int = 0


class AsDataclass(nn.Module):
    """A data class for a state, which is changed in place."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 6, batch_first=True)

    def forward(self, x, cache: Cache | None = None):
        cache = Cache() if cache is None else cache
        y, cache.h = self.rnn(x, cache.h)
        cache.seen += x.shape[1]
        return y, cache


class AsDict(nn.Module):
    """A dictionary for a state, returned by a switch, in a dictionary of answers."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(3, 6, batch_first=True)

    def forward(self, x, memory=None, return_memory=False):
        y, (h, c) = self.rnn(x, None if memory is None else (memory["h"], memory["c"]))
        found: dict[str, Any] = {"logits": y}
        if return_memory:
            found["memory"] = {"h": h, "c": c}
        return found


class FlatLSTMCell(nn.Module):
    """A cell of the user's own: (h, c) in one argument, and (h, c) back."""

    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(3, 6)

    def forward(self, x, state=None):
        if state is None:
            zeros = x.new_zeros(len(x), 6)
            state = (zeros, zeros)
        h, c = state
        return self.cell(x, (h, c))


class TwoArguments(nn.Module):
    """A cell with an argument for each part of its state, both needed."""

    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(3, 6)

    def init_hidden(self, batch_size):
        return torch.zeros(batch_size, 6), torch.zeros(batch_size, 6)

    def forward(self, x, h, c):
        return self.cell(x, (h, c))


class SingleSteps(nn.Module):
    """A cell that would also take whole sequences, place by place."""

    def __init__(self):
        super().__init__()
        self.x, self.h = nn.Linear(3, 6), nn.Linear(6, 6)

    def forward(self, x, h=None):
        h = x.new_zeros(*x.shape[:-1], 6) if h is None else h
        h = torch.tanh(self.x(x) + self.h(h))
        return h, h


class WordModel(nn.Module):
    """In the manner of torch's own example: time first, a needed state, outputs flattened."""

    def __init__(self):
        super().__init__()
        self.encoder, self.rnn = nn.Embedding(7, 5), nn.LSTM(5, 5, 2, dropout=0.5)
        self.decoder = nn.Linear(5, 7)

    def init_hidden(self, bsz):
        weight = next(self.parameters())
        return weight.new_zeros(2, bsz, 5), weight.new_zeros(2, bsz, 5)

    def forward(self, input, hidden):
        y, hidden = self.rnn(self.encoder(input), hidden)
        return self.decoder(y).view(-1, 7), hidden


class StateFirst(nn.Module):
    """The state before the outputs, as in other frameworks."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 6, batch_first=True)

    def forward(self, x, carry=None):
        y, carry = self.rnn(x, carry)
        return carry, y


class Masked(nn.Module):
    """Steps that the mask excludes leave the state as it was."""

    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(3, 6)

    def forward(self, x, state=None, mask=None):
        h = x.new_zeros(len(x), 6) if state is None else state
        found = []
        for step in range(x.shape[1]):
            new = self.cell(x[:, step], h)
            h = new if mask is None else torch.where(mask[:, step, None], new, h)
            found.append(h)
        return torch.stack(found, 1), h


class Positioned(nn.Module):
    """Positions are added to the inputs; it is told them, or counts for itself."""

    def __init__(self, counts=True):
        super().__init__()
        self.places, self.rnn = nn.Embedding(512, 3), nn.GRU(3, 6, batch_first=True)
        self.counts = counts

    def forward(self, x, state=None, positions=None):
        h, seen = (None, 0) if state is None else state
        if positions is None:
            positions = torch.arange(x.shape[1])[None] + (seen if self.counts else 0)
        y, h = self.rnn(x + self.places(positions), h)
        return y, (h, seen + x.shape[1])


class Decays(nn.Module):
    """A diagonal recurrence with complex weights, with casts to single precision inside."""

    def __init__(self):
        super().__init__()
        self.decay = nn.Parameter(0.8 * torch.exp(1j * torch.randn(6)))
        self.into, self.out = nn.Linear(3, 6), nn.Linear(6, 4)

    def forward(self, x, state=None):
        h = torch.zeros(len(x), 6, dtype=torch.cfloat) if state is None else state
        u, found = self.into(x).float(), []
        for step in range(x.shape[1]):
            h = self.decay * h + u[:, step]
            found.append(h.real.to(torch.float32))
        return self.out(torch.stack(found, 1)), h


class WithStep(nn.Module):
    """Whole sequences in `forward`, and one step at a time in a method of its own."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 6, batch_first=True)

    def default_state(self, batch):
        return torch.zeros(1, batch, 6)

    def forward(self, x):
        return self.rnn(x)[0]

    def step(self, x, state):
        y, state = self.rnn(x[:, None], state)
        return y[:, 0], state


class NeedsState(nn.Module):
    """A cell whose state has no default, and of which nothing makes a first one."""

    def __init__(self):
        super().__init__()
        self.hidden_size, self.cell = 6, nn.LSTMCell(3, 6)

    def forward(self, x, hx):
        h, c = hx
        return self.cell(x, (h, c))


class OnByOne(nn.Module):
    """Goes on from a state by single steps alone."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 6, batch_first=True)

    def forward(self, x, state=None):
        if state is not None and x.shape[1] > 1:
            raise ValueError("one step at a time")
        return self.rnn(x, state)
