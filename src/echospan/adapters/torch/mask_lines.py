"""Where a torch module makes a mask: it compares its input with one number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from echospan.adapters.torch.randomness import user_line

COMPARES = frozenset({"ne", "eq", "not_equal", "__ne__", "__eq__", "gt", "__gt__", "greater"})


def recorder(shapes: Sequence[tuple[int, ...]], value: float) -> Any:
    """A mode that notes comparisons with a value, as "file:line" in `found`.

    Args:
        shapes: Batch and time of the input, in the orders in which the module may have them.
        value: The padding.
    """
    from torch.overrides import TorchFunctionMode

    class Recorder(TorchFunctionMode):  # type: ignore[misc, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.found: list[str] = []

        def __torch_function__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            if getattr(function, "__name__", "") in COMPARES and len(args) > 1:
                shape = tuple(getattr(args[0], "shape", ()))[:2]
                number = args[1] if isinstance(args[1], int | float) else None
                if shape in shapes and number is not None and float(number) == value:
                    self.found.append(user_line())
            return function(*args, **(kwargs or {}))

    return Recorder()
