"""Watching a copy's operations: where integers become vectors, and what would fall out of doubles.

Integers have no gradient. What an embedding (or a one-hot encoding) makes of them has one: it says
whether training can learn from the symbol at that time step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from echospan.adapters.torch.devices import on_cpu

if TYPE_CHECKING:
    import torch


def watching(
    places: Sequence[tuple[int, int]], added: Sequence[torch.Tensor], precision: str
) -> Any:
    """A context in which a copy is called.

    Args:
        places: (rows, time) of each input of integers, or (time, rows) where the module is given
            that order.
        added: What is added to the vectors of each place at which integers become such, in order;
            empty to learn where they are.
        precision: Float type of the copy. Where it is double, tensors that `forward` makes in
            single precision (a state of zeros, one-hot vectors) are made double.

    Returns:
        The context; its ``seen`` holds the vectors of each place.
    """
    import torch
    from torch.overrides import TorchFunctionMode

    leading = {place for rows, time in places for place in ((rows, time), (time, rows))}

    class Watching(TorchFunctionMode):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[torch.Tensor] = []

        def __torch_function__(
            self,
            func: Callable[..., Any],
            types: Any,
            args: tuple[Any, ...] = (),
            kwargs: dict[str, Any] | None = None,
        ) -> Any:
            func, args, kwargs = on_cpu(func, args, kwargs)
            out = func(*args, **kwargs)
            if not isinstance(out, torch.Tensor) or not out.is_floating_point():
                return out
            if precision == "float64" and out.dtype is torch.float32:
                out = out.double()
            if leading and _embeds([*args, *(kwargs or {}).values()], out, leading):
                if added:
                    out = out + added[len(self.seen)].to(out.dtype)
                self.seen.append(out)
            return out

    return Watching()


def _embeds(given: list[Any], out: Any, leading: set[tuple[int, int]]) -> bool:
    """Whether integers of the input's shape went in, and floats of that shape came out."""
    import torch

    shape = tuple(out.shape[:2])
    if shape not in leading:
        return False
    tensors = [value for value in given if isinstance(value, torch.Tensor)]
    like = [value for value in tensors if tuple(value.shape[:2]) == shape]
    # With floats of that shape beside them, integers are a mask or an index.
    return any(_integers(value) for value in like) and all(_integers(value) for value in like)


def _integers(value: Any) -> bool:
    import torch

    return not value.is_floating_point() and value.dtype is not torch.bool
