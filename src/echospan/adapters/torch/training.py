"""A PyTorch module that the span trains. torch is imported only when one is used."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np

from echospan.adapters.base import Adapter
from echospan.adapters.loading import FIELD, INPUT_ATTRIBUTE, LONGEST_ATTRIBUTE, said
from echospan.adapters.signals import Structure
from echospan.adapters.stateful import StatefulModel
from echospan.adapters.torch.output_shape import shape_hint
from echospan.adapters.torch.stored import from_arrays, to_arrays
from echospan.adapters.torch.trainer import TorchRun, TorchTrainer, torch_module
from echospan.adapters.trainable import Curve, Streamed, TrainableModel
from echospan.errors import ConfigError
from echospan.memory_tasks.base import MemoryTask, TrainingSpec

ROWS, STEPS = 4, 8


class TrainableTorchModule(TrainableModel):
    """A module ``forward(x)`` or ``forward(x, state) -> (y, state)``.

    `x` is one-hot (batch, time, K) or integers (batch, time); `y` is (batch, time, K). For a
    task of numbers `x` is (batch, time, features) and `y` (batch, time, 1).

    Args:
        name: Name of the model.
        task: The task it is trained on.
        make: Makes a new module with the weights of a seed.
        first: The module of seed 0.
        batch_size: Sequences in one update.

    Raises:
        ConfigError: The module can't be used; the message says why.
    """

    framework: ClassVar[str] = "torch"

    def __init__(
        self,
        name: str,
        task: MemoryTask,
        make: Callable[[int], Any],
        first: Any,
        *,
        batch_size: int = 16,
    ) -> None:
        self.name, self.task = name, task
        self._make, self._lock = make, threading.Lock()
        self._integers = _takes_integers(first, task, name)
        self._trainer = TorchTrainer(
            task.width, integers=self._integers, batch_size=batch_size, features=task.features
        )
        self.parameters = sum(p.numel() for p in first.parameters() if p.requires_grad)
        self.learns = "gradient" if self.parameters else "nothing"
        self._random = self._trainer.draws(first)
        size = self._trainer.state_size(first)
        self.state_size = size
        self.longest = getattr(first, LONGEST_ATTRIBUTE, None)
        self._streams = size is not None
        how = "numbers" if task.features else "one-hot vectors"
        how = "integers" if self._integers else how
        ending = "forward(x, state)" if self._streams else "forward(x)"
        self.notes = (f"A torch module, used as {ending} on {how}.",)

    @contextmanager
    def concurrent_trials(self) -> Iterator[None]:
        """One torch thread for each trial: more would only compete with each other."""
        torch = torch_module()
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)

    def stateful(self) -> StatefulModel | None:
        """A new module, if it takes a state.

        Raises:
            ConfigError: It can't be run in the ways that the checks need.
        """
        if not self._streams:
            return None
        from echospan.adapters.torch.stateful import stateful_of

        width = self.task.features or self.task.width
        return stateful_of(
            self._made(0),
            symbols=width if self._integers else None,
            features=None if self._integers else width,
            batch_first=True,
        )

    def start(self, seed: int, rate: float) -> TorchRun:
        """A new module and its optimizer."""
        return self._trainer.start(self._made(seed), rate)

    def train(
        self, weights: TorchRun, spec: TrainingSpec, seed: int, first: int, updates: int
    ) -> tuple[TorchRun, Curve]:
        """Adam on whole sequences, clipped at norm 1, as the compiled engine does."""
        with self._drawing():
            losses, shares = self._trainer.train(
                weights,
                draw=lambda random, number: self.task.sample(spec.lag, random, number),
                ask=lambda values: self.task.targets(values, spec.lag),
                seed=seed,
                first=first,
                updates=updates,
                reseed=self._random,
            )
        if self.task.features is not None:
            shares = 1 - losses / self.task.chance_loss(spec.lag)
        return weights, Curve(losses, shares)

    @contextmanager
    def _drawing(self) -> Iterator[None]:
        """Context in which a module that draws random numbers, as for dropout, is trained.

        torch has one stream for all threads. One trial at a time, from a stream of its own: what is
        drawn must not depend on which of several trials is faster.
        """
        if not self._random:
            yield
            return
        torch = torch_module()
        with self._lock:
            before = torch.get_rng_state()
            try:
                yield
            finally:
                torch.set_rng_state(before)

    def at_rate(self, weights: TorchRun, factor: float) -> TorchRun:
        """The optimizer's rate, multiplied."""
        for group in weights.optimizer.param_groups:
            group["lr"] *= factor
        return weights

    def keep(self, weights: TorchRun) -> TorchRun:
        """A copy."""
        return weights.copy()

    def to_arrays(self, weights: TorchRun) -> dict[str, np.ndarray]:
        """The module's parameters and buffers, and what Adam keeps of each parameter."""
        return to_arrays(weights)

    def from_arrays(self, arrays: Mapping[str, np.ndarray], seed: int, rate: float) -> TorchRun:
        """See `TrainableModel.from_arrays`."""
        return from_arrays(self.start(seed, rate), arrays)

    def encode(self, inputs: np.ndarray) -> np.ndarray:
        """As the trainer gives them to the module."""
        encoded: np.ndarray = self._trainer.encode(inputs).numpy()
        return encoded

    def adapter(self, weights: TorchRun) -> Adapter:
        """Around a copy of the module."""
        from echospan.adapters.torch.adapter import TorchAdapter

        example = self.encode(self.task.random_inputs(STEPS, 0, "check", ROWS))
        return TorchAdapter(
            weights.module, [example], Structure(), sequences=[True], make=self._made
        )

    def _made(self, seed: int) -> Any:
        # Weights are drawn from torch's global stream: one at a time.
        with self._lock:
            return self._make(seed)

    def scores(self, weights: TorchRun, inputs: np.ndarray) -> np.ndarray:
        """Whole sequences at once."""
        return self._trainer.scores(weights.module, inputs)

    def stream(self, weights: TorchRun, inputs: np.ndarray) -> Streamed | None:
        """Step by step through `state`; None for a module without one."""
        if not self._streams:
            return None
        scores, states = self._trainer.stream(weights.module, inputs)
        return Streamed(scores, states if states.shape[-1] else None)

    def gradient(
        self, weights: TorchRun, inputs: np.ndarray, targets: np.ndarray
    ) -> np.ndarray | None:
        """By autograd; None for integers."""
        if self._integers:
            return None
        return self._trainer.gradient(weights.module, inputs, targets)


