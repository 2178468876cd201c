"""What `echospan.sweep` returns. What shows it is imported when it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from echospan.arguments import one_of, text, validated
from echospan.report.attributes import with_attributes
from echospan.report.display import Display
from echospan.results.sweep import SweepData

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Console

    from echospan.report.document import Card, Page
    from echospan.report.figures.sweep import Kind
    from echospan.report.tables import Table


@with_attributes
@dataclass(frozen=True, repr=False)
class SweepResult(Display, SweepData):
    """What `echospan.sweep` returns: one row a unit, with its settings and its numbers.

    A notebook shows it as a figure and a table.

    Example:
        >>> result = echospan.sweep(
        ...     {"recipe": "stream", "training": {"epochs": 2}, "sweep": {"seed": [0, 1]}},
        ...     store="my-runs",
        ...     dry_run=True,
        ... )
        >>> result.total, result.done, result.fields
        (2, 0, ('seed',))
    """

    def figure(self) -> Figure:
        """Return the score by the swept fields, as `plot` chooses.

        Raises:
            DataError: No unit is finished.
            MissingExtra: matplotlib is not installed.
        """
        return self.plot()

    @validated(kind=one_of("lines", "heat", "scaling"), x=text, y=text, by=text)
    def plot(
        self,
        kind: Kind | None = None,
        *,
        x: str | None = None,
        y: str | None = None,
        by: str | None = None,
    ) -> Figure:
        """Return a figure of the units; points are means over seeds, bars reach from low to high.

        Args:
            kind: "lines" by a field, "heat" over two fields, or "scaling" on two log axes. Left
                out, lines, or a heat map where there would be too many.
            x: The field along the horizontal axis; for lines and scaling, also a number of the
                units, such as "parameters".
            y: The number that is shown; for a heat map, the field along the vertical axis.
            by: The field that lines differ in; for a heat map, the number that is shown.

        Raises:
            ConfigError: There is no such field or number.
            DataError: No unit is finished.
            MissingExtra: matplotlib is not installed.
        """
        from echospan.report.figures.sweep import drawn

        return drawn(self, kind, x=x, y=y, by=by)

    def _print(self, console: Console) -> None:
        from echospan.report.terminal.sweep import sweep_report

        sweep_report(self, console)

    def _summary(self) -> str:
        return f"{self.name}: {self.before + self.done} of {self.total} units finished"

    def _card(self) -> Card:
        from echospan.report.sweep_tables import sweep_card

        return sweep_card(self, whole=False)

    def _page(self) -> Page:
        from echospan.report.sweep_tables import sweep_page

        return sweep_page(self)

    def _tables(self) -> list[Table]:
        from echospan.report.sweep_tables import rows_table

        return [rows_table(self)]
