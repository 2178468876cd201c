"""Sentences about results, made from their numbers; terminal, page and figures share them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations, groupby
from typing import Any

from echospan.measure import standing
from echospan.report.values import count, duration, percent, percent_interval, plural
from echospan.results.comparison import ComparisonData, Difference, Farther
from echospan.results.lag_row import LagRow
from echospan.results.run import RunData
from echospan.results.sheet import SheetData

BADGES = {
    standing.SOLVED: "good",
    standing.BARELY: "warn",
    standing.AT_CHANCE: "warn",
    standing.BELOW_CHANCE: "warn",
}
"""How a page shows what `RunData.standing` says; what is not named here is neutral."""

BASELINES = {"chance": "random guesses", "last-value": "last value repeated"}
"""What the measured baselines are called. "Chance" alone is the score that is to be expected."""


def baseline(name: str) -> str:
    """What a baseline of a run is called."""
    return BASELINES.get(name, name)


def chance_meaning(result: RunData) -> str:
    """What the chance level is, which is computed and not measured."""
    task = result.settings.get("task")
    if isinstance(task, Mapping) and task.get("kind") == "series":
        return "always the most common value"
    return "expected of guessing"


def measured(result: RunData) -> str:
    """On how much the accuracy was measured: ``4,800 scored steps in 200 new sequences``.

    On a series of the user's own: ``119 held-out steps, worth 104 independent values``.
    """
    scored, sequences = result.scored, result.sequences
    if scored is None:
        return "the scored steps"
    if result.on_series:
        worth = f", worth {count(result.independent_values)} independent values"
        return f"{plural(int(scored), 'held-out step')}{worth}"
    text = f"{count(scored)} scored {'step' if scored == 1 else 'steps'}"
    return text if sequences is None else f"{text} in {plural(int(sequences), 'new sequence')}"


def judged_on(result: RunData) -> str:
    """What an accuracy was measured on."""
    return "the held-out part" if result.on_series else "new sequences"


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
        sentences.append(f"{known}{_meaning(result.standing)}.")
    seed = seed if result.seed is None else result.seed
    if seed is not None:
        sentences.append(f"Seed {seed}.")
    return " ".join(sentences)


def _meaning(word: str) -> str:
    return {
        standing.AT_CHANCE: ": the result does not differ from guessing",
        standing.BELOW_CHANCE: ": the result is worse than guessing",
        standing.BARELY: ": hardly anything was learned",
        standing.PARTLY: ": the task is partly solved",
        standing.SOLVED: ": the task is solved",
        standing.ABOVE_CHANCE: ": the result is above chance",
    }.get(word, "")


def time_spent(result: RunData) -> list[tuple[str, str]]:
    """Name and duration of each part of the run that took place."""
    return [
        (name, duration(value))
        for name, value in result.seconds.items()
        if value or name != "train" or result.learned
    ]


def unfinished(state: str, run_id: str, failure: str) -> str:
    """What there is to say about a run without a result."""
    if state == "failed":
        return f"This run failed: {failure or 'its traceback was not kept'}"
    if state == "interrupted":
        return f"This run was interrupted. Continue it with: echospan run --resume {run_id}"
    if state == "running":
        return "This run has not ended yet; the curves show how far it had come."
    return "This run has no readable result."


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
UNDECIDED = "No {} was decided for two models, so they cannot be compared."


def failed(sheet: SheetData) -> str:
    """The smallest lag that failed."""
    return count(sheet.first_failed, "none")


def span_known(sheet: SheetData) -> str:
    """The span: a number only where it was measured."""
    return bounded(sheet.span, sheet.span_at_least)


def bounded(span: int | None, at_least: int | None) -> str:
    """A span, or its lower bound: "5", "at least 5" or "undecided"."""
    if span is not None:
        return count(span)
    return "undecided" if at_least is None else f"at least {count(at_least)}"


def edge(sheet: SheetData) -> str:
    """The first lag that failed, or why there is none, and what is not known below it."""
    word, failed_at = sheet.distance, sheet.first_failed
    still = [row.lag for row in sheet.per_lag if row.outcome == "undecided"]
    if failed_at is None:
        if still:
            return f"{word} {count(still[0])} is undecided"
        return f"no tested {word} failed" if sheet.per_lag else f"no {word} was tested"
    said = f"the first {word} that failed is {count(failed_at)}"
    if sheet.span_status == "measured":
        return said
    if still and still[0] < failed_at:
        return f"{said}; {word} {count(still[0])} is undecided"
    if sheet.span_at_least is None:
        return f"{said}; no smaller one was tested"
    first, last = sheet.span_at_least + 1, failed_at - 1
    one = f"{word} {count(first)} was"
    return f"{said}; {one if first == last else f'{count(first)} to {count(last)} were'} not tested"


def size(sheet: SheetData) -> str:
    """That a wanted number of parameters was not applied; empty where it was."""
    if sheet.wanted_parameters is None:
        return ""
    return (
        f"{sheet.model} has {count(sheet.parameters)} parameters, not the "
        f"{count(sheet.wanted_parameters)} asked for: it has no width that can be chosen."
    )


def protocol(sheet: SheetData) -> str:
    """The protocol, and in what the sheet differs from it; empty in files without one."""
    use = sheet.protocol
    if use is None:
        return ""
    changes = [_changed(name, *values) for name, values in use.changed.items()]
    if sheet.interrupted:
        changes.append("interrupted")
    if changes:
        return f"{use.name}, but not standard: {'; '.join(changes)}"
    return use.name if use.standard else f"{use.name}, your own"


def _changed(name: str, before: Any, after: Any) -> str:
    """One setting that differs from the protocol's."""
    word = name.replace("_", " ").replace(".", " ")
    if before is None:
        return f"{word} {_setting(after)}"
    return f"{word} {_setting(after)} (not {_setting(before)})"


def _setting(value: Any) -> str:
    """A setting in a line of text."""
    if isinstance(value, list | tuple):
        return ", ".join(map(_setting, value))
    if isinstance(value, Mapping):
        rest = [f"{name} {_setting(inner)}" for name, inner in value.items() if name != "kind"]
        return " ".join([str(value.get("kind", "")), *([f"({', '.join(rest)})"] if rest else [])])
    if isinstance(value, str):
        return value
    return f"{value:g}" if isinstance(value, float) else count(value, "none")


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
    """Which models differ: by span, then by accuracy at a common lag. One sentence per pair."""
    if comparison.reference is not None and len(comparison.sheets) == 1:
        return []
    word = comparison.sheets[0].distance if comparison.sheets else "lag"
    decided = [
        {row.lag for row in sheet.per_lag if row.outcome != "undecided"}
        for sheet in comparison.sheets
    ]
    common = any(one & other for one, other in combinations(decided, 2))
    nothing = NOTHING if common else UNDECIDED.format(word)
    return [*_spans(comparison, word), *_shares(comparison, word)] or [nothing]


def _spans(comparison: ComparisonData, word: str) -> list[str]:
    def weaker(pair: Farther) -> tuple[Any, ...]:
        return (pair.fails_at, pair.than)

    sentences = []
    for (fails_at, than), group in groupby(sorted(comparison.farther, key=weaker), weaker):
        best = sorted(group, key=lambda pair: pair.span or pair.span_at_least or 0, reverse=True)
        names = _listed(
            f"{pair.model} (span {bounded(pair.span, pair.span_at_least)})" for pair in best
        )
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
