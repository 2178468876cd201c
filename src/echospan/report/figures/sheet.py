"""Figures of memory spec sheets: one with all panels, and each panel alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from echospan.report.figures import sheet_lags, sheet_model, style
from echospan.results.sheet import SheetData

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HEIGHT = 3.3


def overview(sheet: SheetData) -> Figure:
    """Draw all panels of one sheet."""
    with style.styled():
        figure = style.canvas(9.0)
        grid = figure.subplots(3, 2)
        _title(figure, sheet)
        sheet_lags.by_lag(grid[0][0], [sheet])
        sheet_lags.bits_held(grid[0][1], sheet)
        sheet_model.decay(grid[1][0], sheet)
        sheet_model.lengths(grid[1][1], sheet)
        sheet_model.gradient(grid[2][0], sheet)
        sheet_model.curves(grid[2][1], sheet)
    return figure


def compared(sheets: Sequence[SheetData]) -> Figure:
    """Accuracy by lag of several models."""
    with style.styled():
        figure = style.canvas(4.2)
        axes = figure.subplots()
        sheet_lags.by_lag(axes, sheets)
        scored = sheet_lags.scored_as(sheets)
        axes.set_title(f"{scored} by {sheets[0].distance} on new sequences")
    return figure


def accuracy_by_lag(sheet: SheetData) -> Figure:
    """Accuracy by lag: median seed with interval, each seed as a dot, chance, threshold, field."""
    return _single(lambda axes: sheet_lags.by_lag(axes, [sheet]))


def bits_by_lag(sheet: SheetData) -> Figure:
    """Bits that answers prove to be held, beside what each lag asks for."""
    return _single(lambda axes: sheet_lags.bits_held(axes, sheet))


def decay(sheet: SheetData) -> Figure:
    """What probes find in the state about the input k steps before."""
    return _single(lambda axes: sheet_model.decay(axes, sheet))


def gradient_norms(sheet: SheetData) -> Figure:
    """Norm of the loss's gradient by distance."""
    return _single(lambda axes: sheet_model.gradient(axes, sheet))


def learning_curves(sheet: SheetData) -> Figure:
    """Loss by update, one line a seed."""
    return _single(lambda axes: sheet_model.curves(axes, sheet))


def length_generalisation(sheet: SheetData) -> Figure:
    """Accuracy on sequences longer than in training."""
    return _single(lambda axes: sheet_model.lengths(axes, sheet))


def _single(draw: Any) -> Figure:
    with style.styled():
        figure = style.canvas(HEIGHT)
        draw(figure.subplots())
    return figure


def _title(figure: Figure, sheet: SheetData) -> None:
    text = f"{style.shorten(sheet.model, 40)}: span {sheet.span}"
    figure.suptitle(text, x=0.02, ha="left", fontsize=style.TITLE + 2, fontweight="bold")
