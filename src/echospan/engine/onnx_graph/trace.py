"""From a trained model to the graph of one step or one window, for any batch size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.engine.carried import carrying, tracing
from echospan.engine.keras_internals import takes_training
from echospan.engine.onnx_graph.convert import NotConvertible, convert
from echospan.engine.onnx_graph.graph import BATCH, Graph
from echospan.engine.values import TrainState, mapping, variables
from echospan.models.inputs import Input
from echospan.models.readout import Readout

if TYPE_CHECKING:
    import keras

OPSET = 18
IR_VERSION = 9
NUMBERS, SCORES, ANSWERS = "numbers", "scores", "answers"


@dataclass(frozen=True, eq=False)
class Exported:
    """A model as ONNX.

    Attributes:
        model: The `onnx.ModelProto`.
        zero: The state of one row at the start, an array (...) for each part; empty where no state
            goes from call to call.
    """

    model: Any
    zero: list[np.ndarray]


def as_onnx(
    model: keras.Model,
    values: TrainState,
    inputs: Input,
    readout: Readout,
    symbols: int,
    *,
    timesteps: int,
    carries: bool,
    metadata: dict[str, str],
) -> Exported:
    """Write a trained model as a graph: symbols in, scores and answers out.

    Args:
        model: The trained model.
        values: Its trained values.
        inputs: How symbols are given to it; part of the graph.
        readout: How its outputs are read; part of the graph.
        symbols: Number of distinct symbols.
        timesteps: Steps in one call.
        carries: Whether the state goes in and comes out; otherwise each call begins from zero.
        metadata: Texts that are kept in the file.

    Raises:
        NotConvertible: The model uses an operation that has no counterpart.
    """
    import jax

    own = values._replace(optimizer=[], metrics=[], states=[])
    with tracing(model), carrying(model, 1, every_layer=carries) as states:
        zero = [np.asarray(state.value)[0] for state in states]
        if carries and any(part.any() for part in zero):
            raise NotConvertible("its state does not begin at zero")

        def row(numbers: Any, before: list[Any]) -> Any:
            """One row: numbers (time,)."""
            return _row(model, own, inputs, readout, symbols, numbers, before if carries else zero)

        batched = jax.vmap(row)
        (size,) = jax.export.symbolic_shape(BATCH)
        numbers = jax.ShapeDtypeStruct((size, timesteps), "int32")
        given = [jax.ShapeDtypeStruct((size, *part.shape), part.dtype) for part in zero]
        try:
            traced = jax.make_jaxpr(batched)(numbers, given if carries else [])
        except jax.errors.ConcretizationTypeError as error:
            raise NotConvertible(f"its shapes depend on the batch size ({error})") from None
    graph = Graph(NUMBERS)
    names = [NUMBERS, *(f"state_{place}" for place in range(len(zero) if carries else 0))]
    made = convert(graph, traced.jaxpr, list(traced.consts), list(names))
    model_proto = _model(graph, names, made, traced, metadata)
    return Exported(model_proto, zero if carries else [])


def _row(
    model: keras.Model,
    values: TrainState,
    inputs: Input,
    readout: Readout,
    symbols: int,
    numbers: Any,
    states: list[Any],
) -> Any:
    import jax.numpy as jnp
    import keras

    encoded = inputs.encode(numbers[None], symbols, jnp)
    inside = values._replace(states=[jnp.asarray(state)[None] for state in states])
    # Keras's own layers, not echospan's kernels: theirs are calls of a library of its own.
    with keras.StatelessScope(mapping(model, inside)) as scope:
        outputs = model(encoded, training=False) if takes_training(model) else model(encoded)
        after = [scope.get_current_value(each) for each in variables(model).states]
    answers = readout.decode(outputs, symbols, jnp).astype("int32")
    return (
        outputs[0],
        answers[0],
        [state if new is None else new[0] for new, state in zip(after, states, strict=True)],
    )


def _model(graph: Graph, names: list[str], made: list[Any], traced: Any, told: Any) -> Any:
    """The nodes as a model, with names and shapes of its inputs and outputs."""
    from onnx import checker, helper

    outputs = [SCORES, ANSWERS, *(f"{name}_after" for name in names[1:])]
    # Without carried state, what the layers hold afterwards is of no use to anyone.
    made = made[: len(outputs)]
    nodes = [
        *graph.nodes,
        *(
            helper.make_node("Identity", [graph.name(value)], [name])
            for value, name in zip(made, outputs, strict=True)
        ),
    ]
    shapes = [variable.aval for variable in traced.jaxpr.invars]
    ends = [variable.aval for variable in traced.jaxpr.outvars][: len(outputs)]
    proto = helper.make_model(
        helper.make_graph(
            nodes,
            "echospan",
            [_told(name, aval) for name, aval in zip(names, shapes, strict=True)],
            [_told(name, aval) for name, aval in zip(outputs, ends, strict=True)],
            graph.constants,
        ),
        producer_name="echospan",
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    helper.set_model_props(proto, told)
    checker.check_model(proto, full_check=True)
    return proto


def _told(name: str, aval: Any) -> Any:
    from onnx import helper

    sizes = [size if isinstance(size, int) else BATCH for size in aval.shape]
    return helper.make_tensor_value_info(
        name, helper.np_dtype_to_tensor_dtype(np.dtype(aval.dtype)), sizes
    )
