"""The contract can fail: each adapter here breaks one promise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from adapters.models import X, jax_leaky
from echospan.adapters import Support
from echospan.adapters.jax.adapter import JaxAdapter
from echospan.adapters.signals import Structure
from echospan.testing import check_adapter


class Restless(JaxAdapter):
    calls = 0

    def replay(self, batches, **settings):
        self.calls += 1
        return [[each + self.calls for each in out] for out in super().replay(batches, **settings)]


class Forgets(JaxAdapter):
    """A chunk restarts from zero."""

    def chunk(self, inputs, state, mask=None, positions=None):
        return super().chunk(inputs, self.initial_state(len(inputs[0])), mask, positions)


class Overwrites(JaxAdapter):
    def chunk(self, inputs, state, mask=None, positions=None):
        found = super().chunk(inputs, state, mask, positions)
        for leaf in state.leaves.values():
            leaf[:] = 0
        return found


class LosesRows(JaxAdapter):
    """Says that rows lie on no axis, so that selecting them selects nothing."""

    def chunk(self, inputs, state, mask=None, positions=None):
        outputs, after = super().chunk(inputs, state, mask, positions)
        return outputs, replace(after, batch_axes=dict.fromkeys(after.leaves))


class StopsAtBorders(JaxAdapter):
    def gradient(self, chunks, *given, detached=False, **settings):
        return super().gradient(chunks, *given, detached=True, **settings)


class CrossesBorders(JaxAdapter):
    def gradient(self, chunks, *given, detached=False, **settings):
        return super().gradient(chunks, *given, detached=False, **settings)


class WrongSlope(JaxAdapter):
    def gradient(self, chunks, *given, **settings):
        found = super().gradient(chunks, *given, **settings)
        return replace(found, inputs=[[2 * each for each in chunk] for chunk in found.inputs])


class KeepsTheDraw(JaxAdapter):
    def set_parameters(self, values):
        if not np.allclose(values["decay"], 0.5):
            super().set_parameters(values)


class OtherDraws(JaxAdapter):
    number = 0

    def redraw(self, seed):
        self.number += 1
        super().redraw(self.number)


class NoReason(JaxAdapter):
    def support(self, part):
        return Support("unknown") if part == "mask" else super().support(part)


class TakesAnyMask(JaxAdapter):
    def whole(self, inputs, mask=None, positions=None):
        return super().whole(inputs)


class ChangesInputs(JaxAdapter):
    def whole(self, inputs, mask=None, positions=None):
        found = super().whole(inputs, mask, positions)
        inputs[0][:] = 0
        return found


class DrawsAtRandom(JaxAdapter):
    number = 0

    def fresh(self, seed):
        def init(key):
            self.number += 1
            return {"decay": np.full((1, 1), 0.1 * self.number)}

        return init, self.model[1]


class TrainsUntold(JaxAdapter):
    """Refuses to be trained, and lets itself be trained."""

    def support(self, part):
        return Support("refused", "no reason") if part == "train" else super().support(part)

    def require(self, part):
        if part != "train":
            super().require(part)


class TrainsItself(JaxAdapter):
    def fresh(self, seed):
        self.set_parameters({"decay": np.ones((1, 1))})
        return super().fresh(seed)


def made(kind):
    return kind(jax_leaky(), [X], Structure())


def test_an_adapter_that_keeps_its_promises_passes():
    check_adapter(made(JaxAdapter), [X])


@pytest.mark.parametrize(
    ("kind", "broken"),
    [
        (Restless, "two calls with the same inputs differ"),
        (Forgets, "single steps and the whole sequence"),
        (Overwrites, "changes the state that it was given"),
        (LosesRows, "go on from another row"),
        (StopsAtBorders, "across a border"),
        (CrossesBorders, "a border that is detached"),
        (WrongSlope, "the gradient of the inputs"),
        (KeepsTheDraw, "not put back"),
        (OtherDraws, "the same seed gives other weights"),
        (NoReason, "unknown without a reason"),
        (TakesAnyMask, "using it does not raise"),
        (ChangesInputs, "the inputs were changed"),
        (DrawsAtRandom, "other weights to train"),
        (TrainsUntold, "train is refused, and using it does not raise"),
        (TrainsItself, "changes the adapter it started from"),
    ],
)
def test_a_broken_promise_is_named(kind, broken):
    with pytest.raises(AssertionError, match=broken):
        check_adapter(made(kind), [X])


def test_too_few_steps_to_tell():
    with pytest.raises(AssertionError, match="4 steps at least"):
        check_adapter(made(JaxAdapter), [X[:, :2]])
