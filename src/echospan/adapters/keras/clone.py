"""A clone of the user's model, in double precision where that is possible."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.support import NotCloneable
from echospan.engine import keras_internals as internals

if TYPE_CHECKING:
    import keras

OWN_LAMBDA = "EchospanLambda"
"""Name under which the clone of a Lambda is made."""

_SINGLE = ("float32", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16")


def double_precision() -> AbstractContextManager[Any]:
    """Where doubles have to be asked for: on JAX."""
    import keras

    if keras.backend.backend() != "jax":
        return nullcontext()
    import jax

    scope: AbstractContextManager[Any] = jax.enable_x64(True)
    return scope


def clone(
    model: keras.Model,
    *,
    dtype: str | None = None,
    any_length: bool = False,
    closed: Collection[str] = (),
) -> keras.Model:
    """The same layers anew, with weights of their own.

    Args:
        model: Is only read.
        dtype: Float type of the clone; None keeps the model's own.
        any_length: Let the inputs have any number of time steps.
        closed: Names of inputs that have no time axis.

    Raises:
        NotCloneable: A layer has no configuration, or cannot be made from it.
    """
    import keras

    kinds = {type(layer) for layer in internals.layers(model)}
    unknown = [kind.__name__ for kind in kinds if _arguments_unknown(kind)]
    if unknown and not model.built:
        raise NotCloneable(
            f"what the constructor of {unknown[0]} was given is not known before the model is "
            "built: call it on a batch first, or give the class a get_config"
        )
    custom = {kind.__name__: remade(kind) for kind in kinds}
    if keras.layers.Lambda in kinds:
        custom[OWN_LAMBDA] = _with_functions(model)
    try:
        config = copy.deepcopy(model.get_config())
        if OWN_LAMBDA in custom:
            config = _with_own_lambdas(config)
        if dtype is not None:
            config = _with_dtype(config, dtype)
        if any_length:
            config = _any_length(config, closed)
        # The functions in it are the user's own, in the user's own process.
        with keras.saving.custom_object_scope(custom), internals.trusting(), _policy(dtype):
            made = custom.get(type(model).__name__, type(model)).from_config(config)
    except Exception as error:
        raise NotCloneable(" ".join(f"{type(error).__name__}: {error}".split())[:200]) from error
    if set(map(id, internals.layers(made))) & set(map(id, internals.layers(model))):
        raise NotCloneable("its configuration holds the layers themselves, not their settings")
    _pass_masks_alike(model, made)
    return made


def _pass_masks_alike(model: keras.Model, made: keras.Model) -> None:
    """Set `supports_masking` where the user set it on a layer: no configuration holds it."""
    pairs = zip(internals.layers(model), internals.layers(made), strict=False)
    for own, new in pairs:
        if type(own).__name__ == type(new).__name__ and own.supports_masking:
            new.supports_masking = True


@contextmanager
def _policy(dtype: str | None) -> Iterator[None]:
    """Where layers that a constructor makes by itself take the clone's float type, too."""
    import keras

    before = internals.global_value("dtype_policy")
    if dtype is not None:
        keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        internals.set_global_value("dtype_policy", before)


def _arguments_unknown(kind: type) -> bool:
    """Whether instances may have been given what their configuration does not hold.

    Of a model's constructor Keras keeps the defaults, not what was given.
    """
    import keras

    if not issubclass(kind, keras.Model) or not of_user(kind):
        return False
    return "get_config" not in vars(kind) and bool(constructor(kind)[0])


def build(made: keras.Model, batch: Any, model: keras.Model | None = None) -> None:
    """Make the clone's variables by calling it once, unless making it has made them.

    Args:
        made: The clone.
        batch: One batch of its inputs.
        model: The user's; where it is built, the clone must have the same weights.

    Raises:
        NotCloneable: The call fails, or the clone is another model.
    """
    from echospan.engine.carried import state_variables

    if not (made.built and all(layer.built for layer in internals.layers(made))):
        try:
            made(batch, training=False)
            for state in state_variables(made):
                state.assign(np.zeros(state.shape, "float32"))
        except Exception as error:
            told = " ".join(f"{type(error).__name__}: {error}".split())[:300]
            raise NotCloneable(told) from error
    if model is not None and model.built and _weights(model) != _weights(made):
        raise NotCloneable(
            "made again from its configuration it has other weights; a get_config that holds what "
            "the constructor was given would tell"
        )


def _weights(model: keras.Model) -> list[tuple[int, ...]]:
    return [tuple(weight.shape) for weight in model.weights]


