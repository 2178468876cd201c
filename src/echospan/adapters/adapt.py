"""Make an adapter for a model, and read its data: the one place that knows all frameworks."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from echospan.adapters.base import Adapter, Precision
from echospan.adapters.batches import pair, source_of
from echospan.adapters.batches import read as read_batches
from echospan.adapters.cells import MOST_ROWS, Cell
from echospan.adapters.data import Data, array, read_arrays
from echospan.adapters.embedded import Table
from echospan.adapters.facts import Facts, Framework, Mask, OwnFit
from echospan.adapters.signals import Axes, Signal, Structure
from echospan.adapters.support import NotCloneable
from echospan.adapters.trial import Rate, Trial
from echospan.adapters.untouched import untouched
from echospan.arguments import flag, one_of, readable, validated
from echospan.backend import refuse_fork
from echospan.errors import ConfigError


def framework_of(model: Any) -> Framework:
    """The framework that a model is made of. None is imported to find out.

    Args:
        model: A Keras model, a torch module, or a pair (init, apply) of JAX functions.

    Raises:
        ConfigError: It is none of these.
        BackendError: It needs JAX, and this process was forked after JAX had run.
    """
    keras = sys.modules.get("keras")
    if keras is not None and isinstance(model, keras.Model):
        if keras.backend.backend() == "jax":
            refuse_fork()
        return "keras"
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(model, torch.nn.Module):
        return "torch"
    if isinstance(model, tuple) and len(model) == 2 and all(callable(part) for part in model):
        refuse_fork()
        return "jax"
    raise ConfigError(
        "model",
        "a Keras 3 model, a torch.nn.Module, or a pair (init, apply) of JAX functions",
        type(model).__name__,
    )


@validated(
    model=readable,
    example=readable,
    precision=one_of("given", "float64"),
    training=flag,
    own_weights=flag,
    batch_first=flag,
    any_length=flag,
)
def adapt(
    model: Any,
    example: Any,
    *,
    precision: Precision = "given",
    training: bool = False,
    own_weights: bool = True,
    batch_first: bool = True,
    outputs: Sequence[str] = (),
    sequences: Sequence[bool] = (),
    axes: Sequence[Axes] = (),
    any_length: bool = False,
    closed: Collection[str] = (),
) -> Adapter:
    """Clone a model of any framework behind one interface.

    Example::

        adapter = adapt(keras_model, x[:4], precision="float64")
        outputs, state = adapter.chunk([x[:4, :3]], adapter.initial_state(4))
        with adapter.drawn(seed=1):
            answers = adapter.whole([x[:4]])

    Args:
        model: A Keras model, a torch module, or a pair (init, apply) of JAX functions.
        example: One batch of inputs (batch, time, ...), nested as the model takes them.
        precision: ``given``, or ``float64`` with casts to single precision undone.
        training: Run in training mode.
        own_weights: Give the clone the model's weights; else it has weights of its own.
        batch_first: Whether a torch module is given (batch, time, ...).
        outputs: Names of the outputs of a torch module that has several.
        sequences: For each input of a torch module whether it has a time axis.
        axes: For each input how a torch module is given it, as `Signal.axes` says.
        any_length: Make a Keras clone with an open time axis.
        closed: Names of inputs without a time axis, which `any_length` leaves alone.

    Raises:
        ConfigError: It is a model of no known framework, or the example holds no numbers.
        NotCloneable: No clone can be made or run; says why.
    """
    framework = framework_of(model)
    structure, given = _example(example)
    if framework == "keras":
        from echospan.adapters.keras.adapter import KerasAdapter

        return KerasAdapter(
            model,
            given,
            structure,
            precision=precision,
            training=training,
            own_weights=own_weights,
            any_length=any_length,
            closed=closed,
        )
    if framework == "torch":
        from echospan.adapters.torch.adapter import TorchAdapter

        return TorchAdapter(
            model,
            given,
            structure,
            outputs,
            precision=precision,
            training=training,
            batch_first=batch_first,
            sequences=sequences,
            axes=axes,
        )
    from echospan.adapters.jax.adapter import JaxAdapter

    if training:
        raise NotCloneable("a pair (init, apply) has no training mode")
    return JaxAdapter(model, given, structure, precision=precision)


def as_it_is(model: Any, example: Any) -> Adapter:
    """A Keras model itself as an adapter, where no clone can be made.

    Only for calls in evaluation mode, of a model without stateful layers: they leave it as it is.

    Args:
        model: A Keras model that is built.
        example: One batch of inputs (batch, time, ...), nested as the model takes them.

    Raises:
        NotCloneable: It can't be run.
    """
    from echospan.adapters.keras.adapter import KerasAdapter

    structure, given = _example(example)
    return KerasAdapter(model, given, structure, make=lambda seed: model)


def _example(example: Any) -> tuple[Structure, list[np.ndarray]]:
    """How the inputs are nested, and each of them."""
    try:
        structure = Structure.of(example)
        given = [np.asarray(each) for each in structure.flat(example)]
    except Exception:
        # Objects of the user's own, which raise whatever they like.
        given = []
    if not given or any(each.dtype.kind not in "biuf" for each in given):
        raise ConfigError("example", "arrays (batch, time, ...) of numbers", example)
    return structure, given


def facts_of(model: Any) -> Facts:
    """What a model says about itself; nothing is run.

    Raises:
        ConfigError: It is a model of no known framework.
    """
    framework = framework_of(model)
    if framework == "keras":
        from echospan.adapters.keras.facts import facts as of_keras

        return of_keras(model)
    if framework == "torch":
        from echospan.adapters.torch.facts import facts as of_torch

        return of_torch(model)
    from echospan.adapters.jax.adapter import facts as of_jax

    return of_jax(model)


def read_data(
    model: Any, known: Facts, x: Any, y: Any, *, batch_size: int | None, batch_first: bool = True
) -> Data:
    """Read the beginning of the user's data, as the model's framework takes them.

    Raises:
        DataError: Shapes, types or values cannot be used.
        ConfigError: There are no targets, or something is given beside a data set.
    """
    with untouched():
        if known.framework == "keras":
            from echospan.adapters.keras.data import read as for_keras

            return for_keras(model, known, x, y, batch_size)
        if known.framework == "torch":
            from echospan.adapters.torch.data import read as for_torch
            from echospan.adapters.torch.data import with_channels

            data = for_torch(model, x, y, batch_first=batch_first, batch_size=batch_size)
            return replace(data, sources=with_channels(model, data.sources))
        given = source_of(x)
        if given is None:
            return read_arrays(x, y)
        found = read_batches(given, pair)
        data = read_arrays(found.x, found.y, found.size, found.shuffle, found.origin, found.samples)
        return replace(data, more=found.more, notes=found.notes, padded=found.padded)


def with_own_loss(model: Any, known: Facts, data: Data) -> tuple[Data, Any]:
    """Data for the loss that a module computes by itself, as Hugging Face's do, and that loss.

    Where the module compares each answer with the target one step later, the targets are moved.

    Args:
        model: The user's model.
        known: What is known of it.
        data: The beginning of the data.

    Returns:
        The data, and a function of (outputs, targets); None where the module has no such loss.
    """
    if known.framework != "torch" or len(data.targets) != 1:
        return data, None
    from echospan.adapters.torch.own_loss import decoder_input, own_loss, shifted

    (target,) = data.targets
    data = _with_decoder_input(data, decoder_input(model, target.values))
    inputs = [each.values for each in data.sources]
    found = own_loss(model, inputs, target.values, data.structure)
    if found is None:
        return data, None
    told = f"the loss is the module's own, as it computes it of its labels: {found.name}"
    if found.shifted:
        target = replace(target, values=shifted(target.values))
    return replace(data, targets=[target], notes=(*data.notes, told)), found.function


def _with_decoder_input(data: Data, values: np.ndarray | None) -> Data:
    """With what a model makes of its labels for its decoder, as an input more."""
    name = "decoder_input_ids"
    if values is None or data.structure.kind != "dict" or name in data.structure.names:
        return data
    added = Signal(name, f'x["{name}"]', values, integers=True)
    sources = sorted([*data.sources, added], key=lambda source: source.name)
    sources = [replace(source, number=number) for number, source in enumerate(sources)]
    structure = Structure("dict", tuple(source.name for source in sources))
    told = f"{name} are made of the labels, as the model makes them in training"
    return replace(data, sources=sources, structure=structure, notes=(*data.notes, told))


def read_validation(
    model: Any, known: Facts, given: Any, *, batch_first: bool = True
) -> tuple[Any, str]:
    """Validation data as (x, y), and what was not read of it, and why.

    Args:
        model: The user's model.
        known: What is known of it.
        given: (x, y) as it is, or what gives batches; a generator is left alone.
        batch_first: Whether the batches of a loader are (batch, time, ...).

    Raises:
        DataError: The batches cannot be used.
    """
    if given is None or isinstance(given, tuple | list) or hasattr(given, "shape"):
        return given, ""
    if isinstance(given, Iterator):
        return None, "validation data: a generator would be used up by being read"
    data = read_data(model, known, given, None, batch_size=None, batch_first=batch_first)
    x = data.structure.pack([each.values for each in data.sources])
    return (x, data.targets[0].values), ""


def read_array(known: Facts, place: str, value: Any) -> np.ndarray:
    """Read the beginning of one array.

    Raises:
        DataError: It holds no finite numbers.
    """
    if known.framework == "keras":
        from echospan.adapters.keras.data import array as for_keras

        return for_keras(place, value)
    return array(place, value)


def mask_of(model: Any, known: Facts, source: Signal) -> tuple[Mask | None, str]:
    """What masks one input of several, and why that could not be found out."""
    if known.framework != "keras" or known.mask is None:
        return known.mask, ""
    from echospan.adapters.keras.facts import mask_of as for_keras

    return for_keras(model, known, source)


def input_name(model: Any, known: Facts, source: Signal) -> str:
    """What the model itself calls an input; empty where that is not known."""
    if known.framework != "keras":
        return source.name
    from echospan.adapters.keras.facts import input_tensor

    tensor = input_tensor(model, source)
    return "" if tensor is None else str(tensor.name)


def trial_of(
    model: Any,
    known: Facts,
    example: Any,
    *,
    loss: Any = None,
    optimizer: Any = None,
    batch_first: bool = True,
    outputs: Sequence[str] = (),
    sequences: Sequence[bool] = (),
    axes: Sequence[Axes] = (),
) -> Trial:
    """A clone with the model's own weights that can be trained for a few updates.

    Args:
        model: A Keras model that is compiled, or a torch module.
        known: What is known of it.
        example: One batch of inputs, nested as the model takes them.
        loss: The loss function of a torch module.
        optimizer: The optimizer of a torch module.
        batch_first: As in `adapt`.
        outputs: As in `adapt`.
        sequences: As in `adapt`.
        axes: As in `adapt`.

    Raises:
        NotCloneable: No such clone can be made; says why.
    """
    structure = Structure.of(example)
    given = [np.asarray(each) for each in structure.flat(example)]
    if known.framework == "keras":
        from echospan.adapters.keras.trial import KerasTrial

        return KerasTrial(model, given, structure)
    if known.framework == "jax":
        raise NotCloneable("a pair (init, apply) comes without an optimizer")
    if loss is None or optimizer is None:
        raise NotCloneable("loss= and optimizer= are not given")
    from echospan.adapters.torch.trial import TorchTrial

    return TorchTrial(
        model, optimizer, loss, given, structure, outputs,
        batch_first=batch_first, sequences=sequences, axes=axes,
    )  # fmt: skip


def rate_of(model: Any, known: Facts, optimizer: Any = None) -> Rate | None:
    """How the optimizer is set that trains a model; None where there is none."""
    if known.framework == "keras":
        from echospan.adapters.keras.trial import rate_of as of_keras

        own = getattr(model, "optimizer", None) if getattr(model, "compiled", False) else None
        return None if own is None else of_keras(own)
    if optimizer is None:
        return None
    from echospan.adapters.torch.trial import rate_of as of_torch

    return of_torch(optimizer)


def tables(
    model: Any, known: Facts, data: Data, rows: np.ndarray, *, batch_first: bool = True
) -> list[Table]:
    """What the embeddings of a model are given, as far as that is seen.

    Args:
        model: The user's.
        known: What is known of it.
        data: The beginning of the data.
        rows: Numbers of the samples that a copy of a torch module is called with.
        batch_first: As in `adapt`.
    """
    if not known.symbols or known.framework == "jax":
        return []
    if known.framework == "keras":
        from echospan.adapters.keras.embedded import tables as of_keras

        return of_keras(model, data.sources)
    from echospan.adapters.torch.embedded import tables as of_torch

    return of_torch(
        model,
        [source.values[rows] for source in data.sources],
        data.sources,
        data.structure,
        [target.name for target in data.targets],
        batch_first=batch_first,
        axes=[source.axes for source in data.sources],
    )


def cells(model: Any, known: Facts, data: Data, *, batch_first: bool = True) -> list[Cell]:
    """Recurrent layers with their own weights, as far as it is known what they are given."""
    if known.framework == "keras":
        from echospan.adapters.keras.cells import cells as of_keras

        return of_keras(model, data.sources, known.mask)
    if known.framework != "torch" or not known.recurrent:
        return []
    from echospan.adapters.torch.observing import CellLook

    batch = [source.values[:MOST_ROWS] for source in data.sources]
    look = CellLook(batch, data.sources)
    _observe(model, data, batch, look, batch_first=batch_first)
    return look.found


def nan_begins(
    model: Any, known: Facts, data: Data, batch: Sequence[np.ndarray], *, batch_first: bool = True
) -> str:
    """Where a model makes NaN of numbers, by name; empty where that is not found."""
    if known.framework == "keras":
        from echospan.adapters.keras.nan import nan_begins as of_keras

        return of_keras(model, batch)
    if known.framework != "torch":
        return ""
    from echospan.adapters.torch.observing import NanLook

    look = NanLook()
    _observe(model, data, batch, look, batch_first=batch_first)
    return look.found


def _observe(
    model: Any, data: Data, batch: Sequence[np.ndarray], look: Any, *, batch_first: bool
) -> None:
    from echospan.adapters.torch.observing import observed

    observed(
        model, batch, data.sources, data.structure, [target.name for target in data.targets],
        look, batch_first=batch_first, axes=[source.axes for source in data.sources],
    )  # fmt: skip


def optimized(model: Any, optimizer: Any) -> frozenset[str]:
    """Names of the parameters of a torch module that an optimizer holds, registered or not."""
    from echospan.adapters.torch.weights import held_parameters

    held = {id(each) for group in optimizer.param_groups for each in group["params"]}
    return frozenset(n for n, each in held_parameters(model).items() if id(each) in held)


def own_fit(model: Any, known: Facts, batch: list[np.ndarray], structure: Structure) -> OwnFit:
    """What the framework's own trainer does with carried state, found out by running a clone.

    Args:
        model: A Keras model; other frameworks have no trainer of their own.
        known: What is known of it.
        batch: One batch of each input, in flat order.
        structure: How the model takes them.

    Raises:
        NotCloneable: No clone can be made, or there is no such trainer.
    """
    if known.framework != "keras":
        raise NotCloneable(f"{known.framework} has no trainer of its own")
    from echospan.adapters.keras.own_fit import own_fit as of_keras

    return of_keras(model, batch, structure)
