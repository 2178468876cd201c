from __future__ import annotations

import numpy as np
import pytest

from echospan.errors import ConfigError
from echospan.tasks import Recite


def test_the_first_values_are_asked_for():
    task = Recite(length=5, first=2)
    assert task.targets(np.array([[7, 3, 9, 1, 4], [0, 2, 2, 2, 2]])).tolist() == [[7, 3], [0, 2]]
    assert (task.steps, task.target_steps, task.reach) == (5, 2, None)


def test_all_of_them_may_be_asked_for_but_no_more():
    assert Recite(length=5, first=5).target_steps == 5
    with pytest.raises(ConfigError, match=r"task\.first must be at most task\.length \(5\); got 6"):
        Recite(length=5, first=6)