def copy_weights(model: keras.Model, made: keras.Model) -> bool:
    """Give the clone the model's weights, where both have the same."""
    if not model.built or len(model.weights) != len(made.weights):
        return False
    if any(
        tuple(a.shape) != tuple(b.shape) for a, b in zip(model.weights, made.weights, strict=True)
    ):
        return False
    import keras

    for own, new in zip(model.weights, made.weights, strict=True):
        new.assign(keras.ops.convert_to_numpy(own.value))
    return True


def _with_dtype(value: Any, dtype: str) -> Any:
    if isinstance(value, dict):
        if value.get("class_name") == "DTypePolicy":
            name = value.get("config", {}).get("name")
            return {**value, "config": {"name": dtype if name in _SINGLE else name}}
        value = _as_single(value)
        return {
            key: dtype
            if key == "dtype" and isinstance(entry, str) and entry in _SINGLE
            else _with_dtype(entry, dtype)
            for key, entry in value.items()
        }
    if isinstance(value, list | tuple):
        return type(value)(_with_dtype(entry, dtype) for entry in value)
    return value


def _with_own_lambdas(value: Any) -> Any:
    if isinstance(value, dict):
        found = {key: _with_own_lambdas(entry) for key, entry in value.items()}
        if found.get("class_name") == "Lambda" and "config" in found:
            found.update(module=None, registered_name=OWN_LAMBDA)
        return found
    if isinstance(value, list | tuple):
        return type(value)(_with_own_lambdas(entry) for entry in value)
    return value


def _with_functions(model: keras.Model) -> Any:
    """The class Lambda, whose layers get the user's own functions.

    From a configuration they would get copies that know none of the names around them.
    """
    import keras

    kind = keras.layers.Lambda
    functions = {each.name: each for each in internals.layers(model) if isinstance(each, kind)}

    def from_config(cls: Any, config: dict[str, Any], *_: Any, **more: Any) -> Any:
        own = functions.get(config.get("name", ""))
        if own is None:
            return kind.from_config(config, **more)
        rest = {name: config[name] for name in ("name", "dtype", "trainable") if name in config}
        made = kind(own.function, mask=own.mask, arguments=own.arguments, **rest)
        made._output_shape = own._output_shape
        return made

    return type("Lambda", (kind,), {"from_config": classmethod(from_config)})


def _as_single(layer: dict[str, Any]) -> dict[str, Any]:
    """A mask's value as the user's data hold it: 0.1 is another number in double precision."""
    config = layer.get("config")
    if layer.get("class_name") != "Masking" or not isinstance(config, dict):
        return layer
    if not isinstance(config.get("mask_value"), float):
        return layer
    return {**layer, "config": {**config, "mask_value": float(np.float32(config["mask_value"]))}}


def _any_length(value: Any, closed: Collection[str]) -> Any:
    """Input layers with an open time axis, and no shapes of layers already built."""
    if isinstance(value, dict):
        found = {
            key: _any_length(entry, closed) for key, entry in value.items() if key != "build_config"
        }
        shape = found.get("batch_shape")
        if isinstance(shape, list | tuple) and len(shape) >= 2 and found.get("name") not in closed:
            found["batch_shape"] = (shape[0], None, *shape[2:])
        found.pop("build_input_shape", None)
        return found
    if isinstance(value, list | tuple):
        return type(value)(_any_length(entry, closed) for entry in value)
    return value


def of_user(kind: type) -> bool:
    """Whether a class is the user's own."""
    return not kind.__module__.startswith(("keras.", "echospan."))


def constructor(kind: type) -> tuple[list[str], bool]:
    """Names of a constructor's arguments, and whether it takes any others."""
    places = list(inspect.signature(kind.__init__).parameters.values())[1:]  # type: ignore[misc]
    named = [p.name for p in places if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    return named, any(p.kind is p.VAR_KEYWORD for p in places)


def remade(kind: type) -> Any:
    """The class, or one like it that takes its own arguments out of a configuration.

    A layer whose constructor takes no ``**kwargs`` refuses the name and type that Keras's
    configuration holds beside its arguments.
    """
    if not of_user(kind) or "from_config" in vars(kind):
        return kind
    names, takes_all = constructor(kind)
    if takes_all or "get_config" in vars(kind):
        return kind

    def from_config(cls: Any, config: dict[str, Any]) -> Any:
        return kind(**{name: config[name] for name in names if name in config})

    return type(kind.__name__, (kind,), {"from_config": classmethod(from_config)})
