"""The tables of a spec sheet and of a comparison."""

from __future__ import annotations

from echospan.report.tables import Cell, Table
from echospan.report.values import count, duration, percent, percent_interval
from echospan.report.words import bits, edge, failed, rates_tried, span_known
from echospan.results.comparison import ComparisonData
from echospan.results.sheet import SheetData

OUTCOMES = {"solved": "hit", "failed": "miss"}

Fact = tuple[str, str, str]
"""Name, value and a detail below it."""


def facts(sheet: SheetData) -> list[Fact]:
    """The numbers that one looks for first."""
    field = sheet.receptive_field
    return [
        ("Span", span_known(sheet), edge(sheet)),
        ("Parameters", count(sheet.parameters), ""),
        ("State", count(sheet.state_size), f"{bits(sheet.bits_of_state)} bits"),
        ("Bits stored", bits(sheet.bits_held), f"symbol {bits(sheet.bits_per_symbol)}"),
        ("Receptive field", count(field), "no limit known" if field is None else "steps"),
        ("Time", duration(sheet.seconds), f"{count(sheet.updates)} updates"),
    ]


def lag_table(sheet: SheetData, *, short: bool = False) -> Table:
    """One row per lag: the median seed on new sequences.

    Args:
        sheet: Whose.
        short: Leave out what a card in a notebook has no room for.
    """
    rows: list[list[Cell | str]] = []
    for row in sheet.per_lag:
        won = sum(1 for seed in row.seeds if seed.solved)
        rate = row.learning_rate
        outcome = Cell(row.outcome, OUTCOMES.get(row.outcome, ""))
        rows.append(
            [
                count(row.lag),
                percent(row.accuracy),
                percent_interval(row.interval, "–"),
                *([] if short else [percent(row.streamed)]),
                f"{won} of {len(row.seeds)}",
                *([] if short else ["–" if row.bits is None else f"{row.bits:.2f}"]),
                *([] if short else ["–" if rate is None else f"{rate:g}"]),
                count(row.updates),
                outcome,
            ]
        )
    head = [sheet.distance, sheet.scored_as, "interval", "step by step", "seeds solved", "bits"]
    head += ["learning rate", "updates", "outcome"]
    if short:
        head = [name for name in head if name not in ("step by step", "bits", "learning rate")]
    caption = (
        f"{sheet.model}: median seed on new sequences by {sheet.distance}. "
        f"Chance is {percent(sheet.chance)}."
    )
    return Table(head, rows, caption, numeric=range(len(head) - 1))


def rates_table(sheet: SheetData) -> Table:
    """How the learning rate was chosen; without rows where no rates raced."""
    rows: list[list[Cell | str]] = [
        [count(row.lag), f"{row.learning_rate:g}", rates_tried(row)]
        for row in sheet.per_lag
        if row.learning_rate is not None and rates_tried(row)
    ]
    caption = "Chosen on validation sequences; other lags use the rate chosen before."
    return Table((sheet.distance, "chosen", "among"), rows, caption, numeric=(0, 1))


def distractors_table(sheet: SheetData) -> Table:
    """Scores among other symbols than in training; without rows where not measured."""
    rows: list[list[Cell | str]] = [
        [one.name, percent(one.accuracy), percent_interval(one.interval)]
        for one in sheet.distractors
    ]
    head = ("sequences", "accuracy", "interval")
    return Table(head, rows, "Other symbols in between", numeric=(1, 2))


def decay_table(sheet: SheetData) -> Table:
    """What probes find in the state by distance; without rows where not measured."""
    found = sheet.decay
    rows: list[list[Cell | str]] = []
    if found is not None:
        columns = zip(found.lags, found.accuracy, found.interval, strict=True)
        rows = [[count(k), percent(share), percent_interval(ends)] for k, share, ends in columns]
    head = ("distance", "accuracy", "interval")
    return Table(head, rows, "Recall from the state by distance", numeric=(0, 1, 2))


def lengths_table(sheet: SheetData) -> Table:
    """Scores on longer sequences than in training; without rows where not measured."""
    rows: list[list[Cell | str]] = [
        [one.name, percent(one.accuracy), percent_interval(one.interval)] for one in sheet.lengths
    ]
    head = ("length", "accuracy", "interval")
    return Table(head, rows, "Longer sequences than in training", numeric=(1, 2))


