"""What `needs` finds: the held-out loss by lookback, and what it says about the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from echospan.results.data import Data, frame

if TYPE_CHECKING:
    import polars


@dataclass(frozen=True)
class NeedsPoint(Data):
    """The held-out loss at one lookback.

    Attributes:
        lookback: Past steps that the models see; 0 for the best constant.
        loss: Mean squared error, in the target's own unit squared; bits a symbol for symbols.
        interval: Its 95 % interval. Differences between lookbacks are known better: all of them
            are measured on the same values.
    """

    lookback: int
    loss: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class NeedsLag(Data):
    """One value of the past that is shown to tell something.

    Attributes:
        lag: Steps back from the target.
        column: Of the data.
        beyond_the_others: Share of the gain that is lost without it, where all the others of the
            window stay; None where none is shown.
        alone: Share of the gain that it has alone; None where none is shown.
    """

    lag: int
    column: str
    beyond_the_others: float | None
    alone: float | None


@dataclass(frozen=True)
class OtherSplits(Data):
    """The answers with the other kind of splits.

    Attributes:
        splits: Which.
        at_least: As in the report.
        needs: As in the report.
        agrees: Whether they lie near those of the report.
    """

    splits: Literal["blocks", "forward"]
    at_least: int
    needs: int
    agrees: bool


@dataclass(frozen=True)
class NeedsData(Data):
    """How far back a series needs a model to look.

    A lookback of L shows the values at t-h, ..., t-h-L+1 for the target at t and the horizon h. A
    lag of n needs a lookback of n at horizon 1.

    Attributes:
        data: What was read.
        target: The column that is predicted.
        kind: ``numbers`` or ``symbols``.
        symbols: How many different symbols there are; 0 for numbers.
        values: Values that were analysed.
        total: Values that were given.
        horizon: Steps between the newest visible value and the target.
        splits: ``blocks`` or ``forward``.
        any_past_helps: Whether any past is shown to help.
        p_value: Of "no past helps".
        detectable_gain: Share of the loss without any past by which the past would have to
            lower it to be seen in 4 of 5 such series; None where it helps.
        at_least: Any shorter lookback is shown to lose more than a longer one (at 5 %).
        needs: The shortest lookback that no longer one is likely to beat: the same at 20 %.
        enough: The shortest that is shown to lose no more than `margin`; None where none is.
        still_helps: Whether the longest that was tried is shown to lose less than half of it.
        gain_98: The shortest with 98 % of the gain over no past.
        margin: The difference in loss that counts as nothing.
        curve: The loss by lookback.
        lags: What carries it, at the lookback `needs`.
        paste: A setting to paste; None where no past helps.
        other: The answers with the other kind of splits; None where they were not made.
        notes: What was done to the data, and what else is worth knowing.
        seconds: How long it took.
        seed: Of bootstrap, permutation and sampling.
        stopped: Whether it was interrupted before all lookbacks were tried.
    """

    data: str
    target: str
    kind: Literal["numbers", "symbols"]
    symbols: int
    values: int
    total: int
    horizon: int
    splits: Literal["blocks", "forward"]
    any_past_helps: bool
    p_value: float
    detectable_gain: float | None
    at_least: int
    needs: int
    enough: int | None
    still_helps: bool
    gain_98: int
    margin: float
    curve: tuple[NeedsPoint, ...]
    lags: tuple[NeedsLag, ...]
    paste: str | None
    other: OtherSplits | None = None
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    seed: int = 0
    stopped: bool = False

    @property
    def longest(self) -> int:
        """The longest lookback that was tried."""
        return self.curve[-1].lookback

    def loss(self, lookback: int) -> float:
        """The loss at a lookback.

        Raises:
            KeyError: It was not tried.
        """
        for point in self.curve:
            if point.lookback == lookback:
                return point.loss
        raise KeyError(lookback)

    def to_frame(self) -> polars.DataFrame:
        """Return one row per lookback: loss, interval, and the share of the loss without any past.

        Raises:
            MissingExtra: polars is not installed.
        """
        columns = {
            "lookback": "Int64", "loss": "Float64", "low": "Float64", "high": "Float64",
            "relative": "Float64",
        }  # fmt: skip
        without = self.curve[0].loss if self.curve else 0.0
        rows = [
            (point.lookback, point.loss, *point.interval, point.loss / without if without else None)
            for point in self.curve
        ]
        return frame(columns, rows)
