"""The reshapes that a torch module's own code makes in one call."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

from echospan.adapters.reshapes import Reshape
from echospan.adapters.torch.randomness import user_line

RESHAPES = frozenset({"view", "reshape", "flatten", "unflatten", "view_as", "reshape_as"})
CONVOLUTIONS = frozenset({"conv1d", "conv2d", "max_pool1d", "avg_pool1d", "batch_norm"})
"""Functions whose last axes are steps or places, and axis 1 channels."""

OWN = ("torch.nn.modules.flatten", "torch.nn.modules.container")
"""Modules of torch that stand in a user's place."""


def recorder() -> Any:
    """A mode that notes every reshape of the user's own code, as `Reshape` in `found`."""
    from torch.overrides import TorchFunctionMode

    class Recorder(TorchFunctionMode):  # type: ignore[misc, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.found: list[Reshape] = []
            self._made: dict[int, tuple[int, Any]] = {}

        def __torch_function__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            out = function(*args, **(kwargs or {}))
            name = getattr(function, "__name__", "")
            if name in RESHAPES and _by_user(sys._getframe(1)):
                before, after = tuple(args[0].shape), tuple(out.shape)
                if before != after:
                    # The result is kept, so that no other tensor gets its number.
                    self._made[id(out)] = len(self.found), out
                    self.found.append(Reshape(before, after, user_line()))
            elif name in CONVOLUTIONS and args and id(args[0]) in self._made:
                place = self._made[id(args[0])][0]
                self.found[place] = replace(self.found[place], reader=name)
            return out

    return Recorder()


def _by_user(frame: Any) -> bool:
    name = str(frame.f_globals.get("__name__", ""))
    return name.startswith(OWN) or not name.startswith("torch")
