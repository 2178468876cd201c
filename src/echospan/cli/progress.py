"""A progress bar on standard error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from echospan.cli.printing import err
from echospan.observer import Observer

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

BARS_AT_ONCE = 8
"""Runs that have a line of their own while they train."""


class Bar(Observer):
    """Show the progress of training; silent if standard error is not a terminal.

    Of runs that train at once, one line says how many are done, and those under way have a line
    each.
    """

    def __init__(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        console = err()
        self._progress: Progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("{task.fields[logs]}", markup=False),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Bar:
        self._progress.start()
        self._task = self._progress.add_task("preparing", total=None, logs="")
        return self

    def __exit__(self, *error: object) -> None:
        # rich before 15 ends one that shows nothing with an empty line.
        if not self._progress.disable:
            self._progress.stop()

    def begin(self, label: str, epochs: int, done: int = 0) -> None:
        """Show what is trained now."""
        assert self._task is not None
        self._progress.update(
            self._task, description=label, total=epochs, completed=done, logs="", refresh=True
        )

    def progress(self, epoch: int, logs: Mapping[str, float]) -> None:
        """Move on."""
        assert self._task is not None
        self._progress.update(self._task, completed=epoch, logs=_text(logs))

    def end(self) -> None:
        """Show that the evaluation runs."""
        assert self._task is not None
        self._progress.update(self._task, description="evaluating", total=None, logs="")

    def part(self, label: str, parts: int) -> Observer:
        """One of several runs."""
        assert self._task is not None
        self._progress.update(self._task, description="runs", total=parts, logs="", refresh=True)
        return _Part(self._progress, self._task)

    def note(self, text: str) -> None:
        """One line above the bar."""
        self._progress.console.print(text)


class _Part(Observer):
    """One of several runs: a line while it trains, then one more that is done."""

    def __init__(self, progress: Progress, whole: TaskID) -> None:
        self._progress = progress
        self._whole = whole
        self._task: TaskID | None = None

    def begin(self, label: str, epochs: int, done: int = 0) -> None:
        if len(self._progress.tasks) <= BARS_AT_ONCE:
            self._task = self._progress.add_task(
                f"  {label}", total=epochs, completed=done, logs="", refresh=True
            )

    def progress(self, epoch: int, logs: Mapping[str, float]) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=epoch, logs=_text(logs))

    def end(self) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None
        self._progress.advance(self._whole)


def _text(logs: Mapping[str, float]) -> str:
    return "  ".join(f"{name} {value:.3g}" for name, value in logs.items())
