"""What is said of the likely cause of a fault."""

import numpy as np

from echospan.adapters.stateful import StatefulModel
from echospan.adapters.support import Support
from echospan.conformance.case import Case, Comparison
from echospan.conformance.checks.base import run_in_chunks
from echospan.conformance.checks.causes import cause_of_a_cut


class Positioned(StatefulModel):
    """A running sum of inputs times their positions, which begin at 0 if they are not given."""

    text = "Positioned"

    def __init__(self, takes=True):
        self.promises, self.versions = {}, {}
        self.takes = takes

    def support(self, part):
        if part == "positions" and self.takes:
            return Support("supported", "")
        return super().support(part)

    def inputs(self, batch, time, seed):
        return np.random.default_rng(seed).normal(size=(batch, time, 1))

    def whole(self, x, mask=None, positions=None):
        return self.run(x, None, mask, positions)[0]

    def run(self, x, state, mask=None, positions=None):
        if positions is None:
            positions = np.arange(x.shape[1])[None]
        y = np.cumsum(x * (1 + positions[..., None]), 1) + (0 if state is None else state)
        return y, y[:, -1:]


def said(model):
    case = Case(1, (2, 3))
    x = model.inputs(1, case.steps, 0)
    found = Comparison(run_in_chunks(model, x, case.cuts)[0], model.whole(x))
    return cause_of_a_cut(model, case, found)


def test_positions_that_begin_anew_are_named():
    assert said(Positioned()) == (
        "Without position ids, positions begin anew at step 2: with position ids given, the "
        "answers are those of one call."
    )


def test_without_position_ids_they_are_not():
    assert said(Positioned(takes=False)) == (
        "The answers differ from step 2 on; the chunk begins at step 2."
    )
