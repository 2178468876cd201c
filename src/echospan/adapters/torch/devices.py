"""Copies run on the CPU, in double precision where they can, whatever device the module is on."""

from __future__ import annotations

import re
from typing import Any

_OTHER = re.compile(r"(cuda|mps|xpu)(:\d+)?")
_MOVES = frozenset({"cuda", "mps", "xpu"})
"""Methods of a tensor that move it to such a device."""


def on_cpu(
    function: Any, args: tuple[Any, ...], kwargs: dict[str, Any] | None
) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """A call of a function of torch as it is made on the CPU.

    Args:
        function: The function.
        args: What it is called with, by place.
        kwargs: By name.

    Returns:
        The function and its arguments, with the CPU in place of other devices.
    """
    named = kwargs or {}
    if getattr(function, "__name__", "") in _MOVES and args:
        return _itself, args[:1], {}
    if not any(_is_other(value) for value in (*args, *named.values())):
        return function, args, named
    return (
        function,
        tuple("cpu" if _is_other(value) else value for value in args),
        {name: "cpu" if _is_other(value) else value for name, value in named.items()},
    )


def at_home() -> Any:
    """A context in which calls of torch stay on the CPU."""
    from torch.overrides import TorchFunctionMode

    class AtHome(TorchFunctionMode):  # type: ignore[misc, unused-ignore]
        def __torch_function__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            function, args, named = on_cpu(function, args, kwargs)
            return function(*args, **named)

    return AtHome()


def _itself(tensor: Any) -> Any:
    return tensor


def _is_other(value: Any) -> bool:
    if isinstance(value, str):
        return _OTHER.fullmatch(value) is not None
    kind = getattr(value, "type", None)
    return isinstance(kind, str) and _OTHER.fullmatch(kind) is not None
