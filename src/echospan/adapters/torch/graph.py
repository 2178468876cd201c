"""What hangs on a tensor: gradients, and walks through torch's autograd graph.

Autograd numbers its nodes in the order in which they are made. Two numbers taken before and after
a piece of work therefore tell whether a node was made in it: no node has to be remembered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

MOST_NODES = 200_000
"""Nodes that one walk visits at most."""

_LEAF = 2**63
"""Leaves (AccumulateGrad) carry the highest numbers, so that they run first."""


def now() -> int:
    """The number that the next node of this thread gets."""
    import torch

    with torch.enable_grad():
        node = torch.zeros((), requires_grad=True).view(()).grad_fn
    assert node is not None
    return int(node._sequence_nr()) + 1


def numbers(roots: Iterable[torch.Tensor]) -> set[int]:
    """Numbers of the nodes that hang on the roots, leaves left out; at most `MOST_NODES`."""
    waiting: list[Any] = [root.grad_fn for root in roots if root.grad_fn is not None]
    seen: set[Any] = set(waiting)
    found: set[int] = set()
    while waiting and len(seen) < MOST_NODES:
        node = waiting.pop()
        number = node._sequence_nr()
        if number < _LEAF:
            found.add(int(number))
        for following, _ in node.next_functions:
            if following is not None and following not in seen:
                seen.add(following)
                waiting.append(following)
    return found


def tensors(tree: Any) -> list[torch.Tensor]:
    """All tensors in nested tuples, lists and dictionaries."""
    import torch

    if isinstance(tree, torch.Tensor):
        return [tree]
    if isinstance(tree, dict):
        return [t for value in tree.values() for t in tensors(value)]
    if isinstance(tree, list | tuple):
        return [t for value in tree for t in tensors(value)]
    return []


def gradients(total: Any, leaves: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """Gradients of a number with respect to leaves: zeros for one that it does not depend on."""
    import torch

    if not isinstance(total, torch.Tensor) or not total.requires_grad:
        return [torch.zeros_like(each) for each in leaves]
    found = torch.autograd.grad(total, leaves, allow_unused=True)
    return [
        torch.zeros_like(leaf) if gradient is None else gradient
        for leaf, gradient in zip(leaves, found, strict=True)
    ]
