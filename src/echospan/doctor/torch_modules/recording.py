"""What the first updates of a hand-written torch loop did: calls, backward passes, optimizer steps.

Everything is told apart by autograd's own numbers (see `graph`). Nothing of the loop is changed:
the hooks look, and return what they were given.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from echospan.doctor.torch_modules.graph import now, numbers, tensors

if TYPE_CHECKING:
    import torch

MOST_CALLS = 256
"""Calls of the module that are remembered within one update."""


@dataclass(frozen=True)
class Call:
    """One call of the watched module.

    Attributes:
        start: Autograd's number before it.
        given: Whether a tensor came in that the call before returned, or one of the same values.
        reaches: How many calls of this update the graph of its outputs spans, itself among them.
    """

    start: int
    given: bool
    reaches: int


@dataclass
class Update:
    """What happened between two steps of the optimizer.

    Attributes:
        start: Autograd's number after the step before.
        calls: In order.
        backward: Backward passes.
        kept: For each backward pass, how many nodes it ran through that are older than `start`.
        retained: Whether a backward pass asked for `retain_graph=True`.
    """

    start: int
    calls: list[Call] = field(default_factory=list)
    backward: int = 0
    kept: int = 0
    retained: bool = False


class Recording:
    """Records the first updates of a loop while it is open.

    Args:
        model: The module that the loop calls.
        optimizer: Whose steps end an update; without one, a backward pass ends it.
        updates: How many updates to look at.
    """

    def __init__(
        self, model: torch.nn.Module, optimizer: torch.optim.Optimizer | None, updates: int
    ) -> None:
        self._model, self._optimizer, self._most = model, optimizer, updates
        self._stack = ExitStack()
        self._returned: list[torch.Tensor] = []
        self.updates: list[Update] = []
        self.first_call: tuple[tuple[Any, ...], dict[str, Any]] | None = None
        self.done = 0
        self._ended = 0

    def open(self) -> None:
        """Put the hooks in place."""
        self._ended = now()
        self.updates.append(Update(self._ended))
        hook = self._model.register_forward_hook(self._called, with_kwargs=True)
        self._stack.callback(hook.remove)
        if self._optimizer is not None:
            stepped = self._optimizer.register_step_post_hook(self._stepped)
            self._stack.callback(stepped.remove)
        self._stack.callback(self._watch_backward())

    def close(self) -> None:
        """Take them away again and let go of the loop's tensors."""
        self._stack.close()
        self._returned.clear()
        if self.updates and not (self.updates[-1].calls or self.updates[-1].backward):
            self.updates.pop()

    @property
    def _full(self) -> bool:
        return self.done >= self._most

    def _called(
        self, module: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
    ) -> None:
        import torch

        update = self.updates[-1]
        if self._full or len(update.calls) >= MOST_CALLS:
            return
        came, went = tensors([args, kwargs]), tensors(output)
        if self.first_call is None:
            self.first_call = _kept(args), _kept(kwargs)
        # The hook runs after the call: its own nodes are those since the call before it ended.
        start, self._ended = self._ended, now()
        spanned = numbers(went)
        borders = [*(call.start for call in update.calls), start, self._ended]
        update.calls.append(
            Call(
                start=start,
                given=any(_same(a, b) for a in came for b in self._returned),
                reaches=sum(
                    any(low <= number < high for number in spanned)
                    for low, high in pairwise(borders)
                ),
            )
        )
        with torch.no_grad():
            self._returned = [t.detach() for t in went]

    def _stepped(self, *_: Any) -> None:
        if self._full:
            return
        self.done += 1
        self._ended = now()
        self.updates.append(Update(self._ended))

    def _watch_backward(self) -> Callable[[], None]:
        import torch

        original = torch.autograd.backward

        def watched(
            roots: Any,
            grad_tensors: Any = None,
            retain_graph: Any = None,
            *args: Any,
            **kwargs: Any,
        ) -> Any:
            if not self._full:
                self._backward(tensors(roots), bool(retain_graph))
            return original(roots, grad_tensors, retain_graph, *args, **kwargs)

        # `Tensor.backward` looks the function up here, too.
        torch.autograd.backward = watched

        def restore() -> None:
            torch.autograd.backward = original

        return restore

    def _backward(self, roots: list[torch.Tensor], retained: bool) -> None:
        update = self.updates[-1]
        update.backward += 1
        update.retained |= retained
        update.kept = max(update.kept, sum(n < update.start for n in numbers(roots)))
        if self._optimizer is None:
            self._stepped()


def _kept(tree: Any) -> Any:
    """The same tree with copies of its tensors that hang on nothing."""
    import torch

    if isinstance(tree, torch.Tensor):
        return tree.detach().clone()
    if isinstance(tree, dict):
        return {name: _kept(value) for name, value in tree.items()}
    if isinstance(tree, list | tuple):
        return type(tree)(_kept(value) for value in tree)
    return tree


def _same(first: torch.Tensor, second: torch.Tensor) -> bool:
    import torch

    return (
        first.shape == second.shape
        and first.dtype == second.dtype
        and bool(torch.equal(first.detach(), second))
    )
