"""Models as code: Keras layers, with the state going in and out where it is carried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from echospan.errors import ConfigError
from echospan.experiment import Experiment
from echospan.models import GRU, LSTM, MLP, EncoderDecoder, LastValue, Model, SimpleRNN
from echospan.models.mlp import DEFAULT_WINDOW
from echospan.models.recurrent import Recurrent
from echospan.script.encodings import InputCode, OutputCode
from echospan.script.framings import FramingCode
from echospan.script.pieces import Constant, source
from echospan.script.tasks import TaskCode

Carried = Literal["never", "always", "in use"]
"""When the state goes over from one call of the model to the next."""


@dataclass(frozen=True)
class Parts:
    """What a model stands between."""

    experiment: Experiment
    task: TaskCode
    framing: FramingCode
    input: InputCode
    output: OutputCode

    @property
    def carried(self) -> Carried:
        """Whether batches hand the state on, or only single steps in use."""
        if self.experiment.model.carries_state:
            return "always"
        recurrent = isinstance(self.experiment.model, Recurrent)
        in_use = self.experiment.framing.carries_when_evaluated and recurrent
        return "in use" if in_use else "never"

    @property
    def every(self) -> bool:
        """Whether there is an answer at every time step."""
        return self.experiment.framing.outputs == "every"


@dataclass(frozen=True)
class ModelCode:
    """A model as code.

    Attributes:
        text: What it is.
        constants: Its settings.
        code: Defines `model`: (inputs) -> scores, or (inputs, *state) -> (scores, *state).
            Where the state is carried in use only, `stepper` is the latter.
        stateful: The same model for `echospan.fit`, which carries the state of stateful layers.
        learns: Whether there is anything to train.
    """

    text: str
    constants: tuple[Constant, ...]
    code: str
    stateful: str = ""
    learns: bool = True

    def text_for(self, *, stateful: bool) -> str:
        """The text beside the one model or the other."""
        return "The same network, with layers that keep their state." if stateful else self.text


def sequential(start: str, layers: list[str]) -> str:
    """A stack of layers on an input."""
    listed = "\n".join(f"{layer}," for layer in [start, *layers])
    return source(
        """
        model = keras.Sequential(
            [
                <layers>
            ]
        )
        """,
        layers=listed,
    )


def _recurrent(model: Recurrent, parts: Parts) -> ModelCode:
    kind = type(model).__name__
    dropout = f", dropout={model.dropout}" if model.dropout else ""
    constants = [Constant("UNITS", str(model.units), f"of {_each(kind, model.layers)}")]
    dense = f"keras.layers.Dense({parts.output.units})"
    plain = [
        f"keras.layers.{kind}(UNITS{_returns(parts, depth, model.layers)}{dropout})"
        for depth in range(model.layers)
    ]
    if parts.carried == "never":
        layers = [*parts.input.layers, *plain, dense]
        code = sequential(parts.input.tensor("None"), layers)
        return ModelCode(
            f"{_a(kind)}, and a dense layer that gives the scores.", tuple(constants), code
        )
    states = ", ".join(["keras.Input((UNITS,))"] * (2 if isinstance(model, LSTM) else 1))
    if model.layers > 1:
        constants.append(Constant("LAYERS", str(model.layers), "on top of each other"))
    names = {
        "kind": kind,
        "states": states,
        "dropout": dropout,
        "dense": dense,
        "deep": "True" if parts.every else "depth < LAYERS - 1",
        "every": ", return_sequences=True" if parts.every else "",
        "two": "output and cell" if isinstance(model, LSTM) else "output",
    }
    if parts.carried == "always":
        before = _layered(parts.input.layers, "inputs")
        template = CARRIED if model.layers == 1 else CARRIED_STACK
        code = source(
            template, inputs=parts.input.tensor("None"), before=before, x=_last(before), **names
        )
        kept = [layer[:-1] + ", stateful=True)" for layer in plain]
        stateful = sequential(
            parts.input.batch_tensor("BATCH_SIZE", "None"), [*parts.input.layers, *kept, dense]
        )
        text = (
            f"{_a(kind)}, and a dense layer that gives the scores. The state that is carried from "
            "batch to batch is an input and an output of the model."
        )
        return ModelCode(text, tuple(constants), code, stateful)
    shared = [f"layer_{n} = {layer}" for n, layer in enumerate(parts.input.layers)]
    code = source(
        IN_USE if model.layers == 1 else IN_USE_STACK,
        shared="\n".join(shared) or "<->",
        inputs=parts.input.tensor("None"),
        number=parts.input.tensor("1"),
        train=_calls(len(shared), "inputs"),
        use=_calls(len(shared), "number"),
        **names,
    )
    text = (
        f"{_a(kind)}, and a dense layer that gives the scores. The same layers make two models: "
        "one for training on whole sequences, one for use with one number at a time."
    )
    return ModelCode(text, tuple(constants), code)


CARRIED = """
inputs = <inputs>
<before>
# The state: <two>, with a row for each row of the batch.
state = [<states>]
recurrent = keras.layers.<kind>(UNITS<every>, return_state=True<dropout>)
x, *state_after = recurrent(<x>, initial_state=state)
model = keras.Model([inputs, *state], [<dense>(x), *state_after])
"""

CARRIED_STACK = """
inputs = <inputs>
<before>
x, state, state_after = <x>, [], []
for depth in range(LAYERS):
    # The state: <two>, with a row for each row of the batch.
    before = [<states>]
    recurrent = keras.layers.<kind>(
        UNITS, return_sequences=<deep>, return_state=True<dropout>
    )
    x, *after = recurrent(x, initial_state=before)
    state, state_after = state + before, state_after + after
