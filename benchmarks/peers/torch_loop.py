"""A hand-written PyTorch loop.

Everything is done in PyTorch's favour that leaves the work the same: all data drawn and encoded
before the clock starts, a fused Adam, gradients set to None, no metric and no `item()` inside the
loop, Keras's initial weights, one bias where PyTorch has a second one that does the same. These are
tried on a few epochs first and the fastest is kept: the number of threads; oneDNN on or off; for
short samples also the cell's own module step by step instead of one call of `nn.LSTM` or its like,
and for an LSTM on symbols a cell that gathers rows of the kernel instead of multiplying one-hot
vectors. With the option ``compile`` that last one goes through `torch.compile`. With the option
``device`` all is on that device; on a GPU `nn.LSTM` and its like are cuDNN's.
"""

from __future__ import annotations

import itertools
import os
import time
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from .data import draw
from .wire import talk
from .work import Work

WHOLE = {"lstm": nn.LSTM, "gru": nn.GRU, "simple-rnn": nn.RNN}
STEPS = {"lstm": nn.LSTMCell, "gru": nn.GRUCell, "simple-rnn": nn.RNNCell}
SHORT = 10
"""Steps up to which going step by step is tried."""
TRIAL_SECONDS = 0.15


class Net(nn.Module):
    """The recurrent layer and its readout on (time, batch, ...)."""

    def __init__(self, work: Work, way: str) -> None:
        super().__init__()
        self.work, self.way = work, way
        if work.embedding:
            self.table = nn.Embedding(work.symbols, work.embedding)
        kind = WHOLE[work.cell] if way == "whole" else STEPS[work.cell]
        self.recurrent = kind(work.embedding or work.symbols, work.units)
        self.readout = nn.Linear(work.units, work.symbols)
        with torch.no_grad():
            self._initialise()

    def _initialise(self) -> None:
        """Keras's: Glorot uniform kernels, orthogonal recurrence, zero biases, forget bias 1."""
        units = self.work.units
        for name, weight in self.recurrent.named_parameters():
            if "bias" in name:
                weight.zero_()
            elif "weight_ih" in name:
                nn.init.xavier_uniform_(weight)
            else:
                nn.init.orthogonal_(weight)
            if "bias_ih" in name and self.work.cell == "lstm":
                weight[units : 2 * units] = 1
            # PyTorch has a second bias everywhere; in a GRU it means something of its own.
            if "bias_hh" in name and self.work.cell != "gru":
                weight.requires_grad_(False)
        nn.init.xavier_uniform_(self.readout.weight)
        self.readout.bias.zero_()
        if self.work.embedding:
            nn.init.uniform_(self.table.weight, -0.05, 0.05)

    def forward(self, x: Any, y: Any, state: Any) -> Any:
        """The mean loss, and the state afterwards."""
        if self.work.embedding:
            x = self.table(x)
        if self.way == "whole":
            outputs, state = self.recurrent(x, state)
        elif self.way == "gathered":
            outputs, state = self._gathered(x, state)
        else:
            kept = []
            for step in x.unbind(0):
                state = self.recurrent(step, state)
                kept.append(state[0] if self.work.cell == "lstm" else state)
            outputs = torch.stack(kept)
        scored = outputs[-1] if self.work.window else outputs[self.work.lag :].flatten(0, 1)
        return functional.cross_entropy(self.readout(scored), y), state

    def _gathered(self, x: Any, state: Any) -> Any:
        cell, (h, c) = self.recurrent, state
        rows = functional.embedding(x, cell.weight_ih.T) + cell.bias_ih
        kept = []
        for row in rows.unbind(0):
            i, f, g, o = (row + h @ cell.weight_hh.T).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            kept.append(h)
        return torch.stack(kept), (h, c)

    def zero_state(self) -> Any:
        """Of one batch."""
        rows, units = self.work.batch, self.work.units
        shape = (1, rows, units) if self.way == "whole" else (rows, units)
        zero = torch.zeros(shape, device=self.readout.weight.device)
        return (zero, zero) if self.work.cell == "lstm" else zero


