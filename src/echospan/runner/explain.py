"""Short explanations, made from what was measured and from the arithmetic of the framing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from echospan.experiment import Experiment
from echospan.framing.story import tell


def explain(experiment: Experiment, result: Mapping[str, Any]) -> list[str]:
    """Sentences about one result: how good, how sure, and whether the framing let it."""
    lag = experiment.task.reach
    carried = experiment.model.carries_state
    story = tell(experiment.plan(), lag, carried=carried) if lag is not None else []
    return [_score(result), *story, *_judged(experiment), *_forecast(experiment)]


def compare(variants: Sequence[Mapping[str, Any]], chance: float) -> list[str]:
    """Sentences about variants: the best and the worst, and which differences are real."""
    sentences = []
    for variant in variants:
        low, high = variant["interval"]
        seeds = variant["seeds"]
        over = f"{seeds} seeds" if seeds > 1 else "1 seed"
        sentences.append(
            f"{_capital(variant['label'])}: {percent(variant['accuracy'])} "
            f"({percent(low)} to {percent(high)}, {over})"
            f"{', which is chance' if low <= chance <= high else ''}."
        )
    if len(variants) == 2:
        sentences.append(_difference(*variants))
    return sentences


def percent(share: float) -> str:
    """A share as a percentage with a sensible number of digits."""
    return f"{100 * share:.4g} %" if 0.001 < share < 0.999 else f"{100 * share:.2f} %"


def _score(result: Mapping[str, Any]) -> str:
    low, high = result["accuracy_interval"]
    chance = result["chance"]
    verdict = ""
    if low <= chance <= high:
        verdict = " That is chance: nothing was learned that shows on new sequences."
    elif low > 0.95:
        verdict = " That is solved."
    return (
        f"{percent(result['accuracy'])} of {result['scored']:,} answers on "
        f"{result['sequences']} new sequences are right ({100 * result['confidence']:g} % interval "
        f"{percent(low)} to {percent(high)}); chance is {percent(chance)}.{verdict}"
    )


def _judged(experiment: Experiment) -> list[str]:
    if experiment.framing.carries_when_evaluated:
        return [
            "It was judged with a batch of one, one step at a time, on the state that it carries."
        ]
    return []


def _forecast(experiment: Experiment) -> list[str]:
    if experiment.task.kind == "series":
        return ["It was judged on the end of the series, which training never saw."]
    return []


def _difference(first: Mapping[str, Any], second: Mapping[str, Any]) -> str:
    (low_1, high_1), (low_2, high_2) = first["interval"], second["interval"]
    apart = high_1 < low_2 or high_2 < low_1
    gap = percent(abs(first["accuracy"] - second["accuracy"]))
    if not apart:
        return f"The two differ by {gap}; their intervals overlap, so that proves nothing."
    better = first if first["accuracy"] > second["accuracy"] else second
    return f"The difference of {gap} in favour of {better['label']!r} is beyond both intervals."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
