"""The state that a torch module hands on, as a tree of tensors.

Tuples, lists, dictionaries, named tuples, data classes and plain objects with tensors in their
attributes are such trees. Their own methods for copying are not used: one that forgets a tensor
would hide itself.
"""

from __future__ import annotations

import copy
import io
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.torch.running import to_numpy

if TYPE_CHECKING:
    import torch

Change = Callable[[str, Any], Any]
"""Gives a tensor in place of one of a name."""


def named_leaves(tree: Any) -> dict[str, Any]:
    """The tensors and numbers of a state by name, such as ``0``, ``cache.h`` or ``state``."""
    found: dict[str, Any] = {}
    mapped(lambda name, tensor: found.setdefault(name or "state", tensor), tree)
    found.update((name or "state", value) for name, value in _numbers(tree))
    return found


def arrays(tree: Any) -> dict[str, np.ndarray]:
    """The tensors and numbers of a state as arrays of their own."""
    return {
        name: np.array(to_numpy(leaf) if hasattr(leaf, "detach") else leaf)
        for name, leaf in named_leaves(tree).items()
    }


def has_tensors(tree: Any) -> bool:
    """Whether there is a tensor in it."""
    seen: list[str] = []
    mapped(lambda name, tensor: seen.append(name), tree)
    return bool(seen)


def is_nested_tuples(tree: Any) -> bool:
    """Whether it is a tensor, or tuples and lists of such."""
    if hasattr(tree, "detach"):
        return True
    return type(tree) in (tuple, list) and all(map(is_nested_tuples, tree))


def duplicate(tree: Any) -> Any:
    """The same state in memory of its own, away from any graph."""
    return mapped(lambda _, tensor: tensor.detach().clone(), tree)


def through_bytes(tree: Any) -> Any:
    """The state written by `torch.save` and read back."""
    import torch

    buffer = io.BytesIO()
    torch.save(tree, buffer)
    buffer.seek(0)
    return torch.load(buffer, weights_only=False)


def taken(tree: Any, index: Any, axes: Mapping[str, int | None]) -> Any:
    """Rows of the batch of each tensor.

    Args:
        tree: The state.
        index: Numbers of rows, a tensor.
        axes: The axis of the rows by name of a tensor; None where it has none.
    """

    def rows(name: str, tensor: torch.Tensor) -> torch.Tensor:
        axis = axes[name or "state"]
        return tensor.clone() if axis is None else tensor.index_select(axis, index)

    return mapped(rows, tree)


def mapped(change: Change, tree: Any, name: str = "", memo: dict[int, Any] | None = None) -> Any:
    """The same tree with each tensor changed. What is there twice is changed once."""
    import torch

    memo = {} if memo is None else memo
    if id(tree) in memo:
        return memo[id(tree)]
    if isinstance(tree, torch.Tensor):
        memo[id(tree)] = found = change(name, tree)
        return found
    if isinstance(tree, torch.nn.Module) or callable(tree):
        return tree
    if isinstance(tree, np.ndarray):
        return tree.copy()
    if isinstance(tree, Mapping):
        made: Any = copy.copy(tree)
        memo[id(tree)] = made
        for key, value in tree.items():
            made[key] = mapped(change, value, _joined(name, key), memo)
        return made
    if isinstance(tree, tuple | list):
        parts = [
            mapped(change, part, _joined(name, key), memo)
            for key, part in zip(_keys(tree), tree, strict=True)
        ]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    own = _attributes(tree)
    if own is None:
        return tree
    made = object.__new__(type(tree))
    memo[id(tree)] = made
    for key, value in own.items():
        object.__setattr__(made, key, mapped(change, value, _joined(name, key), memo))
    return made


def _joined(name: str, key: Any) -> str:
    return f"{name}.{key}" if name else str(key)


def _keys(tree: Any) -> list[Any]:
    return list(getattr(tree, "_fields", range(len(tree))))


def _attributes(tree: Any) -> dict[str, Any] | None:
    """What an object keeps, in attributes or slots; None for a plain value."""
    if tree is None or isinstance(tree, bool | int | float | complex | str | bytes | type):
        return None
    found = {
        slot: getattr(tree, slot)
        for kind in type(tree).__mro__
        for slot in _slots(kind)
        if hasattr(tree, slot)
    }
    found.update(getattr(tree, "__dict__", {}))
    return found or None


def _slots(kind: type) -> tuple[str, ...]:
    own = kind.__dict__.get("__slots__", ())
    names = (own,) if isinstance(own, str) else tuple(own)
    return tuple(name for name in names if name not in ("__dict__", "__weakref__"))


def _numbers(tree: Any, name: str = "", seen: set[int] | None = None) -> Iterator[tuple[str, Any]]:
    """Plain numbers in a tree, such as a count of steps."""
    import torch

    seen = set() if seen is None else seen
    if isinstance(tree, int | float) and not isinstance(tree, bool):
        yield name, tree
        return
    if isinstance(tree, torch.Tensor | torch.nn.Module) or callable(tree) or id(tree) in seen:
        return
    seen.add(id(tree))
    if isinstance(tree, np.ndarray):
        yield name, tree
    elif isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from _numbers(value, _joined(name, key), seen)
    elif isinstance(tree, tuple | list):
        for key, value in zip(_keys(tree), tree, strict=True):
            yield from _numbers(value, _joined(name, key), seen)
    else:
        for key, value in (_attributes(tree) or {}).items():
            yield from _numbers(value, _joined(name, key), seen)
