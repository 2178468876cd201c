"""Windows over a sequence: one sample a step, missing before the beginning."""

from __future__ import annotations

import numpy as np

from echospan.adapters.keras.layouts import FullSequence, SlidingWindow
from echospan.tasks import MISSING

SEQUENCES = np.array([[1, 2, 3], [4, 5, 6]])


def test_each_step_becomes_a_window_with_the_newest_last() -> None:
    windows = SlidingWindow(2).inputs(SEQUENCES, np)
    assert windows.tolist() == [[MISSING, 1], [1, 2], [2, 3], [MISSING, 4], [4, 5], [5, 6]]
    assert SlidingWindow(2).targets(SEQUENCES, np).tolist() == [1, 2, 3, 4, 5, 6]
    scores = np.arange(12).reshape(6, 2)
    assert SlidingWindow(2).outputs(scores, 2, 3).tolist() == scores.reshape(2, 3, 2).tolist()


def test_a_full_sequence_stays_as_it_is() -> None:
    whole = FullSequence()
    assert whole.inputs(SEQUENCES, np) is SEQUENCES
    assert whole.targets(SEQUENCES, np) is SEQUENCES
    assert whole.outputs(SEQUENCES, 2, 3) is SEQUENCES
