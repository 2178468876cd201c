"""Modules that process whole sequences in `forward`, and single steps in a method of their own."""

from __future__ import annotations

from typing import Any

import torch

from echospan.adapters.torch.state_tree import duplicate

STARTS = ("default_state", "initial_state", "init_state", "get_empty_cache", "empty_cache",
          "init_cache", "init_caches", "zero_state", "init_hidden",
          "allocate_inference_cache")  # fmt: skip
"""Names of a method that makes the state of the start for a number of rows."""


class Stepped(torch.nn.Module):  # type: ignore[misc, unused-ignore]
    """Such a module as one whose `forward` takes a state, and returns it where that is asked for.

    Args:
        inner: The module.
        name: Of its method for one step.
    """

    def __init__(self, inner: torch.nn.Module, name: str) -> None:
        super().__init__()
        self.inner, self.name = inner, name
        self.expanded: bool | None = None

    def forward(self, x: torch.Tensor, state: Any = None, return_state: bool = False) -> Any:
        """Outputs (batch, time, ...), and the state after them."""
        if not return_state:
            return self.inner(x)
        state = self._start(len(x)) if state is None else state
        outputs = []
        for step in range(x.shape[1]):
            y, state = self._step(x[:, step : step + 1], state)
            outputs.append(y)
        return torch.cat(outputs, 1), state

    def _start(self, rows: int) -> Any:
        for name in STARTS:
            method = getattr(self.inner, name, None)
            if callable(method):
                return method(rows)
        return None

    def _step(self, x: torch.Tensor, state: Any) -> tuple[torch.Tensor, Any]:
        """One step (batch, 1, ...); the method may take it without its time axis."""
        method = getattr(self.inner, self.name)
        if self.expanded is None:
            self.expanded = self._takes_time(x, state)
        y, after = method(x if self.expanded else x[:, 0], state)
        return (y if self.expanded else y[:, None]), after

    def _takes_time(self, x: torch.Tensor, state: Any) -> bool:
        wanted = self.inner(x).shape
        method = getattr(self.inner, self.name)
        try:
            y, _ = method(x[:, 0], duplicate(state))
        except Exception:
            # Whatever it raises: it does not take steps without a time axis.
            return True
        return bool(y.shape != wanted[:1] + wanted[2:])
