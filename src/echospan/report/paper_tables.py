"""The tables of results as they stand in a paper: scores with intervals, and how they were got."""

from __future__ import annotations

from collections.abc import Sequence

from echospan.report.sheet_tables import OUTCOMES
from echospan.report.tables import Cell, Table
from echospan.report.values import count, percent, percent_interval, plural
from echospan.report.words import failed, measured, protocol, span_known
from echospan.results.comparison import ComparisonData
from echospan.results.lag_row import LagRow
from echospan.results.run import RunData
from echospan.results.sheet import SheetData


def run_table(result: RunData) -> Table:
    """The run, its baselines and its variants, a row each."""
    rows: list[list[Cell | str]] = [
        [
            result.recipe or "run",
            percent(result.accuracy),
            percent_interval(result.accuracy_interval, "–"),
            "1",
            count(result.parameters),
        ]
    ]
    rows += [
        [
            one.title,
            percent(one.accuracy),
            percent_interval(one.interval, "–"),
            count(one.seed_count),
            count(one.parameters),
        ]
        for one in result.variants
    ]
    rows += [
        [name, percent(score.accuracy), percent_interval(score.interval, "–"), "–", "–"]
        for name, score in result.baselines.items()
    ]
    trained = "" if result.epochs is None else f", {plural(int(result.epochs), 'epoch')}"
    seed = "" if result.seed is None else f", seed {result.seed}"
    caption = (
        f"Accuracy on {measured(result)} ({result.recipe or 'run'}{trained}{seed}) with "
        f"{percent(result.confidence or 0.95)} confidence intervals: over scored steps for one "
        f"seed, over seeds for several. Chance is {percent(result.chance)}."
    )
    head = ("model", "accuracy", "interval", "seeds", "parameters")
    return Table(head, rows, caption, numeric=(1, 2, 3, 4), label=f"run-{result.recipe or 'run'}")


def sheet_table(sheet: SheetData) -> Table:
    """A row a lag: median seed with interval, mean over seeds, seeds solved, updates, outcome."""
    rows: list[list[Cell | str]] = [
        [
            count(row.lag),
            percent(row.accuracy),
            percent_interval(row.interval, "–"),
            percent(row.mean),
            f"{sum(1 for seed in row.seeds if seed.solved)} of {len(row.seeds)}",
            count(row.updates),
            Cell(row.outcome, OUTCOMES.get(row.outcome, "")),
        ]
        for row in sheet.per_lag
    ]
    head = (
        sheet.distance, sheet.scored_as, "interval", "mean", "seeds solved", "updates", "outcome",
    )  # fmt: skip
    size = f"{plural(sheet.parameters, 'trainable parameter')}"
    caption = (
        f"Memory of {sheet.model} ({sheet.framework}, {size}): span {span_known(sheet)}, first "
        f"failed {sheet.distance} {failed(sheet)}. {_scored([sheet])} {_rules(sheet)}"
    )
    return Table(head, rows, caption, numeric=range(len(head) - 1), label=f"span-{sheet.model}")


def comparison_tables(comparison: ComparisonData) -> list[Table]:
    """The models, a row each; and their accuracies with intervals, a row a lag."""
    sheets = comparison.sheets
    if not sheets:
        return []
    word = sheets[0].distance
    models: list[list[Cell | str]] = [
        [
            sheet.model,
            sheet.framework,
            count(sheet.parameters),
            span_known(sheet),
            failed(sheet),
            sheet.verdict_code,
        ]
        for sheet in sheets
    ]
    head = ("model", "framework", "parameters", "span", f"first failed {word}", "verdict")
    first = Table(
        head,
        models,
        f"Memory of {len(sheets)} models. {_rules(sheets[0])}",
        numeric=(2, 3, 4),
        label="compare-models",
    )
    own = [{row.lag: row for row in sheet.per_lag} for sheet in sheets]
    rows: list[list[Cell | str]] = [
        [count(lag), *(_share(by_lag.get(lag)) for by_lag in own)]
        for lag in sorted({lag for by_lag in own for lag in by_lag})
    ]
    second = Table(
        (word, *comparison.models),
        rows,
        f"Accuracy by {word}. {_scored(sheets)} An asterisk marks what is undecided.",
        numeric=range(len(sheets) + 1),
        label="compare-accuracy",
    )
    return [first, second]


def _share(row: LagRow | None) -> str:
    if row is None or row.accuracy is None:
        return "–"
    star = "*" if row.outcome == "undecided" else ""
    ends = percent_interval(row.interval).removesuffix(" %").replace(" to ", ", ")
    return f"{percent(row.accuracy)}{star}" + (f" [{ends}]" if ends else "")


def _scored(sheets: Sequence[SheetData]) -> str:
    """What the scores are of, and what they are compared with."""
    sheet = sheets[0]
    task = f"the {sheet.task} task" + (f" with {sheet.symbols} symbols" if sheet.symbols else "")
    what = "R2" if sheet.scored_as == "R2" else "Accuracy"
    return (
        f"{what} of the median of {plural(sheet.seeds, 'seed')} on new sequences of {task}, with "
        f"its {percent(sheet.confidence)} confidence interval. Chance is {percent(sheet.chance)}; "
        f"a {sheet.distance} is solved if the interval is above {percent(sheet.threshold)}."
    )


def _rules(sheet: SheetData) -> str:
    """By which rules and at what cost it was measured."""
    if sheet.protocol is None:
        return f"Budget: {sheet.budget} per model."
    known = f"version {sheet.protocol.version}, fingerprint {sheet.protocol.fingerprint}"
    return f"Protocol: {protocol(sheet)} ({known})."
