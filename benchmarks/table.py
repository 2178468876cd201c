"""Results as Markdown tables, the same on the terminal and in RESULTS.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from benchmarks.contenders import OURS
from benchmarks.jobs import JOBS, Axis, Job
from benchmarks.result import Measured, Result, Spread, same_stretch, spread

ALIKE = 0.1
"""Two losses are taken for alike where they differ by less than this share of the larger of
echospan's loss at the start and its loss now."""


class Verdict(NamedTuple):
    """A target and what was measured."""

    job: str
    what: str
    target: str
    measured: Spread
    digits: int
    reached: bool


def verdicts(results: Iterable[Result]) -> Iterator[Verdict]:
    """Every target that these results say something about."""
    for result in results:
        job = JOBS[result.job]
        for target in job.targets:
            of, to = result.of(target.of), result.of(target.to)
            found = spread(result.ratios(target.of, target.to))
            if of is None or to is None or found is None:
                continue
            if target.at_most:
                what, words = f"{of.name} against {to.name}", f"at most {target.factor:g} times"
            else:
                what = f"{to.name} against {of.name}"
                words = f"{target.factor:g} times faster"
            reached = target.reached(found.median)
            yield Verdict(job.name, what, words, found, 1, reached)
        if job.share is not None and (found := spread(result.share(OURS))) is not None:
            reached = found.median >= job.share
            words = f"at least {job.share:g}"
            yield Verdict(job.name, "share of the products' limit", words, found, 2, reached)
        ours = result.of(OURS)
        if job.most_seconds is not None and ours is not None and ours.seconds:
            found = spread(ours.seconds)
            assert found is not None
            reached = found.median <= job.most_seconds
            words = f"under {job.most_seconds:g} s"
            yield Verdict(job.name, f"{ours.name}, seconds", words, found, 1, reached)


def verdict_table(results: Sequence[Result]) -> str:
    """Targets and whether they were reached, by the median."""
    rows = [
        [v.job, v.what, v.target, three(v.measured, v.digits), "yes" if v.reached else "**no**"]
        for v in verdicts(results)
    ]
    return markdown(["job", "what", "target", "median [min, max]", "reached"], rows)


def contender_table(results: Iterable[Result]) -> str:
    """One row for each job and contender."""
    rows = [
        _row(JOBS[result.job], result, measured)
        for result in results
        for measured in result.measured
    ]
    head = ["job", "contender", "time of an update", "times echospan's", "share of limit"]
    return markdown([*head, "of peak", "loss: its / echospan's", "MiB"], rows)


def _row(job: Job, result: Result, measured: Measured) -> list[str]:
    if not measured.seconds:
        return [job.name, measured.name, "not measured", "", "", "", "", ""]
    against = spread(result.ratios(measured.key, OURS))
    share, peak = spread(result.share(measured.key)), spread(result.peak_share(measured.key))
    trains = bool(measured.losses)
    return [
        job.name,
        measured.name,
        _time(job, result, measured),
        "1" if measured.key == OURS else three(against, 1) if against else "",
        f"{share.median:.2f}" if share and trains else "",
        f"{peak.median:.2f}" if peak and trains else "",
        losses(result, measured),
        f"{measured.memory:.0f}" if measured.memory else "",
    ]


def _time(job: Job, result: Result, measured: Measured) -> str:
    if job.kind != "train":
        found = spread(measured.seconds)
        return f"{three(found, 1)} s in all" if found else ""
    found = spread([1e3 * seconds / result.updates for seconds in measured.seconds])
    assert found is not None
    digits = 3 if found.median < 1 else 2 if found.median < 100 else 0
    return f"{three(found, digits)} ms"


def losses(result: Result, measured: Measured) -> str:
    """Its loss and echospan's after the same number of updates, and a mark where they differ."""
    ours = result.of(OURS)
    if ours is None or not measured.losses:
        return ""
    found = same_stretch(ours.losses, measured.losses)
    if found is None:
        return ""
    end, own, its = found
    scale = max(ours.losses[0][1], own)
    mark = "" if abs(its - own) <= ALIKE * scale else " (!)"
    if measured is ours:
        return f"{own:.2f} at {end * result.updates:,}"
    return f"{its:.2f} / {own:.2f} at {end * result.updates:,}{mark}"


def growth_table(axis: Axis, results: Sequence[Result]) -> str:
    """Milliseconds an update along an axis, for contenders that stand at two points or more."""
    points = along(axis, results)
    keys = shared_keys(points)
    names = {m.key: m.name for _, result in points for m in result.measured}
    rows = []
    for value, result in points:
        row = [f"{value:,}"]
        for key in keys:
            measured = result.of(key)
            found = (
                spread([1e3 * s / result.updates for s in measured.seconds]) if measured else None
            )
            row.append(f"{found.median:.3g}" if found else "")
        rows.append(row)
    return markdown([axis, *(names[key] for key in keys)], rows)


def along(axis: Axis, results: Iterable[Result]) -> list[tuple[int, Result]]:
    """The results on an axis, in order."""
    found = [(JOBS[r.job].axes[axis], r) for r in results if axis in JOBS[r.job].axes]
    return sorted(found, key=lambda point: point[0])


def shared_keys(points: Sequence[tuple[int, Result]]) -> list[str]:
    """The contenders measured at two of these points or more, echospan first."""
    keys = [m.key for _, result in points for m in result.measured if m.seconds]
    return [key for key in dict.fromkeys(keys) if keys.count(key) > 1]


def failures(results: Iterable[Result]) -> list[str]:
    """A line for every contender that was not measured."""
    return [
        f"{result.job}: {measured.name} was not measured: {measured.failure}"
        for result in results
        for measured in result.measured
        if measured.failure
    ]


def three(found: Spread | None, digits: int) -> str:
    """Median [minimum, maximum]."""
    if found is None:
        return ""
    low, median, high = (f"{value:,.{digits}f}" for value in found)
    return f"{median} [{low}, {high}]"


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose columns are also aligned as plain text."""
    table = [head, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        return f"| {' | '.join(padded)} |"

    rule = f"|{'|'.join('-' * (width + 2) for width in widths)}|"
    return "\n".join([line(head), rule, *(line(row) for row in rows)])
