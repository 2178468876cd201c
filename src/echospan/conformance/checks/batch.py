"""Rows of a batch: alone or together, and taken in another order as beam search does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from echospan.adapters.stateful import StatefulModel
from echospan.conformance.case import Case, Comparison, largest
from echospan.conformance.checks.base import (
    SCRIPT_CHUNKS,
    SCRIPT_EXPECTED,
    STEPS,
    Check,
    after_first,
    ordinary,
    run_in_chunks,
    smaller_cuts,
)
from echospan.conformance.checks.causes import rows_mixed, same


class Rows(Check):
    """Whether a row has the same answers alone and in a batch."""

    name = "rows"
    title = "A sequence has the same answers alone and in a batch"
    isolated = True

    def cases(self, model: StatefulModel) -> Iterator[Case]:
        """In one call, and with a state carried over a cut."""
        yield Case(2, (4,) if model.few_shapes else (STEPS,))
        yield Case(3, (4, 1, 1) if model.few_shapes else (12, 1, 1, 3, 3))

    def compare(self, model: StatefulModel, case: Case) -> Comparison:
        """Rows in a batch against each row in one call of its own."""
        x = ordinary(model, case.batch, case.steps)
        found = _answers(model, x, case.cuts)
        alone = [_answers(model, x[row : row + 1], case.cuts) for row in range(case.batch)]
        return Comparison(found, np.concatenate(alone))

    def power(self, model: StatefulModel, case: Case, expected: np.ndarray) -> float | None:
        """What it would cost to exchange two rows."""
        return largest(expected[:-1], expected[1:]) if len(expected) > 1 else None

    def smaller(self, case: Case) -> list[Case]:
        """At least two rows."""
        fewer = [replace(case, batch=batch) for batch in range(2, case.batch)]
        return [*fewer, *smaller_cuts(case, least=1)]

    def cause(self, model: StatefulModel, case: Case, found: Comparison) -> str:
        """Rows that are exchanged, or something that is shared over the batch."""
        if mixed := rows_mixed(found):
            return mixed
        x = ordinary(model, case.batch, case.steps)
        y = x.copy()
        y[-1] = model.inputs(case.batch, case.steps, 1)[-1]
        moved = largest(model.whole(y)[0], model.whole(x)[0])
        if moved > 0.01 * found.difference:
            return (
                f"Rows see each other: another input in the last row changes the answers of the "
                f"first by {moved:.2g}. Something is computed over the batch."
            )
        return "A row's answers differ, though another row's inputs do not change them in one call."

    def script(self, case: Case) -> tuple[str, ...]:
        """A batch, and its rows one after the other."""
        cuts = list(case.cuts)
        together = "whole(x)" if len(cuts) == 1 else f"in_chunks(x, {cuts})[0]"
        alone = (
            together.replace("x", "x[row : row + 1]", 1)
            if len(cuts) == 1
            else (f"in_chunks(x[row : row + 1], {cuts})[0]")
        )
        return (
            *(SCRIPT_CHUNKS if len(cuts) > 1 else ()),
            f"x = inputs({case.batch}, {case.steps}, 0)",
            f"found = {together}",
            f"expected = np.concatenate([{alone} for row in range({case.batch})])",
        )


def _answers(model: StatefulModel, x: np.ndarray, cuts: tuple[int, ...]) -> np.ndarray:
    return model.whole(x) if len(cuts) == 1 else run_in_chunks(model, x, cuts)[0]


class Reorder(Check):
    """Whether rows of the state can be chosen and repeated."""

    name = "reorder"
    title = "Rows of the state can be taken in another order, as in beam search"
    parts = ("rows",)
    isolated = True

    def cases(self, model: StatefulModel) -> Iterator[Case]:
        """Some rows are left out, others repeated; the batch grows and shrinks."""
        cuts = (4, 1, 1) if model.few_shapes else (12, 1, 1, 1)
        yield Case(3, cuts, index=(2, 0, 0))
        yield Case(2, cuts, index=(1, 0))
        if not model.few_shapes:
            yield Case(3, (9, 1, 4), index=(1, 2, 0))

    def compare(self, model: StatefulModel, case: Case) -> Comparison:
        """Against sequences that had this order from the beginning."""
        x = ordinary(model, case.batch, case.steps)
        start = case.cuts[0]
        _, state = model.run(x[:, :start], None)
        x = x[list(case.index)]
        state = model.rows(state, case.index)
        found, _ = run_in_chunks(model, x[:, start:], case.cuts[1:], state)
        return Comparison(found, after_first(model, x, case.cuts))

    def power(self, model: StatefulModel, case: Case, expected: np.ndarray) -> float | None:
        """What it would cost to leave the rows as they are."""
        x = ordinary(model, case.batch, case.steps)
        y = x.copy()
        start = case.cuts[0]
        y[:, start:] = x[list(case.index), start:]
        return largest(model.whole(y)[:, start:], expected)

    def smaller(self, case: Case) -> list[Case]:
        """Two rows that are exchanged; shorter chunks."""
        found = [replace(case, batch=2, index=(1, 0))] if case.batch > 2 else []
        return [*found, *smaller_cuts(case)]

    def cause(self, model: StatefulModel, case: Case, found: Comparison) -> str:
        """The state as it was, or a part of it."""
        x = ordinary(model, case.batch, case.steps)
        start = case.cuts[0]
        _, state = model.run(x[:, :start], None)
        unmoved, _ = run_in_chunks(model, x[list(case.index), start:], case.cuts[1:], state)
        if same(unmoved, found.found, found):
            return "The rows stay in their old order: the answers equal those without reordering."
        if largest(model.whole(x[list(case.index), start:]), found.found) <= 1e-6:
            return "The state is lost: the answers equal those of a start from nothing."
        return "A part of the state is not reordered, or in another way than the rest."

    def script(self, case: Case) -> tuple[str, ...]:
        """With `rows` of the script."""
        start, index = case.cuts[0], list(case.index)
        return (
            *SCRIPT_CHUNKS,
            f"x = inputs({case.batch}, {case.steps}, 0)",
            f"_, state = run(x[:, :{start}], None)",
            f"x = x[{index}]",
            f"state = rows(state, {index})",
            f"found = in_chunks(x[:, {start}:], {list(case.cuts[1:])}, state)[0]",
            SCRIPT_EXPECTED.format(cuts=list(case.cuts), start=start),
        )
