"""From facts to a verdict: a code, a sentence, and the evidence for it. A pure function."""

from __future__ import annotations

from echospan.results.verdict import Code, Verdict
from echospan.spans.facts import Facts
from echospan.spans.limits import limit


def verdict(facts: Facts) -> Verdict:
    """The first of these that holds: a broken model, an open task, then what limits it."""
    broken = _broken(facts)
    if broken is not None:
        return broken
    failure = facts.failure
    if failure is not None:
        found = limit(facts, failure)
        if facts.undecided is not None and facts.undecided < failure.lag:
            words = f"{found.sentence} The budget left {facts.word} {facts.undecided} undecided."
            return Verdict(found.code, words, {**found.evidence, "undecided": facts.undecided})
        if facts.untried is not None and facts.untried < failure.lag:
            ended = facts.ended[0].upper() + facts.ended[1:]
            words = f"{found.sentence} {ended} before {facts.word} {facts.untried} was tried."
            return Verdict(found.code, words, {**found.evidence, "untried": facts.untried})
        return found
    if facts.undecided is not None:
        word = facts.word
        solved = f"No {word} was solved yet"
        if facts.span:
            solved = f"It solved every {word} that was tried, up to {facts.span}"
        return Verdict(
            "undecided",
            f"{solved}; {facts.ended} while {word} {facts.undecided} was open. "
            "A larger budget can tell.",
            {"undecided": facts.undecided},
        )
    if facts.span < facts.largest:
        solved = f"{facts.word.capitalize()} {facts.span} is solved" if facts.span else "Nothing"
        tail = "and no longer one was tried" if facts.span else "was decided"
        return Verdict(
            "undecided",
            f"{solved} {tail}: {facts.ended} before that. A larger budget can tell.",
            {"undecided": facts.span + 1},
        )
    return Verdict(
        "solved",
        f"It solved every {facts.word} that was asked for, up to {facts.span}.",
        {"largest": facts.largest},
    )


def _broken(facts: Facts) -> Verdict | None:
    """What makes any span meaningless."""

    def found(code: Code, words: str, name: str) -> Verdict:
        evidence = facts.evidence.get(name, "")
        return Verdict(code, f"{words} {evidence}".strip(), {"check": name, "found": evidence})

    checks = facts.checks
    if checks.get("finite") is False:
        return found("diverged", "Its scores are not finite.", "finite")
    if checks.get("uses_input") is False:
        return found(
            "ignores-input",
            "Its answers do not depend on its input, so they are chance.",
            "uses_input",
        )
    if checks.get("causal") is False:
        return found(
            "not-causal",
            "Its answers depend on inputs that come later, so its accuracy says nothing about "
            "memory.",
            "causal",
        )
    if checks.get("rows_independent") is False:
        return found(
            "rows-mixed",
            "What it answers about one sequence depends on the other sequences of the batch, as "
            "where batch and time axes are mixed up.",
            "rows_independent",
        )
    if facts.forgets:
        return Verdict(
            "state-not-carried",
            "It hears one step at a time and carries no state from one step to the next, so it "
            "cannot know any earlier input. Give it stateful layers, or whole sequences.",
            {"steps_heard_at_once": 1},
        )
    if checks.get("step_by_step") is False:
        return found(
            "state-not-carried",
            "One step at a time it does not answer as it does on whole sequences: its state is "
            "not carried.",
            "step_by_step",
        )
    return None
