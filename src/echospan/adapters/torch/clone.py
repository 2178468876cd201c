"""A copy of the user's module for the probes; see `users_own` for the module itself."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from echospan.adapters.support import NotCloneable
from echospan.adapters.torch.graph import tensors

if TYPE_CHECKING:
    import torch


def clone(
    model: torch.nn.Module, *, double: bool = True, training: bool = False
) -> torch.nn.Module:
    """A deep copy, in evaluation mode or in training mode.

    Args:
        model: Is only read.
        double: Whether the copy computes in double precision, or as the model does.
        training: Whether the copy is in training mode.

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
    made.train(training)
    if any(each.device.type != "cpu" for each in [*made.parameters(), *made.buffers()]):
        moved(made)
    for parameter in made.parameters():
        parameter.requires_grad_(True)
    if double:
        made.double()
        for module in made.modules():
            _convert(module)
    return made


def moved(made: torch.nn.Module) -> None:
    """Move a copy to the CPU: weights, buffers, and tensors that it keeps in attributes."""
    made.cpu()
    for module in made.modules():
        for name, value in list(vars(module).items()):
            if not name.startswith("_"):
                vars(module)[name] = map_tensors(lambda tensor: tensor.cpu(), value)


def _own_tensors(module: torch.nn.Module) -> list[torch.Tensor]:
    """Tensors that a module keeps beside its parameters and buffers, such as a hidden state."""
    return tensors({k: v for k, v in vars(module).items() if not k.startswith("_")})


def _convert(module: torch.nn.Module) -> None:
    for name, value in list(vars(module).items()):
        if not name.startswith("_"):
            vars(module)[name] = as_double(value)


def as_double(tree: Any) -> Any:
    """The same tree with its float tensors in double precision, away from any graph."""

    def double(tensor: Any) -> Any:
        return tensor.detach().double() if tensor.is_floating_point() else tensor

    return map_tensors(double, tree)


def map_tensors(change: Callable[[Any], Any], tree: Any) -> Any:
    """Nested tuples, lists and dictionaries with each tensor changed; parameters stay."""
    import torch

    if isinstance(tree, torch.Tensor):
        return tree if isinstance(tree, torch.nn.Parameter) else change(tree)
    if type(tree) in (list, tuple):
        return type(tree)(map_tensors(change, value) for value in tree)
    if type(tree) is dict:
        return {name: map_tensors(change, value) for name, value in tree.items()}
    return tree


class Memory:
    """What modules keep beside their parameters: a state that calls may change.

    Remembers it as it is now, and puts it back.
    """

    def __init__(self, model: torch.nn.Module) -> None:
        self._kept = {
            path: (module, {k: v for k, v in vars(module).items() if not k.startswith("_")})
            for path, module in model.named_modules()
        }
        self._buffers = {
            name: (buffer, buffer.detach().clone()) for name, buffer in model.named_buffers()
        }

    def restore(self) -> None:
        """As it was."""
        import torch

        for module, kept in self._kept.values():
            for name in [k for k in vars(module) if not k.startswith("_") and k not in kept]:
                del vars(module)[name]
            vars(module).update(kept)
        with torch.no_grad():
            for buffer, value in self._buffers.values():
                buffer.copy_(value)

    def changed(self) -> dict[str, Any]:
        """Attributes and buffers that are other than they were, by their full name."""
        found: dict[str, Any] = {}
        for path, (module, kept) in self._kept.items():
            for name, value in vars(module).items():
                if not name.startswith("_") and kept.get(name, self) is not value:
                    found[f"{path}.{name}".lstrip(".")] = value
        for name, (buffer, value) in self._buffers.items():
            if not bool((buffer == value).all()):
                found[name] = buffer.detach().clone()
        return found

    def install(self, values: Mapping[str, Any]) -> None:
        """Set what `changed` gave."""
        import torch

        for full, value in values.items():
            path, _, name = full.rpartition(".")
            if full in self._buffers:
                with torch.no_grad():
                    self._buffers[full][0].copy_(value)
            else:
                vars(self._kept[path][0])[name] = value
