"""Likely causes of a difference, told by runs in which something is lost on purpose."""

from __future__ import annotations

import numpy as np

from echospan.adapters.stateful import StatefulModel
from echospan.conformance.attempt import Refusal, attempt
from echospan.conformance.case import Case, Comparison, largest
from echospan.conformance.checks.base import run_in_chunks

LIKE = 1e-6
"""Two answers are the same if they differ by less than this share of the difference to explain."""

LONGEST_KERNEL = 16
"""Steps after a cut within which the inputs of a convolution count."""


def same(one: np.ndarray, other: np.ndarray, found: Comparison) -> bool:
    """Whether two answers are the same, measured by the difference that is to be explained."""
    difference = found.difference
    scale = difference if np.isfinite(difference) else 1.0
    return largest(one, other) <= LIKE * scale


def differing_rows(found: Comparison) -> list[int]:
    """Rows of the batch whose answers differ."""
    gaps = _gaps(found)
    return [int(row) for row in np.flatnonzero(gaps.max(1) > LIKE * gaps.max())]


def rows_mixed(found: Comparison) -> str:
    """A sentence where the answers are those of other rows; else empty."""
    rows = len(found.expected)
    if rows < 2 or found.found.shape != found.expected.shape:
        return ""
    places = []
    for row in range(rows):
        equal = [n for n in range(rows) if same(found.found[row], found.expected[n], found)]
        if len(equal) != 1:
            return ""
        places.append(equal[0])
    if places == list(range(rows)):
        return ""
    return f"Rows are mixed: the answers are those of rows {places}, in this order."


def cause_of_a_cut(model: StatefulModel, case: Case, found: Comparison) -> str:
    """Why chunks give other answers than one call, as far as it shows."""
    if found.found.shape != found.expected.shape:
        return f"The answers have shape {found.found.shape}, not {found.expected.shape}."
    if mixed := rows_mixed(found):
        return mixed
    gaps = _gaps(found)
    times = np.flatnonzero(gaps.max(0) > LIKE * gaps.max())
    first = int(times[0])
    starts = [start for start, _ in case.spans()]
    chunk = max(n for n, start in enumerate(starts) if start <= first)
    start, end = case.spans()[chunk]
    if chunk == 0:
        return (
            "The first chunk differs already, which starts from nothing: the call that returns a "
            "state computes something else than the one without."
        )
    rows = differing_rows(found)
    who = "" if len(rows) == case.batch else f" in rows {rows} of {case.batch} alone"
    x = model.inputs(case.batch, case.steps, 0)
    anew = model.whole(x[:, start:end])
    if same(found.found[rows, start:end], anew[rows], found):
        return (
            f"The state is lost at step {start}{who}: the chunk's answers equal those of a start "
            f"from nothing (difference {largest(found.found[rows, start:end], anew[rows]):.1g})."
        )
    if given_positions_are_right(model, case, found):
        return (
            f"Without position ids, positions begin anew at step {start}{who}: with position ids "
            "given, the answers are those of one call."
        )
    inside = times[(times >= start) & (times < end)]
    reach = int(inside[-1]) - start + 1
    rest = times[times >= end]
    if not rest.size and reach < end - start and reach <= LONGEST_KERNEL:
        return (
            f"Only the first {reach} answers after step {start} differ{who}, as where a "
            f"convolution of length {reach + 1} does not see the inputs before the cut."
        )
    if leaf := _leaf_that_differs(model, case, chunk):
        return f"The answers differ from step {first} on{who}. {leaf}"
    return f"The answers differ from step {first} on{who}; the chunk begins at step {start}."


def given_positions_are_right(model: StatefulModel, case: Case, found: Comparison) -> bool:
    """Whether chunks are right if they are told their positions."""
    if model.support("positions").verdict == "refused":
        return False
    x = model.inputs(case.batch, case.steps, 0)
    positions = np.tile(np.arange(case.steps), (case.batch, 1))
    tried = attempt(lambda: run_in_chunks(model, x, case.cuts, positions=positions)[0])
    return not isinstance(tried, Refusal) and same(tried, found.expected, found)


def _leaf_that_differs(model: StatefulModel, case: Case, chunk: int) -> str:
    """Which part of the state is another one after the chunks before, and after this one."""
    if model.support("leaves").verdict == "refused":
        return ""
    x = model.inputs(case.batch, case.steps, 0)
    end = case.spans()[chunk][1]
    state, at = None, 0
    for cut in case.cuts[: chunk + 1]:
        _, state = model.run(x[:, at : at + cut], state)
        at += cut
    cut_leaves = model.leaves(state)
    whole_leaves = model.leaves(model.run(x[:, :end], None)[1])
    worst: dict[str, float] = {}
    for name, leaf in cut_leaves.items():
        like = whole_leaves.get(name)
        if like is not None and like.shape == leaf.shape and leaf.dtype.kind == "f":
            spread = float(np.std(like)) or 1.0
            gap = largest(leaf, like) / spread
            if gap > LIKE:
                worst[name] = gap
    if not worst:
        return ""
    name = next(iter(worst))
    return (
        f"Of its state, {name!r} is another one after step {end} than in one call, by "
        f"{worst[name]:.2g} of its spread."
    )


def _gaps(found: Comparison) -> np.ndarray:
    """The largest difference of each row and step, (batch, time)."""
    with np.errstate(invalid="ignore"):
        gaps = np.abs(found.found.astype("float64") - found.expected.astype("float64"))
    gaps = np.where(np.isnan(gaps), np.inf, gaps)
    each: np.ndarray = gaps.reshape(*gaps.shape[:2], -1).max(2)
    return each
