"""What the verbs return: the data of `echospan.results`, with the methods that show it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from echospan.report.figures.reach import reach_map
from echospan.report.terminal.check import check_report
from echospan.results.check_report import CheckData
from echospan.results.comparison import ComparisonData
from echospan.results.sheet import SheetData

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Console


@dataclass(frozen=True)
class Sheet(SheetData):
    """What `echospan.span` returns."""


@dataclass(frozen=True)
class Comparison(ComparisonData):
    """What `echospan.compare` returns."""


@dataclass(frozen=True, repr=False)
class CheckReport(CheckData):
    """What `echospan.check` returns. Printing it shows it."""

    def print(self, console: Console | None = None) -> None:
        """Show it in the terminal."""
        from rich.console import Console

        check_report(self.to_dict(), console or Console())

    def figure(self) -> Figure:
        """The reach map as a figure; `echospan.report.figures.save` writes it."""
        return reach_map([lag.to_dict() for lag in self.reach], self.needs_lag.lag)

    def __str__(self) -> str:
        """The report as text without colour, 100 columns wide."""
        from rich.console import Console

        buffer = io.StringIO()
        self.print(Console(file=buffer, width=100, color_system=None, force_jupyter=False))
        return buffer.getvalue()

    def __repr__(self) -> str:
        """The report as a notebook or a prompt shows it."""
        return str(self)
