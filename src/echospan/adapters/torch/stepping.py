"""What optimizer steps do in a loop: which parameters they change, and what becomes of gradients.

Gradients are told apart by a few of their values. Nothing of the loop is changed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

FOLLOWED = 8
"""Parameters whose gradients are followed from step to step."""
VALUES = 32
"""Values of each that are compared."""

Slices = list["torch.Tensor | None"]


@dataclass
class Steps:
    """What was seen of backward passes and optimizer steps.

    Attributes:
        backward: Backward passes that gave the module's parameters a gradient.
        steps: Steps of optimizers that hold a parameter of the module.
        others: Steps of optimizers that hold none.
        kept: For each step after the first, whether the gradients of the step before were still
            there when new ones were added.
        empty: Steps that found no gradient although a backward pass had made one.
        zeroed: Whether gradients were set to zero, or to None, between two backward passes.
        with_gradient: Names of parameters that had a gradient at a step or at the end.
        held: Names of parameters that an optimizer which took a step holds.
        unchanged: Names of parameters that are as they were at the start.
        stale: Shapes of parameters that such an optimizer holds, that are not the module's and
            never had a gradient.
    """

    backward: int = 0
    steps: int = 0
    others: int = 0
    kept: list[bool] = field(default_factory=list)
    empty: int = 0
    zeroed: bool = False
    with_gradient: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)
    unchanged: set[str] = field(default_factory=set)
    stale: list[tuple[int, ...]] = field(default_factory=list)


class Stepping:
    """Watches the steps of all optimizers while it is open.

    Args:
        model: The module that the loop trains.

    Attributes:
        brief: Whether backward passes and steps are only counted from here on.
        found: What was seen.
    """

    def __init__(self, model: torch.nn.Module) -> None:
        self._model, self._stack = model, ExitStack()
        self._start: dict[int, tuple[torch.Tensor, tuple[float, float]]] = {}
        self._before: Slices | None = None
        self._after: Slices | None = None
        self._intact, self._since, self._inside = True, 0, 0
        self._strangers: dict[int, torch.Tensor] = {}
        self._used: set[int] = set()
        self.brief = False
        self.found = Steps()

    def open(self) -> None:
        """Put the hooks in place."""
        from torch.optim.optimizer import (
            register_optimizer_step_post_hook,
            register_optimizer_step_pre_hook,
        )

        self._begin()
        hooks: list[tuple[Callable[[Any], Any], Callable[..., None]]] = [
            (register_optimizer_step_pre_hook, self._stepping),
            (register_optimizer_step_post_hook, self._stepped),
        ]
        for register, hook in hooks:
            self._stack.callback(register(hook).remove)

    def close(self) -> None:
        """Take the hooks away, and compare the parameters with those at the start."""
        self._stack.close()
        found = self.found
        own = dict(self._model.named_parameters())
        found.with_gradient |= _with_gradient(self._model)
        start = {number: sums for number, (_, sums) in self._start.items()}
        found.unchanged = {n for n, p in own.items() if start.get(id(p)) == _sums(p)}
        self._start.clear()
        found.stale = [
            tuple(each.shape)
            for number, each in self._strangers.items()
            if number not in self._used and not _has_gradient(each)
        ]
        self._strangers.clear()
        self._before = self._after = None

    def _begin(self) -> None:
        """Remember the values of parameters that were not there before."""
        for parameter in self._model.parameters():
            if id(parameter) not in self._start:
                # Kept, so that no other tensor gets its number.
                self._start[id(parameter)] = parameter, _sums(parameter)

    def backward_begins(self) -> None:
        """See what is left of the gradients before a backward pass adds to them."""
        if self._inside:
            return
        if self.brief:
            self._before = []
            return
        self._begin()
        self._before = self._slices()
        if not _same(self._before, self._after):
            self.found.zeroed |= _any(self._after)
            self._intact = False

    def backward_ended(self) -> None:
        """See whether a backward pass reached the module's parameters."""
        if self._inside or self._before is None:
            return
        if self.brief:
            self.found.backward += 1
            return
        after = self._slices()
        if not _equal(after, self._before):
            self.found.backward += 1
            self._since += 1
        self._after, self._before = after, None

    def _stepping(self, optimizer: torch.optim.Optimizer, *_: Any) -> None:
        self._inside += 1
        if self.brief or not self._own(optimizer):
            return
        found = self.found
        if found.steps and self._since:
            found.kept.append(self._intact)
        if self._since and not any(_has_gradient(p) for p in _parameters(optimizer)):
            found.empty += 1

    def _stepped(self, optimizer: torch.optim.Optimizer, *_: Any) -> None:
        self._inside -= 1
        found, names = self.found, self._own(optimizer)
        if self.brief:
            found.steps, found.others = found.steps + bool(names), found.others + (not names)
            return
        own = {id(p) for p in self._model.parameters()}
        for parameter in _parameters(optimizer):
            if id(parameter) not in own:
                self._strangers[id(parameter)] = parameter
                if _has_gradient(parameter):
                    # It belongs to another network of the same loop.
                    self._used.add(id(parameter))
        if not names:
            found.others += 1
            return
        found.steps += 1
        found.held |= names
        found.with_gradient |= _with_gradient(self._model)
        self._after, self._intact, self._since = self._slices(), True, 0

    def _own(self, optimizer: torch.optim.Optimizer) -> set[str]:
        """Names of the module's parameters that an optimizer holds."""
        held = {id(p) for p in _parameters(optimizer)}
        return {name for name, p in self._model.named_parameters() if id(p) in held}

    def _slices(self) -> Slices:
        own = [p for p in self._model.parameters() if p.requires_grad]
        return [_slice(p) for p in own[:: max(len(own) // FOLLOWED, 1)][:FOLLOWED]]


def _parameters(optimizer: torch.optim.Optimizer) -> list[torch.Tensor]:
    return [p for group in optimizer.param_groups for p in group["params"]]


def _slice(parameter: torch.Tensor) -> torch.Tensor | None:
    grad = parameter.grad
    if grad is None or grad.layout is not _strided():
        return None
    # The last values: an embedding's first rows are often those of padding.
    return grad.detach().reshape(-1)[-VALUES:].clone()


def _strided() -> Any:
    import torch

    return torch.strided


def _has_gradient(parameter: torch.Tensor) -> bool:
    grad = parameter.grad
    if grad is None:
        return False
    if grad.layout is not _strided():
        return True
    return bool(grad.detach().any())


def _with_gradient(model: torch.nn.Module) -> set[str]:
    """Names of parameters that are to be trained and have a gradient."""
    return {n for n, p in model.named_parameters() if p.requires_grad and _has_gradient(p)}


def _equal(first: Slices, second: Slices) -> bool:
    import torch

    return len(first) == len(second) and all(
        (a is None and b is None) or (a is not None and b is not None and torch.equal(a, b))
        for a, b in zip(first, second, strict=True)
    )


def _same(now: Slices, then: Slices | None) -> bool:
    """Whether gradients of an earlier pass are still there, unchanged."""
    return then is not None and _any(then) and _equal(now, then)


def _any(values: Slices | None) -> bool:
    """Whether there is a gradient other than zero."""
    return values is not None and any(each is not None and bool(each.any()) for each in values)


def _sums(parameter: torch.Tensor) -> tuple[float, float]:
    values = parameter.detach().double()
    return values.sum().item(), values.abs().sum().item()
