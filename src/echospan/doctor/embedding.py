"""Numbers that an embedding is given and that are no indices of its table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from echospan.adapters.adapt import tables
from echospan.adapters.embedded import Table
from echospan.adapters.signals import Signal
from echospan.doctor.finding import find
from echospan.results.check_report import Finding

if TYPE_CHECKING:
    from echospan.doctor.examination import Examination

BATCH = 16
"""Samples that a torch module is called with, those with the extreme numbers among them."""

WHOLE = 1e-6
"""Distance from an integer up to which a number counts as whole."""

RUNS = 0.3
"""Share of the samples that must end, or begin, with zeros before zero counts as padding."""


def embedding_findings(examination: Examination) -> list[Finding]:
    """Look at what embeddings are given."""
    data = examination.data
    try:
        found = tables(
            examination.model,
            examination.facts,
            data,
            _telling_rows(data.sources),
            batch_first=examination.batch_first,
        )
    except Exception as error:
        examination.skip(f"what embeddings are given ({type(error).__name__})")
        return []
    findings: list[Finding] = []
    seen: set[tuple[str, int | None]] = set()
    for table in found:
        if (table.name, table.source) in seen:
            continue
        seen.add((table.name, table.source))
        source = next((s for s in data.sources if s.number == table.source), None)
        findings += _of_table(table, source, examination.facts.backend)
    return findings


def _telling_rows(sources: list[Signal]) -> np.ndarray:
    """A few samples, with the largest and smallest number of each input."""
    chosen: list[int] = []
    for source in sources:
        flat = source.values.reshape(len(source.values), -1)
        if flat.dtype.kind in "fiu" and flat.size:
            chosen += [int(flat.max(1).argmax()), int(flat.min(1).argmin())]
    chosen += range(min(BATCH, len(sources[0].values)))
    return np.array(list(dict.fromkeys(chosen)))[:BATCH]


def _of_table(table: Table, source: Signal | None, backend: str) -> list[Finding]:
    values = np.asarray(source.values if source is not None else table.given)
    if values.dtype.kind not in "fiu" or not values.size:
        return []
    broken = _broken(table, values, source)
    if broken is not None:
        return [broken]
    outside = _outside(table, values, source, backend)
    if outside is not None:
        return [outside]
    both = _padding_and_word(table, values, source)
    return [] if both is None else [both]


def _broken(table: Table, values: np.ndarray, source: Signal | None) -> Finding | None:
    if values.dtype.kind != "f":
        return None
    off = np.abs(values - np.round(values)) > WHOLE
    share = float(off.mean())
    if not share:
        return None
    distinct = len(np.unique(values[:2_000]))
    left = len(np.unique(np.trunc(values[:2_000])))
    place = "x" if source is None else source.place
    example = float(values[off][0])
    by = table.casts or "it needs integers"
    cut = (
        f"{by[0].upper()}{by[1:]} cuts them: {example:.4g} becomes {int(example)}, and of "
        f"{distinct:,} different numbers {left:,} {'is' if left == 1 else 'are'} left."
        if table.casts
        else "It takes integers alone and raises an error."
    )
    low, high = float(values.min()), float(values.max())
    beyond = (
        f" Some lie outside its table of {table.rows:,} rows."
        if high >= table.rows or low <= -1
        else ""
    )
    return find(
        "embedding-input",
        f"Embedding {table.name!r} is given numbers that are no indices: {share:.0%} of {place} "
        f"({low:.4g} to {high:.4g}) are no whole numbers. {cut}{beyond} Measured values need no "
        "embedding.",
        remedy=f"{place} = {place}[..., None]  # and the recurrent layer in place of the embedding",
        layer=table.name,
        rows=table.rows,
        share=share,
        distinct=distinct,
        left=left,
    )


def _outside(
    table: Table, values: np.ndarray, source: Signal | None, backend: str
) -> Finding | None:
    low, high = int(values.min()), int(values.max())
    above = float((values >= table.rows).mean())
    below = float((values < 0).mean())
    if not above + below:
        return None
    place = "x" if source is None else source.place
    wraps = backend == "jax" and low >= -table.rows and not above
    becomes = {
        "jax": "An index outside gives NaN",
        "tensorflow": "An index outside is an error on the CPU, and zeros on a GPU",
    }.get(backend, "An index outside is an error")
    if wraps:
        becomes = "A negative index reads the table from its end, as another symbol does"
    remedy = (
        f"{place} = {place} - {place}.min()  # and {high - low + 1} rows in the embedding"
        if low < 0
        else f"# give {table.name} {high + 1} rows"
    )
    return find(
        "embedding-input",
        f"Embedding {table.name!r} has {table.rows:,} rows, for the integers 0 to "
        f"{table.rows - 1:,}; {above + below:.1%} of {place} lie outside ({low:,} to {high:,}). "
        f"{becomes}.",
        severity="warning" if wraps else "error",
        remedy=remedy,
        layer=table.name,
        rows=table.rows,
        low=low,
        high=high,
        share=above + below,
    )


def _padding_and_word(table: Table, values: np.ndarray, source: Signal | None) -> Finding | None:
    """Zeros that fill up short samples, and stand between other symbols as well."""
    if values.ndim != 2 or values.shape[1] < 3 or len(values) < 8:
        return None
    zero = values == 0
    real = ~zero
    some = real.any(1)
    if some.mean() < 0.5:
        return None
    first, last = real.argmax(1), values.shape[1] - 1 - real[:, ::-1].argmax(1)
    steps = np.arange(values.shape[1])
    inner = zero & (steps > first[:, None]) & (steps < last[:, None]) & some[:, None]
    held = np.maximum((last - first + 1) * some, 1)
    rate = float(inner.sum() / held.sum())
    rows = float(inner.any(1).mean())
    at_end = float((values.shape[1] - 1 - last[some] >= 2).mean())
    at_start = float((first[some] >= 2).mean())
    filled = max(at_end, at_start)
    if table.padding is not None and table.padding != 0:
        return None
    declared = table.padding == 0
    # Zeros that come as often as others make runs by chance; what fills up does not.
    chance = max(rate, 1 / max(table.rows, 2)) ** 2
    fills = filled >= RUNS and filled > 5 * chance and rate < 0.2
    lengths = len(np.unique(held[some])) > 2
    if not (inner.any() and rows >= 0.1 and fills and lengths) or (
        declared and source is not None and source.integers and table.casts
    ):
        return None
    place = "x" if source is None else source.place
    where = "end" if at_end >= at_start else "beginning"
    effect = (
        "its vector is zero and is never trained"
        if declared
        else "the model cannot tell the two apart"
    )
    return find(
        "embedding-input",
        f"0 fills up short samples ({filled:.0%} have two or more at the {where}), and it stands "
        f"between other symbols in {rows:.0%} of the samples, where it seems to mean something: "
        f"{effect}.",
        severity="warning",
        exact=False,
        remedy=f"{place} = {place} + 1  # before it is filled up with 0; and one row more",
        layer=table.name,
        rows=table.rows,
        share=rows,
    )
