"""Sentences about a result, made from its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from echospan.report.values import (
    count,
    duration,
    mapping,
    number,
    pair,
    percent,
    percent_interval,
    plural,
)

AT_CHANCE, ABOVE_CHANCE, AT_CEILING, BELOW_CHANCE = (
    "at chance",
    "above chance",
    "at the ceiling",
    "below chance",
)


def verdict(result: Mapping[str, Any]) -> str:
    """Where the interval lies between chance and ceiling; empty where that cannot be said."""
    ends, chance = pair(result.get("accuracy_interval")), number(result.get("chance"))
    if ends is None or chance is None:
        return ""
    low, high = ends
    ceiling = number(result.get("ceiling"))
    # Chance first: where ceiling and chance lie close, an interval that holds both shows nothing.
    if low <= chance <= high:
        return AT_CHANCE
    if high < chance:
        return BELOW_CHANCE
    # Wilson's upper end is 1 only up to rounding when every step was right.
    if ceiling is not None and high >= ceiling - 1e-9:
        return AT_CEILING
    return ABOVE_CHANCE


def measured(result: Mapping[str, Any]) -> str:
    """On how much the accuracy was measured: ``4,800 scored steps in 200 new sequences``."""
    scored, sequences = number(result.get("scored")), number(result.get("sequences"))
    if scored is None:
        return "the scored steps"
    text = f"{count(scored)} scored {'step' if scored == 1 else 'steps'}"
    return text if sequences is None else f"{text} in {plural(int(sequences), 'new sequence')}"


def headline(result: Mapping[str, Any], seed: int | None = None) -> str:
    """Accuracy, interval, chance, verdict and seed; empty without an accuracy."""
    accuracy = number(result.get("accuracy"))
    if accuracy is None:
        return ""
    confidence = percent(number(result.get("confidence")) or 0.95)
    interval = percent_interval(result.get("accuracy_interval"))
    sentences = [
        f"{percent(accuracy)} of {measured(result)} were right"
        + (f" ({confidence} interval {interval})." if interval else ".")
    ]
    chance, ceiling = number(result.get("chance")), number(result.get("ceiling"))
    if chance is not None:
        known = f"Chance is {percent(chance)}"
        known += f" and the ceiling {percent(ceiling)}" if ceiling is not None else ""
        sentences.append(f"{known}{_meaning(verdict(result))}.")
    seed = seed if number(result.get("seed")) is None else int(number(result["seed"]) or 0)
    if seed is not None:
        sentences.append(f"Seed {seed}.")
    return " ".join(sentences)


def _meaning(found: str) -> str:
    return {
        AT_CHANCE: ": the result cannot be told apart from guessing",
        BELOW_CHANCE: ": the result is worse than guessing",
        ABOVE_CHANCE: ": the result is above chance",
        AT_CEILING: ": the result is at the ceiling",
    }.get(found, "")


def time_spent(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Name and duration of each part of the run."""
    seconds = result.get("seconds")
    if isinstance(seconds, Mapping):
        known = [(name, number(value)) for name, value in mapping(seconds).items()]
        return [(str(name), duration(value)) for name, value in known if value is not None]
    total = number(seconds)
    return [] if total is None else [("total", duration(total))]


def unfinished(state: str, run_id: str, failure: str) -> str:
    """What there is to say about a run without a result."""
    if state == "failed":
        return f"This run failed: {failure or 'its traceback was not kept'}"
    if state == "interrupted":
        return f"This run was interrupted. Continue it with: echospan run --resume {run_id}"
    if state == "running":
        return "This run has not ended yet; the curves show how far it had come."
    return "This run has no readable result."