class Loop:
    """One network and its optimizer."""

    multiple = 1

    def __init__(self, work: Work, options: dict[str, Any]) -> None:
        self._work, self._rng = work, np.random.default_rng(work.seed)
        self._device = torch.device(options.get("device", "cpu"))
        trials: list[dict[str, Any]] = []
        if options.get("compile"):
            setting = {"threads": torch.get_num_threads(), "onednn": True, "way": "gathered"}
        else:
            setting, trials = self._best()
        self._prepare(setting)
        if options.get("compile"):
            self._objective = torch.compile(self._net)
        trainable = [p.numel() for p in self._net.parameters() if p.requires_grad]
        self.about = {
            "parameters": sum(trainable),
            "settings": {**setting, "compiled": bool(options.get("compile")), "tried": len(trials)},
            "versions": {"torch": torch.__version__},
        }

    def _prepare(self, setting: dict[str, Any]) -> None:
        torch.set_num_threads(setting["threads"])
        torch.backends.mkldnn.enabled = setting["onednn"]
        torch.manual_seed(self._work.seed)
        self._net = self._objective = Net(self._work, setting["way"]).to(self._device)
        weights = [p for p in self._net.parameters() if p.requires_grad]
        # Keras's epsilon: PyTorch's default is 1e-8.
        self._adam = torch.optim.Adam(weights, lr=self._work.learning_rate, eps=1e-7, fused=True)

    def _best(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The fastest of all settings, and all of them with their seconds an epoch."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        ways = ["whole"]
        if self._work.steps <= SHORT:
            ways.append("steps")
            if self._work.cell == "lstm" and not self._work.embedding:
                ways.append("gathered")
        trials = []
        onednns = (True, False) if self._device.type == "cpu" else (True,)
        for threads, onednn, way in itertools.product(sorted({1, cores or 1}), onednns, ways):
            setting = {"threads": threads, "onednn": onednn, "way": way}
            self._prepare(setting)
            self.train(1)
            seconds, epochs = 0.0, 0
            while seconds < TRIAL_SECONDS:
                count = max(1, epochs)
                seconds += self.train(count)[0]
                epochs += count
            trials.append({**setting, "seconds": seconds / epochs})
        best = min(trials, key=lambda trial: trial["seconds"])
        return {key: best[key] for key in ("threads", "onednn", "way")}, trials

    def _feed(self, epochs: int) -> list[list[tuple[Any, Any]]]:
        """By epoch, its pairs of inputs (time, batch, ...) and targets."""
        work = self._work
        x, y = (torch.from_numpy(array).long() for array in draw(work, epochs, self._rng))
        x, y = x.to(self._device), y.to(self._device)
        x = x.transpose(2, 3).contiguous()
        if not work.window:
            y = y.transpose(2, 3).flatten(2).contiguous()
        if not work.embedding and self._net.way != "gathered":
            x = functional.one_hot(x, work.symbols).float()
        return [
            list(zip(inputs.unbind(0), targets.unbind(0), strict=True))
            for inputs, targets in zip(x, y, strict=True)
        ]

    def _wait(self) -> None:
        """Until the device has done all that it was given."""
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)

    def train(self, epochs: int) -> tuple[float, list[tuple[int, float]]]:
        """A loop over epochs and their batches."""
        fed, zero = self._feed(epochs), self._net.zero_state()
        objective, adam, losses = self._objective, self._adam, []
        self._wait()
        start = time.perf_counter()
        for batches in fed:
            state = zero
            for x, y in batches:
                adam.zero_grad(set_to_none=True)
                loss, state = objective(x, y, state)
                loss.backward()
                adam.step()
                state = (
                    tuple(each.detach() for each in state)
                    if isinstance(state, tuple)
                    else state.detach()
                )
                losses.append(loss.detach())
        self._wait()
        seconds = time.perf_counter() - start
        means = torch.stack(losses).reshape(epochs, -1).mean(1).tolist()
        return seconds, [(1, mean) for mean in means]


if __name__ == "__main__":
    talk(Loop)
