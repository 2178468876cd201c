"""What the verbs about the user's data and trained models return.

What shows a result is imported when it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from echospan.report.attributes import with_attributes
from echospan.report.display import Display
from echospan.results.diagnosis import DiagnosisData
from echospan.results.needs import NeedsData
from echospan.results.uses import UsesData

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Console

    from echospan.report.document import Card, Page
    from echospan.report.tables import Table


@with_attributes
@dataclass(frozen=True, repr=False)
class NeedsReport(Display, NeedsData):
    """What `echospan.needs` returns: the held-out loss by lookback, and how much past is needed.

    A notebook shows it as a figure and tables.

    Example:
        >>> import numpy as np
        >>> walk = np.cumsum(np.random.default_rng(0).normal(size=400))
        >>> report = echospan.needs(walk)
        >>> report.needs, report.paste
        (1, 'window=1')
        >>> _ = report.save("walk.html")
    """

    def figure(self) -> Figure:
        """Return the loss by lookback, with what is said of it.

        Raises:
            DataError: No lookback was measured.
            MissingExtra: matplotlib is not installed.
        """
        from echospan.report.figures.needs import loss_by_lookback

        return loss_by_lookback(self)

    def _print(self, console: Console) -> None:
        from echospan.report.terminal.needs import needs_report

        needs_report(self, console)

    def _summary(self) -> str:
        from echospan.foreign import one_line

        least = f", at least {self.at_least}" if self.any_past_helps else ""
        helps = f"needs {self.needs}{least}" if self.any_past_helps else "no past helps"
        return one_line(f"{self.target}: {helps}; {self.values:,} values as {self.kind}")

    def _card(self) -> Card:
        from echospan.report.needs_tables import needs_card

        return needs_card(self, whole=False)

    def _page(self) -> Page:
        from echospan.report.needs_tables import needs_page

        return needs_page(self)

    def _tables(self) -> list[Table]:
        from echospan.report.needs_tables import curve_table, lags_table

        return [curve_table(self), *([lags_table(self)] if self.lags else [])]


@with_attributes
@dataclass(frozen=True, repr=False)
class UsesReport(Display, UsesData):
    """What `echospan.uses` returns: how far back a trained model looks, by three ablations.

    A notebook shows it as tables and a figure.

    Example:
        >>> import numpy as np, torch
        >>> x = np.random.default_rng(0).normal(size=(512, 8, 1)).astype("float32")
        >>> class Newest(torch.nn.Module):
        ...     def forward(self, x):
        ...         return x[:, -1]
        >>> report = echospan.uses(Newest(), x, x[:, -1], loss=torch.nn.MSELoss())
        >>> report.uses
        1
        >>> report["restart"].interval
        (1, 1)
        >>> _ = report.save("newest.html")
    """

    def figure(self) -> Figure:
        """Return the loss by input steps kept, for each ablation.

        Raises:
            DataError: Nothing was run.
            MissingExtra: matplotlib is not installed.
        """
        from echospan.report.figures.uses import curves

        return curves(self)

    def _print(self, console: Console) -> None:
        from echospan.report.terminal.uses import uses_report

        uses_report(self, console)

    def _summary(self) -> str:
        from echospan.foreign import one_line
        from echospan.report.uses_words import opening

        return one_line(f"{self.model}: {opening(self)}")

    def _card(self) -> Card:
        from echospan.report.uses_tables import uses_card

        return uses_card(self, whole=False)

    def _page(self) -> Page:
        from echospan.report.uses_tables import uses_page

        return uses_page(self)

    def _tables(self) -> list[Table]:
        from echospan.report.uses_tables import ablations_table, classes_table, curve_table

        classes = [classes_table(self)] if self.classes else []
        return [ablations_table(self), *classes, curve_table(self)]

    def _paper(self) -> list[Table]:
        from echospan.report.uses_tables import paper_table

        return [paper_table(self)]


@with_attributes
@dataclass(frozen=True, repr=False)
class Diagnosis(Display, DiagnosisData):
    """What `echospan.diagnose` returns: where memory is lost, from the data to the trained model.

    A notebook shows it as a figure and tables.

    Example:
        >>> import numpy as np, torch
        >>> x = np.random.default_rng(0).normal(size=(1200, 2, 1)).astype("float32")
        >>> class Newest(torch.nn.Module):
        ...     def forward(self, x):
        ...         return x[:, -1]
        >>> found = echospan.diagnose(Newest(), x, x[:, -1], loss=torch.nn.MSELoss())
        >>> found.needs, found.uses, found.weakest_link
        (1, 1, 'none')
        >>> found.reasons["span"]
        'not asked for'
        >>> _ = found.save("newest.html")
    """

    def figure(self) -> Figure:
        """Return the four numbers as bars on one axis of steps, with intervals.

        Raises:
            MissingExtra: matplotlib is not installed.
        """
        from echospan.report.figures.diagnosis import four_bars

        return four_bars(self)

    def _print(self, console: Console) -> None:
        from echospan.report.terminal.diagnosis import diagnosis_report

        diagnosis_report(self, console)

    def _summary(self) -> str:
        from echospan.foreign import one_line
        from echospan.report.diagnosis_words import opening

        return one_line(f"{self.model}: {opening(self)}")

    def _card(self) -> Card:
        from echospan.report.diagnosis_tables import diagnosis_card

        return diagnosis_card(self, whole=False)

    def _page(self) -> Page:
        from echospan.report.diagnosis_tables import diagnosis_page

        return diagnosis_page(self)

    def _tables(self) -> list[Table]:
        from echospan.report.diagnosis_tables import findings_table, numbers_table

        return [numbers_table(self), *([findings_table(self)] if self.findings else [])]
