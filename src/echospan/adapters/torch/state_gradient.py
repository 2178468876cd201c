"""The gradient that comes through a state from one chunk to an earlier one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from echospan.adapters.support import NotSupported
from echospan.adapters.torch.graph import gradients
from echospan.adapters.torch.state_calls import Caller, Given

if TYPE_CHECKING:
    import torch


def differentiate(
    caller: Caller,
    chunks: Sequence[torch.Tensor],
    given: Sequence[Given],
    mixture: torch.Tensor,
) -> torch.Tensor:
    """Differentiate the last chunk's outputs with respect to the inputs of the first.

    Args:
        caller: Calls the copy.
        chunks: Inputs (batch, time, ...) in order; the state is handed on without being detached.
        given: What else each call is given.
        mixture: What the last outputs are multiplied with before they are summed.

    Returns:
        A tensor like the first chunk; for symbols (batch, time, features) of their vectors.

    Raises:
        NotSupported: The inputs are symbols, and no embedding is seen that turns them to vectors.
    """
    import torch

    with torch.enable_grad(), _embedded(caller, chunks[0]) as vectors:
        x = chunks[0]
        if x.is_floating_point():
            x = x.clone().requires_grad_(True)
        # Not the leaf itself: the module may change its input in place.
        y, state = caller(x.clone(), None, given[0])
        if not x.is_floating_point() and not vectors:
            raise NotSupported("gradient", "no embedding of its symbols is seen")
        leaf = x if x.is_floating_point() else vectors[0]
        vectors.closed = True
        for chunk, more in zip(chunks[1:], given[1:], strict=True):
            y, state = caller(chunk, state, more)
        if y.shape != mixture.shape:
            raise ValueError(f"outputs of shape {tuple(y.shape)}, not {tuple(mixture.shape)}")
        (found,) = gradients((y * mixture).sum(), [leaf])
        turned = leaf is not x and not caller.convention.batch_first
        return found.transpose(0, 1) if turned else found


class _Vectors(list[Any]):
    """The vectors of the first chunk's symbols, as tensors to differentiate by."""

    closed = False


@contextmanager
def _embedded(caller: Caller, symbols: torch.Tensor) -> Iterator[_Vectors]:
    """Add zeros that have a gradient to what the first embedding makes of the symbols."""
    import torch

    found = _Vectors()
    turned = symbols if caller.convention.batch_first else symbols.transpose(0, 1)

    def added(module: Any, args: tuple[Any, ...], output: torch.Tensor) -> Any:
        if found.closed or found or not args or not torch.equal(args[0], turned):
            return None
        zeros = torch.zeros_like(output, requires_grad=True)
        found.append(zeros)
        return output + zeros

    hooks = [
        module.register_forward_hook(added)
        for module in caller.model.modules()
        if isinstance(module, torch.nn.Embedding) and not symbols.is_floating_point()
    ]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()
