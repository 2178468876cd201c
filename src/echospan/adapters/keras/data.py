"""Read the user's data for a Keras model; errors say in one sentence what is wrong with it."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.batches import Source, leaves, pair, source_of
from echospan.adapters.batches import read as read_batches
from echospan.adapters.data import Data, samples_to_read
from echospan.adapters.facts import Facts
from echospan.adapters.signals import Signal, Structure, as_many, named_arrays, with_time
from echospan.engine import keras_internals as internals
from echospan.errors import ConfigError, DataError, shown

if TYPE_CHECKING:
    import keras


def read(model: keras.Model, facts: Facts, x: Any, y: Any, batch_size: int | None) -> Data:
    """Read what `fit` would be given.

    Args:
        model: For the shapes and names of its inputs and outputs.
        facts: What is known of it.
        x: An array, a list, tuple or dictionary of arrays, or what gives batches: a
            `keras.utils.PyDataset`, a `tf.data.Dataset`, a torch loader, a generator, or a function
            that makes one.
        y: Targets, likewise; None with a data set.
        batch_size: As given beside it; a data set allows none.

    Raises:
        DataError: Shapes, types or values cannot be used.
        ConfigError: Targets or a batch size are given beside a data set.
    """
    given = _source(x)
    found = None
    if given is not None:
        for name, value in (("y", y), ("batch_size", batch_size)):
            if value is not None:
                raise ConfigError(name, f"left out if x is {given.origin}, which sets it", value)
        found = read_batches(given, pair)
        x, y = found.x, found.y
        _check_batched(model, x, given)
    inputs = _inputs(model, facts, x)
    named = named_arrays("x", x)
    samples = int((x if named is None else named[0][2]).shape[0])
    inputs, outputs = as_many(inputs, _targets(model, samples, y))
    if found is None:
        return Data(inputs, outputs, Structure.of(x), samples)
    return Data(
        inputs,
        outputs,
        Structure.of(x),
        found.samples,
        found.size,
        # What a PyDataset gives is shuffled by fit, if by anyone.
        None if isinstance(given, _OwnSource) else found.shuffle,
        "" if isinstance(given, _OwnSource) else found.origin,
        found.more,
        found.notes,
        found.padded,
    )


class _OwnSource(Source):
    """A data set of Keras's own, whose batches come in the order that `fit` is told."""


def _source(x: Any) -> Source | None:
    """What gives batches; None for arrays."""
    import keras

    if isinstance(x, keras.utils.PyDataset):
        number = x.num_batches
        if number is None:
            return _OwnSource(lambda: (x[n] for n in itertools.count()), "a data set")
        if not number:
            raise DataError("The data set is empty.")
        return _OwnSource(lambda: (x[n] for n in range(number)), "a data set", number=number)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(x, torch.utils.data.DataLoader):
        from echospan.adapters.torch.loader import source

        return source(x, None)
    return source_of(x)


def _check_batched(model: keras.Model, x: Any, given: Source) -> None:
    """Refuse single samples, which have one axis fewer than the model takes.

    Raises:
        DataError: They are such.
    """
    shapes, parts = _shapes(model), leaves(x)
    wanted = shapes.get("0")
    if wanted is not None and len(parts) == 1 and parts[0].ndim == len(wanted) - 1 > 1:
        one, all_of = parts[0].shape[1:], wanted[1:]
        if given.size is None and all(
            w is None or g == w for g, w in zip(one, all_of[1:], strict=True)
        ):
            raise DataError(
                f"{given.begins} must give batches {wanted}; it gives single samples. "
                f"Give {given.single}."
            )


