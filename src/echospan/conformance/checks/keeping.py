"""A state that is kept: saved, used in turn with another, put back to the start, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from echospan.adapters.stateful import StatefulModel
from echospan.conformance.case import Case, Comparison, largest
from echospan.conformance.checks.base import (
    SCRIPT_CHUNKS,
    SCRIPT_EXPECTED,
    Check,
    after_first,
    lost,
    ordinary,
    other,
    run_in_chunks,
)
from echospan.conformance.checks.causes import same


class Kept(Check):
    """What these checks have in common: the same chunks, with and without an event."""

    isolated = True

    def cases(self, model: StatefulModel) -> Iterator[Case]:
        """After a chunk, and after some steps."""
        yield Case(1, (4, 1, 1) if model.few_shapes else (9, 1, 4))
        yield Case(2, (4, 1, 1) if model.few_shapes else (6, 1, 1, 1))

    def power(self, model: StatefulModel, case: Case, expected: np.ndarray) -> float | None:
        """What a state would cost that is lost."""
        x = ordinary(model, case.batch, case.steps)
        return lost(model, x, case.cuts[0], model.whole(x))

    def begin(self, model: StatefulModel, case: Case) -> tuple[np.ndarray, object, np.ndarray]:
        """Inputs, the state after the first chunk, and the answers after it that are expected."""
        x = ordinary(model, case.batch, case.steps)
        start = case.cuts[0]
        return x, model.run(x[:, :start], None)[1], after_first(model, x, case.cuts)

    def cause(self, model: StatefulModel, case: Case, found: Comparison) -> str:
        """The state is lost, or another."""
        x = ordinary(model, case.batch, case.steps)
        if same(model.whole(x[:, case.cuts[0] :]), found.found, found):
            return "The state is lost: the answers equal those of a start from nothing."
        return ""


class Save(Kept):
    """Whether a state that was saved is the same."""

    name = "save"
    title = "A state that was saved and restored goes on as if nothing had been"
    parts = ("save",)

    def compare(self, model: StatefulModel, case: Case) -> Comparison:
        """After every chunk the state is saved and restored."""
        x, state, expected = self.begin(model, case)
        outputs, at = [], case.cuts[0]
        for cut in case.cuts[1:]:
            state = model.save(state)
            y, state = model.run(x[:, at : at + cut], state)
            outputs.append(y)
            at += cut
        return Comparison(np.concatenate(outputs, 1), expected)

    def script(self, case: Case) -> tuple[str, ...]:
        """With `save` of the script."""
        start = case.cuts[0]
        return (
            *SCRIPT_CHUNKS,
            f"x = inputs({case.batch}, {case.steps}, 0)",
            f"_, state = run(x[:, :{start}], None)",
            f"found = in_chunks(x[:, {start}:], {list(case.cuts[1:])}, save(state))[0]",
            SCRIPT_EXPECTED.format(cuts=list(case.cuts), start=start),
        )


class Copied(Kept):
    """Whether two continuations of one state know nothing of each other."""

    name = "copy"
    title = "Two continuations of copies of one state know nothing of each other"
    parts = ("copy",)

    def compare(self, model: StatefulModel, case: Case) -> Comparison:
        """Another continuation of a copy runs first."""
        x, state, expected = self.begin(model, case)
        start = case.cuts[0]
        model.run(other(model, case.batch, case.steps)[:, start:], model.copy(state))
        return Comparison(run_in_chunks(model, x[:, start:], case.cuts[1:], state)[0], expected)

    def cause(self, model: StatefulModel, case: Case, found: Comparison) -> str:
        """What copies share."""
        return super().cause(model, case, found) or (
            "Going on from a copy changed the state itself: they share memory, or the state lies "
            "in the model."
        )

    def script(self, case: Case) -> tuple[str, ...]:
        """With a deep copy."""
        start = case.cuts[0]
        return (
            "import copy",
            *SCRIPT_CHUNKS,
            f"x, y = inputs({case.batch}, {case.steps}, 0), inputs({case.batch}, {case.steps}, 1)",
            f"_, state = run(x[:, :{start}], None)",
            f"run(y[:, {start}:], copy.deepcopy(state))",
            f"found = in_chunks(x[:, {start}:], {list(case.cuts[1:])}, state)[0]",
            SCRIPT_EXPECTED.format(cuts=list(case.cuts), start=start),
        )


class Interleave(Kept):
    """Whether two sequences can be run in turn, each with its own state."""

    name = "interleave"
    title = "Two sequences that run in turn, each with its own state, do not meet"

    def compare(self, model: StatefulModel, case: Case) -> Comparison:
        """A chunk of each in turn."""
        both = ordinary(model, case.batch, case.steps), other(model, case.batch, case.steps)
        states: list[object] = [None, None]
        outputs: list[list[np.ndarray]] = [[], []]
        for start, end in case.spans():
            for n, x in enumerate(both):
                y, states[n] = model.run(x[:, start:end], states[n])
                outputs[n].append(y)
        found = np.concatenate([np.concatenate(each, 1) for each in outputs])
        apart = [run_in_chunks(model, x, case.cuts)[0] for x in both]
        return Comparison(found, np.concatenate(apart))

    def cause(self, model: StatefulModel, case: Case, found: Comparison) -> str:
        """The state is in the model."""
        return (
            "Each sequence is right alone, and wrong in turn with the other: a part of the state "
            "lies in the model, not in what it returns."
        )

    def script(self, case: Case) -> tuple[str, ...]:
        """Two loops in one."""
        batch, steps = case.batch, case.steps
        return (
            *SCRIPT_CHUNKS,
            f"both = [inputs({batch}, {steps}, 0), inputs({batch}, {steps}, 1)]",
            "states, outputs, at = [None, None], [[], []], 0",
            f"for cut in {list(case.cuts)}:",
            "    for n, x in enumerate(both):",
            "        y, states[n] = run(x[:, at : at + cut], states[n])",
            "        outputs[n].append(y)",
            "    at += cut",
            "found = np.concatenate([np.concatenate(each, 1) for each in outputs])",
            f"expected = np.concatenate([in_chunks(x, {list(case.cuts)})[0] for x in both])",
        )


class Between(Kept):
    """Whether a call without a state leaves a state alone."""

    name = "between"
    title = "A call without a state in between changes nothing"

    def compare(self, model: StatefulModel, case: Case) -> Comparison:
        """Before each chunk another sequence is processed in one call."""
        x, state, expected = self.begin(model, case)
        outputs, at = [], case.cuts[0]
        for cut in case.cuts[1:]:
            model.whole(other(model, case.batch, case.steps))
            y, state = model.run(x[:, at : at + cut], state)
            outputs.append(y)
            at += cut
        return Comparison(np.concatenate(outputs, 1), expected)

    def cause(self, model: StatefulModel, case: Case, found: Comparison) -> str:
        """The state is in the model."""
        return super().cause(model, case, found) or (
            "A call without a state leaves something behind in the model that the next one reads."
        )

    def script(self, case: Case) -> tuple[str, ...]:
        """A call of `whole` before the rest."""
        start = case.cuts[0]
        return (
            *SCRIPT_CHUNKS,
            f"x = inputs({case.batch}, {case.steps}, 0)",
            SCRIPT_EXPECTED.format(cuts=list(case.cuts), start=start),
            f"_, state = run(x[:, :{start}], None)",
            f"whole(inputs({case.batch}, {case.steps}, 1))",
            f"found = in_chunks(x[:, {start}:], {list(case.cuts[1:])}, state)[0]",
        )


class Reset(Kept):
    """Whether the model's own reset gives the start."""

    name = "reset"
    title = "After a reset a sequence has the answers of a first one"
    parts = ("reset",)

    def cases(self, model: StatefulModel) -> Iterator[Case]:
        """The first cut belongs to the sequence before the reset."""
        cuts = [(4, 1, 4), (4, 4, 1)] if model.few_shapes else [(12, 2, 6), (12, 9, 1, 1), (3, 12)]
        for each in cuts:
            yield Case(1, each)
        yield Case(2, cuts[0])

    def compare(self, model: StatefulModel, case: Case) -> Comparison:
        """Another sequence after a reset, against the same in one call."""
        _, state = model.run(other(model, case.batch, case.cuts[0]), None)
        x = ordinary(model, case.batch, case.steps - case.cuts[0])
        found, _ = run_in_chunks(model, x, case.cuts[1:], model.reset(state))
        return Comparison(found, run_in_chunks(model, x, case.cuts[1:])[0])

    def power(self, model: StatefulModel, case: Case, expected: np.ndarray) -> float | None:
        """What it would cost to leave out the reset."""
        before = other(model, case.batch, case.cuts[0])
        x = ordinary(model, case.batch, case.steps - case.cuts[0])
        both = model.whole(np.concatenate([before, x], 1))
        return largest(both[:, case.cuts[0] :], expected)

    def cause(self, model: StatefulModel, case: Case, found: Comparison) -> str:
        """A reset without an effect."""
        before = other(model, case.batch, case.cuts[0])
        x = ordinary(model, case.batch, case.steps - case.cuts[0])
        both = model.whole(np.concatenate([before, x], 1))[:, case.cuts[0] :]
        if same(both, found.found, found):
            return "The reset has no effect: the answers equal those of going on."
        return "The reset leaves a part of the state, such as its length, as it was."

    def script(self, case: Case) -> tuple[str, ...]:
        """With `reset` of the script."""
        first, rest = case.cuts[0], case.steps - case.cuts[0]
        return (
            *SCRIPT_CHUNKS,
            f"_, state = run(inputs({case.batch}, {first}, 1), None)",
            "state = reset(state)",
            f"x = inputs({case.batch}, {rest}, 0)",
            f"found = in_chunks(x, {list(case.cuts[1:])}, state)[0]",
            f"expected = in_chunks(x, {list(case.cuts[1:])})[0]",
        )


