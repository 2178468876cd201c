"""Operations that compute."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Any

import numpy as np

from echospan.engine.onnx_graph.graph import Graph, is_known

Convert = Callable[[Graph, Any, list[Any]], Any]


def _plain(kind: str) -> Convert:
    return lambda graph, eqn, inputs: graph.add(kind, inputs)


def _like(eqn: Any, value: float) -> np.ndarray:
    return np.array(value, eqn.invars[0].aval.dtype)


def cast(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
    """To another type."""
    from onnx import helper

    dtype = np.dtype(eqn.params["new_dtype"])
    return graph.add("Cast", inputs, to=helper.np_dtype_to_tensor_dtype(dtype))


def integer_pow(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
    """To a whole power."""
    return graph.add("Pow", [inputs[0], _like(eqn, eqn.params["y"])])


def square(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
    """Times itself."""
    return graph.add("Mul", [inputs[0], inputs[0]])


def rsqrt(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
    """1 / square root."""
    return graph.add("Reciprocal", [graph.add("Sqrt", inputs)])


def log1p(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
    """log(1 + x)."""
    return graph.add("Log", [graph.add("Add", [inputs[0], _like(eqn, 1)])])


def expm1(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
    """exp(x) - 1."""
    return graph.add("Sub", [graph.add("Exp", inputs), _like(eqn, 1)])


def erfc(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
    """1 - erf(x)."""
    return graph.add("Sub", [_like(eqn, 1), graph.add("Erf", inputs)])


def unequal(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
    """Whether two numbers differ."""
    return graph.add("Not", [graph.add("Equal", inputs)])


def clamp(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
    """Between two bounds."""
    low, x, high = inputs
    return graph.add("Min", [graph.add("Max", [x, low]), high])


def _reduce(kind: str) -> Convert:
    def convert(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
        axes = np.array(eqn.params["axes"], "int64")
        return graph.add(kind, [inputs[0], axes], keepdims=0)

    return convert


def _flags(kind: str) -> Convert:
    def convert(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
        from onnx import TensorProto

        numbers = graph.add("Cast", inputs, to=TensorProto.INT32)
        axes = np.array(eqn.params["axes"], "int64")
        made = graph.add(kind, [numbers, axes], keepdims=0)
        return graph.add("Cast", [made], to=TensorProto.BOOL)

    return convert


def argmax(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
    """The place of the greatest, the first of equal ones."""
    from onnx import helper

    (axis,) = eqn.params["axes"]
    made = graph.add("ArgMax", inputs, axis=axis, keepdims=0, select_last_index=0)
    dtype = np.dtype(eqn.params["index_dtype"])
    return graph.add("Cast", [made], to=helper.np_dtype_to_tensor_dtype(dtype))


def cumsum(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
    """Sums of all elements to date."""
    axis = np.array(eqn.params["axis"], "int64")
    return graph.add("CumSum", [inputs[0], axis], reverse=int(eqn.params["reverse"]))


def dot_general(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
    """A product of two tensors; a plain matrix product where it is one."""
    (left, right), (both_left, both_right) = eqn.params["dimension_numbers"]
    one, two = (variable.aval for variable in eqn.invars)
    if not both_left and tuple(left) == (one.ndim - 1,) and tuple(right) == (0,) and two.ndim == 2:
        return graph.add("MatMul", inputs)
    letters = iter(string.ascii_letters)
    of_left = [next(letters) for _ in range(one.ndim)]
    of_right = [next(letters) for _ in range(two.ndim)]
    for mine, theirs in (*zip(left, right, strict=True), *zip(both_left, both_right, strict=True)):
        of_right[theirs] = of_left[mine]
    batch = [of_left[axis] for axis in both_left]
    rest_left = [x for axis, x in enumerate(of_left) if axis not in (*left, *both_left)]
    rest_right = [x for axis, x in enumerate(of_right) if axis not in (*right, *both_right)]
    target = "".join([*batch, *rest_left, *rest_right])
    return graph.add("Einsum", inputs, equation=f"{''.join(of_left)},{''.join(of_right)}->{target}")


def same(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
    """What changes nothing."""
    return inputs[0]


def integer_or(kind: str, flags: str) -> Convert:
    """An operation that ONNX has under one name for numbers and another for flags."""

    def convert(graph: Graph, eqn: Any, inputs: list[Any]) -> Any:
        return graph.add(flags if eqn.invars[0].aval.dtype == bool else kind, inputs)

    return convert


TABLE: dict[str, Convert] = {
    **{
        name: _plain(kind)
        for name, kind in {
            "add": "Add", "add_any": "Add", "sub": "Sub", "mul": "Mul", "div": "Div",
            "neg": "Neg", "exp": "Exp", "log": "Log", "tanh": "Tanh", "logistic": "Sigmoid",
            "sin": "Sin", "cos": "Cos", "sqrt": "Sqrt", "pow": "Pow", "abs": "Abs", "sign": "Sign",
            "floor": "Floor", "ceil": "Ceil", "round": "Round", "erf": "Erf", "max": "Max",
            "min": "Min", "eq": "Equal", "lt": "Less", "le": "LessOrEqual", "gt": "Greater",
            "ge": "GreaterOrEqual",
        }.items()
    },
    "and": integer_or("BitwiseAnd", "And"),
    "or": integer_or("BitwiseOr", "Or"),
    "not": integer_or("BitwiseNot", "Not"),
    "ne": unequal,
    "convert_element_type": cast,
    "integer_pow": integer_pow,
    "square": square,
    "rsqrt": rsqrt,
    "log1p": log1p,
    "expm1": expm1,
    "erfc": erfc,
    "clamp": clamp,
    "reduce_sum": _reduce("ReduceSum"),
    "reduce_max": _reduce("ReduceMax"),
    "reduce_min": _reduce("ReduceMin"),
    "reduce_prod": _reduce("ReduceProd"),
    "reduce_and": _flags("ReduceMin"),
    "reduce_or": _flags("ReduceMax"),
    "argmax": argmax,
    "cumsum": cumsum,
    "dot_general": dot_general,
    "stop_gradient": same,
    "copy": same,
    "copy_p": same,
    "optimization_barrier": lambda graph, eqn, inputs: list(inputs),
}  # fmt: skip


def is_batched(variable: Any) -> bool:
    """Whether a value has the batch in its shape."""
    return not all(is_known(size) for size in variable.aval.shape)
