"""Sentences about a diagnosis; terminal, page and notebook share them."""

from __future__ import annotations

from echospan.foreign import one_line
from echospan.report.values import duration, plural
from echospan.results.diagnosis import NAMES, DiagnosisData, WeakLink

TITLES = {
    "needs": "the data need",
    "framing_reach": "samples and state bring",
    "span": "the architecture can remember",
    "uses": "the trained model uses",
}
"""What each number says."""

HEAD = ("", "steps", "95 % interval", "how it was measured")
"""Columns of the table."""

READING = (
    "Steps: input steps that the answer must see, counted back from the newest one that is "
    "visible. A target that is the input n steps earlier needs n + 1."
)

OPENINGS: dict[WeakLink, str] = {
    "data": "Weakest link: the data.",
    "framing": "Weakest link: the framing.",
    "architecture": "Weakest link: the architecture.",
    "training": "Weakest link: the training.",
    "none": "No weak link.",
    "undecided": "Undecided.",
}

BADGES: dict[WeakLink, str] = {
    "data": "good", "framing": "bad", "architecture": "bad", "training": "bad", "none": "good",
    "undecided": "",
}  # fmt: skip


def opening(found: DiagnosisData) -> str:
    """The answer in a sentence or two."""
    return f"{OPENINGS[found.weakest_link]} {one_line(found.explanation)}"


def interval(found: DiagnosisData, name: str) -> str:
    """The interval of one number: ``5 to 7``, ``5 or more``, or the number."""
    ends = found.intervals.get(name)
    if ends is None:
        return "–"
    low, high = ends
    if high is None:
        return f"{low:,} or more"
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def rows(found: DiagnosisData) -> list[tuple[str, str, str, str]]:
    """One row for each number: title, steps, interval, how or why not."""
    shown = []
    for name in NAMES:
        steps = found.steps(name)
        told = found.details.get(name, "") if steps is not None else found.reasons.get(name, "")
        amount = "–" if steps is None else f"{steps:,}"
        shown.append((TITLES[name], amount, interval(found, name), one_line(told)))
    return shown


def spoken(found: DiagnosisData) -> str:
    """The four numbers in a sentence, for those who do not see the picture."""
    told = [
        f"{TITLES[name]} {'not known' if found.steps(name) is None else found.steps(name)}"
        for name in NAMES
    ]
    return f"Steps: {'; '.join(told)}."


def severities(found: DiagnosisData) -> list[str]:
    """Each finding of `check` in a line."""
    return [f"{one.severity} {one.code}: {one_line(one.message)}" for one in found.findings]


def circumstances(found: DiagnosisData) -> list[str]:
    """How it was measured."""
    what = f"{one_line(found.model)} ({found.framework})" if found.model else found.framework
    told = (
        f"{what}: {plural(found.samples, 'sample')} of {plural(found.window, 'step')}; seed "
        f"{found.seed}; {duration(found.seconds)}."
    )
    return [*(["Interrupted."] if found.stopped else []), told, *found.notes]
