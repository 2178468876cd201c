"""Which parts of a batch are inputs of a torch module, and which are targets."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from echospan.adapters.torch.calling import runs
from echospan.adapters.torch.loader import whole
from echospan.adapters.torch.packing import is_packed, padded
from echospan.errors import DataError

TARGETS = ("y", "target", "targets", "label", "labels", "label_ids")
"""Names under which a batch that is a dictionary may hold its targets."""


class Dividing:
    """Divides the batches of a loader by what the module's `forward` takes.

    Args:
        model: The module.
        batch_first: Whether the batches are (batch, time, ...).

    Attributes:
        left_out: Parts that go neither into `forward` nor into the loss.
        packs: Whether the inputs come as packed sequences.
    """

    def __init__(self, model: Any, *, batch_first: bool) -> None:
        self._model, self._batch_first = model, batch_first
        self._way: tuple[tuple[int, ...], int] | None = None
        parameters = list(inspect.signature(model.forward).parameters.values())
        many = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        self._names = [each.name for each in parameters if each.kind not in many]
        self._any_name = any(each.kind is each.VAR_KEYWORD for each in parameters)
        self.left_out: list[str] = []
        self.packs = False

    def __call__(self, batch: Any) -> tuple[Any, Any]:
        """Inputs and targets of one batch.

        Raises:
            DataError: It cannot be told which are which.
        """
        if isinstance(batch, Mapping):
            x, y = self._by_name(batch)
        elif isinstance(batch, tuple | list) and not is_packed(batch):
            x, y = self._in_order(list(batch))
        else:
            raise DataError(_refused(batch))
        if not self._batch_first:
            rows = next((int(p.shape[1]) for p in _parts(x) if len(p.shape) >= 2), 0)
            x, y = _turned(x, rows), _turned(y, rows)
        return x, y

    def _by_name(self, batch: Mapping[str, Any]) -> tuple[Any, Any]:
        own = [name for name in TARGETS if name in batch and batch[name] is not None]
        if len(own) > 1:
            raise DataError(
                f"Each batch holds several targets, {', '.join(own)}: leave all but one out, or "
                "give the arrays: check(model, x, y)."
            )
        if not own or len(batch) == 1:
            raise DataError(_refused(batch))
        inputs = {name: part for name, part in batch.items() if name != own[0]}
        if len(inputs) == 1 and isinstance(only := next(iter(inputs.values())), Mapping):
            # Inputs by name in a dictionary of their own.
            inputs = dict(only)
        taken = {name: part for name, part in inputs.items() if name in self._names}
        if taken and not self._any_name:
            self._leave_out(name for name in inputs if name not in taken)
            inputs = taken
        plain = {name: part for name, part in inputs.items() if _is_array(part)}
        self._leave_out(name for name in inputs if name not in plain)
        if not plain:
            raise DataError(_refused(batch))
        alone = len(plain) == 1 and not set(plain) & set(self._names)
        if alone and len(self._names) == 1 and self._names[0] not in ("batch", "inputs"):
            # forward(x) of a batch {"sequence": ..., "label": ...}: the loop takes it out by name.
            plain = next(iter(plain.values()))
        return plain, batch[own[0]]

    def _in_order(self, parts: list[Any]) -> tuple[Any, Any]:
        parts = [self._unpacked(part) for part in parts if part is not None]
        if len(parts) < 2:
            raise DataError(_refused(parts))
        if len(parts) == 2:
            return _as_tuple(parts[0]), _as_tuple(parts[1])
        first, rest = parts[0], parts[1:]
        lengths = [number for number, part in enumerate(rest) if _lengths(first, part, parts)]
        if len(lengths) == len(rest):
            # Targets that could be lengths, too: the last part is the target, as usual.
            lengths = lengths[:-1]
        if self._way is None:
            self._way = self._way_of(first, rest, lengths)
        taken, target = self._way
        left = [n for n in range(len(rest)) if n not in taken and n != target]
        self._leave_out(f"part {n + 2}{' (lengths)' if n in lengths else ''}" for n in left)
        more = [rest[n] for n in taken]
        return (first, *more) if more else _as_tuple(first), _as_tuple(rest[target])

    def _way_of(
        self, first: Any, rest: list[Any], lengths: list[int]
    ) -> tuple[tuple[int, ...], int]:
        """Which parts after the first are inputs, and which is the target: the way that runs.

        The last part is the target, lengths aside, and those before it are inputs. Where `forward`
        has no place for these, the part after the first is the target.
        """
        every = range(len(rest))
        others = [number for number in every if number not in lengths]
        target = others[-1]
        ways = [
            (tuple(n for n in every if n != target), target),
            (tuple(n for n in others if n != target), target),
            ((), others[0]),
        ]
        if self.packs:
            return ways[0]
        for taken, wanted in ways:
            if runs(self._model, [first, *(rest[n] for n in taken)]):
                return taken, wanted
        return ways[0]

    def _unpacked(self, part: Any) -> Any:
        self.packs = self.packs or is_packed(part)
        return padded(part, batch_first=self._batch_first)

    def _leave_out(self, parts: Any) -> None:
        self.left_out += [part for part in parts if part not in self.left_out]


def _lengths(first: Any, part: Any, parts: list[Any]) -> bool:
    """Whether a part holds the real steps of each sample: the longest is as long as an array."""
    if not (_is_array(part) and len(part.shape) == 1 and len(part) > 1):
        return False
    values = np.asarray(part)
    if values.dtype.kind not in "iu" or values.min() < 1:
        return False
    axes = {
        int(each.shape[1])
        for each in [*_parts(first), *parts[1:]]
        if _is_array(each) and len(each.shape) >= 2
    }
    return int(values.max()) in axes


def _parts(tree: Any) -> list[Any]:
    if isinstance(tree, Mapping):
        return list(tree.values())
    return list(tree) if isinstance(tree, tuple | list) else [tree]


def _is_array(part: Any) -> bool:
    return hasattr(part, "shape") and hasattr(part, "dtype")


def _as_tuple(part: Any) -> Any:
    """Several inputs that a collate function gives as a list."""
    return tuple(part) if isinstance(part, list) and all(_is_array(each) for each in part) else part


def _refused(batch: Any) -> str:
    return (
        "The loader must give pairs (x, y), tuples whose last part is y, or dictionaries with y "
        f"under one of the names {', '.join(TARGETS)}; a batch is {whole(batch)}. Give the arrays "
        "instead: check(model, x, y); of an autoencoder, check(model, x, x)."
    )


def _turned(tree: Any, rows: int) -> Any:
    """Batches that are (time, batch, ...) the other way round."""
    if isinstance(tree, Mapping):
        return {name: _turned(part, rows) for name, part in tree.items()}
    if isinstance(tree, tuple | list):
        return tuple(_turned(part, rows) for part in tree)
    return tree.swapaxes(0, 1) if tree.ndim >= 2 and tree.shape[1] == rows else tree
