"""The tables of the study of other rules: one for numbers, one for symbols."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from statistics import median

from studies.needs.processes import JUDGED, PROCESSES

Answers = Mapping[str, Mapping[str, Sequence[float] | None]]
"""By "process/seed" and rule: the answer and CPU seconds; None where a rule doesn't apply."""

NO_ZERO = ("2 x horizon", "skforecast")
"""Rules that choose from 1 on: where nothing is needed, they don't apply."""


def hits(found: Answers, rule: str, process: str) -> tuple[int, int] | None:
    """How often a rule is right, and on how many series; None where it doesn't apply."""
    wanted = PROCESSES[process].needs
    assert wanted is not None
    if wanted == range(1) and rule.startswith(NO_ZERO):
        return None
    answers = [told[0] for told in _told(found, rule, [process])]
    return (sum(answer in wanted for answer in answers), len(answers)) if answers else None


def _told(found: Answers, rule: str, processes: Sequence[str]) -> list[Sequence[float]]:
    told = (one.get(rule) for key, one in found.items() if key.rsplit("/", 1)[0] in processes)
    return [each for each in told if each is not None]


def table(found: Answers, rules: Sequence[str]) -> str:
    """Both tables in Markdown."""
    judged = [name for name, process in PROCESSES.items() if process.needs is not None]
    symbols = [name for name in judged if PROCESSES[name].make(0, 50).dtype.kind == "i"]
    numbers = [name for name in judged if name not in symbols]
    return "\n".join([*_table(found, rules, numbers), "", *_table(found, rules, symbols), ""])


def _table(found: Answers, rules: Sequence[str], processes: Sequence[str]) -> list[str]:
    # Those with one right answer first.
    processes = sorted(processes, key=lambda name: name not in JUDGED)
    lines = [
        "| rule | " + " | ".join(processes) + " | all | CPU seconds |",
        "|---|" + "---:|" * (len(processes) + 2),
    ]
    for rule in rules:
        scores = [hits(found, rule, name) for name in processes]
        done = [score for score in scores if score is not None]
        if not done:
            continue
        seconds = median(told[1] for told in _told(found, rule, processes))
        right, asked = (sum(each) for each in zip(*done, strict=True))
        cells = ["-" if score is None else f"{score[0]}/{score[1]}" for score in scores]
        lines.append(f"| {rule} | {' | '.join(cells)} | {right} of {asked} | {seconds:.2g} |")
    return lines


def as_csv(found: Answers, rules: Sequence[str]) -> str:
    """Every answer in a row of its own."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["process", "seed", "rule", "answer", "cpu_seconds"])
    for key, one in found.items():
        told = ((rule, one.get(rule)) for rule in rules)
        writer.writerows(
            [*key.rsplit("/", 1), rule, int(each[0]), each[1]] for rule, each in told if each
        )
    return text.getvalue()
