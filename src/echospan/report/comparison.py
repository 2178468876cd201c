"""What sets the models of a comparison apart, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from echospan.report.values import number, variants_of

NOTHING = (
    "No model's span is beyond another's failure, and no difference at a common lag is beyond the "
    "intervals."
)


def told(comparison: Mapping[str, Any]) -> list[str]:
    """Which spans differ, then by how much at which lags; one sentence for each weaker model.

    Args:
        comparison: What `echospan compare --json` prints.
    """
    sheets = variants_of(comparison.get("sheets"))
    word = str(sheets[0].get("distance", "lag")) if sheets else "lag"
    return [*_spans(comparison, word), *_shares(comparison, word)] or [NOTHING]


def _spans(comparison: Mapping[str, Any], word: str) -> list[str]:
    def weaker(pair: Mapping[str, Any]) -> tuple[Any, ...]:
        return (pair.get("fails_at"), str(pair.get("than")))

    pairs = sorted(variants_of(comparison.get("farther")), key=weaker)
    sentences = []
    for (fails_at, than), found in groupby(pairs, weaker):
        best = sorted(found, key=lambda pair: pair.get("span") or 0, reverse=True)
        names = _listed(f"{pair.get('model')} ({pair.get('span')})" for pair in best)
        sentences.append(f"Farther than {than}, which fails at {word} {fails_at}: {names}.")
    return sentences


def _shares(comparison: Mapping[str, Any], word: str) -> list[str]:
    def weaker(one: Mapping[str, Any]) -> tuple[Any, ...]:
        return (one.get("lag"), str(one.get("worse")))

    beyond = [one for one in variants_of(comparison.get("differences")) if one.get("beyond")]
    sentences = []
    for (lag, worse), found in groupby(sorted(beyond, key=weaker), weaker):
        best = sorted(found, key=lambda one: one.get("by") or 0, reverse=True)
        names = _listed(f"{one.get('better')} (by {_points(one)})" for one in best)
        sentences.append(
            f"{word.capitalize()} {lag}: above {worse}, beyond the intervals: {names}."
        )
    return sentences


def _points(one: Mapping[str, Any]) -> str:
    """A difference of two shares, which is not a share of either."""
    return f"{100 * (number(one.get('by')) or 0):.1f} points"


def _listed(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
