"""What the embeddings of a torch module are given, seen in one call of a copy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.embedded import Table
from echospan.adapters.signals import Axes, Signal, Structure
from echospan.adapters.torch.clone import clone
from echospan.adapters.torch.observing import call_once

if TYPE_CHECKING:
    import torch


def tables(
    model: torch.nn.Module,
    batch: Sequence[np.ndarray],
    sources: Sequence[Signal],
    structure: Structure,
    outputs: Sequence[str] = (),
    *,
    batch_first: bool = True,
    axes: Sequence[Axes] = (),
) -> list[Table]:
    """The embeddings that are called, up to the one that fails.

    Args:
        model: The user's module; a copy is called.
        batch: One batch of its inputs.
        sources: The inputs.
        structure: How `forward` takes several.
        outputs: Names of the outputs, where there are several.
        batch_first: Whether the module is given (batch, time, ...).
        axes: For each input how the module is given it.
    """
    import torch

    made = clone(model, double=False)
    found: list[Table] = []

    def note(name: str) -> Any:
        def hook(layer: Any, given: tuple[Any, ...]) -> None:
            if given and isinstance(given[0], torch.Tensor):
                indices = given[0].detach().cpu().numpy().copy()
                source, numbers = _origin(indices, batch, sources)
                casts = "a cast to integers in forward" if numbers.dtype.kind == "f" else ""
                casts = "" if indices.dtype.kind == "f" else casts
                found.append(
                    Table(name, layer.num_embeddings, numbers, source, layer.padding_idx, casts)
                )

        return hook

    for name, module in made.named_modules():
        if isinstance(module, torch.nn.Embedding | torch.nn.EmbeddingBag):
            module.register_forward_pre_hook(note(name))
    # Numbers outside the table end the call: what was given is known by then.
    call_once(made, model, batch, sources, structure, outputs, batch_first=batch_first, axes=axes)
    return found


def _origin(
    indices: np.ndarray, batch: Sequence[np.ndarray], sources: Sequence[Signal]
) -> tuple[int | None, np.ndarray]:
    """The input that indices come from, and its own numbers before a cast."""
    for source, values in zip(sources, batch, strict=True):
        if values.size == indices.size and values.dtype.kind in "fiu":
            whole = np.sort(np.trunc(values).ravel().astype("int64"))
            if np.array_equal(whole, np.sort(indices.ravel().astype("int64"))):
                return source.number, np.asarray(values)
    return None, indices