class Crop(Kept):
    """Whether steps can be taken back."""

    name = "crop"
    title = "Steps that are taken back leave no trace, as in speculative decoding"
    parts = ("crop",)

    def cases(self, model: StatefulModel) -> Iterator[Case]:
        """Of the first chunk some steps are taken back."""
        yield Case(1, (10, 1, 1, 3), taken=3)
        yield Case(1, (10, 1, 1), taken=1)
        yield Case(2, (10, 2, 2), taken=3)

    def compare(self, model: StatefulModel, case: Case) -> Comparison:
        """Another continuation after steps were taken back."""
        x = ordinary(model, case.batch, case.cuts[0])
        more = other(model, case.batch, case.steps - case.cuts[0])
        _, state = model.run(x, None)
        found, _ = run_in_chunks(model, more, case.cuts[1:], model.crop(state, case.taken))
        kept = case.cuts[0] - case.taken
        anew = np.concatenate([x[:, :kept], more], 1)
        return Comparison(found, after_first(model, anew, (kept, *case.cuts[1:])))

    def power(self, model: StatefulModel, case: Case, expected: np.ndarray) -> float | None:
        """What it would cost to take nothing back."""
        x = ordinary(model, case.batch, case.cuts[0])
        more = other(model, case.batch, case.steps - case.cuts[0])
        whole = model.whole(np.concatenate([x, more], 1))[:, case.cuts[0] :]
        return largest(whole, expected)

    def smaller(self, case: Case) -> list[Case]:
        """Fewer steps taken back, and at least one kept."""
        fewer = [replace(case, taken=n) for n in range(1, case.taken)]
        return [*fewer, *(c for c in super().smaller(case) if c.cuts[0] > c.taken)]

    def cause(self, model: StatefulModel, case: Case, found: Comparison) -> str:
        """Nothing, or a part, was taken back."""
        x = ordinary(model, case.batch, case.cuts[0])
        more = other(model, case.batch, case.steps - case.cuts[0])
        whole = model.whole(np.concatenate([x, more], 1))[:, case.cuts[0] :]
        if same(whole, found.found, found):
            return "Nothing is taken back: the answers equal those of going on."
        return (
            "A part of the state still knows the steps that were taken back, as a recurrent state "
            "does that is not stored for each step."
        )

    def script(self, case: Case) -> tuple[str, ...]:
        """With `crop` of the script."""
        first, kept = case.cuts[0], case.cuts[0] - case.taken
        return (
            *SCRIPT_CHUNKS,
            f"x = inputs({case.batch}, {first}, 0)",
            f"more = inputs({case.batch}, {case.steps - first}, 1)",
            "_, state = run(x, None)",
            f"found = in_chunks(more, {list(case.cuts[1:])}, crop(state, {case.taken}))[0]",
            f"x = np.concatenate([x[:, :{kept}], more], 1)",
            SCRIPT_EXPECTED.format(cuts=[kept, *case.cuts[1:]], start=kept),
        )
