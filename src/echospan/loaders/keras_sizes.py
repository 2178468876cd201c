"""How large the model in a .keras file would be, told from its description before it is built."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Iterator
from typing import Any

from echospan.errors import ConfigError
from echospan.limits import sizes

FIELD = "model"

_NO_SIZES = frozenset(
    {
        "axis",
        "decay_steps",
        "dynamic_growth_steps",
        "ema_overwrite_frequency",
        "first_decay_steps",
        "gradient_accumulation_steps",
        "initial_iterations",
        "initial_scale",
        "max_value",
        "max_wavelength",
        "name",
        "seed",
        "threshold",
        "value",
        "warmup_steps",
    }
)
"""Names of numbers that may be large in a small model."""

_FLOATS_OF_SIZE = ("units", "filters", "output_dim", "input_dim", "key_dim", "value_dim", "n")

MOST_LAYERS = 2_000
MOST_NUMBERS_PER_SAMPLE = 1 << 28


def refuse_sizes(parts: Iterable[dict[str, Any]], name: str, insist: str) -> None:
    """Refuse layers that ask for sizes beyond any model's, and too many layers.

    Long inputs and large vocabularies are no giants: how many parameters they lead to is counted
    by `refuse_giants`.

    Args:
        parts: Every described object.
        name: The file, in errors.
        insist: What to do if the file is meant so.

    Raises:
        ConfigError: Names the layer and what it asks for.
    """
    parts = list(parts)
    # An unrolled layer is written out step by step, which takes seconds for thousands.
    unrolled = any(_config(part).get("unroll") is True for part in parts)
    largest = sizes.UNROLLED_STEPS if unrolled else sizes.LAYER_SIZE
    layers = 0
    for part in parts:
        asked = [*_sizes(_config(part)), *_sizes(part.get("build_config"))]
        if max(asked, default=0) > largest:
            raise ConfigError(
                FIELD,
                f"a file whose layers ask for sizes of at most {largest:,}",
                f"{name}: {part['class_name']} layer {_config(part).get('name', '')!r} asks for "
                f"{max(asked):,.0f}",
                insist,
            )
        layers += ".layers" in str(part.get("module"))
        if layers > MOST_LAYERS:
            raise ConfigError(FIELD, f"a file of at most {MOST_LAYERS:,} layers", name, insist)


def refuse_giants(content: dict[str, Any], parts: Iterable[dict[str, Any]], name: str) -> None:
    """Refuse a model with too many parameters, or too many numbers in an output.

    It is built without values: nothing is allocated, whatever it asks for. Where Keras can't do
    that, the parameters are estimated from the widths of neighbouring layers.

    Args:
        content: The description of the model.
        parts: Every object in it, from outside in.
        name: The file, in errors.

    Raises:
        ConfigError: Has its number of parameters.
    """
    insist = "Add --trust (Python: trust=True) if you know where the file comes from."
    try:
        parameters, outputs = _without_values(content)
    except Exception:
        # To build it in earnest says what is wrong, and in Keras's words.
        parameters, outputs = _estimate(parts), 0
    _check_parameters(parameters, name, insist)
    if outputs > MOST_NUMBERS_PER_SAMPLE:
        raise ConfigError(
            FIELD,
            f"a file whose layers give at most {MOST_NUMBERS_PER_SAMPLE:,} numbers for a sample",
            f"{name}: {outputs:,}",
            insist,
        )


def _check_parameters(parameters: int, name: str, insist: str) -> None:
    if parameters > sizes.FILE_PARAMETERS:
        raise ConfigError(
            FIELD,
            f"a file of about {sizes.FILE_PARAMETERS:,} parameters at most",
            f"{name}: about {parameters:,}",
            insist,
        )


def _estimate(parts: Iterable[dict[str, Any]]) -> int:
    """About how many parameters: each layer as an LSTM on the layer before it."""
    parameters, before = 0, 1
    for config in map(_config, parts):
        shape = config.get("batch_shape") or [0]
        rows, columns = (config.get(key) for key in ("input_dim", "output_dim"))
        width = max((_number(config.get(key)) for key in _FLOATS_OF_SIZE), default=0)
        if rows is not None and columns is not None:
            width = _number(columns)
            parameters += _number(rows) * width
        else:
            parameters += 4 * width * (width + before)
        before = width or (_number(shape[-1]) if isinstance(shape, list) else 0) or before
    return parameters


def _config(part: dict[str, Any]) -> dict[str, Any]:
    config = part.get("config")
    return config if isinstance(config, dict) else {}


def _number(value: Any) -> int:
    usable = isinstance(value, int | float) and math.isfinite(value)
    return max(int(value), 0) if usable else 0


def _sizes(value: Any, key: str = "") -> Iterator[float]:
    """The numbers of a configuration that may be sizes.

    Objects inside it are described by themselves.
    """
    if isinstance(value, dict):
        for name, each in value.items():
            if not (isinstance(each, dict) and "class_name" in each):
                yield from _sizes(each, str(name))
    elif isinstance(value, list):
        for each in value:
            yield from _sizes(each, key)
    elif isinstance(value, bool) or key in _NO_SIZES or "vocabulary" in key:
        return
    elif isinstance(value, int) or (
        isinstance(value, float) and key in _FLOATS_OF_SIZE and not math.isnan(value)
    ):
        yield value


def _without_values(content: dict[str, Any]) -> tuple[int, int]:
    """Numbers in all variables, and in the largest layer's output for one sample."""
    import keras

    from echospan.engine import keras_internals as internals

    waiting = "uninitialized_variables"
    before = list(internals.global_value(waiting, []) or [])
    try:
        with keras.StatelessScope(initialize_variables=False):
            model = keras.saving.deserialize_keras_object(_stateless(content), safe_mode=True)
            parameters = sum(math.prod(variable.shape) for variable in model.variables)
            return parameters, max(map(_numbers, _outputs(model)), default=0)
    finally:
        # Keras would give them values at the next opportunity.
        internals.set_global_value(waiting, before)


def _stateless(content: dict[str, Any]) -> dict[str, Any]:
    """The same without carried state, which Keras cannot make in a stateless scope."""
    content = copy.deepcopy(content)
    content.pop("compile_config", None)

    def change(part: Any) -> None:
        if isinstance(part, dict):
            if part.get("stateful") is True:
                part["stateful"] = False
            for value in part.values():
                change(value)
        elif isinstance(part, list):
            for value in part:
                change(value)

    change(content)
    return content


def _outputs(model: Any) -> Iterator[Any]:
    import keras

    for operation in getattr(model, "operations", model.layers):
        try:
            yield from keras.tree.flatten(operation.output)
        except (AttributeError, ValueError):
            continue


def _numbers(tensor: Any) -> int:
    return math.prod(int(size or 1) for size in tensor.shape[1:])
