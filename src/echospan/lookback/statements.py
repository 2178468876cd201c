"""What the losses by lookback say: does any past help, how much is needed, what is enough."""

from __future__ import annotations

from dataclasses import dataclass

from echospan.lookback.bootstrap import LEVEL, PairedLosses

SHARE, FINE = 0.02, 0.001
"""Of the gain, or of the lowest loss, that counts as nothing; and the least that does."""

GAINED = 0.98

ONE_SIDED = 2.13
"""Standard errors of a one-sided test at 5 %, where five folds may be all that tells the error."""

LIKELY = 0.2
"""The level of the test that the answer is taken from. At 5 % too short an answer is likely."""


@dataclass(frozen=True)
class Statements:
    """What is said of a curve.

    Attributes:
        margin: The loss that counts as nothing.
        at_least: A longer lookback is shown to lose less than any that is shorter than this.
        needs: The same at the level of 20 %.
        enough: The shortest that is shown to lose no more than the margin; None for none.
        still_helps: Whether the longest is shown to lose less than half of it.
        gain_98: The shortest with 98 % of the gain over the best constant.
    """

    margin: float
    at_least: int
    needs: int
    enough: int | None
    still_helps: bool
    gain_98: int


def margin_of(losses: PairedLosses, last_value: float | None) -> float:
    """The difference in loss that counts as nothing.

    A share of the gain alone would hide half of the error where the last value has nearly all of
    the gain; a share of the lowest loss alone is nothing where that is nearly zero.

    Args:
        losses: Of all lookbacks, 0 among them.
        last_value: Mean loss of the last value as the prediction; None for symbols.
    """
    best = float(losses.means.min())
    gain = max(losses.mean(0) - best, 0.0)
    least = gain if last_value is None else min(gain, last_value)
    return max(min(SHARE * gain, SHARE * best), FINE * least)


def state(losses: PairedLosses, last_value: float | None) -> Statements:
    """Say how much past is needed.

    Args:
        losses: Of all lookbacks, 0 among them.
        last_value: Mean loss of the last value as the prediction; None for symbols.
    """
    margin, tried = margin_of(losses, last_value), losses.lookbacks
    best = losses.best
    gain = losses.mean(0) - losses.mean(best)
    return Statements(
        margin=margin,
        at_least=unbeaten(losses, margin, LEVEL),
        needs=unbeaten(losses, margin, LIKELY),
        enough=next((one for one in tried if _shown(losses, one, best, margin)), None),
        still_helps=_still_helps(losses, margin),
        gain_98=next(one for one in tried if losses.mean(0) - losses.mean(one) >= GAINED * gain),
    )


def unbeaten(losses: PairedLosses, margin: float, level: float) -> int:
    """The shortest lookback that no longer one is shown to beat by more than the margin.

    All longer ones are compared at once. The lowest loss alone would be taken too often from a
    lookback that is lowest by chance.
    """
    tried = losses.lookbacks
    for place, lookback in enumerate(tried):
        if losses.beaten_by(lookback, tried[place + 1 :], margin) > level:
            return lookback
    return tried[-1]


def _shown(losses: PairedLosses, lookback: int, best: int, margin: float) -> bool:
    if lookback != best:
        more, error = losses.difference(best, lookback)
        return more + ONE_SIDED * error <= margin
    # The lowest loss may be lowest by chance: what counts is how much longer ones may be better.
    longer = [other for other in losses.lookbacks if other > lookback]
    differences = [losses.difference(other, lookback) for other in longer]
    return bool(longer) and all(more + ONE_SIDED * error <= margin for more, error in differences)


def _still_helps(losses: PairedLosses, margin: float) -> bool:
    longest = losses.lookbacks[-1]
    half = max((one for one in losses.lookbacks if 2 * one <= longest), default=0)
    if half == 0:
        return False
    less, error = losses.difference(longest, half)
    return less - margin / 2 > ONE_SIDED * error
