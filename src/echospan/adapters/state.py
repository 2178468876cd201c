"""The state of a model as a value: NumPy arrays with names, and the structure they stand in.

A `State` holds no graph and shares no memory with a model, so that it can be kept, compared, cut
and written to a file. To differentiate across the border between two chunks, see
`echospan.adapters.Adapter.gradient`.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from echospan.errors import ConfigError, DataError

Structure = Any
"""Nested lists and dictionaries of plain values; a leaf is ``["leaf", name]``."""


@dataclass(frozen=True, eq=False)
class State:
    """What a model carries from one chunk to the next.

    Example::

        state = adapter.initial_state(rows=2)
        outputs, after = adapter.chunk(inputs, state)
        after.difference(state)  # {"lstm.states.0": 0.7, ...}

    Attributes:
        leaves: Arrays by name, in order.
        structure: How the model wants them nested; `unflatten` puts them back.
        batch_axes: For each leaf the axis on which the rows of the batch lie; None for a leaf that
            has none, such as a counter. A leaf that is left out has an axis that is not known.
        time_axes: For each leaf that grows with time (a cache) the axis on which it grows.
    """

    leaves: Mapping[str, np.ndarray]
    structure: Structure = None
    batch_axes: Mapping[str, int | None] = field(default_factory=dict)
    time_axes: Mapping[str, int] = field(default_factory=dict)

    @property
    def numbers(self) -> int:
        """Numbers in all leaves."""
        return sum(leaf.size for leaf in self.leaves.values())

    @property
    def nbytes(self) -> int:
        """Bytes of all leaves."""
        return sum(leaf.nbytes for leaf in self.leaves.values())

    def copy(self) -> State:
        """The same values in memory of their own."""
        return self._with({name: leaf.copy() for name, leaf in self.leaves.items()})

    def reset(self) -> State:
        """The same leaves, all zero."""
        return self._with({name: np.zeros_like(leaf) for name, leaf in self.leaves.items()})

    def rows(self, chosen: Sequence[int] | np.ndarray) -> State:
        """Select rows of the batch, in the order given; a row may be named twice.

        Raises:
            DataError: The axis of the rows is not known for a leaf.
        """
        index = np.asarray(chosen, int)
        found = {}
        for name, leaf in self.leaves.items():
            if name not in self.batch_axes:
                raise DataError(f"The state's leaf {name!r} has no known axis of rows.")
            axis = self.batch_axes[name]
            found[name] = leaf.copy() if axis is None else leaf.take(index, axis)
        return self._with(found)

    def crop(self, steps: int) -> State:
        """Take back the newest steps of a state that keeps each step apart (a cache).

        Args:
            steps: How many steps to take back.

        Raises:
            ConfigError: It is less than 0, or more than the state holds.
            DataError: A leaf does not keep each step apart: it cannot be cropped.
        """
        fused = [name for name in self.leaves if name not in self.time_axes]
        if fused:
            raise DataError(f"The state's leaf {fused[0]!r} does not keep each step apart.")
        found = {}
        for name, leaf in self.leaves.items():
            axis = self.time_axes[name]
            if not 0 <= steps <= leaf.shape[axis]:
                raise ConfigError("steps", f"from 0 to {leaf.shape[axis]}", steps)
            found[name] = leaf.take(np.arange(leaf.shape[axis] - steps), axis)
        return self._with(found)

    def difference(self, other: State) -> dict[str, float]:
        """The largest absolute difference of each leaf.

        It is infinite where only one of the two has the leaf, where shapes differ, or where one
        value is NaN and the other is not.
        """
        names = [*self.leaves, *(name for name in other.leaves if name not in self.leaves)]
        return {name: _gap(self.leaves.get(name), other.leaves.get(name)) for name in names}

    def equals(self, other: State) -> bool:
        """Whether both hold the same leaves with the same values, bit for bit."""
        return list(self.leaves) == list(other.leaves) and all(
            leaf.dtype == other.leaves[name].dtype
            and np.array_equal(leaf, other.leaves[name], equal_nan=leaf.dtype.kind in "fc")
            for name, leaf in self.leaves.items()
        )

    def to_bytes(self) -> bytes:
        """Serialise it; `from_bytes` reads it back bit for bit.

        Raises:
            DataError: The structure holds a class of the model's own.
        """
        about = {
            "names": list(self.leaves),
            "structure": self.structure,
            "batch_axes": dict(self.batch_axes),
            "time_axes": dict(self.time_axes),
        }
        try:
            header = json.dumps(about).encode()
        except TypeError as error:
            raise DataError(f"This state cannot be serialised: {error}.") from None
        buffer = io.BytesIO()
        arrays = {str(number): leaf for number, leaf in enumerate(self.leaves.values())}
        np.savez(buffer, about=np.frombuffer(header, "uint8"), **arrays)  # type: ignore[arg-type]
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> State:
        """Read a state that `to_bytes` wrote.

        Raises:
            DataError: It is something else.
        """
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as file:
                about = json.loads(file["about"].tobytes())
                leaves = {name: file[str(n)] for n, name in enumerate(about["names"])}
                return cls(leaves, about["structure"], about["batch_axes"], about["time_axes"])
        except (ValueError, OSError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise DataError(f"These bytes hold no state: {error}.") from error

    def _with(self, leaves: Mapping[str, np.ndarray]) -> State:
        return replace(self, leaves=leaves)


def batch_axes(two: Mapping[str, Any], three: Mapping[str, Any]) -> dict[str, int | None]:
    """The axis of the batch's rows in each leaf of a state: the one that grows with the batch.

    Args:
        two: Leaves, or their shapes, after a batch of two rows.
        three: The same after three rows.

    Returns:
        None for a leaf that does not change; a leaf whose axis is not known is left out.
    """
    axes: dict[str, int | None] = {}
    for name, leaf in two.items():
        other = three.get(name)
        if other is None or other.ndim != leaf.ndim:
            continue
        sides = zip(leaf.shape, other.shape, strict=True)
        differ = [axis for axis, each in enumerate(sides) if each == (2, 3)]
        if len(differ) == 1 or leaf.shape == other.shape:
            axes[name] = differ[0] if differ else None
    return axes


def _gap(one: np.ndarray | None, other: np.ndarray | None) -> float:
    if one is None or other is None or one.shape != other.shape:
        return float("inf")
    if not one.size:
        return 0.0
    if one.dtype.kind not in "biufc":
        return 0.0 if np.array_equal(one, other) else float("inf")
    first, second = (each.astype("complex128" if each.dtype.kind == "c" else "float64")
                     for each in (one, other))  # fmt: skip
    same = (first == second) | (np.isnan(first) & np.isnan(second))
    with np.errstate(invalid="ignore"):
        gaps = np.where(same, 0.0, np.abs(first - second))
    return float(np.where(np.isnan(gaps), np.inf, gaps).max())


def flatten(tree: Any, prefix: str, is_leaf: Any) -> tuple[dict[str, Any], Structure]:
    """Take nested tuples, lists and dictionaries apart.

    Args:
        tree: May also hold None and plain numbers, which belong to the structure.
        prefix: Of the names of all leaves.
        is_leaf: A function that says whether a value is an array or a tensor.

    Returns:
        The leaves by name, and the structure for `unflatten`.

    Raises:
        DataError: It holds something else, such as a class of the model's own.
    """
    if is_leaf(tree):
        return {prefix: tree}, ["leaf", prefix]
    if tree is None or isinstance(tree, bool | int | float | str):
        return {}, ["value", tree]
    if isinstance(tree, Mapping) and type(tree) is dict:
        keys = list(tree)
        parts = {key: flatten(tree[key], f"{prefix}.{key}", is_leaf) for key in keys}
        leaves = {name: leaf for found, _ in parts.values() for name, leaf in found.items()}
        return leaves, ["dict", [[key, parts[key][1]] for key in keys]]
    if type(tree) in (tuple, list):
        found = [flatten(part, f"{prefix}.{n}", is_leaf) for n, part in enumerate(tree)]
        leaves = {name: leaf for part, _ in found for name, leaf in part.items()}
        return leaves, [type(tree).__name__, [structure for _, structure in found]]
    raise DataError(
        f"A state must be made of arrays in tuples, lists and dictionaries; got a "
        f"{type(tree).__name__} at {prefix}."
    )


def unflatten(leaves: Mapping[str, Any], structure: Structure) -> Any:
    """Put leaves back into the structure that `flatten` gave."""
    kind, content = structure
    if kind == "leaf":
        return leaves[content]
    if kind == "value":
        return content
    if kind == "dict":
        return {key: unflatten(leaves, part) for key, part in content}
    parts = [unflatten(leaves, part) for part in content]
    return tuple(parts) if kind == "tuple" else parts
