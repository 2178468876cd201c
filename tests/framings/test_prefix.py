from __future__ import annotations

import numpy as np
import pytest

from echospan.errors import ConfigError
from echospan.framings import Prefix
from echospan.tasks import Echo, Recite


def test_the_sequence_so_far_padded_in_front():
    samples = Prefix().samples(Echo(length=4))
    assert samples.inputs.tolist() == [[-1, -1, -1, 0], [-1, -1, 0, 1], [-1, 0, 1, 2], [0, 1, 2, 3]]
    assert samples.targets.tolist() == [[0], [1], [2], [3]]


def test_values_by_hand():
    task = Echo(length=4, lag=2)
    plan = Prefix().plan(task, batch_size=2, sequences=2)
    heard = np.array([[7, 3, 9, 1], [0, 2, 5, 8]])
    x, y = plan.gather(heard, plan.inputs), plan.gather(task.targets(heard), plan.targets)
    assert x.tolist() == [
        [[-1, -1, -1, 7], [-1, -1, 7, 3]],
        [[-1, 7, 3, 9], [7, 3, 9, 1]],
        [[-1, -1, -1, 0], [-1, -1, 0, 2]],
        [[-1, 0, 2, 5], [0, 2, 5, 8]],
    ]
    assert y[..., 0].tolist() == [[-1, -1], [7, 3], [-1, -1], [0, 2]]


def test_one_answer_for_each_step_is_needed():
    with pytest.raises(ConfigError, match=r"framing\.kind must be 'whole' for a recite task"):
        Prefix().plan(Recite(), batch_size=None, sequences=1)
