"""Echo state networks: recurrent weights that are drawn and never learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from echospan.models.base import Learns, Signature
from echospan.models.sequence import Streamed

if TYPE_CHECKING:
    import keras

    from echospan.models.init import Init


class ReservoirModel(Streamed):
    """A fixed recurrent layer; a linear readout of its state, by ridge regression."""

    units: int = Field(default=200, ge=1, le=100_000)
    """Units of the fixed layer."""
    topology: Literal["random", "ring", "orthogonal"] = "random"
    """Connections of the units: normal weights, a chain, or an orthogonal matrix."""
    radius: float = Field(default=0.9, gt=0, le=10)
    """Spectral radius of the fixed recurrent weights."""
    input_scaling: float = Field(default=0.1, gt=0, le=1000)
    """Input weights are uniform between minus and plus this number."""
    activation: Literal["tanh", "linear"] = "tanh"
    """The fixed layer's nonlinearity, or none."""

    @property
    def learns(self) -> Learns:
        """The readout alone, in closed form."""
        return "ridge"

    def dynamics(self) -> dict[str, Any]:
        """How the state of the step before goes into the next."""
        return {}

    def body(self, x: keras.KerasTensor, signature: Signature, init: Init) -> keras.KerasTensor:
        """The fixed layer: (batch, time, features) -> (batch, time, units)."""
        from echospan.layers import Reservoir

        return Reservoir(
            self.units,
            self.topology,
            radius=self.radius,
            input_scaling=self.input_scaling,
            activation=self.activation,
            **self.dynamics(),
            **self.own(init),
        )(x)


class ESN(ReservoirModel):
    """Echo state network (Jaeger 2001): fixed random layer, output layer by ridge regression.

    Example:
        >>> shape = echospan.models.Signature(symbols=10, timesteps=25)
        >>> model = echospan.models.ESN(units=50)
        >>> model.build(shape, echospan.models.Init(0)).output_shape
        (None, None, 10)
    """

    kind: Literal["esn"] = "esn"
    leak: float = Field(default=1.0, gt=0, le=1)
    """Share of the state that is renewed in a step."""

    def dynamics(self) -> dict[str, Any]:
        """As `leak` says."""
        return {"leak": self.leak}


class ES2N(ReservoirModel):
    """Edge-of-stability echo state network (Ceni and Gallicchio 2023).

    An orthogonal matrix turns the state, and a nonlinear reservoir is mixed in.

    Example:
        >>> shape = echospan.models.Signature(symbols=10, timesteps=25)
        >>> model = echospan.models.ES2N(units=50)
        >>> model.build(shape, echospan.models.Init(0)).output_shape
        (None, None, 10)
    """

    kind: Literal["es2n"] = "es2n"
    mixing: float = Field(default=0.05, gt=0, le=1)
    """Share of the nonlinear reservoir in a step; the paper's beta."""

    def dynamics(self) -> dict[str, Any]:
        """As `mixing` says."""
        return {"mixing": self.mixing}