def array(name: str, value: Any) -> np.ndarray:
    """A beginning of the user's array, as numbers.

    Raises:
        DataError: It is no array, empty, or holds something else than finite numbers.
    """
    if value is None:
        raise DataError(f"{name} must be an array (samples, ...); got None.")
    if isinstance(value, type):
        raise DataError(f"{name} must be an array; got the class {value.__name__}.")
    if isinstance(value, list | tuple | dict):
        kind = type(value).__name__
        raise DataError(
            f"{name} must be an array (samples, time, features), or a list or dictionary of arrays "
            f"for a model with several; got a {kind}. Pass numpy.asarray({name})."
        )
    if not (hasattr(value, "shape") and hasattr(value, "__getitem__")):
        raise DataError(
            f"{name} must be an array; got a {type(value).__name__}. `check` needs arrays: collect "
            "a few batches first."
        )
    if len(value.shape) == 0 or value.shape[0] == 0:
        raise DataError(f"{name} must hold at least one sample; its shape is {tuple(value.shape)}.")
    try:
        found = np.asarray(value[: samples_to_read(value)])
    except Exception as error:
        raise DataError(f"{name} must be an array; reading it raised {shown(error)}.") from error
    if found.dtype.kind not in "biuf":
        kind = "Python objects" if found.dtype.kind == "O" else f"values of type {found.dtype}"
        raise DataError(
            f"{name} must hold numbers; got an array of {kind}. Encode the values first, and pad "
            "sequences to one length."
        )
    if found.dtype.kind == "f":
        bad = ~np.isfinite(found)
        if bad.any():
            first = tuple(int(i[0]) for i in np.nonzero(bad))
            raise DataError(
                f"{name} holds {int(bad.sum()):,} values that are NaN or infinite, the first at "
                f"{list(first)}: one is enough to make the loss NaN. Drop or fill them."
            )
    return found


def _inputs(model: keras.Model, facts: Facts, x: Any) -> list[Signal]:
    """The beginning of each input, with the axes that the model takes, in the flat order of x.

    Raises:
        DataError: The axes are others, or in another order; no input has a time axis.
    """
    named = named_arrays("x", x)
    if named is None:
        named = [("", "x", x)]
    elif len(named) == 1:
        named = [("", *named[0][1:])]
    alone, wanted = len(named) == 1, _shapes(model)
    inputs = len(set(wanted) & {str(number) for number in range(len(wanted))})
    if isinstance(x, list) and not hasattr(x[0] if x else None, "shape"):
        array("x", x)
    if isinstance(x, list) and inputs == 1 and len(x) > 1 and len({p.shape for p in x}) > 1:
        steps = [int(part.shape[0]) for part in x]
        raise DataError(
            f"x is a list of {len(x):,} arrays of {min(steps)} to {max(steps)} steps, which fit "
            "does not take. Make one array of them: x = keras.utils.pad_sequences(x, "
            "padding='pre', dtype='float32'), with keras.layers.Masking() before the first layer."
        )
    if inputs and len(named) != inputs:
        raise DataError(f"x must hold {inputs} arrays for this model; it holds {len(named)}.")
    found = []
    for number, (name, place, value) in enumerate(named):
        values = _input(place, value, facts, wanted.get(name, wanted.get(str(number))), alone=alone)
        found.append(
            Signal(
                name,
                place,
                values,
                number,
                integers=facts.symbols and values.ndim == 2 and _whole(values),
                fixed=isinstance(x, tuple),
            )
        )
    lengths = {place: int(value.shape[0]) for _, place, value in named}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{place} {length:,}" for place, length in lengths.items())
        raise DataError(f"x must hold equally many samples in each array; got {told}.")
    timed = with_time(found)
    if alone or not any(signal.sequence for signal in timed):
        # Columns that are time steps, as a model without recurrent layers may take them.
        timed = [replace(signal, sequence=signal.values.ndim >= 2) for signal in found]
    if not any(signal.sequence for signal in timed):
        shapes = ", ".join(f"{signal.place} {signal.values.shape}" for signal in found)
        raise DataError(
            f"x must hold an input with the axes (samples, time, features); there is {shapes}."
        )
    return timed


def _shapes(model: keras.Model) -> dict[str, tuple[int | None, ...]]:
    """Shapes of the model's inputs by name and by number, as far as they are known."""
    import keras

    tensors = keras.tree.flatten(getattr(model, "inputs", None) or [])
    if tensors:
        named = {tensor.name: tuple(tensor.shape) for tensor in tensors}
        return {**{str(n): tuple(t.shape) for n, t in enumerate(tensors)}, **named}
    shape = getattr(model, "input_shape", None) if model.built or _has_input(model) else None
    return {"0": tuple(shape)} if isinstance(shape, tuple) else {}


