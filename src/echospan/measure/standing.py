"""Where a score stands between guessing and the best possible, in one word."""

from __future__ import annotations

from typing import Final

BELOW_CHANCE: Final = "below chance"
AT_CHANCE: Final = "at chance"
BARELY: Final = "barely above chance"
PARTLY: Final = "partly solved"
SOLVED: Final = "solved"
ABOVE_CHANCE: Final = "above chance"

STANDINGS = (BELOW_CHANCE, AT_CHANCE, BARELY, PARTLY, SOLVED, ABOVE_CHANCE)
"""From worst to best; the last is said where the best possible score is not known."""

BARELY_BELOW = 0.1
"""Part of the way from chance to the ceiling below which hardly anything was learned."""

SOLVED_FROM = 0.98
"""Part of the way from chance to the ceiling from which a task counts as solved."""


def standing(
    score: float | None,
    interval: tuple[float, float] | None,
    chance: float | None,
    ceiling: float | None,
) -> str:
    """Say where a score stands between chance and ceiling, with its interval taken into account.

    Args:
        score: An accuracy, or another score of which more is better.
        interval: Its confidence interval.
        chance: The score to be expected of guessing.
        ceiling: The best possible score.

    Returns:
        ``"below chance"`` or ``"at chance"`` where the interval says so; ``"barely above chance"``
        where it lies in the lowest tenth of the way from chance to the ceiling; ``"solved"`` where
        it lies in the upper fiftieth, or holds the ceiling and the score does; else ``"partly
        solved"``. ``"above chance"`` without a ceiling, and empty without interval or chance.

    Example:
        >>> standing(0.025, (0.021, 0.030), 0.01, 1.0)
        'barely above chance'
        >>> standing(0.655, (0.641, 0.669), 0.01, 1.0)
        'partly solved'
        >>> standing(0.995, (0.992, 0.997), 0.01, 1.0)
        'solved'
    """
    if score is None or interval is None or chance is None:
        return ""
    low, high = interval
    # Chance first: where ceiling and chance lie close, an interval that holds both shows nothing.
    if low <= chance <= high:
        return AT_CHANCE
    if high < chance:
        return BELOW_CHANCE
    if ceiling is None or ceiling <= chance:
        return ABOVE_CHANCE
    solved, barely = (chance + part * (ceiling - chance) for part in (SOLVED_FROM, BARELY_BELOW))
    # Wilson's upper end is 1 only up to rounding when every step was right.
    if low >= solved or (high >= ceiling - 1e-9 and score >= solved):
        return SOLVED
    return BARELY if high < barely else PARTLY
