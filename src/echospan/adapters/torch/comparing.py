"""What the loss functions of a loop are given, in its first updates."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from echospan.adapters.loss_call import LossCall
from echospan.adapters.torch.loss_calls import KNOWN, noted

MOST_CALLS = 8
"""Calls of loss functions that are kept."""


class Comparing:
    """Watches torch's own loss functions while it is open.

    Attributes:
        calls: The first ones whose outputs have a gradient, in order.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.calls: list[LossCall] = []

    def open(self) -> None:
        """Put a function that notes in the place of each."""
        import torch

        # The classes look the functions up here, too.
        module = torch.nn.functional
        for name in KNOWN:
            original = getattr(module, name)
            setattr(module, name, self._watched(name, original))
            self._stack.callback(setattr, module, name, original)

    def close(self) -> None:
        """Put the functions back."""
        self._stack.close()

    def _watched(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def watched(*args: Any, **keywords: Any) -> Any:
            if len(self.calls) < MOST_CALLS:
                self._note(name, args, keywords)
            return original(*args, **keywords)

        return watched

    def _note(self, name: str, args: Any, keywords: Any) -> None:
        given = args[0] if args else keywords.get("input")
        if getattr(given, "requires_grad", False):
            # What cannot be read is left to the function itself.
            try:
                self.calls += noted(name, "", args, keywords)
            except Exception:
                return