def _whole(values: np.ndarray) -> bool:
    """Whether values may be symbols: integers, or floats that hold such."""
    if values.dtype.kind in "iu":
        return True
    return bool(
        values.dtype.kind == "f" and (values == np.floor(values)).all() and (values >= 0).all()
    )


def _input(
    place: str, x: Any, facts: Facts, shape: tuple[int | None, ...] | None, *, alone: bool
) -> np.ndarray:
    found = array(place, x)
    if alone and found.ndim == 1:
        raise DataError(
            f"x must have the axes (samples, time, features); its shape is {tuple(x.shape)}. One "
            "series becomes samples by: x = numpy.lib.stride_tricks.sliding_window_view(x, steps)"
            "[:, :, None]"
        )
    if alone and found.ndim == 2 and facts.recurrent and not facts.symbols:
        raise DataError(
            f"x must have the axes (samples, time, features) for the recurrent layer "
            f"{facts.recurrent[0]!r}; its shape is {tuple(x.shape)}. If its columns are time "
            "steps, pass x[:, :, None]; if they are features of one step, x[:, None, :]."
        )
    if shape is not None:
        _fits(place, tuple(x.shape), shape)
    return found


def _has_input(model: keras.Model) -> bool:
    try:
        return model.input_shape is not None
    except (AttributeError, ValueError):
        return False


def _fits(place: str, given: tuple[int, ...], wanted: tuple[int | None, ...]) -> None:
    if len(given) != len(wanted):
        raise DataError(
            f"{place} must have {len(wanted)} axes for this model, {wanted}; its shape is {given}."
        )
    rest = list(zip(given[1:], wanted[1:], strict=True))
    if all(w is None or g == w for g, w in rest):
        return
    hint = ""
    if len(given) == 3 and all(
        w is None or g == w for g, w in zip((given[2], given[1]), wanted[1:], strict=True)
    ):
        hint = f" Time and features are swapped: {place} = {place}.swapaxes(1, 2)."
    raise DataError(
        f"{place} must have the shape {wanted} for this model; its shape is {given}.{hint}"
    )


def _targets(model: keras.Model, samples: int, y: Any) -> list[Signal]:
    """The beginning of the targets of each output, one target a sample.

    Args:
        model: The model, for the names of its outputs.
        samples: Samples in all of x.
        y: As `fit` takes it: an array, or a list or dictionary of such.

    Raises:
        DataError: There are more or fewer targets than samples, or no such output.
    """
    named = named_arrays("y", y)
    names = list(getattr(model, "output_names", None) or [])
    found = []
    for number, (name, place, value) in enumerate(named or [("", "y", y)]):
        values = array(place, value)
        labels = int(value.shape[0])
        if samples != labels:
            hint = ""
            if abs(samples - labels) == 1:
                hint = (
                    " They differ by one, as windows over a series do: drop the extra target at "
                    "the start or end."
                )
            raise DataError(f"x has {samples:,} samples and {place} has {labels:,} targets.{hint}")
        if isinstance(y, Mapping) and names and name not in names:
            raise DataError(f"y must name outputs of the model, {', '.join(names)}; got {name!r}.")
        output = _output(model, name) if isinstance(y, Mapping) else number
        fixed = isinstance(y, tuple)
        found.append(Signal(name, place, values, output, fixed=fixed))
    if len(found) == 1 and not isinstance(y, Mapping):
        return [replace(found[0], name="")]
    return found


def _output(model: keras.Model, name: str) -> int:
    """Where an output of that name stands among the model's outputs, laid flat."""
    import keras

    struct = internals.output_structure(model)
    if isinstance(struct, Mapping) and name in struct:
        # Flat, a dictionary's parts come in the order of their keys.
        places = keras.tree.flatten({key: number for number, key in enumerate(sorted(struct))})
        return int(places[sorted(struct).index(name)])
    names = list(getattr(model, "output_names", None) or [])
    return names.index(name) if name in names else 0
