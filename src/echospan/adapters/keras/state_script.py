"""Lines that build a Keras model and carry its state in plain Keras."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

from echospan.adapters.keras.clone import of_user
from echospan.adapters.keras.state_inputs import StateInputs
from echospan.adapters.keras.state_ways import InArguments, InInputs, InVariables, Way
from echospan.adapters.stateful import Script
from echospan.engine import keras_internals as internals

if TYPE_CHECKING:
    import keras


def script_of(model: keras.Layer, way: Way, inputs: StateInputs) -> Script | None:
    """Lines that run a model as the checks do; None where they can't be written.

    Args:
        model: The user's.
        way: How its clone goes on.
        inputs: What it takes.
    """
    import keras

    own = any(of_user(type(layer)) for layer in internals.layers(way.made))
    if own or keras.layers.Lambda in {type(layer) for layer in internals.layers(way.made)}:
        return None
    run = _RUN[type(way)]
    if isinstance(way, InInputs):
        start = ", ".join(f"np.zeros((len(x), {', '.join(map(str, size))}))" for size in way.sizes)
        run = tuple(line.replace("START", f"[{start}]") for line in run)
    run = tuple(each for line in run for each in (_masked(inputs) if line == MASKED else (line,)))
    parts: dict[str, tuple[str, ...]] = {
        "rows": ("def rows(state, index):", "    return [each[index] for each in state]")
    }
    if isinstance(way, InVariables):
        parts["reset"] = _RESET
    return Script(_build(model, way), _inputs(inputs), run + _WHOLE, parts)


MASKED = "MASKED"
"""Stands for the lines that pass a mask on."""

_WHOLE = (
    "",
    "def whole(x, mask=None, positions=None):",
    "    return run(x, None, mask)[0]",
)

_ARRAYS = "np.array(keras.ops.convert_to_numpy(each))"

_RUN: dict[type[Way], tuple[str, ...]] = {
    InVariables: (
        f"stateful = [layer for layer in model.{internals.ALL_LAYERS}()",
        "            if getattr(layer, 'stateful', False) and hasattr(layer, 'states')]",
        "",
        "def run(x, state, mask=None, positions=None):",
        "    # States are made for one batch size: give the layers states of this one.",
        "    for layer in stateful:",
        f"        layer.{internals.BATCH_SIZE} = None",
        "        states = [keras.Variable(v, dtype='float64', trainable=False)",
        "                  for v in layer.get_initial_state(len(x))]",
        "        object.__setattr__(layer, 'states', states)  # Past Keras's lock.",
        "    variables = [v for layer in stateful for v in layer.states]",
        "    for variable, value in zip(variables, state or []):",
        "        variable.assign(value)",
        MASKED,
        "    y = model(keras.ops.convert_to_tensor(x), training=False, **more)",
        "    y = y[0] if isinstance(y, (tuple, list)) else y",
        "    after = [np.array(keras.ops.convert_to_numpy(v.value)) for v in variables]",
        "    return np.array(keras.ops.convert_to_numpy(y)), after",
    ),
    InArguments: (
        "def run(x, state, mask=None, positions=None):",
        MASKED,
        "    if state is not None:",
        "        more['initial_state'] = keras.tree.map_structure(",
        "            keras.ops.convert_to_tensor, state)",
        "    found = model(keras.ops.convert_to_tensor(x), training=False, **more)",
        "    y, *after = keras.tree.map_structure(",
        "        lambda each: np.array(keras.ops.convert_to_numpy(each)), list(found))",
        "    return y, after",
    ),
    InInputs: (
        "def run(x, state, mask=None, positions=None):",
        "    state = START if state is None else state",
        MASKED,
        "    given = [keras.ops.convert_to_tensor(each) for each in [x, *state]]",
        "    found = keras.tree.flatten(model(given, training=False, **more))",
        f"    y, *after = [{_ARRAYS} for each in found]",
        "    return y, after",
    ),
}

_RESET = (
    "def reset(state):",
    "    variables = [v for layer in stateful for v in layer.states]",
    "    for variable, value in zip(variables, state):",
    "        variable.assign(value)",
    "    for layer in stateful:",
    "        layer.reset_state()",
    "    return [np.array(keras.ops.convert_to_numpy(v.value)) for v in variables]",
)


def _masked(inputs: StateInputs) -> tuple[str, ...]:
    """Lines that give a mask (batch, steps so far) to the chunk x as the model takes it."""
    if inputs.masked is None:
        return (
            "    more = {}",
            "    if mask is not None:",
            "        more['mask'] = keras.ops.convert_to_tensor(mask[:, -x.shape[1] :])",
        )
    axes = "".join("[..., None]" for _ in inputs.shape)
    mark = int(inputs.masked) if inputs.symbols else inputs.masked
    return (
        "    more = {}",
        "    if mask is not None:",
        f"        x = np.where(mask[:, -x.shape[1] :]{axes}, x, {mark})",
    )


def _inputs(inputs: StateInputs) -> tuple[str, ...]:
    size = "".join(f", {each}" for each in inputs.shape)
    lines = ["def inputs(batch, time, seed):"]
    if not inputs.symbols:
        return (*lines, f"    return np.random.default_rng(seed).normal(size=(batch, time{size}))")
    kinds, low = inputs.symbols - inputs.lowest, inputs.lowest
    return (
        *lines,
        f"    drawn = np.random.default_rng(0).integers({kinds}, size=(batch, time{size}))",
        f"    return (drawn + seed) % {kinds}" + (f" + {low}" if low else ""),
    )


def _build(model: keras.Layer, way: Way) -> tuple[str, ...]:
    import keras

    lines = [
        "import os",
        f'os.environ["KERAS_BACKEND"] = "{keras.backend.backend()}"',
        "import keras",
        "import numpy as np",
    ]
    if keras.backend.backend() == "jax":
        lines += ["import jax", 'jax.config.update("jax_enable_x64", True)']
    return (
        *lines,
        "",
        'keras.config.set_floatx("float64")',
        f"model = {_made(model, way)}",
        "rng = np.random.default_rng(1)",
        "",
        "def with_large_weights():",
        "    for weight in model.weights:",
        "        fan_in = max(np.prod(weight.shape[:-1]), 1) if len(weight.shape) > 1 else 100",
        "        weight.assign(rng.normal(size=weight.shape) / np.sqrt(fan_in))",
    )


def _made(model: keras.Layer, way: Way) -> str:
    """An expression that makes the model: a constructor's call, or its configuration."""
    import keras

    written = _call(model)
    if written:
        return written
    config = json.dumps(keras.saving.serialize_keras_object(way.made))
    return f"keras.saving.deserialize_keras_object(__import__('json').loads(r'''{config}'''))"


def _call(layer: Any) -> str:
    """A constructor's call with the arguments that are plain values other than the defaults."""
    import keras

    if type(layer) not in (keras.layers.LSTM, keras.layers.GRU, keras.layers.SimpleRNN):
        return ""
    config, given = layer.get_config(), []
    try:
        plain = type(layer)(config["units"]).get_config()
    except (KeyError, TypeError):
        return ""
    for name in inspect.signature(type(layer).__init__).parameters:
        if name == "units":
            given.append(repr(config[name]))
        elif name in config and config[name] != plain.get(name):
            if not isinstance(config[name], bool | int | float | str):
                return ""
            given.append(f"{name}={config[name]!r}")
    return f"keras.layers.{type(layer).__name__}({', '.join(given)})"
