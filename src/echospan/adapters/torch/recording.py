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

from echospan.adapters.torch.graph import now, numbers, tensors

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
    """What happened up to a backward pass: an update begins with the first call after the last one.

    Attributes:
        calls: In order.
        backward: Backward passes.
        kept: How many nodes its backward pass ran through that an earlier one had run through.
        retained: Whether a backward pass asked for `retain_graph=True`.
    """

    calls: list[Call] = field(default_factory=list)
    backward: int = 0
    kept: int = 0
    retained: bool = False


class Recording:
    """Records the first updates of a loop while it is open.

    Args:
        model: The module that the loop calls.
        updates: How many updates to look at.
    """

    def __init__(self, model: torch.nn.Module, updates: int) -> None:
        self._model, self._most = model, updates
        self._stack = ExitStack()
        self._returned: list[torch.Tensor] = []
        self._ran: set[int] = set()
        self._ended = 0
        self.updates: list[Update] = []

    def open(self) -> None:
        """Put the hooks in place."""
        self._ended = now()
        hook = self._model.register_forward_hook(self._called, with_kwargs=True)
        self._stack.callback(hook.remove)
        self._stack.callback(self._watch_backward())

    def close(self) -> None:
        """Take them away again and let go of the loop's tensors."""
        self._stack.close()
        self._returned.clear()
        self._ran.clear()

    def _called(
        self, module: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
    ) -> None:
        import torch

        if not module.training and not torch.is_grad_enabled():
            return  # an evaluation between updates
        if not self.updates or self.updates[-1].backward:
            if len(self.updates) == self._most:
                self._stack.close()
                return
            self.updates.append(Update())
        update = self.updates[-1]
        if len(update.calls) == MOST_CALLS:
            return
        came, went = tensors([args, kwargs]), tensors(output)
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
        self._returned = [tensor.detach() for tensor in went]

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
            self._backward(tensors(roots), bool(retain_graph))
            return original(roots, grad_tensors, retain_graph, *args, **kwargs)

        # `Tensor.backward` looks the function up here, too.
        torch.autograd.backward = watched

        def restore() -> None:
            torch.autograd.backward = original

        return restore

    def _backward(self, roots: list[torch.Tensor], retained: bool) -> None:
        if not self.updates:
            return  # of something else, before the module was first called
        update, through = self.updates[-1], numbers(roots)
        if not update.backward:
            # Several losses of one update may share a graph; a later update must not.
            update.kept = len(through & self._ran)
        update.backward += 1
        update.retained |= retained
        self._ran |= through


def _same(first: torch.Tensor, second: torch.Tensor) -> bool:
    import torch

    return (
        first.shape == second.shape
        and first.dtype == second.dtype
        and bool(torch.equal(first.detach(), second))
    )
