"""A few updates of a copy of a torch module."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.signals import Axes, Structure
from echospan.adapters.support import NotCloneable
from echospan.adapters.torch.adapter import TorchAdapter
from echospan.adapters.torch.running import to_numpy
from echospan.adapters.torch.weights import held_parameters
from echospan.adapters.trial import Rate, Trial, number

if TYPE_CHECKING:
    import torch


class TorchTrial(Trial):
    """A copy in training mode, with an optimizer like the user's.

    Args:
        model: The user's module.
        optimizer: The user's, made for the parameters of that module.
        loss: The user's loss function.
        example: One batch of inputs in flat order.
        structure: How `forward` takes several inputs.
        outputs: Names of the outputs, where there are several.
        batch_first: Whether the module is given (batch, time, ...).
        sequences: For each input whether it has a time axis.
        axes: For each input how the module is given it.

    Raises:
        NotCloneable: The module cannot be copied or run, or the optimizer cannot be made again.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        loss: Any,
        example: Sequence[np.ndarray],
        structure: Structure,
        outputs: Sequence[str] = (),
        *,
        batch_first: bool = True,
        sequences: Sequence[bool] = (),
        axes: Sequence[Axes] = (),
    ) -> None:
        self._adapter = TorchAdapter(
            model, example, structure, outputs, training=True, batch_first=batch_first,
            sequences=sequences, axes=axes,
        )  # fmt: skip
        self._loss, self._made = loss, 0
        own, copies = held_parameters(model), held_parameters(self._adapter.model)
        for name, parameter in own.items():
            copies[name].requires_grad_(parameter.requires_grad)
        of = {id(parameter): copies[name] for name, parameter in own.items()}
        self._optimizer = _made_again(optimizer, of)
        self._trained = {
            name: copies[name]
            for name, parameter in own.items()
            if parameter.requires_grad and _holds(optimizer, parameter)
        }
        self.rate = rate_of(optimizer)

    def update(self, inputs: Sequence[np.ndarray], targets: Sequence[np.ndarray]) -> float:
        """See `echospan.adapters.trial.Trial.update`; each update draws other dropout."""
        self._made += 1
        self._adapter.seeds = dict.fromkeys(("torch", "python", "numpy"), self._made)
        self._optimizer.zero_grad(set_to_none=True)
        total = self._adapter.training_loss(inputs, targets, self._loss)
        total.backward()
        self._optimizer.step()
        return float(total.detach())

    def parameters(self) -> Mapping[str, np.ndarray]:
        """A copy of what the optimizer trains."""
        return {name: to_numpy(each).copy() for name, each in self._trained.items()}

    def outputs(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """In evaluation mode."""
        module = self._adapter.model
        module.eval()
        try:
            return self._adapter.whole(inputs)
        finally:
            module.train()


def rate_of(optimizer: torch.optim.Optimizer) -> Rate:
    """How an optimizer is set; its first group of parameters counts."""
    first = optimizer.param_groups[0]
    betas = first.get("betas") or (0.0,)
    rates = tuple(number(group.get("lr")) for group in optimizer.param_groups)
    return Rate(
        type(optimizer).__name__,
        rates[0],
        scheduled="initial_lr" in first,
        momentum=number(first.get("momentum") or betas[0]),
        decay=number(first.get("weight_decay")),
        groups=rates,
    )


def _holds(optimizer: torch.optim.Optimizer, parameter: torch.nn.Parameter) -> bool:
    return any(each is parameter for group in optimizer.param_groups for each in group["params"])


def _made_again(
    optimizer: torch.optim.Optimizer, of: Mapping[int, torch.nn.Parameter]
) -> torch.optim.Optimizer:
    """The same optimizer over the copies; a copied one could step the user's own parameters."""
    groups = []
    for group in optimizer.param_groups:
        settings = {name: value for name, value in group.items() if name != "params"}
        held = [of[id(each)] for each in group["params"] if id(each) in of]
        if held:
            groups.append({**settings, "params": held})
    if not groups:
        raise NotCloneable("the optimizer holds none of the module's parameters")
    kind: Any = type(optimizer)
    closure = inspect.signature(kind.step).parameters.get("closure")
    if closure is not None and closure.default is closure.empty:
        raise NotCloneable(f"{kind.__name__} computes the loss several times in one update")
    wanted = inspect.signature(kind.__init__).parameters
    settings = {n: v for n, v in getattr(optimizer, "defaults", {}).items() if n in wanted}
    try:
        made: torch.optim.Optimizer = kind(groups, **settings)
    except Exception as error:
        told = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise NotCloneable(f"its optimizer cannot be made again: {told}") from error
    return made
