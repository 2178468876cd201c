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
    """Refuse layers that ask for giant sizes, and too many of them.

    Args:
        parts: Every described object.
        name: The file, in errors.
        insist: What to do if the file is meant so.

    Raises:
        ConfigError: Names the layer and what it asks for.
    """
    layers, parameters, before = 0, 0, 1
    for part in parts:
        kind, config = str(part["class_name"]), part.get("config")
        named = config.get("name", "") if isinstance(config, dict) else ""
        asked = [*_sizes(config), *_sizes(part.get("build_config"))]
        most = max((size for size, _ in asked), default=0)
        if most > sizes.LAYER_SIZE:
            raise ConfigError(
                FIELD,
                f"a file whose layers ask for sizes of at most {sizes.LAYER_SIZE:,}",
                f"{name}: {kind} layer {named!r} asks for {most:,.0f}",
                insist,
            )
        layers += ".layers" in str(part.get("module"))
        if layers > MOST_LAYERS:
            raise ConfigError(FIELD, f"a file of at most {MOST_LAYERS:,} layers", name, insist)
        width = max((int(size) for size, wide in asked if wide), default=0)
        if width and kind != "InputLayer":
            parameters += 4 * width * (width + before)
        before = width or before
    _check_parameters(parameters, name, insist)


def refuse_giants(content: dict[str, Any], name: str) -> None:
    """Refuse a model whose parameters or outputs are giants though none of its settings is.

    It is built without values: nothing is allocated, whatever it asks for.

    Raises:
        ConfigError: Has its number of parameters.
    """
    insist = "Add --trust (Python: trust=True) if you know where the file comes from."
    try:
        parameters, outputs = _without_values(content)
    except Exception:
        # To build it in earnest says what is wrong, and in Keras's words.
        return
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


def _sizes(value: Any, key: str = "", listed: bool = False) -> Iterator[tuple[float, bool]]:
    """The numbers of a configuration that may be sizes, and whether one is surely a width.

    Objects inside it are described by themselves.
    """
    if isinstance(value, dict):
        for name, each in value.items():
            if not (isinstance(each, dict) and "class_name" in each):
                yield from _sizes(each, str(name))
    elif isinstance(value, list):
        for each in value:
            yield from _sizes(each, key, True)
    elif isinstance(value, bool) or key in _NO_SIZES or "vocabulary" in key:
        return
    elif isinstance(value, int) or (
        isinstance(value, float) and key in _FLOATS_OF_SIZE and not math.isnan(value)
    ):
        yield value, key in _FLOATS_OF_SIZE or listed


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
