"""Everything in float64: what a model casts to a smaller float type inside is not cast."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

SMALLER = frozenset({torch.float32, torch.float16, torch.bfloat16})
DTYPE = torch.dtype
CASTS = frozenset({torch.Tensor.float, torch.Tensor.half, torch.Tensor.bfloat16})


class InFloat64(TorchFunctionMode):  # type: ignore[misc]
    """Turn each smaller float type that a torch function is given into float64.

    A norm, a softmax or a rotary embedding that computes in float32 rounds differently for each
    length of a chunk. That hides small faults and looks like one where there is none.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call the function with float64 in place of smaller types."""
        if func in CASTS:
            return args[0].double()
        # A model calls this some hundred times a step: a loop without a generator is quicker.
        for value in args:
            if type(value) is DTYPE and value in SMALLER:
                args = tuple(map(_wider, args))
                break
        if not kwargs:
            return func(*args)
        if kwargs.get("dtype") in SMALLER:
            kwargs = {**kwargs, "dtype": torch.float64}
        return func(*args, **kwargs)


def _wider(value: Any) -> Any:
    return torch.float64 if type(value) is DTYPE and value in SMALLER else value


@contextmanager
def float64() -> Iterator[None]:
    """Make new tensors float64, undo casts, and use one thread: small models run faster on one."""
    dtype, threads = torch.get_default_dtype(), torch.get_num_threads()
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    try:
        with InFloat64():
            yield
    finally:
        torch.set_default_dtype(dtype)
        torch.set_num_threads(threads)
