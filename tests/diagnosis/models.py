"""A delay line whose weights can be trained, and data that it delays."""

from __future__ import annotations

import numpy as np
import torch

LAG, SYMBOLS = 3, 4


class DelayLine(torch.nn.Module):
    """One weight matrix for each of the newest steps; (batch, time, symbols) to the same.

    Args:
        lag: The step that it repeats, which is also the oldest that it sees.
        symbols: Numbers of a step.
    """

    def __init__(self, lag: int = LAG, symbols: int = SYMBOLS) -> None:
        super().__init__()
        self.lag = lag
        self.taps = torch.nn.Conv1d(symbols, symbols, lag + 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores of the symbol `lag` steps back, at every step."""
        before = torch.nn.functional.pad(x.transpose(1, 2), (self.lag, 0))
        return self.taps(before).transpose(1, 2)


def exact_delay_line() -> DelayLine:
    """The delay line with the weights of the truth."""
    model = DelayLine()
    with torch.no_grad():
        model.taps.weight.zero_()
        model.taps.bias.zero_()
        model.taps.weight[:, :, 0] = 20 * torch.eye(SYMBOLS)
    return model.eval()


def delayed_symbols(samples: int, steps: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """One-hot symbols (samples, time, symbols), and those `LAG` steps earlier (samples, time)."""
    drawn = np.random.default_rng(seed).integers(0, SYMBOLS, (samples, steps + LAG))
    return np.eye(SYMBOLS, dtype="float32")[drawn[:, LAG:]], drawn[:, :steps]


def cross_entropy(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Of scores (batch, time, symbols) and symbols (batch, time)."""
    return torch.nn.functional.cross_entropy(outputs.transpose(1, 2), targets.long())
