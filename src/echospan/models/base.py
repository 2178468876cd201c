"""What a model is: settings that build a Keras model for the shape that a framing asks for."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from echospan.errors import ConfigError
from echospan.framing.plan import Outputs
from echospan.models.inputs import Input, OneHot
from echospan.models.readout import Classes, Readout
from echospan.spec import Spec

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


@dataclass(frozen=True)
class Signature:
    """The shape that a framing asks of a model.

    Attributes:
        symbols: Number of distinct symbols K.
        timesteps: Time steps in one sample.
        outputs: Where the answers stand.
        target_steps: Answers to write, for ``outputs == "written"``.
        batch_size: Rows of a batch, for models that carry state.
    """

    symbols: int
    timesteps: int
    outputs: Outputs
    target_steps: int
    batch_size: int

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


class Model(Spec):
    """Settings of a model."""

    section: ClassVar[str] = "model"
    kind: str

    def input_for(self, signature: Signature) -> Input:
        """How a sequence is given to the model."""
        return OneHot()

    def readout_for(self, signature: Signature) -> Readout:
        """How the model's outputs are scored and read."""
        return Classes()

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

    def check(self, outputs: Outputs) -> None:
        """Refuse a framing that this model cannot answer.

        Raises:
            ConfigError: Names the models that could.
        """
        if outputs not in self.supported_outputs:
            asked = {
                "last": "one answer after the last time step",
                "every": "an answer at every time step",
                "written": "answers written after the whole input (kind 'encoder-decoder')",
            }[outputs]
            raise ConfigError("model.kind", f"a model that gives {asked}", self.kind)
