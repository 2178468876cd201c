"""What the verbs return: the data of `echospan.results`, with the methods that show it.

What shows a result is imported when it is shown: a check that is only read needs none of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from echospan.arguments import either, folder, instance, validated
from echospan.errors import DataError
from echospan.report.attributes import with_attributes
from echospan.report.display import Display
from echospan.report.values import percent, percent_interval
from echospan.report.words import span_known
from echospan.results.check_report import CheckData
from echospan.results.comparison import ComparisonData
from echospan.results.conform import ConformData
from echospan.results.run import RunData
from echospan.results.sheet import SheetData

if TYPE_CHECKING:
    from pathlib import Path

    import anywidget
    from matplotlib.figure import Figure
    from rich.console import Console

    from echospan.report.document import Card, Page
    from echospan.report.tables import Table
    from echospan.store import Store


_STORE = either(
    "a folder's path or an echospan.Store", instance("", "echospan.store:Store"), folder
)


@with_attributes
@dataclass(frozen=True, repr=False)
class RunResult(Display, RunData):
    """What `echospan.run` returns: accuracy with interval, chance, cost, and an example sequence.

    A notebook shows it as a table and a figure. For one release it can be read like a dictionary,
    as before: ``result["accuracy"]``.

    Example:
        >>> settings = {"task.symbols": 4, "task.length": 8, "training.epochs": 10}
        >>> result = echospan.run("stream", settings, store="my-runs")
        >>> result.chance
        0.25
        >>> result.to_frame().height
        1
        >>> _ = result.save("stream.html")
    """

    def figure(self) -> Figure:
        """Return the variants compared, or one sequence, or the accuracy beside the baselines.

        Raises:
            DataError: The result holds nothing that can be drawn.
            MissingExtra: matplotlib is not installed.
        """
        from echospan.report.panels import main_panel
        from echospan.report.view import RunView

        panel = main_panel(RunView.of_result(self))
        if panel is None:
            raise DataError("This result has no figure: it holds no sequence and no variants.")
        return panel.draw()

    @validated(store=_STORE)
    def widget(self, *, store: str | Path | Store | None = None) -> anywidget.AnyWidget:
        """Return state over time as a widget: type numbers, watch the state and the answers.

        A notebook that is turned into HTML keeps it, without a kernel.

        Args:
            store: Where the run is; by default ECHOSPAN_STORE or ./echospan-runs.

        Raises:
            DataError: The result is of no stored run.
            RunNotFound: The store does not hold the run.
            MissingExtra: anywidget is not installed.

        Example:
            >>> result.widget()  # doctest: +SKIP
        """
        from echospan.extras import needs
        from echospan.store import Store
        from echospan.widgets import state_data, widget

        needs("A widget", "anywidget")
        if not self.run_id:
            raise DataError("This result has no widget: it is of no stored run.")
        opened = store if isinstance(store, Store) else Store(store)
        try:
            return widget("state", state_data(opened.get(self.run_id)))
        finally:
            if opened is not store:
                opened.close()

    def _print(self, console: Console) -> None:
        from echospan.report.terminal.result import show_result

        show_result(self, console)

    def _summary(self) -> str:
        interval = percent_interval(self.accuracy_interval)
        share = f"{percent(self.accuracy)}{f' ({interval})' if interval else ''}"
        run = f", run {self.run_id}" if self.run_id else ""
        return f"{self.recipe or 'run'}: accuracy {share}, chance {percent(self.chance)}{run}"

    def _card(self) -> Card:
        from echospan.report import run_page

        return run_page.short_card(self)

    def _page(self) -> Page:
        from echospan.report import run_page
        from echospan.report.view import RunView

        return run_page.page_of([RunView.of_result(self)], title=self.recipe or "Run")

    def _tables(self) -> list[Table]:
        from echospan.report.run_tables import result_table

        return [result_table(self)]

    def _paper(self) -> list[Table]:
        from echospan.report.paper_tables import run_table

        return [run_table(self)]


@with_attributes
@dataclass(frozen=True, repr=False)
class Sheet(Display, SheetData):
    """What `echospan.span` returns: how far back a model remembers, and what limits it.

    A notebook shows it as a table and a figure.

    Example:
        >>> sheet = echospan.span("last-value", symbols=8, lags=[0, 1])
        >>> sheet.span, sheet.first_failed
        (0, 1)
        >>> sheet.to_frame().height
        10
        >>> _ = sheet.save("last-value.json")
    """

    def figure(self) -> Figure:
        """Return accuracy by lag, recall, gradient and learning curves in one figure.

        Raises:
            MissingExtra: matplotlib is not installed.
        """
        from echospan.report.figures.sheet import overview

        return overview(self)

    def widget(self) -> anywidget.AnyWidget:
        """Return accuracy by lag with its intervals as a widget.

        Raises:
            MissingExtra: anywidget is not installed.

        Example:
            >>> sheet.widget()  # doctest: +SKIP
        """
        from echospan.widgets import accuracy_data, widget

        return widget("accuracy", accuracy_data(self))

    def _print(self, console: Console) -> None:
        from echospan.report.terminal.sheet import sheet_table

        sheet_table(self, console)

    def _summary(self) -> str:
        known = f"span {span_known(self)}, {self.verdict_code}"
        return f"{self.model}: {known}, {len(self.per_lag)} lags"

    def _card(self) -> Card:
        from echospan.report import sheet_page

        return sheet_page.short_card(self)

    def _page(self) -> Page:
        from echospan.report import sheet_page

        return sheet_page.sheet_page(self)

    def _tables(self) -> list[Table]:
        from echospan.report.sheet_tables import lag_table

        return [lag_table(self)]

    def _paper(self) -> list[Table]:
        from echospan.report.paper_tables import sheet_table

        return [sheet_table(self)]


@with_attributes
@dataclass(frozen=True, repr=False)
class Comparison(Display, ComparisonData):
    """What `echospan.compare` returns: several models side by side, and which of them differ.

    A notebook shows it as tables and a figure.

    Example:
        >>> comparison = echospan.compare(["last-value", "chance"], symbols=4, lags=[0], seeds=1)
        >>> comparison.to_frame().height
        2
        >>> _ = comparison.save("models.tex")
    """

    sheets: Annotated[tuple[Sheet, ...], Field(min_length=1)]

    def figure(self) -> Figure:
        """Return accuracy by lag of all models; with a reference, span against bytes of state.

        Raises:
            MissingExtra: matplotlib is not installed.
        """
        if self.reference is not None:
            from echospan.report.figures.reference import against_state

            return against_state(self.reference, self.sheets)
        from echospan.report.figures.sheet import compared

        return compared(self.sheets)

    def widget(self) -> anywidget.AnyWidget:
        """Return accuracy by lag of all models, side by side, as a widget.

        Raises:
            MissingExtra: anywidget is not installed.

        Example:
            >>> comparison.widget()  # doctest: +SKIP
        """
        from echospan.widgets import accuracy_data, widget

        return widget("accuracy", accuracy_data(self))

    def _print(self, console: Console) -> None:
        from echospan.report.terminal.sheet import sheets_table

        sheets_table(self, console)

    def _summary(self) -> str:
        return ", ".join(f"{sheet.model} (span {span_known(sheet)})" for sheet in self.sheets)

    def _card(self) -> Card:
        from echospan.report import sheet_page

        return sheet_page.comparison_card(self, whole=False)

    def _page(self) -> Page:
        from echospan.report import sheet_page

        return sheet_page.comparison_page(self)

    def _tables(self) -> list[Table]:
        from echospan.report.sheet_tables import accuracy_table, models_table

        tables = [models_table(self), accuracy_table(self)]
        if self.reference is not None:
            from echospan.report.reference_tables import reference_table

            tables.append(reference_table(self.reference, self.sheets))
        return tables

    def _paper(self) -> list[Table]:
        from echospan.report.paper_tables import comparison_tables

        return comparison_tables(self)


@with_attributes
@dataclass(frozen=True, repr=False)
class CheckReport(Display, CheckData):
    """What `echospan.check` returns: the findings, and which inputs can affect the output.

    A notebook shows it as tables and a figure.

    Example:
        >>> import keras
        >>> import numpy as np
        >>> windows = np.random.default_rng(0).normal(size=(64, 5, 1))
        >>> model = keras.Sequential([keras.layers.LSTM(4), keras.layers.Dense(1)])
        >>> model.compile("adam", "mse")
        >>> report = echospan.check(model, windows, windows[:, 0] ** 2)
        >>> report.ok, report.needs_lag.lag
        (True, None)
    """

    def figure(self) -> Figure:
        """Return the reach map.

        Raises:
            DataError: No lag was probed.
            MissingExtra: matplotlib is not installed.
        """
        from echospan.report.figures.reach import reach_map

        return reach_map(self.reach, self.needs_lag.lag)

    def widget(self) -> anywidget.AnyWidget:
        """Return the reach map as a widget.

        Raises:
            MissingExtra: anywidget is not installed.

        Example:
            >>> report.widget()  # doctest: +SKIP
        """
        from echospan.widgets import reach_data, widget

        return widget("reach", reach_data(self))

    def _print(self, console: Console) -> None:
        from echospan.report.terminal.check import check_report

        check_report(self, console)

    def _summary(self) -> str:
        codes = f": {', '.join(self.codes)}" if self.codes else ""
        return f"{'ok' if self.ok else 'not ok'}, {len(self.findings)} findings{codes}"

    def _card(self) -> Card:
        from echospan.report.check_tables import check_card

        return check_card(self, whole=False)

    def _page(self) -> Page:
        from echospan.report.check_tables import check_card
        from echospan.report.document import Page

        card = check_card(self, whole=True)
        return Page("Check", "echospan check", [card])

    def _tables(self) -> list[Table]:
        from echospan.report.check_tables import findings_table

        return [findings_table(self)]


@with_attributes
@dataclass(frozen=True, repr=False)
class ConformReport(Display, ConformData):
    """What `echospan.conform` returns: whether a model carries its state correctly, check by check.

    A notebook shows it as a table and a figure.

    Example:
        >>> import torch
        >>> report = echospan.conform(torch.nn.LSTM(4, 8, batch_first=True))
        >>> report.verdict
        'conforms'
        >>> report["chunks"].verdict
        'pass'
        >>> _ = report.save("lstm.html")
    """

    def figure(self) -> Figure:
        """Return difference, tolerance and power of each check, on a logarithmic axis.

        Raises:
            DataError: No check compared anything.
            MissingExtra: matplotlib is not installed.
        """
        from echospan.report.figures.conform import differences

        return differences(self.checks)

    def _print(self, console: Console) -> None:
        from echospan.report.terminal.conform import conform_report

        conform_report(self, console)

    def _summary(self) -> str:
        from echospan.foreign import one_line
        from echospan.report.conform_words import OVERALL

        faults = f": {', '.join(check.name for check in self.faults)}" if self.faults else ""
        told = f"{self.model}: {OVERALL[self.verdict]}{faults}, {len(self.checks)} checks"
        return one_line(told)

    def _card(self) -> Card:
        from echospan.report.conform_tables import conform_card

        return conform_card(self, whole=False)

    def _page(self) -> Page:
        from echospan.report.conform_tables import conform_page

        return conform_page(self)

    def _tables(self) -> list[Table]:
        from echospan.report.conform_tables import checks_table

        return [checks_table(self)]

    def _paper(self) -> list[Table]:
        from echospan.report.conform_tables import paper_table

        return [paper_table(self)]
