"""The tutorial's "window" job as a hand-written PyTorch loop.

Each epoch is one new sequence of 25 integers 0..99, framed as 20 samples of 5 one-hot steps whose
target is the value before the last, in 4 batches of 5 in order. LSTM 50 -> Linear 100, cross
entropy, Adam 0.001; the state goes detached from batch to batch and is zero at each new epoch.

Everything is done in PyTorch's favour that leaves the work the same: Keras's initial weights, all
data drawn and encoded before the clock starts, a fused Adam, gradients set to None, no metric or
``item()`` inside the loop. Thread count, oneDNN on or off, and one call of ``nn.LSTM`` or the five
steps as ``nn.LSTMCell``s are each tried on a few epochs first and the fastest is kept, unless
given. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import time
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

SYMBOLS, LENGTH, WINDOW, BATCH, UNITS = 100, 25, 5, 5, 50
BATCHES = (LENGTH - WINDOW) // BATCH
WARM_UP = 20
TRIAL = 60


class Echo(nn.Module):
    """LSTM 50 -> Linear 100 on (time, batch, symbols), as one nn.LSTM or step by step."""

    def __init__(self, layer: str) -> None:
        super().__init__()
        kind = nn.LSTM if layer == "LSTM" else nn.LSTMCell
        self.lstm = kind(SYMBOLS, UNITS)
        self.whole = layer == "LSTM"
        self.dense = nn.Linear(UNITS, SYMBOLS)
        with torch.no_grad():
            self._initialise()

    def _initialise(self) -> None:
        """Keras's: Glorot uniform kernels, orthogonal recurrence, zero biases, forget bias 1."""
        for name, weight in self.lstm.named_parameters():
            if "bias" in name:
                weight.zero_()
            elif "weight_ih" in name:
                nn.init.xavier_uniform_(weight)
            else:
                nn.init.orthogonal_(weight)
            if "bias_ih" in name:
                weight[UNITS : 2 * UNITS] = 1
        nn.init.xavier_uniform_(self.dense.weight)
        self.dense.bias.zero_()

    def forward(self, x: torch.Tensor, h: torch.Tensor, c: torch.Tensor) -> Any:
        if self.whole:
            _, (h, c) = self.lstm(x, (h, c))
            return self.dense(h[0]), h, c
        for step in x.unbind(0):
            h, c = self.lstm(step, (h, c))
        return self.dense(h), h, c

    def zero_state(self, batch: int) -> tuple[torch.Tensor, torch.Tensor]:
        shape = (1, batch, UNITS) if self.whole else (batch, UNITS)
        return torch.zeros(shape), torch.zeros(shape)


def draw(count: int, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """``count`` sequences: x (count, batches, time, batch, symbols), y (count, batches, batch)."""
    symbols = rng.integers(SYMBOLS, size=(count, LENGTH))
    windows = np.lib.stride_tricks.sliding_window_view(symbols, WINDOW, axis=1)[:, 1:]
    windows = windows.reshape(count, BATCHES, BATCH, WINDOW)
    steps = torch.from_numpy(np.ascontiguousarray(windows.swapaxes(2, 3)))
    x = torch.zeros(*steps.shape, SYMBOLS).scatter_(-1, steps.unsqueeze(-1), 1.0)
    return x, torch.from_numpy(np.ascontiguousarray(windows[..., -2]))


def train(
    model: Echo, optimizer: torch.optim.Optimizer, x: torch.Tensor, y: torch.Tensor
) -> tuple[float, float]:
    """One epoch per sequence; the seconds it took and the last batch's loss."""
    epochs = [
        list(zip(inputs.unbind(0), targets.unbind(0), strict=True))
        for inputs, targets in zip(x, y, strict=True)
    ]
    zeros = model.zero_state(BATCH)
    loss = torch.zeros(())
    start = time.perf_counter()
    for batches in epochs:
        h, c = zeros
        for inputs, targets in batches:
            optimizer.zero_grad(set_to_none=True)
            logits, h, c = model(inputs, h, c)
            loss = functional.cross_entropy(logits, targets)
            loss.backward()
            optimizer.step()
            h, c = h.detach(), c.detach()
    return time.perf_counter() - start, float(loss.detach())


def prepare(layer: str, seed: int) -> tuple[Echo, torch.optim.Optimizer]:
    torch.manual_seed(seed)
    model = Echo(layer)
    # Keras's epsilon, so that the two optimizers do nearly the same (PyTorch's default is 1e-8).
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001, eps=1e-7, fused=True)
    return model, optimizer


def accuracy(model: Echo, sequences: int, rng: np.random.Generator) -> float:
    """Share of right answers on new sequences, state carried over each sequence's four batches."""
    x, y = draw(sequences, rng)
    h, c = model.zero_state(sequences * BATCH)
    right = 0
    with torch.no_grad():
        for batch in range(BATCHES):
            inputs = x[:, batch].transpose(0, 1).reshape(WINDOW, sequences * BATCH, SYMBOLS)
            logits, h, c = model(inputs, h, c)
            right += int((logits.argmax(1) == y[:, batch].reshape(-1)).sum())
    return right / y.numel()


def best_setting(arguments: argparse.Namespace) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Try each setting that was left open on a few epochs; the fastest, and all trials."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    threads = [arguments.threads] if arguments.threads else sorted({1, cores or 1})
    layers = [arguments.layer] if arguments.layer else ["LSTM", "LSTMCell"]
    x, y = draw(WARM_UP + TRIAL, np.random.default_rng(0))
    trials = []
    for count, onednn, layer in itertools.product(threads, (True, False), layers):
        torch.set_num_threads(count)
        torch.backends.mkldnn.enabled = onednn
        model, optimizer = prepare(layer, 0)
        train(model, optimizer, x[:WARM_UP], y[:WARM_UP])
        seconds, _ = train(model, optimizer, x[WARM_UP:], y[WARM_UP:])
        setting = {"threads": count, "onednn": onednn, "layer": layer}
        trials.append({**setting, "ms_per_epoch": 1e3 * seconds / TRIAL})
    best = min(trials, key=lambda trial: trial["ms_per_epoch"])
    return {key: best[key] for key in ("threads", "onednn", "layer")}, trials


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--epochs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, help="default: the fastest of 1 and all cores")
    parser.add_argument("--layer", choices=["LSTM", "LSTMCell"], help="default: the faster")
    arguments = parser.parse_args()

    setting, trials = best_setting(arguments)
    torch.set_num_threads(setting["threads"])
    torch.backends.mkldnn.enabled = setting["onednn"]
    rng = np.random.default_rng(arguments.seed)
    model, optimizer = prepare(setting["layer"], arguments.seed)
    x, y = draw(arguments.epochs, rng)
    seconds, loss = train(model, optimizer, x, y)
    score = accuracy(model, 200, rng)
    result = {
        "peer": "PyTorch loop",
        "epochs": arguments.epochs,
        "seconds": {"train": seconds},
        "ms_per_epoch": 1e3 * seconds / arguments.epochs,
        "accuracy": score,
        "loss": loss,
        "seed": arguments.seed,
        "settings": setting,
        "trials": trials,
        "versions": {"torch": torch.__version__, "numpy": np.__version__},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
