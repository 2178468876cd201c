"""Cases of modules that draw random numbers in evaluation mode."""

from __future__ import annotations

import random
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from doctor.bench.case import Case
from echospan.doctor import CheckReport


def net(start: Callable[..., Any], noise: Callable[[Any, Any], Any]) -> Any:
    """A GRU that starts from ``start(...)``; ``noise(module, h)`` stands before its readout."""
    import torch

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.GRU(1, 8, batch_first=True)
            self.head = torch.nn.Linear(8, 1)

        def forward(self, x: Any) -> Any:
            h = start(1, len(x), 8, dtype=x.dtype)
            return self.head(noise(self, self.layer(x, h)[0][:, -1]))

    return Net()


def checked(start: str = "zeros", noise: Callable[[Any, Any], Any] | None = None) -> CheckReport:
    """The check of such a module."""
    import torch

    import echospan

    x = np.random.default_rng(0).normal(size=(120, 8, 1)).astype("float32")
    model = net(getattr(torch, start), noise or (lambda _, h: h))
    return echospan.check(model, x, x[:, 3] ** 2, batch_size=8, loss=torch.nn.MSELoss())


def dropped(module: Any, h: Any, *, always: bool) -> Any:
    """Dropout as a function, which knows of evaluation mode only what it is told."""
    import torch

    return torch.nn.functional.dropout(h, 0.3, training=always or module.training)


def shaken(module: Any, h: Any, *, always: bool) -> Any:
    """Noise of Python's own generator."""
    return h * random.uniform(0.8, 1.2) if always or module.training else h


def moved(module: Any, h: Any, *, always: bool) -> Any:
    """Noise of a generator that starts anew from the clock."""
    import torch

    if not (always or module.training):
        return h
    return h + torch.as_tensor(np.random.default_rng().normal(size=8), dtype=h.dtype)


def cases() -> list[Case]:
    """All of this module; none where torch is not installed."""
    if find_spec("torch") is None:
        return []
    code = "answer-not-repeatable"
    found = [
        Case(
            code,
            "initial state drawn by torch.randn",
            lambda: checked("randn"),
            lambda: checked("zeros"),
            source="github schmidt-ju/crat-pred 8",
        )
    ]
    for name, noise in (
        ("functional dropout that ignores evaluation mode", dropped),
        ("Python's random in forward", shaken),
        ("a generator of its own in forward", moved),
    ):

        def run(always: bool, noise: Callable[..., Any] = noise) -> CheckReport:
            return checked(noise=lambda module, h: noise(module, h, always=always))

        found.append(Case(code, name, lambda run=run: run(True), lambda run=run: run(False)))
    return found


CASES = cases()
