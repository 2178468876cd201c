"""What a model is: settings that build a Keras model for the shape that a framing asks for."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, final

from echospan.arguments import instance, one_of, optional, validate_methods, validated, whole
from echospan.errors import ConfigError
from echospan.framings.plan import Outputs
from echospan.models.inputs import Input, Numbers, OneHot
from echospan.models.readout import Classes, Number, Readout
from echospan.spec import Spec

Learns = Literal["gradient", "ridge", "nothing"]
"""By gradient descent; the readout alone, in closed form; or not at all."""

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


OUTPUTS = one_of("last", "every", "written")

SIGNATURE = instance("an echospan.models.Signature", "echospan.models.base:Signature")

OF_METHODS = {
    "build": {
        "signature": SIGNATURE,
        "init": instance("an echospan.models.init.Init", "echospan.models.init:Init"),
    },
    "receptive_field_for": {"signature": SIGNATURE},
    "check": {"outputs": OUTPUTS, "features": whole(1)},
}
"""What the arguments of a model's methods may be, those of other packages' models too."""

OF_SIGNATURE = {
    "symbols": whole(0),
    "timesteps": whole(0),
    "outputs": OUTPUTS,
    "target_steps": whole(0),
    "batch_size": whole(0),
    "features": optional(whole(1)),
}
"""What the values of a signature may be."""


@dataclass(frozen=True)
class Signature:
    """The shape that a framing asks of a model.

    Attributes:
        symbols: Number of distinct symbols K.
        timesteps: Time steps in one sample.
        outputs: Where the answers stand.
        target_steps: Answers to write, for ``outputs == "written"``.
        batch_size: Rows of a batch, for models that carry state.
        features: Numbers in one value, where values and answers are numbers; there are no symbols
            then, and `symbols` is 0.

    Example:
        >>> echospan.models.Signature(symbols=10, timesteps=25).outputs
        'every'
    """

    symbols: int
    timesteps: int
    outputs: Outputs = "every"
    target_steps: int = 1
    batch_size: int = 1
    features: int | None = None

    def __post_init__(self) -> None:
        for name, rule in OF_SIGNATURE.items():
            object.__setattr__(self, name, rule(name, getattr(self, name)))

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


class Model(Spec):
    """Settings of a model, which build it for the shape that a framing asks for.

    A model of your own derives from it, from `SequenceModel` (an input, a body, a readout) or from
    `Recurrent` (a recurrent layer), and has a `kind`.

    Example:
        >>> echospan.models.GRU(units=8).to_dict()["units"]
        8
    """

    section: ClassVar[str] = "model"
    kind: str

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        validate_methods(cls, OF_METHODS)

    symbol_settings: ClassVar[tuple[str, ...]] = ()
    """Names of the settings that have a meaning for symbols only."""

    @property
    def symbol_input(self) -> Input:
        """Encoding of the input symbols."""
        return OneHot()

    @property
    def symbol_readout(self) -> Readout:
        """How the model's outputs are scored and read where answers are symbols."""
        return Classes()

    @final
    @validated(signature=SIGNATURE)
    def input_for(self, signature: Signature) -> Input:
        """How a sequence is given to the model."""
        return self.symbol_input if signature.features is None else Numbers(signature.features)

    @final
    @validated(signature=SIGNATURE)
    def readout_for(self, signature: Signature) -> Readout:
        """How the model's outputs are scored and read."""
        return self.symbol_readout if signature.features is None else Number()

    @property
    def learns(self) -> Learns:
        """How it is trained."""
        return "gradient"

    def receptive_field_for(self, signature: Signature) -> int | None:
        """Steps that an answer can depend on, the current one included; None without a limit."""
        return None

    @property
    def carries_state(self) -> bool:
        """Whether state goes over from one batch to the next."""
        return False

    @property
    def supported_outputs(self) -> tuple[Outputs, ...]:
        """The framings' outputs that this model can give."""
        return ("last", "every")

    @abstractmethod
    def build(self, signature: Signature, init: Init) -> keras.Model:
        """A new Keras model, (batch, time, features) -> outputs, with weights from `init`."""

    @property
    def takes_numbers(self) -> bool:
        """Whether it can read and answer numbers instead of symbols."""
        return True

    def check(self, outputs: Outputs, features: int | None = None) -> None:
        """Refuse a framing or a task that this model cannot answer.

        Args:
            outputs: Where the framing's answers stand.
            features: Of the task's values, where they are numbers.

        Raises:
            ConfigError: Names the models that could.
        """
        if features is not None:
            self._check_numbers()
        if outputs not in self.supported_outputs:
            wanted = {
                "last": "one output after the last time step",
                "every": "an output at every time step",
                "written": "outputs written after the whole input (kind 'encoder-decoder')",
            }[outputs]
            raise ConfigError("model.kind", f"a model that gives {wanted}", self.kind)

    def _check_numbers(self) -> None:
        if not self.takes_numbers:
            raise ConfigError("model.kind", "a model whose outputs are numbers", self.kind)
        for name in self.symbol_settings:
            given = getattr(self, name)
            if given != type(self).model_fields[name].default:
                raise ConfigError(
                    f"model.{name}", "left out: this task's values are numbers", given
                )


validate_methods(Model, OF_METHODS)
