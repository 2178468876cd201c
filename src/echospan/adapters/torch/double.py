"""Running a copy of a torch module in double precision, casts inside it undone.

A model that casts to single precision on its way computes with errors of 1e-7, which hide what a
lost state costs. With the casts undone a correct model repeats itself to 1e-15.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from echospan.adapters.torch.devices import on_cpu

if TYPE_CHECKING:
    import torch


def narrow_types(module: torch.nn.Module) -> tuple[Any, ...]:
    """The float types that count as casts of convenience: undone, they change no meaning.

    A cast to half precision is undone only in a module that has such weights: elsewhere a state
    that goes through it is changed for good.
    """
    import torch

    own = {parameter.dtype for parameter in module.parameters()}
    half = (torch.float16,) if torch.float16 in own else ()
    return (torch.float32, torch.bfloat16, *half)


@contextmanager
def in_double(narrow: Collection[Any] = ()) -> Iterator[None]:
    """A context in which modules are built and called in double precision.

    Args:
        narrow: The types that are replaced; left out, single precision and bfloat16.
    """
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with undoing(tuple(narrow) or (torch.float32, torch.bfloat16)):
            yield
    finally:
        torch.set_default_dtype(before)


def undoing(narrow: tuple[Any, ...]) -> Any:
    """A mode of torch that replaces float types by double precision in each call.

    Types that are given, methods such as `Tensor.float`, tensors that come in and tensors that
    are made are replaced. Single-precision complex numbers are, too.
    """
    import torch
    from torch.overrides import TorchFunctionMode

    types = dict.fromkeys(narrow, torch.float64)
    types[torch.complex64] = torch.complex128
    methods: dict[str, Callable[..., Any]] = {"cfloat": torch.Tensor.cdouble}
    names: dict[Any, Any] = {}
    for kind, method, old in (
        (torch.float32, "float", "FloatTensor"),
        (torch.bfloat16, "bfloat16", "BFloat16Tensor"),
        (torch.float16, "half", "HalfTensor"),
    ):
        if kind in types:
            methods[method] = torch.Tensor.double
            names[f"torch.{old}"] = "torch.DoubleTensor"
            names[getattr(torch, old)] = torch.DoubleTensor

    def wide(value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            return value.to(types[value.dtype]) if value.dtype in types else value
        if isinstance(value, torch.dtype):
            return types.get(value, value)
        if type(value) in (tuple, list):
            return type(value)(wide(part) for part in value)
        if isinstance(value, str | type):
            return names.get(value, value)
        return value

    class Undoing(TorchFunctionMode):  # type: ignore[misc, unused-ignore]
        def __torch_function__(
            self, func: Any, kinds: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            func, args, named = on_cpu(func, args, kwargs)
            name = getattr(func, "__name__", "")
            if name in methods and args:
                return methods[name](*args)
            if not in_place(name) and "out" not in named:
                args = [wide(value) for value in args]
            named = {key: wide(value) for key, value in named.items()}
            out = func(*args, **named)
            return wide(out) if isinstance(out, torch.Tensor) else out

    return Undoing()


def in_place(name: str) -> bool:
    """Whether a function of torch of that name changes a tensor that it is given."""
    if name.startswith("__"):
        return name in ("__setitem__", "__set__") or name.startswith("__i")
    return name.endswith("_")


def widen(module: torch.nn.Module) -> None:
    """Turn the complex weights of a module, which `Module.double` leaves alone, into doubles."""
    import torch

    def change(tensor: torch.Tensor) -> torch.Tensor:
        return tensor.to(torch.complex128) if tensor.dtype is torch.complex64 else tensor

    module._apply(change)
    for each in module.modules():
        for name, value in list(vars(each).items()):
            if isinstance(value, torch.Tensor):
                vars(each)[name] = change(value)
