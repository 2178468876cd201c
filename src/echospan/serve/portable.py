"""A trained model as Keras alone can use it, and the lines that load it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from echospan.engine.keras_internals import layers
from echospan.engine.values import read, write
from echospan.models.init import Init
from echospan.models.inputs import Embedded, OneHot
from echospan.models.readout import Classes
from echospan.serve.loaded import Loaded

EXAMPLES = 5
"""Values in the example input."""


def portable(loaded: Loaded) -> Any:
    """The Keras model for any number of rows, with the trained weights.

    A model that carried its state starts from zero at each call here: Keras on JAX carries none.
    """
    experiment = loaded.experiment
    if not experiment.model.carries_state or "stateful" not in type(experiment.model).model_fields:
        return loaded.model
    plain = experiment.model.replace(stateful=False)
    model = plain.build(loaded.signature, Init(experiment.seed))
    values = read(model)
    write(
        model,
        values._replace(
            trainable=loaded.values.trainable,
            # What draws at random has a seed among these, and a stateful layer none beside it.
            non_trainable=loaded.values.non_trainable
            if len(loaded.values.non_trainable) == len(values.non_trainable)
            else values.non_trainable,
        ),
    )
    return model


def how_to_load(loaded: Loaded, path: Path) -> str:
    """Lines of Python that load an exported model and predict one row.

    Args:
        loaded: The run that was exported.
        path: The file that was written.
    """
    lines = ["import os", 'os.environ["KERAS_BACKEND"] = "jax"  # before Keras is imported']
    if any(type(layer).__module__.startswith("echospan") for layer in layers(loaded.model)):
        lines.append("import echospan.layers  # it has layers that Keras does not know")
    shown = ", ".join(map(str, _example(loaded)))
    lines += [
        "import keras",
        "import numpy as np",
        f"model = keras.saving.load_model({str(path)!r})",
        f"numbers = np.array([[{shown}]])  # {_meaning(loaded)}",
        *_encoding(loaded),
        *_answers(loaded),
    ]
    return "\n".join(lines)


def _example(loaded: Loaded) -> list[int]:
    steps = loaded.signature.timesteps if _fixed(loaded) else EXAMPLES
    return [(34 + 23 * step) % loaded.symbols for step in range(steps)]


def _fixed(loaded: Loaded) -> bool:
    """Whether a row must have as many numbers as in training."""
    return loaded.experiment.framing.serving(1) is not None


def _meaning(loaded: Loaded) -> str:
    of = f"exactly {loaded.signature.timesteps} a row" if _fixed(loaded) else "any number of them"
    last = loaded.symbols - 1
    if loaded.vocabulary is None:
        return f"0 to {last}, the newest last, {of}"
    return (
        f"0 to {last} for the values in order, {loaded.show(0)!r} to {loaded.show(last)!r}; the "
        f"newest last, {of}"
    )


def _encoding(loaded: Loaded) -> list[str]:
    time = loaded.signature.timesteps if _fixed(loaded) else "time"
    top = loaded.symbols - 1
    if isinstance(loaded.inputs, Embedded):
        missing = "0 stands for a missing value"
        return [f"x = numbers + 1  # integers (rows, {time}); {missing}"]
    if isinstance(loaded.inputs, OneHot):
        line = f"x = keras.ops.one_hot(numbers, {loaded.symbols})"
        features, missing = loaded.symbols, "all -1 for a missing value"
    else:
        line = f"x = numbers[..., None] / {top}"
        features, missing = 1, "-1 for a missing value"
    return [f"{line}  # floats (rows, {time}, {features}); {missing}"]


def _answers(loaded: Loaded) -> list[str]:
    if isinstance(loaded.readout, Classes):
        line = "model.predict(x, verbose=0).argmax(-1)"
    else:
        line = f"np.rint(model.predict(x, verbose=0)[..., 0] * {loaded.symbols - 1})"
    where = {
        "last": "one answer a row, about its newest number",
        "every": "an answer at each number",
        "written": f"{loaded.signature.target_steps} answers a row",
    }[loaded.signature.outputs]
    lines = [f"print({line})  # {where}"]
    if not _fixed(loaded):
        lines.append("# No state is kept between two calls: give the sequence from its beginning.")
    return lines
