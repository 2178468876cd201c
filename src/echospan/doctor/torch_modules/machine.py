"""One input and one output of a copy, as the probes want them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from echospan.doctor.torch_modules.copying import Copy

if TYPE_CHECKING:
    import torch


class TorchMachine:
    """See `echospan.doctor.machine.Machine`: one input and one output of a copy.

    Args:
        copy: The copy.
        source: Number of the input.
        output: Number of the output.
    """

    def __init__(self, copy: Copy, source: int = 0, output: int = 0) -> None:
        self.copy, self.source, self.output = copy, source, output
        self.rows, self.precision = copy.rows, copy.precision
        self.vocabulary = copy.symbols(copy.sources[source])

    def redraw(self, number: int) -> None:
        """Weights of that draw."""
        self.copy.redraw(number)

    def choose(self, samples: np.ndarray) -> None:
        """Take the inputs that are held fixed from these samples."""
        self.copy.choose(samples)

    def replay(self, batches: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Outputs (rows, answers, features) of each batch, state carried from zero."""
        return self._answers(batches, carried=True)

    def replay_apart(self, batches: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Outputs of batches in order, no state handed on: only what the module keeps itself."""
        return self._answers(batches, carried=False)

    def gradient(self, batch: np.ndarray, row: int, answer: int) -> np.ndarray | None:
        """The gradient (rows, time, ...) of a mixture of the answer's features."""
        import torch

        def mix(outputs: torch.Tensor) -> torch.Tensor:
            answers = self._shaped(outputs)[row, answer]
            mixture = np.random.default_rng(7).normal(size=tuple(answers.shape))
            return (answers * torch.as_tensor(mixture)).sum()

        return self.copy.gradient(self.source, batch, self.output, mix)

    def _answers(self, batches: Sequence[np.ndarray], *, carried: bool) -> list[np.ndarray]:
        given = [self.copy.around(self.source, batch) for batch in batches]
        found = self.copy.run(given, carried=carried)
        return [self._shaped(outputs[self.output]).numpy() for outputs in found]

    def _shaped(self, outputs: torch.Tensor) -> torch.Tensor:
        if outputs.ndim >= 3 and not self.copy.batch_first:
            outputs = outputs.transpose(0, 1)
        if outputs.ndim >= 3 and outputs.shape[1] == self.copy.sources[self.source].values.shape[1]:
            return outputs.reshape(self.rows, outputs.shape[1], -1)
        return outputs.reshape(self.rows, 1, -1)
