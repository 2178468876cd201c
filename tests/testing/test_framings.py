"""The contract can fail: each framing here breaks one promise."""

from __future__ import annotations

import dataclasses
from typing import Literal

import numpy as np
import pytest

from echospan.framings import Samples, Window
from echospan.tasks import Echo
from echospan.testing import check_framing


class Mine(Window):
    kind: Literal["mine"] = "mine"


class Clairvoyant(Mine):
    """Shows the value of the next step before asking."""

    def samples(self, task):
        samples = super().samples(task)
        return Samples(np.minimum(samples.inputs + 1, task.steps - 1), samples.targets)


class Forgetful(Mine):
    """Loses the last batch of an epoch."""

    def plan(self, task, *, batch_size, sequences):
        plan = super().plan(task, batch_size=batch_size, sequences=sequences)
        return dataclasses.replace(plan, inputs=plan.inputs[:-1], targets=plan.targets[:-1])


class Twice(Mine):
    """Feeds the first sequence again in place of the second."""

    def order(self, samples, sequences):
        inputs, targets = super().order(samples, sequences)
        return inputs * [0, 1], targets * [0, 1]


class OffTheEnd(Mine):
    def samples(self, task):
        samples = super().samples(task)
        return Samples(samples.inputs, samples.targets + 1)


class Judged(Mine):
    def evaluation_plan(self, task, *, batch_size, carried):
        return self.plan(task, batch_size=None, sequences=2)


class EveryStep(Mine):
    @property
    def outputs(self):
        return "every"


class Accepts(Mine):
    """Takes a batch size that does not divide, quietly using another."""

    def plan(self, task, *, batch_size, sequences):
        divides = batch_size and 20 % batch_size == 0
        return super().plan(task, batch_size=batch_size if divides else None, sequences=sequences)


@pytest.mark.parametrize(
    ("framing", "match"),
    [
        (Clairvoyant, "comes after the step it is asked about"),
        (Forgetful, "an epoch of 3 sequences asks for 55 answers; its samples ask for 60"),
        (Twice, "each once"),
        (OffTheEnd, r"targets name steps 6 to 25, outside -1\.\.24"),
        (Judged, "an evaluation plan has 2 sequences"),
        (EveryStep, r"outputs 'every' asks for \(12, 5, 5\)"),
        (Accepts, "a batch of 61 rows is taken for 60 samples"),
    ],
)
def test_a_broken_promise_is_found(framing, match):
    with pytest.raises(AssertionError, match=match):
        check_framing(framing(), Echo(), batch_size=5, sequences=3)


def test_the_one_they_all_come_from_keeps_them():
    check_framing(Mine(), Echo(), batch_size=5, sequences=3)