def capacity_table(sheet: SheetData) -> Table:
    """Bits that answers prove to be stored by lag; without rows where no lag was decided."""
    held = () if sheet.capacity is None else sheet.capacity.held
    rows: list[list[Cell | str]] = [
        [count(one.lag), f"{one.needed:.1f}", f"{one.bits:.1f}", _range(one.over_seeds)]
        for one in held
    ]
    head = (sheet.distance, "bits needed", "stored, at least", "over seeds")
    return Table(head, rows, "Bits stored, from the predictions", numeric=(0, 1, 2, 3))


def _range(ends: tuple[float, float]) -> str:
    return f"{ends[0]:.1f} to {ends[1]:.1f}"


def curves_table(sheet: SheetData) -> Table:
    """Where training ended, a row for each lag and seed; without rows where nothing was trained."""
    rows: list[list[Cell | str]] = []
    for row in sheet.per_lag:
        for curve in row.curves:
            if curve.updates:
                loss = curve.loss[-1]
                ended = "–" if loss is None else f"{loss:.3g}"
                rows.append([count(row.lag), count(curve.seed), count(curve.updates[-1]), ended])
    head = (sheet.distance, "seed", "updates", "last loss")
    return Table(head, rows, "Where training ended", numeric=(0, 1, 2, 3))


def gradient_table(sheet: SheetData) -> Table:
    """Norm of the loss's gradient by distance; without rows where none was taken."""
    names = {"start": "before training", "failed": "at the failed lag"}
    if "failed" not in sheet.reach:
        names = {"trained": "after training"}
    known = {
        label: sheet.reach[name].backward or ()
        for name, label in names.items()
        if name in sheet.reach
    }
    end = 2 * (sheet.first_failed or sheet.measured_at or 1) + 8
    far = min(end, max((len(norms) for norms in known.values()), default=0))
    rows: list[list[Cell | str]] = [
        [count(k), *(f"{norms[k]:.3g}" if k < len(norms) else "–" for norms in known.values())]
        for k in range(far)
    ]
    columns = tuple(range(len(known) + 1))
    return Table(("distance", *known), rows, "Gradient by distance", numeric=columns)


def checks_table(sheet: SheetData) -> Table:
    """Checks on the model itself."""
    marks = {None: Cell("–"), True: Cell("yes", "hit"), False: Cell("no", "miss")}
    rows: list[list[Cell | str]] = [
        [name.replace("_", " "), marks[check.passed], check.evidence]
        for name, check in sheet.checks.items()
    ]
    return Table(("check", "holds", "evidence"), rows, "Checks on the model itself")


def references_table(sheet: SheetData) -> Table:
    """Known answerers on the same sequences; without rows where there are none."""
    rows: list[list[Cell | str]] = [
        [name, count(one.lag), percent(one.accuracy), percent_interval(one.interval)]
        for name, listed in sheet.references.items()
        for one in listed
    ]
    caption = "The same sequences, answered by a model that solves the task and by guessing"
    return Table(("reference", "lag", "accuracy", "interval"), rows, caption, numeric=(1, 2, 3))


def models_table(comparison: ComparisonData) -> Table:
    """One row per model."""
    rows: list[list[Cell | str]] = [
        [
            sheet.model,
            count(sheet.parameters),
            span_known(sheet),
            failed(sheet),
            bits(sheet.bits_held),
            sheet.verdict_code,
        ]
        for sheet in comparison.sheets
    ]
    head = ("model", "parameters", "span", "first failed", "bits stored", "verdict")
    return Table(head, rows, "The models", numeric=(1, 2, 3, 4))


def accuracy_table(comparison: ComparisonData) -> Table:
    """Accuracy of the median seeds: one row per lag, one column per model."""
    by_model = [{row.lag: row for row in sheet.per_lag} for sheet in comparison.sheets]
    rows: list[list[Cell | str]] = []
    for lag in sorted({lag for own in by_model for lag in own}):
        cells: list[Cell | str] = [count(lag)]
        for own in by_model:
            row = own.get(lag)
            outcome = "" if row is None else row.outcome
            share = "–" if row is None else percent(row.accuracy)
            mark = "?" if outcome == "undecided" else ""
            cells.append(Cell(f"{share}{mark}", OUTCOMES.get(outcome, "")))
        rows.append(cells)
    word = comparison.sheets[0].distance if comparison.sheets else "lag"
    chance = percent(comparison.sheets[0].chance) if comparison.sheets else "–"
    caption = (
        f"Accuracy of the median seed by {word} (? means undecided within the budget). "
        f"Chance is {chance}."
    )
    head = (word, *comparison.models)
    return Table(head, rows, caption, numeric=range(len(head)))
