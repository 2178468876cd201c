"""A copy of the user's module for the probes; the user's own is never run."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


class NotCloneable(Exception):
    """A module that cannot be copied or run; says why."""


def clone(model: torch.nn.Module, precision: str = "float64") -> torch.nn.Module:
    """A deep copy in evaluation mode.

    Args:
        model: Is only read.
        precision: Float type of the copy.

    Raises:
        NotCloneable: It cannot be copied.
    """
    try:
        # Tensors that hang on a graph refuse to be copied; their values are all that is needed.
        memo = {
            id(tensor): tensor.detach().clone()
            for module in model.modules()
            for tensor in _own_tensors(module)
            if not tensor.is_leaf
        }
        made = copy.deepcopy(model, memo)
    except Exception as error:
        raise NotCloneable(" ".join(f"{type(error).__name__}: {error}".split())[:200]) from error
    made.eval()
    for parameter in made.parameters():
        parameter.requires_grad_(True)
    if precision == "float64":
        made.double()
        for module in made.modules():
            _convert(module)
    return made


def _own_tensors(module: torch.nn.Module) -> list[torch.Tensor]:
    """Tensors that a module keeps beside its parameters and buffers, such as a hidden state."""
    from echospan.doctor.torch_modules.graph import tensors

    return tensors({k: v for k, v in vars(module).items() if not k.startswith("_")})


def _convert(module: torch.nn.Module) -> None:
    for name, value in list(vars(module).items()):
        if not name.startswith("_"):
            vars(module)[name] = as_double(value)


def as_double(tree: Any) -> Any:
    """The same tree with its float tensors in double precision."""
    import torch

    if isinstance(tree, torch.Tensor) and not isinstance(tree, torch.nn.Parameter):
        return tree.detach().double() if tree.is_floating_point() else tree
    if type(tree) in (list, tuple):
        return type(tree)(as_double(value) for value in tree)
    if type(tree) is dict:
        return {name: as_double(value) for name, value in tree.items()}
    return tree


class Memory:
    """What modules keep beside their parameters: a state that calls may change.

    Remembers it as it is now, and puts it back.
    """

    def __init__(self, model: torch.nn.Module) -> None:
        self._kept = [
            (module, {k: v for k, v in vars(module).items() if not k.startswith("_")})
            for module in model.modules()
        ]
        self._buffers = [(buffer, buffer.detach().clone()) for buffer in model.buffers()]

    def restore(self) -> None:
        """As it was."""
        import torch

        for module, kept in self._kept:
            for name in [k for k in vars(module) if not k.startswith("_") and k not in kept]:
                del vars(module)[name]
            vars(module).update(kept)
        with torch.no_grad():
            for buffer, value in self._buffers:
                buffer.copy_(value)
