"""Tasks on NumPy's arrays, also those of a NumPy that has no namespace of its own."""

from __future__ import annotations

import numpy as np
import pytest

from echospan import random
from echospan.framings import plan
from echospan.namespace import _Older, namespace
from echospan.tasks import (
    TASKS,
    NumpyDraw,
    adding,
    copy,
    cued_echo,
    lag,
    noise_free_lag,
    recall,
    selective_copy,
    temporal_order,
)

ROOMS = (
    random, plan, adding, copy, cued_echo, lag, noise_free_lag, recall, selective_copy,
    temporal_order,
)  # fmt: skip


@pytest.mark.parametrize("name", [name for name in TASKS if name != "series"])
def test_a_task_draws_the_same_with_an_older_numpy(name, monkeypatch):
    task = TASKS.find(name)()

    def drawn():
        values = task.draw(NumpyDraw(np.random.default_rng(0)), 8, task.arrays(), "train")
        return values, task.targets(values)

    now = drawn()
    for room in ROOMS:
        monkeypatch.setattr(room, "namespace", lambda values: _Older())
    for new, old in zip(now, drawn(), strict=True):
        np.testing.assert_array_equal(new, old)


def test_an_array_without_a_namespace_is_an_older_numpys():
    assert namespace(np.ones(1)) is np
    assert isinstance(namespace(object()), _Older)
    assert namespace(object()).isdtype(np.dtype("float32"), "real floating")
    assert not namespace(object()).isdtype(np.dtype("int32"), "real floating")
