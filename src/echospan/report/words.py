"""Sentences about a result, made from its numbers."""

from __future__ import annotations

from echospan.report.values import count, duration, percent, percent_interval, plural
from echospan.results.run import RunData

AT_CHANCE, ABOVE_CHANCE, AT_CEILING, BELOW_CHANCE = (
    "at chance",
    "above chance",
    "at the ceiling",
    "below chance",
)


def verdict(result: RunData) -> str:
    """Where the interval lies between chance and ceiling; empty where that cannot be said."""
    ends, chance = result.accuracy_interval, result.chance
    if ends is None or chance is None:
        return ""
    low, high = ends
    ceiling = result.ceiling
    # Chance first: where ceiling and chance lie close, an interval that holds both shows nothing.
    if low <= chance <= high:
        return AT_CHANCE
    if high < chance:
        return BELOW_CHANCE
    # Wilson's upper end is 1 only up to rounding when every step was right.
    if ceiling is not None and high >= ceiling - 1e-9:
        return AT_CEILING
    return ABOVE_CHANCE


def measured(result: RunData) -> str:
    """On how much the accuracy was measured: ``4,800 scored steps in 200 new sequences``."""
    scored, sequences = result.scored, result.sequences
    if scored is None:
        return "the scored steps"
    text = f"{count(scored)} scored {'step' if scored == 1 else 'steps'}"
    return text if sequences is None else f"{text} in {plural(int(sequences), 'new sequence')}"


def headline(result: RunData, seed: int | None = None) -> str:
    """Accuracy, interval, chance, verdict and seed; empty without an accuracy."""
    accuracy = result.accuracy
    if accuracy is None:
        return ""
    confidence = percent(result.confidence or 0.95)
    interval = percent_interval(result.accuracy_interval)
    sentences = [
        f"{percent(accuracy)} of {measured(result)} were right"
        + (f" ({confidence} interval {interval})." if interval else ".")
    ]
    chance, ceiling = result.chance, result.ceiling
    if chance is not None:
        known = f"Chance is {percent(chance)}"
        known += f" and the ceiling {percent(ceiling)}" if ceiling is not None else ""
        sentences.append(f"{known}{_meaning(verdict(result))}.")
    seed = seed if result.seed is None else result.seed
    if seed is not None:
        sentences.append(f"Seed {seed}.")
    return " ".join(sentences)


def _meaning(word: str) -> str:
    return {
        AT_CHANCE: ": the result cannot be told apart from guessing",
        BELOW_CHANCE: ": the result is worse than guessing",
        ABOVE_CHANCE: ": the result is above chance",
        AT_CEILING: ": the result is at the ceiling",
    }.get(word, "")


def time_spent(result: RunData) -> list[tuple[str, str]]:
    """Name and duration of each part of the run."""
    return [(name, duration(value)) for name, value in result.seconds.items()]


def unfinished(state: str, run_id: str, failure: str) -> str:
    """What there is to say about a run without a result."""
    if state == "failed":
        return f"This run failed: {failure or 'its traceback was not kept'}"
    if state == "interrupted":
        return f"This run was interrupted. Continue it with: echospan run --resume {run_id}"
    if state == "running":
        return "This run has not ended yet; the curves show how far it had come."
    return "This run has no readable result."