model = keras.Model([inputs, *state], [<dense>(x), *state_after])
"""

IN_USE = """
<shared>
recurrent = keras.layers.<kind>(UNITS, return_sequences=True, return_state=True<dropout>)
output = <dense>

# For training: whole sequences, so that the gradient goes through time.
inputs = <inputs>
x, *_ = recurrent(<train>)
model = keras.Model(inputs, output(x))

# For use: one number goes in and, with it, the state (<two>),
# which comes out again.
number = <number>
state = [<states>]
x, *state_after = recurrent(<use>, initial_state=state)
stepper = keras.Model([number, *state], [output(x), *state_after])
"""

IN_USE_STACK = """
<shared>
recurrent = [
    keras.layers.<kind>(UNITS, return_sequences=True, return_state=True<dropout>)
    for _ in range(LAYERS)
]
output = <dense>

# For training: whole sequences, so that the gradient goes through time.
inputs = <inputs>
x = <train>
for layer in recurrent:
    x, *_ = layer(x)
model = keras.Model(inputs, output(x))

# For use: one number goes in and, with it, the states (<two>),
# which come out again.
number = <number>
x, state, state_after = <use>, [], []
for layer in recurrent:
    before = [<states>]
    x, *after = layer(x, initial_state=before)
    state, state_after = state + before, state_after + after
stepper = keras.Model([number, *state], [output(x), *state_after])
"""


def _mlp(model: MLP, parts: Parts) -> ModelCode:
    units = Constant("UNITS", str(model.units), "of the hidden layer")
    dense = f"keras.layers.Dense({parts.output.units})"
    if model.window is None and not parts.every:
        layers = [
            *parts.input.layers,
            "keras.layers.Flatten()",
            'keras.layers.Dense(UNITS, activation="relu")',
            dense,
        ]
        text = "A multi-layer perceptron: all values side by side, a hidden layer, the scores."
        return ModelCode(
            text, (units,), sequential(parts.input.tensor(parts.framing.timesteps), layers)
        )
    size = Constant("VIEW", str(model.window or DEFAULT_WINDOW), "values that it sees at once")
    layers = [
        *parts.input.layers,
        'keras.layers.Conv1D(UNITS, VIEW, padding="causal", activation="relu")',
    ]
    if not parts.every:
        # The last time step of a sequence.
        layers += [_newest(parts.framing.timesteps), "keras.layers.Flatten()"]
    text = (
        "A multi-layer perceptron on the last VIEW values of each step. As a Keras layer, that is "
        "a causal convolution."
    )
    start = parts.input.tensor("None" if parts.every else parts.framing.timesteps)
    return ModelCode(text, (units, size), sequential(start, [*layers, dense]))


def _encoder_decoder(model: EncoderDecoder, parts: Parts) -> ModelCode:
    layers = [
        *parts.input.layers,
        "keras.layers.LSTM(UNITS)",
        f"keras.layers.RepeatVector({parts.task.written})",
        "keras.layers.LSTM(UNITS, return_sequences=True)",
        f"keras.layers.Dense({parts.output.units})",
    ]
    return ModelCode(
        "An encoder reads the sequence into one vector, which is repeated; a decoder writes the "
        "answers from it.",
        (Constant("UNITS", str(model.units), "of the encoder and of the decoder"),),
        sequential(parts.input.tensor("None"), layers),
    )


def _last_value(model: LastValue, parts: Parts) -> ModelCode:
    layer = "keras.layers.Identity()"
    if not parts.every and parts.framing.timesteps != "1":
        layer = _newest(parts.framing.timesteps)
    layers = [layer] if parts.every else [layer, "keras.layers.Flatten()"]
    return ModelCode(
        "There is nothing to learn: the newest vector is the answer.",
        (),
        sequential(parts.input.tensor("None" if parts.every else parts.framing.timesteps), layers),
        learns=False,
    )


WRITERS: dict[type[Model], Callable[[Any, Parts], ModelCode]] = {
    LSTM: _recurrent,
    GRU: _recurrent,
    SimpleRNN: _recurrent,
    MLP: _mlp,
    EncoderDecoder: _encoder_decoder,
    LastValue: _last_value,
}


def check_model(model: Model) -> None:
    """Refuse a model that has no counterpart among Keras's own layers.

    Raises:
        ConfigError: Names those that have one.
    """
    if type(model) not in WRITERS:
        known = ", ".join(str(each.model_fields["kind"].default) for each in WRITERS)
        allowed = f"a model that can be written as a script, of Keras's own layers: {known}"
        raise ConfigError("model.kind", allowed, model.kind)


def write_model(parts: Parts) -> ModelCode:
    """The experiment's model as code."""
    model = parts.experiment.model
    check_model(model)
    return WRITERS[type(model)](model, parts)


def _newest(timesteps: str) -> str:
    """A layer that keeps the last time step."""
    return f"keras.layers.Cropping1D(({timesteps} - 1, 0))"


def _each(kind: str, layers: int) -> str:
    return f"the {kind} layer" if layers == 1 else f"each {kind} layer"


def _a(kind: str) -> str:
    return f"An {kind} layer" if kind == "LSTM" else f"A {kind} layer"


def _returns(parts: Parts, depth: int, layers: int) -> str:
    return ", return_sequences=True" if parts.every or depth < layers - 1 else ""


def _layered(layers: tuple[str, ...], start: str) -> str:
    return (
        "\n".join(f"x = {layer}({start if n == 0 else 'x'})" for n, layer in enumerate(layers))
        or "<->"
    )


def _last(before: str) -> str:
    return "inputs" if before == "<->" else "x"


def _calls(count: int, start: str) -> str:
    for n in range(count):
        start = f"layer_{n}({start})"
    return start
