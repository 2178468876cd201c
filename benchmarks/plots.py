"""Figures of a benchmark, in the look of echospan's others."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from benchmarks.contenders import CONTENDERS, IN_JAX, ONE_BY_ONE, OURS
from benchmarks.jobs import JOBS, PRODUCTS, Axis
from benchmarks.result import Result, spread
from benchmarks.table import along, shared_keys
from echospan.report.figures.style import (
    BLUE,
    FAINT,
    GOLD,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    PURPLE,
    SMALL,
    TITLE,
    canvas,
    plain_axes,
    styled,
)
from echospan.report.files import write_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis as Scale
    from matplotlib.figure import Figure

SKY, CRIMSON = "#4fa8dc", "#b03a5b"
"""Two colours more than echospan's own figures need."""

LOOKS = {
    OURS: (BLUE, "o"),
    IN_JAX: (SKY, "d"),
    ONE_BY_ONE: (CRIMSON, "s"),
    "torch": (ORANGE, "s"),
    "torch-compile": (GOLD, "X"),
    "flax": (GREEN, "^"),
    "keras-jax": (PURPLE, "D"),
    "keras-tensorflow": (INK, "v"),
    "keras-torch": (MUTED, "P"),
    PRODUCTS: (FAINT, "h"),
}
"""Colour and marker of each contender, the same in all figures."""

WORK: dict[Axis, str] = {
    "length": "LSTM with 10,000 parameters, 10 symbols, batch 10, one core",
    "parameters": "LSTM, 100 time steps, 10 symbols, batch 10, one core",
    "batch": "LSTM with 10,000 parameters, 100 time steps, 10 symbols, one core",
    "symbols": "LSTM of 64 units after an embedding, 25 time steps, batch 16, one core",
    "seeds": "the tutorial's stream job: LSTM of 50 units, batch 32, all cores",
}
"""What is the same at all points of a figure."""

LABELS: dict[Axis, str] = {
    "length": "time steps",
    "parameters": "parameters",
    "batch": "samples in a batch",
    "symbols": "symbols (integer input, one score each at the output)",
    "seeds": "seeds trained together",
}


def write(folder: Path, results: Sequence[Result], machine: str = "") -> list[Path]:
    """Write the figures that these results have points for; the files written.

    Args:
        folder: Where to.
        results: What was measured.
        machine: The processor, as it stands below the titles.
    """
    paths = []
    for name, figure in figures(results, machine):
        drawn = io.BytesIO()
        with styled():
            figure.savefig(drawn, format="png", dpi=150, metadata={"Software": None})
        paths.append(write_whole(folder / f"{name}.png", drawn.getvalue(), "--write"))
    return paths


def figures(results: Sequence[Result], machine: str = "") -> Iterator[tuple[str, Figure]]:
    """Pairs of a name and a figure."""
    if any(_headline(result) for result in results):
        with styled():
            yield "ratios", ratio_figure(results, machine)
    for axis in get_args(Axis):
        points = along(axis, results)
        if len(points) > 1 and shared_keys(points):
            with styled():
                yield axis, growth_figure(axis, results, machine)


