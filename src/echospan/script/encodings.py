"""Inputs and outputs as code: how values are encoded, scored and read back."""

from __future__ import annotations

from dataclasses import dataclass

from echospan.errors import ConfigError
from echospan.models.inputs import Embedded, Input, OneHot, Scaled
from echospan.models.readout import Classes, Readout, Value
from echospan.script.pieces import Constant, source


@dataclass(frozen=True)
class InputCode:
    """An encoding as code.

    Attributes:
        text: What the network is given.
        code: Defines `encode`.
        shape: Of one time step, as the end of a shape: ``", SYMBOLS"``.
        layers: The layers that receive it, as source.
        dtype: Of the input, where it is no float.
        constants: Settings.
    """

    text: str
    code: str
    shape: str
    layers: tuple[str, ...] = ()
    dtype: str = ""
    constants: tuple[Constant, ...] = ()

    def tensor(self, steps: str) -> str:
        """A Keras input of that many time steps."""
        comma = "" if self.shape else ","
        dtype = f', dtype="{self.dtype}"' if self.dtype else ""
        return f"keras.Input(({steps}{self.shape}{comma}){dtype})"

    def batch_tensor(self, rows: str, steps: str) -> str:
        """One that has a fixed number of rows."""
        dtype = f', dtype="{self.dtype}"' if self.dtype else ""
        return f"keras.Input(batch_shape=({rows}, {steps}{self.shape}){dtype})"


def write_input(given: Input, width: str, *, missing: bool, masking: bool) -> InputCode:
    """An encoding as code.

    Args:
        given: The encoding.
        width: How the script calls the number of symbols.
        missing: Whether values can be missing.
        masking: Whether steps without a value are skipped.
    """
    mask = ("keras.layers.Masking(mask_value=-1.0)",) if masking else ()
    if isinstance(given, Embedded):
        code = '''
        def encode(symbols):
            """Integers from 1 on for an embedding; 0 stands for a missing value."""
            return (symbols + 1).astype("int32")
        '''
        skip = ", mask_zero=True" if masking else ""
        return InputCode(
            "The network is given integers, and looks them up in a table of vectors.",
            source(code),
            "",
            (f"keras.layers.Embedding({width} + 1, EMBEDDING{skip})",),
            "int32",
            (Constant("EMBEDDING", str(given.size), "features of the embedding"),),
        )
    if isinstance(given, Scaled):
        plain = '''
        def encode(symbols):
            """One number between 0 and 1 for each value: (..., 1)."""
            return symbols[..., None].astype("float32") / (<width> - 1)
        '''
        marked = '''
        def encode(symbols):
            """One number between 0 and 1 for each value, -1 where it is missing: (..., 1)."""
            scaled = symbols.astype("float32") / (<width> - 1)
            scaled[symbols == -1] = -1
            return scaled[..., None]
        '''
        text = "The network is given one number between 0 and 1 for each value."
        return InputCode(text, source(marked if missing else plain, width=width), ", 1", mask)
    if not isinstance(given, OneHot):
        raise ConfigError("model.input", "one-hot, scaled or embedding", type(given).__name__)
    plain = '''
    def encode(symbols):
        """One-hot vectors: a one at the value's place, zeros elsewhere (..., <width>)."""
        return (symbols[..., None] == np.arange(<width>)).astype("float32")
    '''
    marked = '''
    def encode(symbols):
        """One-hot vectors (..., <width>); all entries are -1 where a value is missing."""
        vectors = (symbols[..., None] == np.arange(<width>)).astype("float32")
        vectors[symbols == -1] = -1
        return vectors
    '''
    text = "The network is given one-hot vectors."
    return InputCode(text, source(marked if missing else plain, width=width), f", {width}", mask)


@dataclass(frozen=True)
class OutputCode:
    """A readout as code.

    Attributes:
        units: Of the last dense layer.
        loss: The Keras loss, as source.
        code: Defines `decode`, and what turns targets into what the loss compares with.
        targets: What the loss compares with; ``{targets}`` stands for the targets.
    """

    units: str
    loss: str
    code: str
    targets: str


def write_output(given: Readout, width: str, *, weighted: bool) -> OutputCode:
    """A readout as code.

    Args:
        given: The readout.
        width: How the script calls the number of symbols.
        weighted: Whether some targets are missing, so that they must weigh nothing.
    """
    mean = 'reduction="mean_with_sample_weight"' if weighted else ""
    # What stands at a target that weighs nothing does not matter, but must be a symbol.
    targets = "np.maximum({targets}, 0)" if weighted else "{targets}"
    if isinstance(given, Classes):
        code = '''
        def decode(scores):
            """The symbol with the highest score."""
            return scores.argmax(axis=-1)
        '''
        settings = ", ".join(filter(None, ["from_logits=True", mean]))
        if weighted:
            settings = f"\n    {settings}\n"
        loss = f"keras.losses.SparseCategoricalCrossentropy({settings})"
        return OutputCode(width, loss, source(code), targets)
    if not isinstance(given, Value):
        raise ConfigError("model.output", "classes or value", type(given).__name__)
    code = '''
    def decode(numbers):
        """The nearest symbol."""
        nearest = np.round(numbers[..., 0] * (<width> - 1))
        return np.clip(nearest, 0, <width> - 1).astype(int)
    '''
    scaled = f"({targets} / ({width} - 1))[..., None]"
    return OutputCode(
        "1", f"keras.losses.MeanSquaredError({mean})", source(code, width=width), scaled
    )
