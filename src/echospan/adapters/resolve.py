"""Make a trainable model from what the user named: the one place that knows all frameworks."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from echospan.adapters.base import Adapter
from echospan.adapters.jax.pair import is_pair, pair_as_keras_model
from echospan.adapters.jax.training import TrainablePair
from echospan.adapters.keras.infer_io import ModelInterface, infer_io
from echospan.adapters.keras.training import TrainableKerasModel
from echospan.adapters.keras.variable_length import (
    fixed_length,
    supports_variable_length,
    with_variable_length,
)
from echospan.adapters.loading import (
    FIELD,
    HUGGING_FACE,
    STATE_BITS_ATTRIBUTE,
    function_of,
    require_builder,
    width_of,
)
from echospan.adapters.named import Named, model_class, named_model
from echospan.adapters.trainable import TrainableModel
from echospan.adapters.width import built_parameters, units_for
from echospan.backend import keras_on_jax
from echospan.engine.budget import with_parameters
from echospan.engine.estimate import require_room_for_model
from echospan.errors import BackendError, ConfigError, MissingExtra
from echospan.memory_tasks.base import MemoryTask
from echospan.models import MODELS, Model, Signature
from echospan.models.init import Init
from echospan.spec import choose

COPIES = 16
"""Arrays as large as the weights that a span holds: trials of several rates and seeds at once."""

STEPS = 16
"""Time steps of the shape that a built-in model is first built for."""


def resolve_model(
    model: Any,
    task: MemoryTask,
    *,
    settings: Mapping[str, Any] | None = None,
    units: int | None = None,
    params: int | None = None,
    batch_size: int = 16,
    trust: bool = False,
) -> TrainableModel:
    """Make the trainable model that a name, a file, a function or settings stand for.

    Args:
        model: A built-in model's name, ``FILE.py:function``, ``package.module:function``,
            ``hf:Class``, the path of a .keras file, a function ``(symbols) -> model``, or settings
            of a built-in model.
        task: The task it will be trained on.
        settings: Settings of a built-in model; not for a user's own.
        units: Width of a built-in model, or of one whose function takes a width.
        params: Approximate number of parameters, instead of `units`. A model without a width that
            can be chosen stays as it is; its `wanted_parameters` tells.
        batch_size: Sequences in one update.
        trust: Build a .keras file whatever is in it.

    Raises:
        ConfigError: There is no such model, or it can't be used; the message says why.
    """
    given = dict(settings or {})
    settings = {**given, **({} if units is None else {"units": units})}
    if units is not None and params is not None:
        raise ConfigError("params", "left out if units is given", params)
    if params is not None and params < 1:
        raise ConfigError("params", "at least 1", params)
    model = model_class(model)
    if isinstance(model, type) and issubclass(model, Model):
        return _built_in({"kind": model, **settings}, task, params, batch_size)
    if isinstance(model, Model):
        return _built_in(model.replace(**settings), task, params, batch_size)
    if isinstance(model, Mapping):
        return _built_in(model, task, params, batch_size)
    require_builder(model)
    if not callable(model) and not isinstance(model, str):
        allowed = "a name, a function (symbols: int) -> model, or settings of a built-in model"
        raise ConfigError(FIELD, allowed, model)
    for name in given:
        raise ConfigError(
            name, "left out for a model of your own", given[name],
            "Its settings are what your function says.",
        )  # fmt: skip
    return _own(model, task, batch_size, trust, units, params)


def trainable_of(
    adapter: Adapter, task: MemoryTask, *, name: str = "", batch_size: int = 16
) -> TrainableModel:
    """Make the trainable model of the user's model that an adapter was made for.

    Its weights are drawn anew for each seed, by `Adapter.fresh`; neither the adapter nor the user's
    model changes. `TrainableModel.adapter` goes the other way. Example::

        trainable = trainable_of(adapt(model, x), memory_task_of("echo", symbols=4))
        weights = trainable.start(seed=0, rate=0.01)
        weights, curve = trainable.train(weights, spec, seed=0, first=0, updates=100)
        trained = trainable.adapter(weights)

    Args:
        adapter: Of a model whose framework's trainer is ours: `Adapter.support("train")`.
        task: The task it will be trained on.
        name: What messages and sheets call the model; left out, its class.
        batch_size: Sequences in one update.

    Raises:
        NotSupported: The adapter refuses the part "train"; says why.
        ConfigError: The model doesn't fit the task; the message says why.
    """
    adapter.require("train")
    first = adapter.fresh(0)
    text = name or ("(init, apply)" if is_pair(first) else type(first).__name__)
    return _trainable(adapter.fresh, first, text, task, batch_size, ())


def has_width(model: Any) -> bool:
    """Whether `units` can be chosen for it."""
    model = model_class(model)
    if isinstance(model, type) and issubclass(model, Model):
        return "units" in model.model_fields
    if isinstance(model, Model | Mapping) or (isinstance(model, str) and ":" not in model):
        return False
    if isinstance(model, str) and model.startswith(HUGGING_FACE):
        return True
    return width_of(function_of(model) if isinstance(model, str) else model) is not None


def _built_in(given: Any, task: MemoryTask, params: int | None, batch_size: int) -> TrainableModel:
    keras_on_jax()
    spec = choose(MODELS, "model", given)
    # Without a window of its own it would have weights for every step of a fixed number.
    if getattr(spec, "fixed_length", False) and "window" in type(spec).model_fields:
        few = Signature(task.width, 8, "every", 8, batch_size, task.features)
        spec = spec.replace(window=spec.receptive_field_for(few))
    if spec.supported_outputs == ("written",):
        raise ConfigError(FIELD, "a model with an output at every step", spec.kind)
    signature = Signature(task.width, STEPS, "every", STEPS, batch_size, task.features)
    spec.check("every", task.features)
    if params is not None and "units" in type(spec).model_fields:
        spec = with_parameters(spec, signature, params)
        params = None
    require_room_for_model(spec, signature, COPIES)
    trainable = TrainableKerasModel(
        spec.kind,
        task,
        lambda seed: spec.build(signature, Init(seed)),
        ModelInterface(spec.input_for(signature), spec.readout_for(signature)),
        batch_size=batch_size,
        learns=spec.learns,
        receptive_field=spec.receptive_field_for(signature),
    )
    trainable.wanted_parameters = params
    return trainable


def _own(
    model: Any,
    task: MemoryTask,
    batch_size: int,
    trust: bool,
    units: int | None,
    params: int | None,
) -> TrainableModel:
    # The function is called with the width of one step.
    _keras_if_there()
    if isinstance(model, str) and model.endswith(".keras"):
        keras_on_jax()
    if isinstance(model, str) and model.startswith(HUGGING_FACE) and not task.width:
        raise ConfigError("task", "one of symbols for a language model", task.name)
    named = named_model(model, task.width or task.features or 0, trust=trust)
    if units is not None:
        if named.with_units is None:
            raise ConfigError(
                "units", "left out for a model of your own that takes no width", units,
                "Give its function an argument for it: (symbols, units).",
            )  # fmt: skip
        named = named.with_units(units)

    def made(named: Named) -> TrainableModel:
        return _trainable(named.make, named.make(0), named.text, task, batch_size, named.notes)

    if params is not None and named.with_units is not None:
        named = named.with_units(
            units_for(
                named, params, lambda one: built_parameters(one.make(0)) or made(one).parameters
            )
        )
        params = None
    trainable = made(named)
    trainable.wanted_parameters = params
    return trainable


def _keras_if_there() -> None:
    """Import Keras before the user's code may, so that it is on JAX, and seeded for it.

    What returns a torch module needs none of it, and a Keras on another backend does no harm.
    """
    with suppress(BackendError, MissingExtra):
        keras_on_jax()


def _trainable(
    make: Callable[[int], Any],
    first: Any,
    text: str,
    task: MemoryTask,
    batch_size: int,
    notes: tuple[str, ...],
) -> TrainableModel:
    kind: Callable[..., TrainableKerasModel] = TrainableKerasModel
    if is_pair(first):
        keras_on_jax()
        kind = partial(TrainablePair, make)
        make = _as_keras_models(make, task, text)
        first = make(0)
        on = "numbers" if task.features else "one-hot vectors"
        notes = (*notes, f"Plain JAX functions (init, apply), on {on}.")
    bits = _declared_bits(first)
    keras = sys.modules.get("keras")
    if keras is not None and isinstance(first, keras.Model):
        keras_on_jax()
        if (steps := fixed_length(first)) is not None and supports_variable_length(first):
            make = with_variable_length(make)
            first = make(0)
            notes = (
                *notes,
                f"Its time axis is fixed at {steps}; a copy with an open one is measured.",
            )
        interface = infer_io(first, task, text)

        def built(seed: int) -> Any:
            model = make(seed)
            infer_io(model, task, text)
            return model

        trainable: TrainableModel = kind(
            text, task, built, interface, batch_size=batch_size, notes=notes
        )
        trainable.declared_bits = bits
        return trainable
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(first, torch.nn.Module):
        from echospan.adapters.torch.training import TrainableTorchModule

        trainable = TrainableTorchModule(text, task, make, first, batch_size=batch_size)
        trainable.notes = (*trainable.notes, *notes)
        trainable.declared_bits = bits
        return trainable
    raise ConfigError(
        FIELD,
        "a function that returns a Keras model, a torch module or two JAX functions (init, apply)",
        f"{text}, which returns {type(first).__name__}",
    )


def _as_keras_models(
    pairs: Callable[[int], Any], task: MemoryTask, text: str
) -> Callable[[int], Any]:
    features, answers = task.width or task.features or 0, task.width or 1
    return lambda seed: pair_as_keras_model(pairs(seed), features, answers, seed, text)


def _declared_bits(model: Any) -> float | None:
    """Bits that the model says its state can hold, if it says so."""
    bits = getattr(model, STATE_BITS_ATTRIBUTE, None)
    if bits is None:
        return None
    if isinstance(bits, bool) or not isinstance(bits, int | float) or not 0 < bits < math.inf:
        raise ConfigError(f"{FIELD}.{STATE_BITS_ATTRIBUTE}", "a number of bits above 0", bits)
    return float(bits)
