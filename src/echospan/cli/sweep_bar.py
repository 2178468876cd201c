"""The progress of a sweep, as one line on standard error."""

from __future__ import annotations

from echospan.cli.printing import err
from echospan.sweeps.progress import Counts, SweepObserver


class SweepBar(SweepObserver):
    """Show how far a sweep has come; silent if standard error is not a terminal."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        console = err()
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("{task.fields[told]}", markup=False),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("looking at the units", total=None, told="")

    def __enter__(self) -> SweepBar:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        # rich before 15 ends one that shows nothing with an empty line.
        if not self._progress.disable:
            self._progress.stop()

    def counts(self, counts: Counts) -> None:
        """Show the counts."""
        self._progress.update(
            self._task,
            description="units",
            total=counts.total,
            completed=counts.finished + counts.failed,
            told=told(counts),
        )

    def note(self, text: str) -> None:
        """One line above the bar."""
        self._progress.console.print(text, highlight=False, markup=False, soft_wrap=True)


def told(counts: Counts) -> str:
    """The counts in words: ``4 running, 1 failed, about 3 min left``."""
    from echospan.report.sweep_tables import duration

    parts = [f"{counts.running:,} running"]
    if counts.failed:
        parts.append(f"{counts.failed:,} failed")
    if counts.held:
        parts.append(f"{counts.held:,} run by others")
    if counts.seconds_left is not None:
        parts.append(f"about {duration(counts.seconds_left)} left")
    return ", ".join(parts)
