"""Sentences about sheets and comparisons that terminal, page and figures share."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from echospan.report.values import count, plural
from echospan.results.comparison import ComparisonData, Difference, Farther
from echospan.results.lag_row import LagRow
from echospan.results.sheet import SheetData

STANDINGS = {
    "at-bound": "limited by the size of the state (proved)",
    "plateau": "it stops growing although the task asks for more (measured, not proved)",
    "falls": "it falls when the task asks for more, which the size of the state does not explain",
    "open": "whether the state could store more is undecided",
    "not-reached": "no lag failed",
}
"""What the capacity's standing means."""

KNOWN = "the literature reports about one number per unit: Collins et al. 2017"

BY_CONSTRUCTION = ("limited-by-receptive-field", "limited-by-fixed-dynamics")
"""Verdicts that say already why no more is stored."""

NOTHING = "No clear difference between the models at the lags tested."


def failed(sheet: SheetData) -> str:
    """The smallest lag that failed."""
    return count(sheet.first_failed, "none")


def edge(sheet: SheetData) -> str:
    """The first lag that failed, or why there is none."""
    word = sheet.distance
    if sheet.first_failed is not None:
        return f"the first {word} that failed is {count(sheet.first_failed)}"
    still = [row.lag for row in sheet.per_lag if row.outcome == "undecided"]
    return f"{word} {count(still[0])} is undecided" if still else f"no tested {word} failed"


def bits(value: float | None) -> str:
    """A number of bits."""
    return "–" if value is None else f"{value:,.1f}" if value < 1000 else f"{value:,.0f}"


def rates_tried(row: LagRow) -> str:
    """Learning rates that raced at one lag, with the seeds of each; empty where none did."""
    seeds = row.tried_seeds
    if len(seeds) < 2:
        return ""
    return ", ".join(f"{rate} ({plural(n, 'seed')})" for rate, n in seeds.items())


def capacity(sheet: SheetData) -> str:
    """The bits that answers prove to be stored, and how that stands to a bound."""
    stored = sheet.capacity
    if stored is None:
        return ""
    said = f"at least {bits(stored.most)} bits are stored at lag {count(stored.most_at)}"
    if sheet.symbols_per_number is not None and sheet.learns == "gradient":
        said += f" ({sheet.symbols_per_number:.2g} symbols per state unit; {KNOWN})"
    if sheet.verdict_code not in BY_CONSTRUCTION:
        said += f"; {STANDINGS[stored.standing]}"
    return said


def apart(comparison: ComparisonData) -> list[str]:
    """Which models differ: by span, then by accuracy at a common lag. One sentence a pair."""
    word = comparison.sheets[0].distance if comparison.sheets else "lag"
    return [*_spans(comparison, word), *_shares(comparison, word)] or [NOTHING]


def _spans(comparison: ComparisonData, word: str) -> list[str]:
    def weaker(pair: Farther) -> tuple[Any, ...]:
        return (pair.fails_at, pair.than)

    sentences = []
    for (fails_at, than), group in groupby(sorted(comparison.farther, key=weaker), weaker):
        best = sorted(group, key=lambda pair: pair.span, reverse=True)
        names = _listed(f"{pair.model} (span {pair.span})" for pair in best)
        verb = "solves" if len(best) == 1 else "solve"
        sentences.append(f"{names} {verb} {word} {fails_at}; {than} does not.")
    return sentences


def _shares(comparison: ComparisonData, word: str) -> list[str]:
    def weaker(one: Difference) -> tuple[Any, ...]:
        return (one.lag, one.worse)

    clear = [one for one in comparison.differences if one.beyond]
    sentences = []
    for (lag, worse), group in groupby(sorted(clear, key=weaker), weaker):
        best = sorted(group, key=lambda one: one.by, reverse=True)
        # A difference of two shares, which is not a share of either.
        names = _listed(f"{one.better} (by {100 * one.by:.1f} points)" for one in best)
        verb = "is" if len(best) == 1 else "are"
        sentences.append(
            f"At {word} {lag}, {names} {verb} more accurate than {worse}, beyond the confidence "
            "intervals."
        )
    return sentences


def _listed(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
