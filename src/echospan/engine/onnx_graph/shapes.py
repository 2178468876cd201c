"""Operations that move numbers without changing them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from echospan.engine.onnx_graph.graph import Graph, is_known

Convert = Callable[[Graph, Any, list[Any]], Any]


def reshape(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
    """To the shape of the output; the batch is what is left over."""
    sizes = eqn.outvars[0].aval.shape
    known = np.array([size if is_known(size) else -1 for size in sizes], "int64")
    if (known < 0).sum() > 1:
        raise NotImplementedError("the batch in two axes")
    return graph.add("Reshape", [inputs[0], known])


def broadcast_in_dim(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
    """Add axes, then repeat along those of size 1."""
    sizes, places = eqn.params["shape"], eqn.params["broadcast_dimensions"]
    before = eqn.invars[0].aval.shape
    widened = [1] * len(sizes)
    kept = []
    for axis, place in enumerate(places):
        widened[place] = before[axis] if is_known(before[axis]) else -1
        if not is_known(before[axis]) or before[axis] == sizes[place]:
            kept.append(place)
    made = graph.add("Reshape", [inputs[0], np.array(widened, "int64")])
    if len(kept) == len(sizes) or all(p in kept or sizes[p] == 1 for p in range(len(sizes))):
        return made
    return graph.add("Expand", [made, graph.shape(sizes, kept=kept)])


def transpose(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
    """Reorder the axes."""
    return graph.add("Transpose", inputs, perm=list(eqn.params["permutation"]))


def concatenate(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
    """Join along an axis."""
    return graph.add("Concat", inputs, axis=eqn.params["dimension"])


def slice_(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
    """Cut out a part; the batch is never cut."""
    sizes = eqn.invars[0].aval.shape
    starts, ends = eqn.params["start_indices"], eqn.params["limit_indices"]
    strides = eqn.params["strides"] or [1] * len(sizes)
    axes = [
        axis
        for axis, size in enumerate(sizes)
        if is_known(size) and (starts[axis], ends[axis], strides[axis]) != (0, size, 1)
    ]
    if not axes:
        return inputs[0]
    picked = (
        np.array([values[axis] for axis in axes], "int64") for values in (starts, ends, strides)
    )
    begin, end, stride = picked
    return graph.add("Slice", [inputs[0], begin, end, np.array(axes, "int64"), stride])


def split(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
    """Cut into several along an axis."""
    axis, begin, made = eqn.params["axis"], 0, []
    for size in eqn.params["sizes"]:
        edges = (np.array([edge], "int64") for edge in (begin, begin + size, axis))
        made.append(graph.add("Slice", [inputs[0], *edges]))
        begin += size
    return made


def reverse(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
    """Reverse along axes."""
    axes = np.array(eqn.params["dimensions"], "int64")
    first, last = np.full(len(axes), -1, "int64"), np.full(len(axes), -(2**31), "int64")
    return graph.add("Slice", [inputs[0], first, last, axes, np.full(len(axes), -1, "int64")])


def pad(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
    """Add a constant before and behind."""
    config = eqn.params["padding_config"]
    if any(inner or low < 0 or high < 0 for low, high, inner in config):
        raise NotImplementedError("a padding between elements")
    sizes = np.array([low for low, _, _ in config] + [high for _, high, _ in config], "int64")
    return graph.add("Pad", [inputs[0], sizes, inputs[1]])


def gather(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
    """Rows of a table, which is what an embedding is."""
    numbers = eqn.params["dimension_numbers"]
    table, indices = eqn.invars[0].aval, eqn.invars[1].aval
    whole = eqn.params["slice_sizes"] == (1, *table.shape[1:])
    rows = (
        numbers.collapsed_slice_dims == (0,)
        and numbers.start_index_map == (0,)
        and not numbers.operand_batching_dims
        and indices.shape[-1] == 1
        and numbers.offset_dims == tuple(range(indices.ndim - 1, indices.ndim + table.ndim - 2))
    )
    if not (whole and rows):
        raise NotImplementedError("a gather that is no look-up of rows")
    picked = graph.add("Squeeze", [inputs[1], np.array([-1], "int64")])
    # JAX clips an index or fills in NaN; the graph's inputs are in range.
    return graph.add("Gather", [inputs[0], picked], axis=0)


def iota(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
    """0, 1, 2, ... along an axis, the same for each row of the batch."""
    sizes, axis = eqn.params["shape"], eqn.params["dimension"]
    if not is_known(sizes[axis]):
        raise NotImplementedError("a number for each row of the batch")
    line = np.arange(sizes[axis], dtype=eqn.outvars[0].aval.dtype)
    line = line.reshape([sizes[axis] if place == axis else 1 for place in range(len(sizes))])
    return graph.add("Expand", [line, graph.shape(sizes, kept=[axis])])


def select_n(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
    """The second case where a flag is set, else the first."""
    if len(inputs) != 3 or eqn.invars[0].aval.dtype != bool:
        raise NotImplementedError("a choice between more than two")
    return graph.add("Where", [inputs[0], inputs[2], inputs[1]])


TABLE: dict[str, Convert] = {
    "reshape": reshape,
    "squeeze": reshape,
    "expand_dims": reshape,
    "broadcast_in_dim": broadcast_in_dim,
    "transpose": transpose,
    "concatenate": concatenate,
    "slice": slice_,
    "split": split,
    "rev": reverse,
    "pad": pad,
    "gather": gather,
    "iota": iota,
    "select_n": select_n,
}