def ratio_figure(results: Sequence[Result], machine: str = "") -> Figure:
    """How many times longer the peers took, job by job, from minimum to maximum."""
    shown = [result for result in results if _headline(result)]
    rows = sum(len(_ratios(result)) for result in shown)
    figure = canvas(1.2 + 0.2 * rows + 0.28 * len(shown))
    axes = figure.add_subplot()
    plain_axes(axes, grid="x")
    axes.set_xscale("log")
    at, named = 0.0, set()
    ticks, labels = [], []
    for result in shown:
        first = at
        for key, values in _ratios(result).items():
            colour, marker = LOOKS[key]
            found = spread(values)
            assert found is not None
            label = CONTENDERS[key].name
            axes.plot([found.low, found.high], [at, at], color=colour, linewidth=2.2, alpha=0.5)
            axes.plot(
                [found.median],
                [at],
                marker=marker,
                color=colour,
                markersize=6,
                linestyle="none",
                label=label if label not in named else None,
            )
            named.add(label)
            for target in JOBS[result.job].targets:
                if (target.of, target.to) == (key, OURS):
                    axes.plot([target.factor] * 2, [at - 0.4, at + 0.4], color=INK, linewidth=1.6)
            at += 1
        ticks.append((first + at - 1) / 2)
        labels.append(textwrap.fill(JOBS[result.job].title, 26))
        at += 1.0
    axes.axvline(1, color=MUTED, linewidth=1.0, dashes=(4, 3))
    axes.set_yticks(ticks, labels)
    axes.set_ylim(at - 0.8, -0.8)
    _plain_numbers(axes.xaxis)
    axes.set_xlabel("times echospan's (log scale; mark: median, line: range, bar: target)")
    for text, aside, side in (("slower than echospan →", 4, "left"), ("← faster", -4, "right")):
        axes.annotate(
            text, (1, 1), xytext=(aside, 3), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha=side, va="bottom", fontsize=SMALL, color=INK,
        )  # fmt: skip
    _titled(figure, "Time for the same training, as a multiple of echospan's", machine)
    figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=SMALL)
    return figure


def growth_figure(axis: Axis, results: Sequence[Result], machine: str = "") -> Figure:
    """Milliseconds per update along one axis, a line for each contender."""
    points = along(axis, results)
    figure = canvas(3.3)
    axes = figure.add_subplot()
    plain_axes(axes)
    axes.set_xscale("log")
    axes.set_yscale("log")
    for key in shared_keys(points):
        colour, marker = LOOKS[key]
        xs, lows, middles, highs, name = [], [], [], [], key
        for value, result in points:
            measured = result.of(key)
            if measured is None:
                continue
            found = spread([1e3 * seconds / result.updates for seconds in measured.seconds])
            assert found is not None
            name = measured.name
            xs.append(value)
            lows.append(found.low)
            middles.append(found.median)
            highs.append(found.high)
        axes.plot(xs, middles, color=colour, marker=marker, markersize=5, linewidth=1.8, label=name)
        axes.fill_between(xs, lows, highs, color=colour, alpha=0.15, linewidth=0)
    values = [value for value, _ in points]
    axes.set_xticks(values, [f"{value:,}" for value in values])
    axes.minorticks_off()
    _plain_numbers(axes.yaxis)
    axes.set_xlabel(LABELS[axis])
    axes.set_ylabel("milliseconds, log scale")
    each = ", of all seeds" if axis == "seeds" else ""
    where = f"; {machine}" if machine else ""
    _titled(figure, f"Milliseconds per update{each}", f"{WORK[axis]}{where}")
    axes.legend(loc="upper left", frameon=False, fontsize=SMALL)
    _room_above(axes)
    return figure


def _titled(figure: Figure, title: str, below: str) -> None:
    """A title, and in small type what was run and where."""
    text = figure.suptitle(title, x=0.012, ha="left", fontsize=TITLE, weight="bold")
    if below:
        # One text in two sizes there is not; the second stands where the first one leaves room.
        text.set_text(f"{title}\n")
        figure.text(
            0.012, 1 - 27 / (72 * figure.get_figheight()), textwrap.fill(below, 125), ha="left",
            va="top", fontsize=SMALL - 0.5, color=MUTED,
        )  # fmt: skip


def _headline(result: Result) -> bool:
    """Whether it has a target or more than one peer; the others stand in the figures of growth."""
    job = JOBS[result.job]
    return bool(_ratios(result)) and (bool(job.targets) or len(job.peers) > 1)


def _ratios(result: Result) -> dict[str, list[float]]:
    found = {m.key: result.ratios(m.key, OURS) for m in result.measured if m.key in CONTENDERS}
    return {key: values for key, values in found.items() if values and key != OURS}


def _plain_numbers(axis: Scale) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = axis.get_view_interval()
    if high < 200 * low:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axis.set_minor_formatter(NullFormatter())


def _room_above(axes: Axes) -> None:
    """A taller logarithmic axis, so that the legend covers no line."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * (high / low) ** 0.35)
