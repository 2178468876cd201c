from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from echospan.adapters.signals import Signal, as_many, named_arrays
from echospan.doctor.fit_call import FitCall
from echospan.doctor.needs import layout
from echospan.doctor.remedies import aligning, lengthening, localise_remedy, widening


def ports(variable: str, given: Any) -> list[Signal]:
    named = named_arrays(variable, given) or [("", variable, given)]
    return [
        Signal(name, place, value, number, fixed=isinstance(given, tuple))
        for number, (name, place, value) in enumerate(named)
    ]


def pasted(code: str, remedy: str, x: Any, y: Any) -> tuple[Any, Any]:
    """What x and y are after the remedy, written for the first input and output, was run."""
    sources, targets = ports("x", x), ports("y", y)
    names = {"x": copy.copy(x), "y": copy.copy(y), "np": np}
    exec(localise_remedy(code, remedy, (sources[0], targets[0]), sources, targets), names)
    return names["x"], names["y"]


FIRST, SECOND = np.arange(24.0).reshape(12, 2, 1), np.arange(12)[:, None] + 100
TARGETS = np.arange(12) + 1000


@pytest.mark.parametrize(
    "x",
    [[FIRST, SECOND], (FIRST, SECOND), {"0": FIRST, "1": SECOND}],
    ids=["list", "tuple", "dict"],
)
@pytest.mark.parametrize("y", [TARGETS, (TARGETS, -TARGETS)], ids=["one", "tuple"])
def test_an_order_is_given_to_all_inputs_and_outputs(x, y):
    order = np.arange(12).reshape(3, -1).T.ravel()
    after, wanted = pasted("state-row-mismatch", aligning(3), x, y)
    values = after.values() if isinstance(after, dict) else after
    for given, expected in zip(values, (FIRST, SECOND), strict=True):
        np.testing.assert_array_equal(given, expected[order])
    first, *rest = wanted if isinstance(y, tuple) else [wanted]
    np.testing.assert_array_equal(first, TARGETS[order])
    assert all((other == -TARGETS[order]).all() for other in rest)


def test_longer_windows_of_one_input_shorten_the_others():
    series = np.arange(14.0)
    x = np.lib.stride_tricks.sliding_window_view(series, 3)[:, :, None].copy()
    call = FitCall(x, x[:, 0, 0], 12, 4, False, "never", False, True, False, needs_lag=4)
    remedy = widening(call, layout(call), 4)
    after, y = pasted("lag-outside-window", remedy, {"a": x, "b": SECOND}, TARGETS)
    assert after["a"].shape == (10, 5, 1)
    np.testing.assert_array_equal(after["b"], SECOND[2:])
    np.testing.assert_array_equal(y, TARGETS[2:])
    np.testing.assert_array_equal(after["a"][:, -1], x[2:, -1])


def test_longer_pieces_are_made_of_all():
    x = np.arange(12.0)[:, None, None]
    call = FitCall(x, x[:, 0], 12, 4, False, "epoch", True, True, False, needs_lag=1)
    remedy = lengthening(call, layout(call), 1)
    after, y = pasted("gradient-cut", remedy, [x, x + 50], [x[:, 0], x[:, 0] + 70])
    assert after[0].shape == after[1].shape == (6, 2, 1)
    np.testing.assert_array_equal(after[1], after[0] + 50)
    np.testing.assert_array_equal(y[1], y[0] + 70)


def test_a_setting_and_a_line_for_the_model_stay_as_they_are():
    sources, targets = ports("x", [FIRST, SECOND]), ports("y", TARGETS)
    for code, line in (
        ("shuffled-state", "shuffle=False"),
        ("rows-mixed", "x = keras.ops.transpose(x, (1, 0, 2))  # not reshape"),
    ):
        assert localise_remedy(code, line, (sources[0], targets[0]), sources, targets) == line


def test_a_plain_array_has_no_parts_and_all_are_cut_to_as_many_samples():
    assert named_arrays("x", FIRST) is None
    assert named_arrays("x", FIRST.tolist()) is None
    sources, targets = as_many(ports("x", [FIRST, SECOND]), ports("y", TARGETS[:5]))
    assert [len(port.values) for port in [*sources, *targets]] == [5, 5, 5]
