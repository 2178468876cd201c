"""Sequences of different lengths in one batch: padding must not count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from echospan.adapters.stateful import StatefulModel
from echospan.conformance.case import Case, Comparison, largest
from echospan.conformance.checks.base import (
    SCRIPT_CHUNKS,
    Check,
    fewer_rows,
    run_in_chunks,
    smaller_cuts,
)
from echospan.conformance.checks.causes import same

Side = Literal["left", "right"]


@dataclass(frozen=True)
class Padded:
    """A batch with padding.

    Attributes:
        x: Inputs (batch, time, ...).
        mask: Booleans (batch, time), true at real steps.
        positions: Integers (batch, time); None where the model takes none.
        real: The real steps of each row, (1, steps, ...).
    """

    x: np.ndarray
    mask: np.ndarray
    positions: np.ndarray | None
    real: list[np.ndarray]

    def answers(self, outputs: np.ndarray) -> np.ndarray:
        """The outputs at real steps, row after row, (steps, ...)."""
        chosen: np.ndarray = outputs[self.mask]
        return chosen

    def alone(self, model: StatefulModel, cuts: tuple[int, ...]) -> np.ndarray:
        """The answers of each row without padding, cut at the same steps, (steps, ...)."""
        if len(cuts) == 1:
            return np.concatenate([model.whole(x)[0] for x in self.real])
        ends = np.cumsum(cuts)
        found = []
        for row, x in enumerate(self.real):
            parts = [
                int(self.mask[row, end - cut : end].sum())
                for cut, end in zip(cuts, ends, strict=True)
            ]
            # With positions where the padded batch has them: a model that counts them wrongly has
            # a fault of chunks, which is none of padding.
            given = None if self.positions is None else np.arange(x.shape[1])[None]
            cut = tuple(n for n in parts if n)
            found.append(run_in_chunks(model, x, cut, None, None, given)[0][0])
        return np.concatenate(found)


def pads_of(case: Case) -> list[int]:
    """Steps of padding of each row: none in the first of several, all in the last."""
    if case.batch == 1:
        return [case.pads]
    return [round(case.pads * row / (case.batch - 1)) for row in range(case.batch)]


def padded(model: StatefulModel, case: Case, side: Side, first: int, content: int = 0) -> Padded:
    """Draw a batch whose first chunk is padded.

    Args:
        model: Draws the inputs.
        case: Says how many steps of padding the last row has.
        side: Where in the first chunk the padding lies.
        first: Steps of the first chunk.
        content: What stands at padded steps: 0 for zeros, else inputs drawn for this seed.
    """
    x = model.inputs(case.batch, case.steps, 0).copy()
    mask = np.ones(x.shape[:2], bool)
    for row, pads in enumerate(pads_of(case)):
        where = slice(0, pads) if side == "left" else slice(first - pads, first)
        mask[row, where] = False
    fill = np.zeros_like(x) if content == 0 else model.inputs(case.batch, case.steps, content)
    real = [x[row : row + 1][:, mask[row]] for row in range(case.batch)]
    x[~mask] = fill[~mask]
    positions = None
    if model.support("positions").verdict == "supported":
        positions = np.maximum(np.cumsum(mask, 1) - 1, 0)
    return Padded(x, mask, positions, real)


class Padding(Check):
    """What the checks of padding have in common."""

    parts = ("mask",)
    isolated = True
    side: ClassVar[Side] = "left"

    def first(self, case: Case) -> int:
        """Steps of the padded part: all of the first chunk."""
        return case.cuts[0]

    def drawn(self, model: StatefulModel, case: Case, content: int = 0) -> Padded:
        """The batch of a case."""
        return padded(model, case, self.side, self.first(case), content)

    def found(self, model: StatefulModel, case: Case, given: Padded) -> np.ndarray:
        """Outputs (batch, time, ...) of the padded batch."""
        if len(case.cuts) == 1:
            return model.whole(given.x, given.mask, given.positions)
        return run_in_chunks(model, given.x, case.cuts, None, given.mask, given.positions)[0]

    def compare(self, model: StatefulModel, case: Case) -> Comparison:
        """The padded batch against each row without padding."""
        given = self.drawn(model, case)
        return Comparison(
            given.answers(self.found(model, case, given)), given.alone(model, case.cuts)
        )

    def power(self, model: StatefulModel, case: Case, expected: np.ndarray) -> float | None:
        """What it would cost to take padding for real steps."""
        given = self.drawn(model, case)
        return largest(given.answers(model.whole(given.x)), expected)

    def smaller(self, case: Case) -> list[Case]:
        """Fewer rows, less padding, shorter chunks."""
        fewer = [replace(case, pads=pads) for pads in (1, 2, case.pads // 2) if pads < case.pads]
        found = [*fewer_rows(case), *fewer, *smaller_cuts(case, least=min(2, len(case.cuts)))]
        return [one for one in found if one.pads > 0 and self.fits(one)]

    def fits(self, case: Case) -> bool:
        """Whether every row has a real step where it must have one."""
        return self.first(case) > case.pads

    def cause(self, model: StatefulModel, case: Case, found: Comparison) -> str:
        """A mask without an effect, or padding that gets into the state."""
        given = self.drawn(model, case)
        if len(case.cuts) == 1:
            unmasked = model.whole(given.x)
        else:
            unmasked = run_in_chunks(model, given.x, case.cuts)[0]
        if same(given.answers(unmasked), found.found, found):
            return "The mask has no effect: the answers equal those of a call without it."
        again = self.drawn(model, case, content=3)
        moved = largest(again.answers(self.found(model, case, again)), found.found)
        if moved > 0.01 * found.difference:
            return (
                f"Padding gets into the answers: other inputs at padded steps move them by "
                f"{moved:.2g}."
            )
        return (
            "What stands at padded steps does not matter, but that they are there does: they are "
            "counted as steps, as by a position or a decay."
        )

    def script(self, case: Case) -> tuple[str, ...]:
        """The padded batch, and each row alone."""
        lines = [
            f"x = inputs({case.batch}, {case.steps}, 0)",
            f"mask = np.ones(({case.batch}, {case.steps}), bool)",
            f"for row, pads in enumerate({pads_of(case)}):",
        ]
        first = self.first(case)
        where = ":pads" if self.side == "left" else f"{first} - pads : {first}"
        lines += [
            f"    mask[row, {where}] = False",
            "real = [x[row : row + 1][:, mask[row]] for row in range(len(x))]",
            "x[~mask] = 0",
            "positions = np.maximum(np.cumsum(mask, 1) - 1, 0)",
        ]
        if len(case.cuts) == 1:
            lines.append("y = whole(x, mask, positions)")
            expected = ["expected = np.concatenate([whole(x)[0] for x in real])"]
        else:
            lines = [*SCRIPT_CHUNKS, *lines]
            expected = [
                "expected = []",
                "for row, alone in enumerate(real):",
                f"    parts = np.split(mask[row], np.cumsum({list(case.cuts[:-1])}))",
                "    cuts = [part.sum() for part in parts if part.any()]",
                "    expected.append(in_chunks(alone, cuts)[0][0])",
                "expected = np.concatenate(expected)",
            ]
            lines += [
                "outputs, state, at = [], None, 0",
                f"for cut in {list(case.cuts)}:",
                "    part = slice(at, at + cut)",
                "    y, state = run(x[:, part], state, mask[:, : at + cut], positions[:, part])",
                "    outputs.append(y)",
                "    at += cut",
                "y = np.concatenate(outputs, 1)",
            ]
        return (
            *lines,
            "found = y[mask]",
            *expected,
        )


class PadLeft(Padding):
    """Padding before the sequences, in one call."""

    name = "pad_left"
    title = "Padding before shorter sequences does not change their answers"

    def cases(self, model: StatefulModel) -> Iterator[Case]:
        """A batch of sequences of different lengths."""
        yield Case(2, (8,) if model.few_shapes else (16,), pads=5)
        if not model.few_shapes:
            yield Case(3, (16,), pads=9)


class PadLeftSingle(PadLeft):
    """The same for one sequence alone, where some implementations skip the mask."""

    name = "pad_left_single"
    title = "Padding before a single sequence does not change its answers"

    def cases(self, model: StatefulModel) -> Iterator[Case]:
        """One row."""
        yield Case(1, (8,) if model.few_shapes else (16,), pads=5 if model.few_shapes else 7)


class PadRight(Padding):
    """Padding after the sequences, in one call."""

    name = "pad_right"
    title = "Padding after shorter sequences does not change their answers"
    side = "right"

    def cases(self, model: StatefulModel) -> Iterator[Case]:
        """A batch of sequences of different lengths, and one alone."""
        yield Case(2, (8,) if model.few_shapes else (16,), pads=5)
        if not model.few_shapes:
            yield Case(1, (16,), pads=7)

    def power(self, model: StatefulModel, case: Case, expected: np.ndarray) -> float | None:
        """Nothing that follows can change an answer of a model that does not look ahead."""
        return None


class PadContent(PadLeft):
    """Another content of padded steps."""

    name = "pad_content"
    title = "What stands at padded steps does not matter"

    def compare(self, model: StatefulModel, case: Case) -> Comparison:
        """Two contents against each other."""
        one, two = self.drawn(model, case), self.drawn(model, case, content=3)
        return Comparison(
            one.answers(self.found(model, case, one)), two.answers(self.found(model, case, two))
        )

    def power(self, model: StatefulModel, case: Case, expected: np.ndarray) -> float | None:
        """What the content would change if it counted."""
        one, two = self.drawn(model, case), self.drawn(model, case, content=3)
        return largest(one.answers(model.whole(one.x)), two.answers(model.whole(two.x)))

    def script(self, case: Case) -> tuple[str, ...]:
        """The same batch with two contents."""
        lines = super().script(case)[:-2]
        return (
            *lines,
            "expected = y[mask]",
            f"x[~mask] = inputs({case.batch}, {case.steps}, 3)[~mask]",
            "found = whole(x, mask, positions)[mask]",
        )


class PadChunks(Padding):
    """Padding before the sequences, then chunk after chunk: how text is generated from a batch."""

    name = "pad_chunks"
    title = "A padded batch goes on in chunks as each sequence does alone"

    def cases(self, model: StatefulModel) -> Iterator[Case]:
        """Steps after a padded prompt, and the prompt itself in chunks; a batch, and one row."""
        if model.few_shapes:
            yield Case(2, (8, 1, 1), pads=5)
            return
        yield Case(2, (12, 1, 1, 1), pads=5)
        yield Case(1, (12, 1, 1, 1), pads=5)
        yield Case(2, (9, 7), pads=5)
        yield Case(3, (10, 3, 1), pads=6)


class PadSteps(Padding):
    """Chunks that consist of padding alone for some row."""

    name = "pad_steps"
    title = "Padding can be fed in chunks of its own"

    def cases(self, model: StatefulModel) -> Iterator[Case]:
        """The first chunks hold nothing but padding for the last row."""
        yield Case(2, (1, 1, 1, 1, 1, 1) if model.few_shapes else (1, 1, 1, 5, 4), pads=3)
        if not model.few_shapes:
            yield Case(1, (4, 8), pads=4)

    def first(self, case: Case) -> int:
        """All chunks: padding lies before them."""
        return case.steps

    def fits(self, case: Case) -> bool:
        """The first chunk of the last row is padding."""
        return case.steps > case.pads >= case.cuts[0]


class PadRightMore(Padding):
    """Padding after the prompts, then more steps."""

    name = "pad_right_more"
    title = "A batch that is padded on the right goes on as each sequence does alone"
    side = "right"

    def cases(self, model: StatefulModel) -> Iterator[Case]:
        """Steps after a prompt that is padded on the right; a batch, and one row."""
        yield Case(2, (8, 1, 1) if model.few_shapes else (12, 1, 1, 1), pads=5)
        if not model.few_shapes:
            yield Case(1, (12, 1, 1, 1), pads=5)


PADDING: tuple[type[Padding], ...] = (
    PadLeft,
    PadLeftSingle,
    PadRight,
    PadContent,
    PadChunks,
    PadSteps,
    PadRightMore,
)
