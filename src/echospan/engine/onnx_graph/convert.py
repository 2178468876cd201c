"""Walk through a traced program and write each operation as nodes of ONNX."""

from __future__ import annotations

from typing import Any

import numpy as np

from echospan.engine.onnx_graph import numbers, shapes
from echospan.engine.onnx_graph.graph import Graph
from echospan.errors import EchospanError

TABLE = {**shapes.TABLE, **numbers.TABLE}

MOST_UNROLLED = 512
"""Steps of a loop that are written out, one after another."""

_CALLS = ("jit", "pjit", "closed_call", "core_call", "remat", "checkpoint", "custom_jvp_call",
          "custom_vjp_call", "custom_vjp_call_jaxpr", "custom_lin")  # fmt: skip
_INNER = ("jaxpr", "call_jaxpr", "fun_jaxpr")


class NotConvertible(EchospanError):
    """A model uses an operation that cannot be written as ONNX here."""


def convert(graph: Graph, jaxpr: Any, consts: list[Any], inputs: list[Any]) -> list[Any]:
    """The outputs of a program: names of tensors, or arrays where they are constant.

    Args:
        graph: What is added to.
        jaxpr: The program.
        consts: Values of its constants.
        inputs: Names of tensors, or arrays.

    Raises:
        NotConvertible: An operation that no table has.
    """
    known: dict[Any, Any] = {}
    known.update(zip(jaxpr.constvars, (_held(value) for value in consts), strict=True))
    known.update(zip(jaxpr.invars, inputs, strict=True))

    def value(variable: Any) -> Any:
        return np.asarray(variable.val) if hasattr(variable, "val") else known[variable]

    for eqn in jaxpr.eqns:
        made = _converted(graph, eqn, [value(variable) for variable in eqn.invars])
        known.update(zip(eqn.outvars, made, strict=True))
    return [value(variable) for variable in jaxpr.outvars]


def _converted(graph: Graph, eqn: Any, inputs: list[Any]) -> list[Any]:
    name = eqn.primitive.name
    if name in _CALLS:
        inner = next(eqn.params[key] for key in _INNER if key in eqn.params)
        closed = hasattr(inner, "consts")
        return convert(
            graph, inner.jaxpr if closed else inner, inner.consts if closed else [], inputs
        )
    if name == "scan":
        return _unrolled(graph, eqn, inputs)
    if any(str(variable.aval.dtype).startswith("key<") for variable in eqn.outvars):
        raise NotConvertible("it draws random numbers")
    if any("complex" in str(variable.aval.dtype) for variable in (*eqn.outvars, *eqn.invars)):
        raise NotConvertible("it computes with complex numbers, which ONNX has not")
    constant = all(not isinstance(value, str) for value in inputs)
    if constant and not any(map(numbers.is_batched, eqn.outvars)):
        return _computed(eqn, inputs)
    if name not in TABLE:
        raise NotConvertible(f"the operation {name!r} has no counterpart in ONNX here")
    typed = [
        value if isinstance(value, str) else np.asarray(value, variable.aval.dtype)
        for value, variable in zip(inputs, eqn.invars, strict=True)
    ]
    try:
        made = TABLE[name](graph, eqn, typed)
    except NotImplementedError as error:
        raise NotConvertible(f"the operation {name!r}: {error}") from None
    return made if isinstance(made, list) else [made]


def _computed(eqn: Any, inputs: list[Any]) -> list[Any]:
    """What does not depend on the graph's inputs is computed now."""
    import jax.numpy as jnp

    typed = [
        jnp.asarray(value, variable.aval.dtype)
        for value, variable in zip(inputs, eqn.invars, strict=True)
    ]
    made = eqn.primitive.bind(*typed, **eqn.params)
    return [_held(each) for each in (made if eqn.primitive.multiple_results else [made])]


def _unrolled(graph: Graph, eqn: Any, inputs: list[Any]) -> list[Any]:
    """A loop over steps, each written out."""
    params = eqn.params
    length, first = params["length"], params["num_consts"]
    if length > MOST_UNROLLED:
        raise NotConvertible(f"a loop of {length:,} steps; at most {MOST_UNROLLED} are written out")
    behind = first + params["num_carry"]
    consts, carry, series = inputs[:first], inputs[first:behind], inputs[behind:]
    body, rows = params["jaxpr"], []
    for step in range(length - 1, -1, -1) if params["reverse"] else range(length):
        slices = [_at(graph, each, step) for each in series]
        made = convert(graph, body.jaxpr, body.consts, [*consts, *carry, *slices])
        carry = made[: params["num_carry"]]
        rows.append(made[params["num_carry"] :])
    if params["reverse"]:
        rows.reverse()
    return [*carry, *(_stacked(graph, list(each)) for each in zip(*rows, strict=True))]


def _at(graph: Graph, series: Any, step: int) -> Any:
    if not isinstance(series, str):
        return series[step]
    return graph.add("Gather", [series, np.array(step, "int64")], axis=0)


def _stacked(graph: Graph, steps: list[Any]) -> Any:
    if all(not isinstance(step, str) for step in steps):
        return np.stack(steps)
    first = np.array([0], "int64")
    return graph.add("Concat", [graph.add("Unsqueeze", [step, first]) for step in steps], axis=0)


def _held(value: Any) -> np.ndarray:
    return np.asarray(value)
