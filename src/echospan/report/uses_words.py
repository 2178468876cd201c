"""Sentences about what `uses` measured; terminal, page and notebook share them."""

from __future__ import annotations

from echospan.foreign import one_line
from echospan.report.values import duration, percent, plural
from echospan.results.uses import UsesAblation, UsesData, UsesPoint

READING = (
    "kept: newest input steps, the current one included; average: older steps from other places, "
    "answers averaged; restart: older steps left out; shuffle: older steps in random order"
)
"""What the columns mean."""

HEAD = ("ablation", "uses", "interval", "95 % of the gain by")
"""Columns of the table of ablations."""


def number(value: float) -> str:
    """A loss as text: four digits."""
    return f"{value:.4g}"


def span_of(interval: tuple[int, int] | None) -> str:
    """An interval of steps as text: ``5 to 7``, or the number where both are the same."""
    if interval is None:
        return "–"
    low, high = interval
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def opening(report: UsesData) -> str:
    """The answer in one sentence."""
    if report.uses is None:
        return "Interrupted before the steps used were known."
    if report.uses_interval is None or report.uses_interval[0] == report.uses_interval[1]:
        beside = ""
    else:
        beside = f" (95 % interval: {span_of(report.uses_interval)})"
    kept = f"{1 - report.margin:.0%}".replace("%", " %")
    return (
        f"uses the newest {plural(report.uses, 'step')}{beside} of {report.window:,}: they keep "
        f"{kept} of the gain."
    )


def figures_of(report: UsesData) -> list[str]:
    """The other numbers, a sentence each."""
    found = []
    if report.answers_change_up_to is not None:
        found.append(
            f"Answers change with inputs up to {plural(report.answers_change_up_to, 'step')} back."
        )
    if report.warm_up is not None:
        found.append(f"Warm-up from a fresh start: {plural(report.warm_up, 'step')}.")
    wide = report.uses_interval is not None and report.uses_interval[0] < report.uses_interval[1]
    if wide and report.answers_changed is not None and report.uses_interval is not None:
        found.append(
            f"With {plural(report.uses_interval[0], 'step')} kept, "
            f"{percent(report.answers_changed)} of the answers change much."
        )
    return found


def losses(report: UsesData) -> str:
    """The loss with the full context, beside the best constant answer's."""
    name = f" ({one_line(report.loss)})" if report.loss else ""
    return (
        f"Loss{name} with all {report.window:,} steps {number(report.full_loss)}, of the best "
        f"constant answer {number(report.constant_loss)}."
    )


def circumstances(report: UsesData) -> list[str]:
    """How it was measured."""
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    found = [
        f"{report.windows:,} windows, about {report.independent:,} of them independent; "
        f"{plural(report.donors, 'donor')} each; seed {report.seed}; "
        f"{duration(report.seconds)}{f'; {versions}' if versions else ''}.",
        *report.notes,
    ]
    if report.stopped:
        found.insert(0, "Interrupted: what is not listed was not run.")
    return found


def row(each: UsesAblation) -> tuple[str, str, str, str]:
    """The cells of one ablation."""
    if each.uses is None:
        return each.name, "–", "–", "–"
    gain = "–" if each.gain_95 is None else f"{each.gain_95:,}"
    return each.name, f"{each.uses:,}", span_of(each.interval), gain


def curve_rows(report: UsesData) -> list[list[str]]:
    """One row for each number of kept steps: the loss by ablation."""
    names = list(report.curves)
    kepts = sorted({point.kept for points in report.curves.values() for point in points})
    by: dict[str, dict[int, UsesPoint]] = {
        name: {point.kept: point for point in report.curves[name]} for name in names
    }
    return [
        [f"{kept:,}", *(number(by[name][kept].loss) if kept in by[name] else "" for name in names)]
        for kept in kepts
    ]
