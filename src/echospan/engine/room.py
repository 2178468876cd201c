"""What a user's own Keras model takes on given arrays, told before it is built or run."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from echospan.engine import keras_internals as internals
from echospan.engine.carried import recurrent_layers
from echospan.limits import require_memory

if TYPE_CHECKING:
    import keras

    from echospan.engine.update import Batch

LARGE = 1024
"""A model that is not built is looked at beforehand where a layer has a setting above this."""

COPIES = {"train": 7, "score": 2, "answer": 2}
"""Arrays as large as the weights, beside the model's own: moments, gradients, values before and
after an update; or a copy to start from and the one that the program has."""

PER_UNIT = 8
"""Numbers that a recurrent layer holds for each unit and step, its gates among them."""


class Room(NamedTuple):
    """What a model takes.

    Attributes:
        parameters: Numbers in its weights.
        made: Those that are not there yet.
        row: Numbers in the outputs of all layers, for one row.
        largest: The same for the largest layer alone.
        answer: Numbers in the model's own outputs, for one row.
    """

    parameters: int
    made: int
    row: int
    largest: int
    answer: int


def require_room(model: keras.Model, data: Batch, rows: int, what: str, work: str) -> None:
    """Refuse work on a model whose weights and batches would not fit into memory.

    It says too little of models that Keras cannot look into before they are run; never too much.

    Args:
        model: The model, built or not.
        data: Its samples.
        rows: Rows of a batch.
        what: The beginning of the sentence "... needs about 5 GB of memory".
        work: "train", "score" or "answer".

    Raises:
        OutOfMemory: Has the estimate and what is free.
    """
    from echospan.engine.samples import arrays_bytes, count

    room = room_of(model, data.x)
    # Going back through a batch needs all that it left; going forward, one layer and the next.
    inside = 2 * room.row if work == "train" else 2 * room.largest
    numbers = room.made + COPIES[work] * room.parameters + min(rows, count(data)) * inside
    if work == "answer":
        numbers += 2 * count(data) * room.answer
    require_memory(arrays_bytes(data) + 4 * numbers, what)


def room_of(model: keras.Model, x: Any) -> Room:
    """What a model takes for one row of these inputs; nothing is made for it."""
    import keras

    steps = max([int(leaf.shape[1]) for leaf in keras.tree.flatten(x) if leaf.ndim > 1], default=1)
    made, looked_at = 0, model
    if not model.built and largest_setting(model) > LARGE:
        looked_at = _without_values(model, x) or model
        made = sum(math.prod(v.shape) for v in looked_at.weights)
    parameters = made or sum(math.prod(v.shape) for v in model.weights)
    sizes = [size for layer in internals.layers(looked_at) for size in _outputs(layer, steps)]
    for layer in recurrent_layers(looked_at):
        units = sum(_numbers(getattr(layer.cell, "state_size", 0)))
        sizes.append(PER_UNIT * units * _steps_of(layer, steps))
    return Room(
        parameters=parameters,
        made=made,
        row=sum(sizes),
        largest=max(sizes, default=0),
        answer=sum(_outputs(looked_at, steps)),
    )


def largest_setting(model: keras.Model) -> int:
    """The largest whole number among the settings of a model's layers; 0 where none can be told."""
    with suppress(Exception):
        return max(_numbers(model.get_config()), default=0)
    return 0


def _numbers(settings: Any) -> Iterator[int]:
    if isinstance(settings, dict):
        settings = list(settings.values())
    if isinstance(settings, list | tuple):
        for each in settings:
            yield from _numbers(each)
    elif isinstance(settings, int) and not isinstance(settings, bool):
        yield settings


def _outputs(layer: keras.Layer, steps: int) -> Iterator[int]:
    """Numbers in each output of a layer that was called symbolically, for one row."""
    import keras

    with suppress(Exception):
        for output in keras.tree.flatten(layer.output):
            yield math.prod(steps if size is None else int(size) for size in output.shape[1:])


def _steps_of(layer: keras.Layer, steps: int) -> int:
    with suppress(Exception):
        return int(layer.input.shape[1] or steps)
    return steps


def _without_values(model: keras.Model, x: Any) -> keras.Model | None:
    """A model like it whose variables have shapes and no values; None where none can be made."""
    import keras

    inputs = keras.tree.map_structure(
        lambda a: keras.KerasTensor((None, *a.shape[1:]), str(a.dtype)), x
    )
    with suppress(Exception), _unseen(), keras.StatelessScope(initialize_variables=False):
        like = type(model).from_config(model.get_config())
        like(inputs)
        return like
    return None


@contextmanager
def _unseen() -> Iterator[None]:
    """Leave no trace in Keras or in Python's generator, from which Keras draws seeds."""
    waiting = "uninitialized_variables"
    before, state = list(internals.global_value(waiting, []) or []), random.getstate()
    try:
        yield
    finally:
        # Keras would give them values at the next opportunity.
        internals.set_global_value(waiting, before)
        random.setstate(state)
