"""Names, constants and nodes of one graph of ONNX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Held = "str | np.ndarray"
"""A value: the name of a tensor of the graph, or a constant that is known already."""

BATCH = "batch"


class Graph:
    """Collects nodes and constants.

    Args:
        first: Name of an input whose first axis is the batch.
    """

    def __init__(self, first: str) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._known: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._count = 0
        self._first = first
        self._batch = ""

    def add(self, kind: str, inputs: Sequence[Any], **settings: Any) -> str:
        """A node with one output; the output's name.

        Args:
            kind: Of the operation, such as "Add".
            inputs: Names, or arrays that become constants.
            settings: Attributes of the node.
        """
        from onnx import helper

        self._count += 1
        output = f"{kind.lower()}_{self._count}"
        names = [self.name(value) for value in inputs]
        self.nodes.append(helper.make_node(kind, names, [output], name=output, **settings))
        return output

    def name(self, value: Any) -> str:
        """The name of a tensor; an array becomes a constant, equal ones the same."""
        from onnx import numpy_helper

        if isinstance(value, str):
            return value
        array = np.asarray(value)
        key = (array.dtype.name, array.shape, array.tobytes())
        if key not in self._known:
            self._known[key] = f"constant_{len(self._known)}"
            self.constants.append(numpy_helper.from_array(array, self._known[key]))
        return self._known[key]

    def batch(self) -> str:
        """The batch size, as a tensor (1,) of the graph."""
        if not self._batch:
            self._batch = self.add("Shape", [self._first], start=0, end=1)
        return self._batch

    def shape(self, sizes: Sequence[Any], *, kept: Sequence[int] = ()) -> Any:
        """A shape as an array, or as a tensor where it has the batch in it.

        Args:
            sizes: Integers, or the symbol of the batch.
            kept: Axes whose size the operand has already; 1 stands for them.
        """
        parts: list[Any] = [
            np.array([1 if axis in kept else size], "int64")
            if axis in kept or is_known(size)
            else self.batch()
            for axis, size in enumerate(sizes)
        ]
        if all(isinstance(part, np.ndarray) for part in parts):
            return np.concatenate(parts) if parts else np.zeros(0, "int64")
        return self.add("Concat", parts, axis=0)


def is_known(size: Any) -> bool:
    """Whether a size is a number; else it is the batch."""
    return isinstance(size, int | np.integer)
