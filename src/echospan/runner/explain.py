"""Short explanations, made from what was measured and from the arithmetic of the framing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from echospan.experiment import Experiment
from echospan.framings.story import tell
from echospan.report.values import percent, percent_interval


def explain(experiment: Experiment, result: Mapping[str, Any]) -> list[str]:
    """Sentences about one result: whether the answer can get through, how it was judged."""
    lag = experiment.task.reach
    carried = experiment.model.carries_state
    story = tell(experiment.plan(), lag, carried=carried) if lag is not None else []
    return [*story, *_verdict(result), *_numbers(result), *_judged(experiment)]


def compare(variants: Sequence[Mapping[str, Any]], chance: float) -> list[str]:
    """Sentences about variants: the best and the worst, and which differences are real."""
    sentences = []
    for variant in variants:
        low, high = variant["interval"]
        seeds = variant["seeds"]
        over = f"{seeds} seeds" if seeds > 1 else "1 seed"
        sentences.append(
            f"{_capital(variant['label'])}: {percent(variant['accuracy'])} "
            f"({percent_interval(variant['interval'])}, {over})"
            f"{', which is chance' if low <= chance <= high else ''}."
        )
    if len(variants) == 2:
        sentences.append(_difference(*variants))
    return sentences


def _verdict(result: Mapping[str, Any]) -> list[str]:
    low, high = result["accuracy_interval"]
    if "squared_error" in result:
        # Answers can be far from random long before many of them lie within the tolerance.
        low, high = (-error for error in reversed(result["squared_error_interval"]))
        chance = -result["chance_squared_error"]
    else:
        chance = result["chance"]
    if low <= chance <= high:
        return ["The result cannot be told from chance: nothing was learned that shows."]
    return []


def _numbers(result: Mapping[str, Any]) -> list[str]:
    if "squared_error" not in result:
        return []
    low, high = result["squared_error_interval"]
    return [
        f"The squared error is {result['squared_error']:.3g} ({low:.3g} to {high:.3g}), that of "
        f"the best constant {result['chance_squared_error']:.3g}; the answers explain "
        f"{percent(max(result['r2'], 0.0))} of the variance. Right means less than "
        f"{result['tolerance']:g} off."
    ]


def _judged(experiment: Experiment) -> list[str]:
    sentences = []
    if experiment.framing.carries_when_evaluated:
        sentences.append(
            "It was judged with a batch of one, one step at a time, on the state that it carries."
        )
    if experiment.task.kind == "series":
        sentences.append("It was judged on the end of the series, which training never saw.")
    return sentences


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
