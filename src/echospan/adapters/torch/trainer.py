"""A small trainer for PyTorch modules, with the data, the loss and the clipping of the JAX engine.

torch is an extra: it is imported inside functions only.
"""

from __future__ import annotations

import copy
import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from echospan.extras import needs
from echospan.observer import halt_if_late
from echospan.tasks import MISSING

PIECE = 10
"""Updates whose losses are averaged into one number."""


def torch_module() -> ModuleType:
    """Import torch.

    Raises:
        MissingExtra: It is not installed.
    """
    needs("Measuring a torch module", "torch")
    import torch

    module: ModuleType = torch
    return module


@dataclass
class TorchRun:
    """A module while it learns.

    Attributes:
        module: The torch.nn.Module.
        optimizer: Adam on its parameters.
    """

    module: Any
    optimizer: Any

    def copy(self) -> TorchRun:
        """Module and optimizer with memory of their own."""
        module, optimizer = copy.deepcopy((self.module, self.optimizer))
        return TorchRun(module, optimizer)


@dataclass(frozen=True)
class TorchTrainer:
    """Trains and evaluates modules ``forward(x)`` or ``forward(x, state) -> (y, state)``.

    Attributes:
        symbols: Number of distinct symbols K.
        integers: Whether `x` is integers (batch, time) instead of one-hot (batch, time, K).
        batch_size: Sequences in one update.
        features: Numbers in one value, where `x` is numbers (batch, time, features) and the answer
            one number (batch, time, 1); None for symbols.
    """

    symbols: int
    integers: bool
    batch_size: int
    features: int | None = None

    def start(self, module: Any, rate: float) -> TorchRun:
        """A module with an optimizer; one without parameters has none."""
        torch = torch_module()
        trained = [p for p in module.parameters() if p.requires_grad]
        return TorchRun(module, torch.optim.Adam(trained, lr=rate) if trained else None)

    def train(
        self,
        run: TorchRun,
        *,
        draw: Callable[[np.random.Generator, int], np.ndarray],
        ask: Callable[[np.ndarray], np.ndarray],
        seed: int,
        first: int,
        updates: int,
        reseed: bool = False,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Train in place on new sequences.

        Args:
            run: The module and its optimizer.
            draw: Draws a number of sequences (sequences, time) with a generator.
            ask: Their targets, `MISSING` at steps that are not scored.
            seed: Of the sequences.
            first: Updates made before.
            updates: Updates to make.
            reseed: Start torch's global stream anew for each piece.

        Raises:
            Halted: The user asked to stop, after a while.

        Returns:
            Mean loss and mean share of right answers (0 for numbers) of each `PIECE` updates.
        """
        torch = torch_module()
        module, batch_size, losses, shares = run.module.train(), self.batch_size, [], []
        began = time.perf_counter()
        # One stream for each piece, so that a run cut into parts is the same run.
        for piece in range(first // PIECE, (first + updates) // PIECE):
            if reseed:
                torch.manual_seed((seed << 32) + piece)
            drawn = draw(np.random.default_rng([seed, 0, piece]), PIECE * batch_size)
            for values in np.split(drawn, PIECE):
                halt_if_late(began)
                targets = torch.as_tensor(ask(values))
                run.optimizer.zero_grad(set_to_none=True)
                outputs = self._call(module, self.encode(values))
                loss = self._loss(outputs, targets)
                loss.backward()
                torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
                run.optimizer.step()
                losses.append(float(loss.detach()))
                shares.append(self._right(outputs.detach(), targets))
        return (
            np.reshape(losses, (-1, PIECE)).mean(axis=1),
            np.reshape(shares, (-1, PIECE)).mean(axis=1),
        )

    def scores(self, module: Any, symbols: np.ndarray) -> np.ndarray:
        """Scores (rows, time, K) of whole sequences, as in inference."""
        torch = torch_module()
        with torch.no_grad():
            outputs = self._call(module.eval(), self.encode(symbols))
        answers: np.ndarray = outputs.float().numpy()
        return answers

    def stream(self, module: Any, symbols: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Scores (rows, time, K) and states (rows, time, numbers), one step at a time."""
        torch = torch_module()
        module.eval()
        state, scores, states = None, [], []
        with torch.no_grad():
            for step in range(symbols.shape[1]):
                x = self.encode(symbols[:, step : step + 1])
                outputs, state = module(x, state)
                scores.append(outputs[:, -1].float().numpy())
                states.append(_flat(state, len(symbols)))
        return np.stack(scores, axis=1), np.stack(states, axis=1)

    def gradient(self, module: Any, symbols: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Norm of the loss's gradient with respect to each step's one-hot input (rows, time)."""
        torch = torch_module()
        x = self.encode(symbols).requires_grad_()
        loss = self._loss(self._call(module.eval(), x), torch.as_tensor(targets))
        (found,) = torch.autograd.grad(loss, x, allow_unused=True)
        norms = torch.zeros(symbols.shape[:2]) if found is None else found.norm(dim=-1)
        result: np.ndarray = norms.detach().numpy()
        return result

    def state_size(self, module: Any) -> int | None:
        """Numbers that one row carries; None for a module that takes no state."""
        if not takes_state(module):
            return None
        torch = torch_module()
        with torch.no_grad():
            answer = module.eval()(self.encode(self._nothing()), None)
        if not isinstance(answer, tuple) or len(answer) != 2:
            return None
        return int(_flat(answer[1], 2).shape[1])

    def draws(self, module: Any) -> bool:
        """Whether the module draws random numbers while it is trained, as for dropout."""
        torch = torch_module()
        before = torch.get_rng_state()
        try:
            with torch.no_grad():
                self._call(module.train(), self.encode(self._nothing()))
            return not torch.equal(before, torch.get_rng_state())
        finally:
            torch.set_rng_state(before)
            module.eval()

    def encode(self, values: np.ndarray) -> Any:
        """Integers (rows, time), or numbers (rows, time, features), as the module takes them."""
        torch = torch_module()
        if self.features is not None:
            return torch.as_tensor(np.nan_to_num(values, nan=-1.0)).float()
        tensor = torch.as_tensor(np.asarray(values, "int64"))
        if self.integers:
            return tensor
        return torch.nn.functional.one_hot(tensor, self.symbols).float()

    def _nothing(self) -> np.ndarray:
        """One step of two sequences."""
        return np.zeros((2, 1) if self.features is None else (2, 1, self.features))

    def _right(self, outputs: Any, targets: Any) -> float:
        if self.features is not None:
            return 0.0
        scored = targets != MISSING
        return float((outputs.argmax(-1) == targets)[scored].float().mean())

    def _call(self, module: Any, x: Any) -> Any:
        answer = module(x, None) if takes_state(module) else module(x)
        return answer[0] if isinstance(answer, tuple) else answer

    def _loss(self, outputs: Any, targets: Any) -> Any:
        torch = torch_module()
        if self.features is not None:
            asked = ~targets.isnan()
            return ((outputs[..., 0] - targets)[asked] ** 2).mean()
        return torch.nn.functional.cross_entropy(
            outputs.reshape(-1, self.symbols), targets.reshape(-1).long(), ignore_index=MISSING
        )


def takes_state(module: Any) -> bool:
    """Whether forward has a second argument."""
    try:
        parameters = list(inspect.signature(module.forward).parameters.values())
    except (TypeError, ValueError):
        return False
    places = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return len([p for p in parameters if p.kind in places]) >= 2


def _flat(state: Any, rows: int) -> np.ndarray:
    """All tensors of a state as (rows, numbers); the axis of length `rows` is the batch."""
    parts = [_rows_first(tensor, rows) for tensor in _tensors(state)]
    return np.concatenate(parts, axis=1) if parts else np.zeros((rows, 0), "float32")


def _tensors(state: Any) -> list[Any]:
    if state is None:
        return []
    if isinstance(state, dict):
        return [tensor for value in state.values() for tensor in _tensors(value)]
    if isinstance(state, tuple | list):
        return [tensor for value in state for tensor in _tensors(value)]
    return [state] if hasattr(state, "detach") else []


def _rows_first(tensor: Any, rows: int) -> np.ndarray:
    array = tensor.detach().float().numpy()
    # nn.LSTM's states are (layers, batch, units), also with batch_first.
    axis = next((i for i in (1, 0) if i < array.ndim and array.shape[i] == rows), None)
    if axis is None:
        return np.zeros((rows, 0), "float32")
    flat: np.ndarray = np.moveaxis(array, axis, 0).reshape(rows, -1)
    return flat
