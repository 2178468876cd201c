"""One call of a copy of a torch module, with an eye on what its parts are given and give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.cells import Cell, saturated
from echospan.adapters.signals import Axes, Signal, Structure
from echospan.adapters.support import NotCloneable
from echospan.adapters.torch.calling import Calling
from echospan.adapters.torch.clone import clone
from echospan.adapters.torch.facts import facts
from echospan.adapters.torch.graph import tensors
from echospan.adapters.torch.running import TorchRunning, to_numpy

if TYPE_CHECKING:
    import torch

Look = Callable[[str, Any, tuple[Any, ...], Any], None]
"""(name, module, what it was given, what it gave)."""


def observed(
    model: torch.nn.Module,
    batch: Sequence[np.ndarray],
    sources: Sequence[Signal],
    structure: Structure,
    outputs: Sequence[str],
    look: Look,
    *,
    batch_first: bool = True,
    axes: Sequence[Axes] = (),
) -> None:
    """Call a copy in evaluation mode, up to where it fails; each part is looked at.

    Args:
        model: The user's module.
        batch: One batch of its inputs.
        sources: The inputs.
        structure: How `forward` takes several.
        outputs: Names of the outputs, where there are several.
        look: Is called after each part.
        batch_first: Whether the module is given (batch, time, ...).
        axes: For each input how the module is given it.
    """
    made = clone(model, double=False)

    def hook(name: str) -> Any:
        return lambda module, given, answer: look(name, module, given, answer)

    for name, module in made.named_modules():
        if name:
            module.register_forward_hook(hook(name))
    call_once(made, model, batch, sources, structure, outputs, batch_first=batch_first, axes=axes)


def call_once(
    made: torch.nn.Module,
    model: torch.nn.Module,
    batch: Sequence[np.ndarray],
    sources: Sequence[Signal],
    structure: Structure,
    outputs: Sequence[str],
    *,
    batch_first: bool = True,
    axes: Sequence[Axes] = (),
) -> None:
    """Call a copy that has hooks once, up to where it fails: what they saw until then counts.

    Args:
        made: The copy.
        model: The user's module.
        batch: One batch of its inputs.
        sources: The inputs.
        structure: How `forward` takes several.
        outputs: Names of the outputs, where there are several.
        batch_first: Whether the module is given (batch, time, ...).
        axes: For each input how the module is given it.
    """
    running = TorchRunning(
        made,
        Calling(model, structure, outputs),
        facts(model).precision,
        batch_first=batch_first,
        timed=[source.sequence for source in sources],
        axes=axes,
    )
    with suppress(NotCloneable):
        running.call_once(batch)


class CellLook:
    """Looks at torch's own recurrent layers.

    Attributes:
        found: What was seen.
    """

    def __init__(self, batch: Sequence[np.ndarray], sources: Sequence[Signal]) -> None:
        self._batch, self._sources = batch, sources
        self.found: list[Cell] = []

    def __call__(self, name: str, module: Any, given: tuple[Any, ...], answer: Any) -> None:
        """Note how far a recurrent layer is saturated by its input."""
        import torch

        if not isinstance(module, torch.nn.LSTM | torch.nn.GRU | torch.nn.RNN) or not given:
            return
        if isinstance(module, torch.nn.RNN) and module.nonlinearity != "tanh":
            return
        x = getattr(given[0], "data", given[0])
        if not isinstance(x, torch.Tensor) or x.ndim < 2:
            return
        values = to_numpy(x)
        steps = values.reshape(-1, values.shape[-1])
        weight: Any = module.weight_ih_l0
        bias = to_numpy(module.bias_ih_l0) + to_numpy(module.bias_hh_l0) if module.bias else 0.0
        share = saturated(steps, to_numpy(weight).T, bias)
        source = next(
            (
                each.number
                for each, own in zip(self._sources, self._batch, strict=True)
                if own.size == values.size
                and np.allclose(np.sort(own.ravel()), np.sort(values.ravel()), rtol=1e-4)
            ),
            None,
        )
        low, high = float(steps.min()), float(steps.max())
        self.found.append(Cell(name, type(module).__name__, share, low, high, source))


class NanLook:
    """Looks for the first part that gives NaN, though it was given numbers.

    Attributes:
        found: Name and class of that part; empty while none was seen.
        seen: Whether any part gave NaN at all.
    """

    def __init__(self) -> None:
        self.found, self.seen = "", False

    def __call__(self, name: str, module: Any, given: tuple[Any, ...], answer: Any) -> None:
        """Note a part whose inputs are numbers and whose outputs are not."""
        if not any(bool(t.isnan().any()) for t in tensors(answer) if t.is_floating_point()):
            return
        before = any(bool(t.isnan().any()) for t in tensors(given) if t.is_floating_point())
        if not before and not self.found:
            self.found = f"{name!r} ({type(module).__name__})"
        elif not self.seen and not self.found:
            self.found = f"between parts of the module, before {name!r}"
        self.seen = True
