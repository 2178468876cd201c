"""How far back do data need a model to look?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal

from echospan.arguments import (
    each,
    either,
    function,
    instance,
    one_of,
    readable,
    text,
    validated,
    whole,
)
from echospan.lookback.analyse import analyse
from echospan.lookback.files import UNITS, given_file, is_file
from echospan.lookback.folds import Splits
from echospan.lookback.gather import given_of, table_of
from echospan.lookback.series import Observed, observed
from echospan.lookback.table import Kind
from echospan.observer import Observer
from echospan.report.kept import STORE, check_store, keep
from echospan.report.memory_objects import NeedsReport
from echospan.store import Store

COLUMN = either("a column's name or number from 0", text, whole(0))
COLUMNS = "a list of columns' names or numbers from 0"
LOOKBACKS = each(whole(0, 10_000), "a list of whole numbers from 0 to 10,000",
                 most=200, empty="at least one lookback")  # fmt: skip


OF_NEEDS = {
    "series": readable,
    "target": COLUMN,
    "horizon": whole(1, 1_000_000),
    "columns": either(COLUMNS, each(COLUMN, COLUMNS, most=10_000)),
    "kind": one_of("numbers", "symbols"),
    "lookbacks": LOOKBACKS,
    "splits": one_of("blocks", "forward"),
    "time": readable,
    "by": readable,
    "unit": one_of(*UNITS),
    "seed": whole(0),
    "store": STORE,
    "observer": instance("an echospan.observer.Observer", "echospan.observer:Observer"),
    "stop": function,
}
"""What the arguments of `needs` may be."""


@validated(**OF_NEEDS)
def needs(
    series: Any,
    target: int | str = 0,
    horizon: int = 1,
    *,
    columns: Sequence[int | str] | None = None,
    kind: Kind | None = None,
    lookbacks: Sequence[int] | None = None,
    splits: Splits = "blocks",
    time: Any = None,
    by: Any = None,
    unit: Literal["char", "line", "word", "byte"] = "char",
    seed: int = 0,
    store: str | Path | Store | None = None,
    observer: Observer | None = None,
    stop: Callable[[], bool] | None = None,
) -> NeedsReport:
    """Measure how far back a series needs a model to look.

    Simple models predict held-out values from the last L values, for many L. The report says
    whether any past helps, how much is needed at least, and how much is needed as far as so many
    values can show. A lookback of L shows the values at t-h, ..., t-h-L+1 for the target at t and
    the horizon h, so a lag of n needs a lookback of n at horizon 1.

    Args:
        series: An array (time,) or (time, columns), a list of such arrays (several series), a
            frame or series of polars or pandas, or the path of a CSV or text file.
        target: The column that is predicted, by name or number.
        horizon: Steps between the newest visible value and the target.
        columns: Further columns that models see; left out, all others that hold numbers.
        kind: ``numbers`` or ``symbols``. Left out, text and integers of at most 32 different
            values are symbols, all else numbers.
        lookbacks: Which to try; left out, up to 64, as the length of the series allows.
        splits: ``blocks`` scores each fifth of the series once; ``forward`` trains on the past
            only.
        time: The time of each row, for order and gaps: a column's name or an array (time,).
        by: The series of each row, in a long table: a column's name or an array (time,).
        unit: What is a symbol in a text file: ``char``, ``line``, ``word`` or ``byte``.
        seed: Of sampling, bootstrap and permutation.
        store: Folder, or store, in which the report is kept, so that ``echospan runs`` shows it.
            Default: it is not kept.
        observer: Told of each lookback.
        stop: Asked between two lookbacks; what was found until then is kept.

    Returns:
        The loss by lookback with intervals, the statements, and which lags carry them.

    Raises:
        ConfigError: An argument is wrong.
        DataError: The values can't be analysed: too few, constant, mixed, not in order.
        MissingExtra: Numbers, without LightGBM: ``pip install 'echospan[needs]'``.

    Example:
        >>> import numpy as np
        >>> noise = np.random.default_rng(0).normal(size=600)
        >>> echospan.needs(np.cumsum(noise)).needs
        1
        >>> echospan.needs(noise).any_past_helps
        False
    """
    check_store(store)
    read, name = prepare(
        series, target=target, columns=columns, kind=kind, time=time, by=by, unit=unit, seed=seed
    )
    data = analyse(
        read,
        data=name,
        horizon=horizon,
        lookbacks=lookbacks,
        splits=splits,
        seed=seed,
        observer=observer or Observer(),
        stop=stop or (lambda: False),
    )
    report = NeedsReport(**{field.name: getattr(data, field.name) for field in fields(data)})
    if store is not None:
        settings = {
            "target": target, "horizon": horizon, "columns": columns, "kind": kind, "unit": unit,
            "lookbacks": lookbacks, "splits": splits, "time": time, "by": by, "seed": seed,
        }  # fmt: skip
        keep(report, "needs", store, subject=report.data, settings=settings)
    return report


def prepare(
    series: Any,
    *,
    target: int | str,
    columns: Sequence[int | str] | None,
    kind: Kind | None,
    time: Any,
    by: Any,
    unit: str,
    seed: int,
) -> tuple[Observed, str]:
    """The series that `needs` analyses, and what it is called; arguments as there."""
    given = (
        given_file(series, target=target, columns=columns, time=time, by=by, unit=unit, kind=kind)
        if is_file(series)
        else given_of(series)
    )
    table, decided = table_of(given, target=target, inputs=columns, kind=kind, time=time, by=by)
    return observed(table, decided, seed), given.name
