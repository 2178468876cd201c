"""Which figures a run has: the one place that decides it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from echospan.errors import DataError
from echospan.report import figures, words
from echospan.report.check_tables import MAP, REACH, reach_in_words
from echospan.report.figures.comparison import Bar
from echospan.report.figures.lags import by_lag
from echospan.report.values import percent, plural, series, setting, symbols
from echospan.report.view import RunView
from echospan.results.run import RunData
from echospan.results.tolerant import number

if TYPE_CHECKING:
    from matplotlib.figure import Figure


SEQUENCE = "sequence"
COMPARED = "The variants compared"
ANSWERS = "Expected and predicted"
BASELINES = "Compared with baselines"
TRAINING = "Training"
INSIDE = "Inside the model"


class Panel(NamedTuple):
    """A figure of a run, not drawn yet.

    Attributes:
        name: Unique within the run; a file name without suffix.
        heading: What it belongs to; neighbours with the same heading stand below it together.
        caption: How to read it.
        alt: What it shows, for readers who do not see it.
        draw: Makes the figure; raises DataError where the stored values do not fit.
        fold: What there is to see, where that is soon said: the figure opens on demand.
    """

    name: str
    heading: str
    caption: str
    alt: str
    draw: Callable[[], Figure]
    fold: str = ""


def panels(view: RunView) -> list[Panel]:
    """The figures of a run in reading order: question and answer first, then how it came about."""
    result = view.result
    return [
        *_reach(view),
        *(_compared(view, result) if result is not None else []),
        *(_answers(view, result) if result is not None else []),
        *_training(view),
        *_hidden(view),
    ]


def main_panel(view: RunView) -> Panel | None:
    """The one figure that says most about a result; None where there is nothing to draw."""
    result = view.result
    if result is None:
        return None
    drawn = [*_compared(view, result), *_answers(view, result)]
    return drawn[0] if drawn else None


def _compared(view: RunView, result: RunData) -> list[Panel]:
    return [*_grid(view, result), *_variants(view, result)]


def _answers(view: RunView, result: RunData) -> list[Panel]:
    return [*_one_sequence(view, result), *_positions(view, result), *_baselines(view, result)]


def _reach(view: RunView) -> list[Panel]:
    check = view.check
    if check is None or not check.reach:
        return []
    return [
        Panel(
            "reach",
            REACH,
            MAP,
            f"Reach map: {reach_in_words(check)}.",
            lambda: figures.reach_map(check.reach, check.needs_lag.lag),
        )
    ]


def beside_baselines(view: RunView, result: RunData) -> list[Bar]:
    """The run and its baselines as rows of a comparison; empty where there is no baseline."""
    rows = [
        Bar(words.baseline(name), score.accuracy, score.interval, baseline=True)
        for name, score in result.baselines.items()
    ]
    return [Bar(view.recipe, result.accuracy, result.accuracy_interval), *rows] if rows else []


def _baselines(view: RunView, result: RunData) -> list[Panel]:
    rows = beside_baselines(view, result)
    if not rows:
        return []
    return [
        Panel(
            "baselines",
            BASELINES,
            "Diamonds are baselines: models that learn nothing.",
            f"Dot chart of accuracies: {_listed(rows)}.",
            lambda: figures.comparison(
                rows, view.chance, title=f"Accuracy on {words.judged_on(result)}"
            ),
        )
    ]


def chance_loss(view: RunView) -> float | None:
    """ln K, where the loss is a cross-entropy over K equally likely symbols; else None."""
    count = number(setting(view.config, "task.symbols"))
    if count is None or count < 2 or setting(view.config, "model.output") == "value":
        return None
    chance = view.chance
    # Some tasks ask for some of their symbols only, or for some that are certain.
    if chance is not None and not math.isclose(chance, 1 / count):
        return None
    return math.log(count)


def _one_sequence(view: RunView, result: RunData) -> list[Panel]:
    expected, predicted = symbols(result.expected), symbols(result.predicted)
    if not expected:
        return []
    pairs = list(zip(expected, predicted, strict=False))
    scored = sum(1 for wanted, _ in pairs if wanted)
    hits = sum(1 for wanted, given in pairs if wanted and wanted == given)
    return [
        Panel(
            SEQUENCE,
            ANSWERS,
            "One new sequence, not seen in training. Steps without a target are not scored.",
            f"Rows of input, expected and predicted symbols for one sequence: {hits} of "
            f"{plural(scored, 'scored step')} right. The same values are in the table below.",
            lambda: figures.expected_against_predicted(
                result.expected or (),
                result.predicted or (),
                result.inputs or (),
                view.lag,
            ),
        )
    ]


def _positions(view: RunView, result: RunData) -> list[Panel]:
    table = result.accuracy_by_position
    known = [] if table is None else [share for share in table.accuracy if share is not None]
    # A single place has no course to show; the headline says it already.
    if table is None or len(known) < 2:
        return []
    low, high = percent(min(known)), percent(max(known))
    flat = f"Accuracy by position: {low} at all {len(known)} steps" if low == high else ""
    return [
        Panel(
            "positions",
            ANSWERS,
            "Share of right predictions at each step over all sequences; bars are intervals.",
            f"Dot chart of accuracy at {len(known)} positions: from {low} to {high}.",
            lambda: figures.accuracy_by_position(
                table.position, table.accuracy, table.interval or None, view.chance
            ),
            flat,
        )
    ]


def _training(view: RunView) -> list[Panel]:
    history = view.history
    try:
        loss = [value for value in series(history, "loss") if math.isfinite(value)]
        accuracy = [value for value in series(history, "accuracy") if math.isfinite(value)]
    except DataError:
        loss, accuracy = [], []
    if not loss and not accuracy and not len(history):
        return []
    parts = []
    if loss:
        parts.append(f"loss goes from {loss[0]:.3g} to {loss[-1]:.3g}")
    if accuracy:
        parts.append(f"accuracy ends at {percent(accuracy[-1])}")
    epochs = max(len(loss), len(accuracy))
    return [
        Panel(
            "training",
            TRAINING,
            "The thin line is each epoch of training, the thick one a moving average.",
            f"Line charts over {plural(epochs, 'recorded epoch')}: {' and '.join(parts)}.",
            lambda: figures.training_curve(history, chance_loss(view), view.chance),
        )
    ]


def _hidden(view: RunView) -> list[Panel]:
    state = view.hidden.get("state")
    if state is None or "symbols" not in view.hidden:
        return []
    shape: tuple[int, ...] = tuple(getattr(state, "shape", ()))
    size = f"{shape[1]} units over {shape[0]} steps" if len(shape) == 2 else "the units over time"
    return [
        Panel(
            "hidden-state",
            INSIDE,
            "The state of the recurrent layer while it reads one sequence. Each row is a unit.",
            f"Heat map of {size}, red where the state is positive, blue where it is negative.",
            lambda: figures.hidden_state(view.hidden["symbols"], state),
        )
    ]


def _grid(view: RunView, result: RunData) -> list[Panel]:
    grid, variants = result.grid, result.variants
    if grid is None or not variants:
        return []
    return [
        Panel(
            "grid",
            COMPARED,
            "Two settings combined: accuracy, interval and number of seeds in each cell.",
            f"Grid of accuracies: {_listed(list(map(Bar.of, variants)))}.",
            lambda: figures.grid(grid, variants, view.chance),
        )
    ]


def _variants(view: RunView, result: RunData) -> list[Panel]:
    variants = result.variants
    if not variants:
        return []
    made = []
    rows = [Bar.of(variant) for variant in variants]
    curves = by_lag(variants)
    lagged = max((len({point.lag for point in points}) for points in curves.values()), default=0)
    if lagged > 1:
        made.append(
            Panel(
                "lags",
                COMPARED,
                "Accuracy and time by lag; bars are intervals over seeds.",
                f"Line charts by lag: {_listed(rows)}.",
                lambda: figures.lags(variants, view.chance),
            )
        )
    if result.grid is None and lagged < 2:
        made.append(
            Panel(
                "variants",
                COMPARED,
                "Dots are means over seeds, rings single seeds, bars intervals.",
                f"Dot chart of accuracies: {_listed(rows)}.",
                lambda: figures.comparison(rows, view.chance),
            )
        )
    return made


def _listed(rows: Sequence[Bar]) -> str:
    shown = [f"{one.label} {percent(one.accuracy)}" for one in rows[:12]]
    more = len(rows) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")
