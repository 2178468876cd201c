"""What the first updates of a hand-written torch loop did: calls and backward passes.

Everything is told apart by autograd's own numbers (see `graph`). Nothing of the loop is changed:
the hooks look, and return what they were given. What optimizer steps do is seen by `stepping`, what
happens between updates without gradients by `evaluating`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from echospan.adapters.torch.comparing import Comparing
from echospan.adapters.torch.evaluating import Evaluating, same
from echospan.adapters.torch.graph import now, numbers, tensors
from echospan.adapters.torch.stepping import Stepping

if TYPE_CHECKING:
    import torch

MOST_CALLS = 256
"""Calls of the module that are remembered within one update."""
STEPS = 3
"""Optimizer steps that are looked at in full, unless there are none in `MOST_BACKWARD` passes."""
MOST_BACKWARD = 64
"""Backward passes that are looked at in full, if there are as many updates."""


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

    Attributes:
        updates: What was seen of calls and backward passes.
        passes: Backward passes of the loop.
        stepping: What was seen of optimizer steps.
        evaluating: What was seen of calls without gradients.
        comparing: What was seen of loss functions.
    """

    def __init__(self, model: torch.nn.Module, updates: int) -> None:
        self._model, self._most = model, updates
        self.stepping, self.evaluating = Stepping(model), Evaluating(model)
        self.comparing = Comparing()
        self._stack = ExitStack()
        self._returned: list[torch.Tensor] = []
        self._ran: set[int] = set()
        self._ended, self.passes = 0, 0
        self._done = False
        self.updates: list[Update] = []

    def open(self) -> None:
        """Put the hooks in place."""
        self._ended = now()
        hook = self._model.register_forward_hook(self._called, with_kwargs=True)
        self._stack.callback(hook.remove)
        self._stack.callback(self._watch_backward())
        self.comparing.open()
        self._stack.callback(self.comparing.close)
        self.stepping.open()
        self._stack.callback(self.stepping.close)

    def close(self) -> None:
        """Take them away again and let go of the loop's tensors."""
        self._stack.close()
        self._returned.clear()
        self._ran.clear()
        self.evaluating.close()

    def _called(
        self, module: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
    ) -> None:
        import torch

        came, went = tensors([args, kwargs]), tensors(output)
        if not torch.is_grad_enabled():
            self.evaluating.called(args, kwargs, went, self._returned, self.passes)
            return
        self.evaluating.trained(args, kwargs, self._returned, self.passes)
        first = not self.updates or bool(self.updates[-1].backward)
        if first and len(self.updates) == self._most:
            self._done = True
        if self._done:
            self._returned = [tensor.detach() for tensor in went]
            return
        if first:
            self.updates.append(Update())
        update = self.updates[-1]
        if len(update.calls) == MOST_CALLS:
            return
        # The hook runs after the call: its own nodes are those since the call before it ended.
        start, self._ended = self._ended, now()
        spanned = numbers(went)
        borders = [*(call.start for call in update.calls), start, self._ended]
        update.calls.append(
            Call(
                start=start,
                given=any(same(a, b) for a in came for b in self._returned),
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
            self.stepping.backward_begins()
            found = original(roots, grad_tensors, retain_graph, *args, **kwargs)
            self.stepping.backward_ended()
            self.passes += 1
            self.evaluating.passed()
            seen = self.stepping.found
            self.stepping.brief = self._done and (
                seen.steps >= STEPS or seen.backward >= MOST_BACKWARD
            )
            return found

        # `Tensor.backward` looks the function up here, too.
        torch.autograd.backward = watched

        def restore() -> None:
            torch.autograd.backward = original

        return restore

    def _backward(self, roots: list[torch.Tensor], retained: bool) -> None:
        if not self.updates or self._done:
            return  # of something else, before the module was first called
        update, through = self.updates[-1], numbers(roots)
        if not update.backward:
            # Several losses of one update may share a graph; a later update must not.
            update.kept = len(through & self._ran)
        update.backward += 1
        update.retained |= retained
        self._ran |= through
