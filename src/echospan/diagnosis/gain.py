"""How much of the loss simple models and the trained model take away from a constant answer's."""

from __future__ import annotations

from dataclasses import dataclass

from echospan.results.needs import NeedsData
from echospan.results.uses import UsesData

SHORT = 0.75
"""Share of the gain of simple models below which the trained model falls short."""

FEWEST = 30
"""Windows that share no step, from which on the two are compared."""

SQUARED = frozenset({"mse", "mean_squared_error", "mseloss", "meansquarederror"})
ENTROPY = frozenset({
    "categorical_crossentropy", "sparse_categorical_crossentropy", "crossentropyloss",
    "categoricalcrossentropy", "sparsecategoricalcrossentropy", "nllloss", "cross_entropy",
})  # fmt: skip
"""Names of losses that say the same as those of `needs`, up to a factor."""


@dataclass(frozen=True)
class Gains:
    """Shares of a constant answer's loss that are gained.

    Levels of two sets of values are never compared, only these shares.

    Attributes:
        simple: By the simple models of `needs`, at the lookback that the data need.
        least: The least that this may be.
        model: By the trained model.
        reliable: Whether there are enough windows to compare.
    """

    simple: float
    least: float
    model: float
    reliable: bool

    @property
    def short(self) -> bool:
        """Whether the trained model is well below what simple models show to be possible."""
        return self.reliable and self.model < SHORT * self.least


def gains(lookback: NeedsData | None, usage: UsesData | None) -> Gains | None:
    """Compare the two, where they are measured by the same kind of loss; else None."""
    if lookback is None or usage is None or not lookback.any_past_helps:
        return None
    wanted = SQUARED if lookback.kind == "numbers" else ENTROPY
    if usage.loss.lower() not in wanted or usage.constant_loss <= 0:
        return None
    points = {point.lookback: point for point in lookback.curve}
    nothing, enough = points.get(0), points.get(lookback.needs)
    if nothing is None or enough is None or nothing.loss <= 0:
        return None
    return Gains(
        simple=1 - enough.loss / nothing.loss,
        least=1 - enough.interval[1] / nothing.interval[0] if nothing.interval[0] > 0 else 0.0,
        model=usage.gain / usage.constant_loss,
        reliable=usage.independent >= FEWEST,
    )
