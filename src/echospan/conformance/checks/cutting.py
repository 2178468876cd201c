"""The same sequence, cut in different ways: prefix, steps, chunks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from echospan.adapters.stateful import StatefulModel
from echospan.conformance.case import Case, Comparison
from echospan.conformance.checks.base import (
    LONG,
    SCRIPT_CHUNKS,
    STEPS,
    Check,
    lost,
    ordinary,
    run_in_chunks,
)
from echospan.conformance.checks.causes import cause_of_a_cut


class Prefix(Check):
    """Whether a later input changes an earlier answer."""

    name = "prefix"
    title = "The answers to the first steps stay when more steps follow"

    def cases(self, model: StatefulModel) -> Iterator[Case]:
        """Sequences that end earlier; those that end inside an inner block, too."""
        if model.few_shapes:
            ends = [1, 4]
        else:
            ends = sorted({1, 2, 3, 4, 5, 9, 13, 19, *_around(model.blocks, STEPS)})
        for end in ends:
            yield Case(1, (end, STEPS - end))
        if not model.few_shapes:
            yield Case(2, (7, 13))
            yield Case(1, (64, LONG - 64))

    def compare(self, model: StatefulModel, case: Case) -> Comparison:
        """Against the same steps of the whole sequence."""
        x = ordinary(model, case.batch, case.steps)
        end = case.cuts[0]
        return Comparison(model.whole(x[:, :end]), model.whole(x)[:, :end])

    def smaller(self, case: Case) -> list[Case]:
        """Always of two parts: what is compared, and what follows."""
        return [each for each in super().smaller(case) if len(each.cuts) == 2]

    def cause(self, model: StatefulModel, case: Case, found: Comparison) -> str:
        """A layer that looks ahead, or another result for another length."""
        x, y = ordinary(model, case.batch, case.steps), None
        end = case.cuts[0]
        y = x.copy()
        y[:, end:] = model.inputs(case.batch, case.steps, 1)[:, end:]
        changed = Comparison(model.whole(y)[:, :end], model.whole(x)[:, :end]).difference
        if changed > 0.1 * found.difference:
            return (
                "The model looks ahead: other inputs after these steps change their answers by "
                f"{changed:.2g}. A model that reads in both directions can't go on from a state."
            )
        return (
            "The answers depend on the length, though not on what follows: other inputs after "
            f"these steps change them by {changed:.2g} only."
        )

    def script(self, case: Case) -> tuple[str, ...]:
        """Two calls without a state."""
        return (
            f"x = inputs({case.batch}, {case.steps}, 0)",
            f"found = whole(x[:, :{case.cuts[0]}])",
            f"expected = whole(x)[:, :{case.cuts[0]}]",
        )


class Cut(Check):
    """What steps and chunks have in common."""

    def compare(self, model: StatefulModel, case: Case) -> Comparison:
        """Against one call without a state."""
        x = ordinary(model, case.batch, case.steps)
        return Comparison(run_in_chunks(model, x, case.cuts)[0], model.whole(x))

    def power(self, model: StatefulModel, case: Case, expected: np.ndarray) -> float:
        """What a state would cost that is lost at the middle."""
        x = ordinary(model, 1)
        return lost(model, x, STEPS // 2, model.whole(x))

    def cause(self, model: StatefulModel, case: Case, found: Comparison) -> str:
        """By comparing with runs in which something is lost."""
        return cause_of_a_cut(model, case, found)

    def script(self, case: Case) -> tuple[str, ...]:
        """Chunk after chunk, and one call."""
        return (
            *SCRIPT_CHUNKS,
            "",
            f"x = inputs({case.batch}, {case.steps}, 0)",
            f"found = in_chunks(x, {list(case.cuts)})[0]",
            "expected = whole(x)",
        )


class Steps(Cut):
    """Step after step."""

    name = "steps"
    title = "One step at a time gives the answers of one call"

    def cases(self, model: StatefulModel) -> Iterator[Case]:
        """From the start, and after a first chunk of some lengths."""
        yield Case(1, (1,) * STEPS)
        yield Case(2, (1,) * STEPS)
        if model.few_shapes:
            yield Case(2, (4, *(1,) * 6))
            return
        for first in sorted({2, 3, 4, 8, 15, *_around(model.blocks, STEPS)}):
            yield Case(1, (first, *(1,) * min(6, STEPS - first)))
        yield Case(2, (8, *(1,) * 6))
        yield Case(1, (LONG - 6, *(1,) * 6))


class Chunks(Cut):
    """Chunk after chunk."""

    name = "chunks"
    title = "Chunks of any length give the answers of one call"

    def cases(self, model: StatefulModel) -> Iterator[Case]:
        """Also shorter than a convolution, around inner blocks, and longer than 64 steps."""
        if model.few_shapes:
            for cuts in [(4,), (1, 4), (4, 4), (4, 4, 4), (1, 1, 4, 4)]:
                yield Case(2, cuts)
            yield Case(1, (4, 4))
            return
        yield Case(1, (STEPS,))
        for cuts in [(1, 2), (2, 2), (3, 2), (4, 3), (1, 3), (2, 5), (3, 3, 3), (1, 1, 2)]:
            yield Case(1, cuts)
        for cuts in [(1, 19), (3, 17), (5, 5, 5, 5), (7, 6, 7), (12, 8), (16, 4), (17, 3), (18, 2)]:
            yield Case(2, cuts)
        for block in model.blocks:
            if block <= 64:
                yield Case(1, (block, block, block // 2 + 1))
                yield Case(1, (block // 2 + 1, block, 3))
        yield Case(1, (64, LONG - 64))
        yield Case(1, (LONG - 64, 64))


def _around(blocks: tuple[int, ...], most: int) -> set[int]:
    """Lengths at the borders of inner blocks."""
    return {
        length
        for block in blocks
        for length in (block - 1, block, block + 1, 2 * block)
        if 0 < length < most
    }
