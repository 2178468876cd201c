"""How a network is trained on the noise-free lag."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True)
class Protocol:
    """Conditions under which a network is tried.

    Attributes:
        kind: Architecture.
        units: Of its layer.
        lag: p: the first of the p + 1 symbols is the last one, too.
        start: Of the weights: as Keras has them; all uniform within 0.1; or as the source's LSTM
            has them: recurrent weights half an orthogonal matrix for each gate, the others normal
            with deviation 0.1.
        forget: Bias of an LSTM's forget gate at the start.
        others: Weight of the loss at all steps but the last.
        last: Weight of the loss at the last step, the only one that takes memory.
        total: Whether the weighted losses of the steps are added up or averaged.
        optimizer: Of which the learning rates are.
        rates: Learning rates to choose from.
        clip: Global norm to which gradients are clipped.
        sequences: To train on, one an update.
    """

    kind: Literal["lstm", "simple-rnn"]
    units: int = 8
    lag: int = 50
    start: Literal["keras", "small", "source"] = "keras"
    forget: float = 1.0
    others: float = 0.0
    last: float = 1.0
    total: Literal["sum", "mean"] = "mean"
    optimizer: Literal["adam", "sgd"] = "adam"
    rates: tuple[float, ...] = (0.003, 0.01)
    clip: float | None = 1.0
    sequences: int = 5000


SOURCE = Protocol(
    "lstm",
    units=16,
    start="source",
    forget=5.0,
    others=1.0,
    last=100.0,
    total="sum",
    rates=(0.02,),
    sequences=8000,
)
"""Of the implementation whose figure is the reference for LSTM."""

FIRST = Protocol("lstm", others=1.0)
"""What we tried first: Keras's start, every step scored alike."""

PLAIN = Protocol("simple-rnn")
"""Keras's start, only the recall scored."""


def descending(protocol: Protocol) -> Protocol:
    """The same by plain gradient descent, as in 1997."""
    return replace(protocol, optimizer="sgd", rates=(0.01, 0.1, 1.0), clip=None)