def _takes_integers(module: Any, task: MemoryTask, name: str) -> bool:
    """As declared, else the first of the two that the module accepts; False for numbers.

    Raises:
        ConfigError: It accepts neither, or its answer has the wrong shape.
    """
    declared = getattr(module, INPUT_ATTRIBUTE, None)
    if declared not in (None, "integers", "one-hot"):
        raise ConfigError(f"{FIELD}.{INPUT_ATTRIBUTE}", "'integers' or 'one-hot'", declared)
    inputs = task.random_inputs(STEPS, 0, "check", ROWS)
    ways: tuple[str, ...] = ("one-hot", "integers") if declared is None else (declared,)
    tried = []
    for way in ways if task.features is None else ("numbers",):
        trainer = TorchTrainer(
            task.width, integers=way == "integers", batch_size=ROWS, features=task.features
        )
        try:
            scores = trainer.scores(module, inputs)
        except Exception as error:
            tried.append(f"{way}: {said(error)}")
            continue
        _check_answer(scores, task, name)
        return way == "integers"
    raise ConfigError(
        FIELD,
        "a module whose forward takes one-hot vectors (batch, time, K), integers (batch, time) or, "
        "in a task of numbers, numbers (batch, time, features)",
        name,
        f"Tried {'; '.join(tried)}. For symbols set its attribute {INPUT_ATTRIBUTE} to say "
        "which it takes.",
    )


def _check_answer(scores: np.ndarray, task: MemoryTask, name: str) -> None:
    wanted = task.width or 1
    if scores.shape != (ROWS, STEPS, wanted):
        what = "a score for each symbol" if task.width else "the number"
        raise ConfigError(
            FIELD,
            f"a module whose output for (batch, time) = ({ROWS}, {STEPS}) has the shape "
            f"({ROWS}, {STEPS}, {wanted}), {what}",
            f"{name}, which gives {tuple(scores.shape)}",
            shape_hint(tuple(scores.shape), ROWS, STEPS, wanted),
        )
    if not np.isfinite(scores).all():
        raise ConfigError(
            FIELD, "a module with finite outputs", f"{name}, which returns NaN or infinity"
        )
