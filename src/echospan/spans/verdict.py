"""Turn facts into a verdict: a code, a sentence, and the evidence for it. A pure function."""

from __future__ import annotations

from echospan.results.verdict import Code, Verdict
from echospan.spans.facts import Facts, Failure
from echospan.spans.limits import limit


def verdict(facts: Facts) -> Verdict:
    """Say what limits a model.

    The first of these that holds: the model is broken, a lag failed, the budget ended, all solved.
    """
    broken = _broken(facts)
    if broken is not None:
        return broken
    if facts.failure is not None:
        return _failed(facts, facts.failure)
    name = facts.difficulty_name
    if facts.undecided is not None:
        solved = f"No {name} was solved yet"
        if facts.span:
            solved = f"It solved every tested {name} up to {facts.span}"
        return Verdict(
            "undecided",
            f"{solved}; {name} {facts.undecided} is undecided, because {facts.ended}. "
            "More updates may decide it.",
            {"undecided": facts.undecided},
        )
    if facts.span < facts.largest:
        solved = f"{name.capitalize()} {facts.span} is solved" if facts.span else "Nothing"
        tail = f"and no larger {name} was tested" if facts.span else "was decided"
        return Verdict(
            "undecided",
            f"{solved} {tail}: {facts.ended} before that. More updates may decide it.",
            {"undecided": facts.span + 1},
        )
    return Verdict(
        "solved",
        f"It solved every tested {name}, up to {facts.span}.",
        {"largest": facts.largest},
    )


def _failed(facts: Facts, failure: Failure) -> Verdict:
    """What limits the model at the first failed lag, and whether a smaller one was left open."""
    limited, name = limit(facts, failure), facts.difficulty_name
    if facts.undecided is not None and facts.undecided < failure.lag:
        opened = f"{name.capitalize()} {facts.undecided} is undecided, because {facts.ended}."
        sentence = f"{limited.sentence} {opened}"
        return Verdict(limited.code, sentence, {**limited.evidence, "undecided": facts.undecided})
    if facts.untried is not None and facts.untried < failure.lag:
        ended = facts.ended[0].upper() + facts.ended[1:]
        sentence = f"{limited.sentence} {ended} before {name} {facts.untried} was tested."
        return Verdict(limited.code, sentence, {**limited.evidence, "untried": facts.untried})
    return limited


def _broken(facts: Facts) -> Verdict | None:
    """A fault that makes any span meaningless."""

    def broken(code: Code, sentence: str, name: str) -> Verdict:
        evidence = facts.evidence.get(name, "")
        return Verdict(code, f"{sentence} {evidence}".strip(), {"check": name, "found": evidence})

    checks = facts.checks
    if checks.get("finite") is False:
        return broken("diverged", "Its scores are not finite.", "finite")
    if checks.get("uses_input") is False:
        return broken(
            "ignores-input",
            "Its predictions do not depend on its input, so they are at chance.",
            "uses_input",
        )
    if checks.get("causal") is False:
        return broken(
            "not-causal",
            "Its predictions depend on later inputs, so its accuracy does not measure memory.",
            "causal",
        )
    if checks.get("rows_independent") is False:
        return broken(
            "rows-mixed",
            "Its predictions for one sequence depend on the other sequences of the batch. Perhaps "
            "batch and time axes are swapped.",
            "rows_independent",
        )
    if facts.forgets:
        return Verdict(
            "state-not-carried",
            "It processes one step at a time and carries no state from step to step, so it can't "
            "know any earlier input. Use stateful layers, or whole sequences.",
            {"steps_heard_at_once": 1},
        )
    if checks.get("step_by_step") is False:
        return broken(
            "state-not-carried",
            "One step at a time, its predictions differ from those for whole sequences: its state "
            "is not carried.",
            "step_by_step",
        )
    return None
