"""The files of the table: its rows, what each seed did, and which rows are missing by group."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from echospan.report.files import write_whole
from echospan.results.reference import ReferenceRow, read_csv, to_csv, to_frame
from echospan.results.sheet import SheetData
from studies.reference.cells import HERE, ROOT, Cell, cells

SHIPPED = ROOT / "src" / "echospan" / "reference" / "table.csv"
TABLES = (SHIPPED, HERE / "table.csv")
OUTCOMES = HERE / "outcomes.csv"
OF_SEED = ("fingerprint", "lag", "seed", "accuracy", "solved")
"""Columns of what each seed did; the interval of a span is computed from them."""

Outcomes = dict[str, list[Sequence[str]]]
"""Rows of `OF_SEED` by fingerprint."""


def read_rows() -> dict[str, ReferenceRow]:
    """All rows by fingerprint."""
    return {row.fingerprint: row for row in read_csv(SHIPPED.read_text("utf-8"))}


def read_outcomes() -> Outcomes:
    """What each seed did; nothing is known of rows that were measured before it was kept."""
    found: Outcomes = {}
    if OUTCOMES.exists():
        lines = csv.reader(io.StringIO(OUTCOMES.read_text("utf-8")))
        for line in list(lines)[1:]:
            found.setdefault(line[0], []).append(tuple(line))
    return found


def outcomes_of(sheet: SheetData, fingerprint: str) -> list[Sequence[str]]:
    """What each seed did at each lag."""
    return [
        (
            fingerprint,
            str(row.lag),
            str(seed.seed),
            "" if seed.accuracy is None else f"{seed.accuracy:.5f}",
            "" if seed.solved is None else str(seed.solved).lower(),
        )
        for row in sheet.per_lag
        for seed in row.seeds
    ]


def solved_of(outcomes: Iterable[Sequence[str]]) -> dict[int, list[bool | None]]:
    """Whether each seed solved a lag, by lag."""
    found: dict[int, list[bool | None]] = {}
    for _, lag, _, _, solved in outcomes:
        found.setdefault(int(lag), []).append({"": None}.get(solved, solved == "true"))
    return found


def add(row: ReferenceRow, outcomes: list[Sequence[str]]) -> None:
    """Put a row into all files; they are read anew before, another process may have written."""
    every = {**read_outcomes(), row.fingerprint: outcomes}
    rows = {**read_rows(), row.fingerprint: row}
    order = {key_of_cell(cell): place for place, cell in enumerate(cells())}
    listed = sorted(rows.values(), key=lambda one: order.get(key_of(one), len(order)))
    for file in TABLES:
        write_whole(file, to_csv(listed).encode(), "table")
    to_frame(listed).write_parquet(HERE / "table.parquet")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(OF_SEED)
    for one in listed:
        writer.writerows(every.get(one.fingerprint, []))
    write_whole(OUTCOMES, text.getvalue().encode(), "outcomes")


def key_of_cell(cell: Cell) -> tuple[Any, ...]:
    """What places a cell among the rows."""
    own = cell.settings
    return (cell.name, cell.source, own.get("task", "echo"), own.get("symbols"), own["params"])


def key_of(row: ReferenceRow) -> tuple[Any, ...]:
    """The same of a row; only echo has symbols that were asked for."""
    symbols = row.symbols if row.task == "echo" else None
    return (row.model, row.source, row.task, symbols, row.parameters_asked)


@dataclass(frozen=True)
class Group:
    """Cells that differ in the model alone.

    Attributes:
        task: Name of the task, with the number of symbols where it was asked for.
        parameters: Number that was asked for.
        others: Whether the models are of other packages.
        measured: Models that have a row.
        missing: Models that have none.
    """

    task: str
    parameters: int
    others: bool
    measured: tuple[str, ...]
    missing: tuple[str, ...]


def groups(rows: Iterable[ReferenceRow]) -> list[Group]:
    """How far each group of cells is measured, in the order of the cells."""
    known = {key_of(row) for row in rows}
    found: dict[tuple[str, int, bool], list[Cell]] = {}
    for cell in cells():
        found.setdefault(_group_of(cell), []).append(cell)
    made = []
    for (task, parameters, others), listed in found.items():
        done = [cell for cell in listed if key_of_cell(cell) in known]
        left = [cell for cell in listed if cell not in done]
        names = [tuple(cell.label for cell in part) for part in (done, left)]
        made.append(Group(task, parameters, others, *names))
    return made


def _group_of(cell: Cell) -> tuple[str, int, bool]:
    own: Mapping[str, Any] = cell.settings
    symbols = f", {own['symbols']} symbols" if "symbols" in own else ""
    return f"{own.get('task', 'echo')}{symbols}", own["params"], cell.source != "echospan"


def missing_table(rows: Iterable[ReferenceRow]) -> str:
    """A table in Markdown: one line a group, the models that are missing in the last column."""
    lines = ["| task | parameters | models | measured | missing |", "|---|---:|---|---|---|"]
    for one in groups(rows):
        every = len(one.measured) + len(one.missing)
        missing = ", ".join(one.missing) if one.measured else "all"
        lines.append(
            f"| {one.task} | {one.parameters:,} | "
            f"{'of other packages' if one.others else 'built-in'} | "
            f"{len(one.measured)} of {every} | {missing if one.missing else '–'} |"
        )
    return "\n".join([*lines, ""])


def hours_of(rows: Iterable[ReferenceRow]) -> float:
    """Hours that the rows took to measure, all together."""
    return sum(row.seconds for row in rows) / 3600


def in_order(listed: Iterable[Cell]) -> list[tuple[str, list[Cell]]]:
    """Cells by the text of their group, as `--missing` prints them."""

    def title(cell: Cell) -> str:
        task, parameters, others = _group_of(cell)
        return f"{task}, {parameters:,} parameters" + (", of other packages" if others else "")

    return [(text, list(part)) for text, part in groupby(listed, title)]
