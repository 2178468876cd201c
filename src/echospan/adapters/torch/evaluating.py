"""What a loop does between updates: calls of the module without gradients.

A phase is a run of such calls with no call for training between them: an evaluation, or something
that the next update needs.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.torch.graph import tensors

if TYPE_CHECKING:
    import torch

MOST_CALLS = 512
"""Calls without gradients that are remembered."""
MOST_STARTS = 64
"""Inputs of training calls from a fresh state that are remembered."""
MOST_VALUES = 2048
"""Values of an input that are remembered."""
FORCING = re.compile(r"teacher|forcing", re.IGNORECASE)
"""Names of arguments that say how often a decoder is given the right answer."""


@dataclass(frozen=True, eq=False)
class EvaluationCall:
    """One call without gradients.

    Attributes:
        inputs: The first values of its input; None where it has none.
        rows: Length of the input's first axis.
        given: Whether it was given a state that the call before it returned.
        trained: Whether it was given a state that a training call returned.
        echoes: Whether its input is the answer of the call before.
        forced: Name and value of the argument by which a decoder is given the right answers.
    """

    inputs: np.ndarray | None
    rows: int
    given: bool
    trained: bool
    echoes: bool
    forced: tuple[str, float] | None


@dataclass
class Phase:
    """A run of calls without gradients.

    Attributes:
        calls: In order.
        updates: Backward passes before it.
        training: Whether the module was in training mode.
        random: Names of its layers that were in training mode and act otherwise in it.
        inside: Whether it stands between a training call and its backward pass.
        followed: Whether a training call came after it.
        hands_on: Whether that one was given its state.
        serves: Whether a backward pass of something else came before that one.
    """

    calls: list[EvaluationCall]
    updates: int
    training: bool
    random: tuple[str, ...]
    inside: bool
    followed: bool = False
    hands_on: bool = False
    serves: bool = False

    @property
    def evaluates(self) -> bool:
        """Whether nothing of the training needs it."""
        return not (self.inside or self.hands_on or self.serves)


@dataclass
class Training:
    """What training calls say about evaluation.

    Attributes:
        starts: First values of inputs that were given no state.
        modes: (backward passes before it, whether in training mode) at the first training call and
            wherever that changed.
        random: Names of layers that act otherwise in training mode.
        rows: Length of the first axis of the inputs.
        carried: Whether a call was given the state of an earlier update.
        calls: Training calls.
    """

    starts: list[np.ndarray] = field(default_factory=list)
    modes: list[tuple[int, bool]] = field(default_factory=list)
    random: tuple[str, ...] = ()
    rows: int = 0
    carried: bool = False
    calls: int = 0


class Evaluating:
    """Records calls without gradients.

    Args:
        model: The module that the loop calls.

    Attributes:
        phases: What was seen, in order.
        training: What training calls say.
        count: Calls without gradients.
    """

    def __init__(self, model: torch.nn.Module) -> None:
        self._model = model
        self._returned: list[torch.Tensor] = []
        self._last: str = ""
        self.count = 0
        self._open_update = False
        self._names = list(inspect.signature(model.forward).parameters)
        self.phases: list[Phase] = []
        self.training = Training()

    def close(self) -> None:
        """Let go of the loop's tensors."""
        self._returned.clear()

    def called(
        self,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        went: Sequence[torch.Tensor],
        left: Sequence[torch.Tensor],
        passes: int,
    ) -> None:
        """Record a call without gradients.

        Args:
            args: What the module was called with.
            kwargs: What it was called with by name.
            went: What it returned.
            left: What the last training call returned.
            passes: Backward passes so far.
        """
        self.count += 1
        if self._last != "evaluation":
            self._begin(passes)
        self._last = "evaluation"
        phase = self.phases[-1]
        if self.count <= MOST_CALLS:
            before = self._returned if phase.calls else []
            came, echoes = _input(args, kwargs, before, left)
            state = [t for t in tensors([args, dict(kwargs)]) if t is not came]
            phase.calls.append(
                EvaluationCall(
                    _values(came),
                    0 if came is None or not came.ndim else len(came),
                    _any_same(state, before),
                    not phase.calls and _any_same(state, left),
                    echoes,
                    self._forced(args, kwargs),
                )
            )
        self._returned = [tensor.detach() for tensor in went]

    def trained(
        self,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        left: Sequence[torch.Tensor],
        passes: int,
    ) -> None:
        """Record a call of the training.

        Args:
            args: What the module was called with.
            kwargs: What it was called with by name.
            left: What the training call before returned.
            passes: Backward passes so far.
        """
        seen, came = self.training, tensors([args, dict(kwargs)])
        if self._last == "evaluation":
            phase = self.phases[-1]
            phase.followed = True
            phase.hands_on = _any_same(came, self._returned)
            phase.serves = passes > phase.updates
            self._returned = []
        first = not self._open_update
        self._last, self._open_update = "training", True
        if not seen.calls:
            seen.random = changing(self._model, active=False)
        seen.calls += 1
        if not seen.modes or seen.modes[-1][1] != self._model.training:
            seen.modes.append((passes, self._model.training))
        given = _any_same(came, left)
        seen.carried |= first and given
        own, _ = _input(args, kwargs, left, ())
        if own is not None and own.ndim:
            seen.rows = seen.rows or len(own)
        if not given and len(seen.starts) < MOST_STARTS:
            values = _values(own)
            if values is not None:
                seen.starts.append(values)

    def passed(self) -> None:
        """A backward pass came."""
        self._open_update = False

    def _begin(self, passes: int) -> None:
        training = bool(self._model.training)
        self.phases.append(
            Phase(
                [],
                passes,
                training,
                changing(self._model, active=True),
                inside=self._open_update,
            )
        )

    def _forced(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[str, float] | None:
        """An argument that says how often the decoder is given the right answer, if it is set."""
        if not any(FORCING.search(name) for name in self._names):
            return None
        try:
            bound = inspect.signature(self._model.forward).bind(*args, **kwargs)
        except TypeError:
            return None
        bound.apply_defaults()
        for name, value in bound.arguments.items():
            if FORCING.search(name) and isinstance(value, bool | int | float) and value > 0:
                return name, float(value)
        return None


def changing(model: torch.nn.Module, *, active: bool) -> tuple[str, ...]:
    """Names of layers that act otherwise in training mode: dropout and batch norm.

    Args:
        model: The module.
        active: Only those that are in training mode now.
    """
    found = []
    for name, module in model.named_modules():
        if active and not module.training:
            continue
        kind = type(module).__name__
        dropout = "Dropout" in kind and getattr(module, "p", 0) > 0
        layers = getattr(module, "num_layers", 1)
        inner = isinstance(getattr(module, "dropout", None), float) and module.dropout > 0
        between = inner and (not hasattr(module, "num_layers") or layers > 1)
        norm = "BatchNorm" in kind and module.momentum is not None
        if dropout or between or (norm and getattr(module, "track_running_stats", True)):
            found.append(f"{name} ({kind})" if name else kind)
    return tuple(found)


def _input(
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    before: Sequence[torch.Tensor],
    left: Sequence[torch.Tensor],
) -> tuple[torch.Tensor | None, bool]:
    """The first tensor that is no state, and whether it is the answer of the call before."""
    came = tensors([args, dict(kwargs)])
    if not came:
        return None, False
    answers = before[:1]
    if _any_same(came[:1], answers) or any(_chosen(came[0], each) for each in answers):
        return came[0], True
    others = [t for t in came if not _any_same([t], before) and not _any_same([t], left)]
    return (others[0] if others else came[0]), False


def _chosen(given: torch.Tensor, answer: torch.Tensor) -> bool:
    """Whether symbols are those to which the answer before gave the greatest score."""
    if given.is_floating_point() or given.dtype == _bool() or not answer.is_floating_point():
        return False
    if answer.ndim < 1 or given.numel() != answer[..., 0].numel():
        return False
    return bool((answer.argmax(-1).reshape(-1) == given.reshape(-1)).all())


def _bool() -> Any:
    import torch

    return torch.bool


def _values(tensor: torch.Tensor | None) -> np.ndarray | None:
    if tensor is None or not tensor.numel() or tensor.is_complex():
        return None
    kept = tensor.detach()
    if kept.numel() > MOST_VALUES and kept.ndim:
        kept = kept[: max(MOST_VALUES // max(kept[:1].numel(), 1), 1)]
    return np.asarray(kept.double().cpu().numpy())


def _any_same(some: Sequence[torch.Tensor], others: Sequence[torch.Tensor]) -> bool:
    return any(same(a, b) for a in some for b in others)


def same(first: torch.Tensor, second: torch.Tensor) -> bool:
    """Whether two tensors hold the same values."""
    import torch

    return (
        first.shape == second.shape
        and first.dtype == second.dtype
        and bool(torch.equal(first.detach(), second.detach()))
    )
