"""From a Keras layer's settings to a kernel's arguments, or a refusal.

Each function stands in for the `inner_loop` of one Keras layer and gives what that gives. What the
kernels do not cover is refused by `NotImplementedError`, as cuDNN's kernels do it: other
activations, recurrent dropout, half precision, cells that a subclass changed, and masks on an
unrolled loop, which Keras 3.15.1 treats differently from masks on a rolled one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import keras

from echospan.engine.kernels.choice import Cell, choose
from echospan.engine.kernels.marks import batch_major, one_hot_symbols
from echospan.engine.kernels.recurrence import Projected, recur
from echospan.engine.kernels.rows import Rows

_TANH = (keras.activations.tanh, keras.ops.tanh)
_SIGMOID = (keras.activations.sigmoid, keras.ops.sigmoid)


def lstm(layer: Any, sequences: Any, initial_state: Any, mask: Any, training: bool) -> Any:
    """For `keras.layers.LSTM`."""
    cell = layer.cell
    _demand(type(cell) is keras.layers.LSTMCell and _gates_are_plain(layer))
    projected = _project(layer, sequences, training, cell.bias)
    return _run("lstm", layer, projected, (cell.recurrent_kernel,), initial_state, mask)


def gru(layer: Any, sequences: Any, initial_state: Any, mask: Any, training: bool) -> Any:
    """For `keras.layers.GRU`."""
    cell = layer.cell
    _demand(type(cell) is keras.layers.GRUCell and _gates_are_plain(layer))
    if not cell.reset_after:
        projected = _project(layer, sequences, training, cell.bias)
        return _run(
            "gru-reset-before", layer, projected, (cell.recurrent_kernel,), initial_state, mask
        )
    bias, candidate = None, jnp.zeros(cell.units, sequences.dtype)
    if cell.bias is not None:
        # The recurrent biases of the gates z and r are added where the input's are.
        inputs, recurrent = jnp.asarray(cell.bias)
        candidate = recurrent[2 * cell.units :]
        bias = inputs.at[: 2 * cell.units].add(recurrent[: 2 * cell.units])
    projected = _project(layer, sequences, training, bias)
    weights = (cell.recurrent_kernel, candidate)
    return _run("gru", layer, projected, weights, initial_state, mask)


def simple_rnn(layer: Any, sequences: Any, initial_state: Any, mask: Any, training: bool) -> Any:
    """For `keras.layers.SimpleRNN`."""
    cell = layer.cell
    _demand(type(cell) is keras.layers.SimpleRNNCell and cell.activation in _TANH)
    projected = _project(layer, sequences, training, cell.bias)
    return _run("simple-rnn", layer, projected, (cell.recurrent_kernel,), initial_state, mask)


ADAPTERS: dict[Any, Callable[..., Any]] = {
    keras.layers.LSTM: lstm,
    keras.layers.GRU: gru,
    keras.layers.SimpleRNN: simple_rnn,
}


def _demand(covered: bool) -> None:
    if not covered:
        raise NotImplementedError


def _gates_are_plain(layer: Any) -> bool:
    cell = layer.cell
    # `use_cudnn=False` asks for Keras's own loop by name.
    return (
        layer.use_cudnn is not False
        and cell.activation in _TANH
        and cell.recurrent_activation in _SIGMOID
    )


def _project(layer: Any, sequences: Any, training: bool, bias: Any) -> Projected:
    """Inputs (batch, time, features) times the kernel plus bias, (time, batch, gates * units)."""
    cell = layer.cell
    _demand(sequences.dtype in (jnp.float32, jnp.float64) and sequences.shape[1] > 0)
    _demand(not cell.recurrent_dropout)
    kernel = jnp.asarray(cell.kernel)
    bias = None if bias is None else jnp.asarray(bias)
    symbols = one_hot_symbols(sequences)
    if training and cell.dropout:
        dropped = cell.get_dropout_mask(sequences[:, 0, :])
        # Keras keeps a mask for each gate with `implementation=1`.
        _demand(cell.dropout < 1 and not isinstance(dropped, list))
        sequences = sequences * dropped[:, None, :]
    elif symbols is not None:
        return Rows(kernel, jnp.swapaxes(symbols, 0, 1), bias)
    projected = jnp.swapaxes(sequences, 0, 1) @ kernel
    return projected if bias is None else projected + bias


def _run(
    cell: Cell, layer: Any, projected: Projected, weights: Any, initial_state: Any, mask: Any
) -> tuple[jax.Array, jax.Array, list[jax.Array]]:
    """Outputs in Keras's order: the last one, all of them, and the last state."""
    mask = _steps_that_count(layer, mask)
    weights = tuple(jnp.asarray(weight) for weight in weights)
    state = tuple(jnp.asarray(part) for part in keras.tree.flatten(initial_state))
    _demand({array.dtype for array in (*weights, *state)} == {projected.dtype})
    implementation = choose(cell, projected, layer.units)
    if isinstance(projected, Rows) and not implementation.takes_rows:
        projected = projected.gathered()
    if layer.go_backwards:
        projected, mask = _reversed(projected), None if mask is None else mask[::-1]
    outputs, state = recur(implementation, layer.return_sequences, projected, weights, state, mask)
    last = state[0]
    if mask is not None and layer.zero_output_for_mask:
        last = jnp.where(mask[-1, :, None], last, 0)
        outputs = None if outputs is None else jnp.where(mask[..., None], outputs, 0)
    kept = last[:, None] if outputs is None else batch_major(outputs)
    return last, kept, list(state)


def _reversed(projected: Projected) -> Projected:
    if isinstance(projected, Rows):
        return projected._replace(symbols=projected.symbols[::-1])
    return projected[::-1]


def _steps_that_count(layer: Any, mask: Any) -> jax.Array | None:
    """Keras's mask as booleans (time, batch)."""
    if keras.tree.is_nested(mask):
        mask = mask[0]
    if mask is None:
        return None
    _demand(mask.ndim == 2 and not layer.unroll)
    return jnp.swapaxes(jnp.asarray(mask, bool), 0, 1)
