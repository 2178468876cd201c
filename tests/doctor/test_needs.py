from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echospan.doctor.data import data_findings
from echospan.doctor.fit_call import FitCall
from echospan.doctor.needs import layout
from echospan.doctor.order import order_findings
from echospan.doctor.remedies import aligning
from echospan.doctor.rows import rows


def call(x, y, **more):
    base = {
        "x": x,
        "y": y,
        "samples": len(x),
        "batch_size": 4,
        "shuffle": False,
        "reset_state": "epoch",
        "stateful": True,
        "recurrent": True,
        "every": False,
    }
    return FitCall(**{**base, **more})


def per_step(lag, samples=48, number=20):
    values = np.random.default_rng(0).integers(0, number, samples + lag)
    return np.eye(number)[values[lag:], None], values[:samples]


def findings(question):
    found = layout(question)
    return found, order_findings(question, found, rows(question, found))


@given(lag=st.integers(0, 6), batch=st.sampled_from([2, 3, 4, 6]))
@settings(deadline=None, max_examples=30)
def test_a_row_inherits_multiples_of_the_batch_size_and_nothing_else(lag, batch):
    question = call(*per_step(lag), batch_size=batch)
    found, told = findings(question)
    assert (found.needs.lag, found.needs.how) in {(lag, "copy"), (lag // batch, "copy")}
    reaches = lag % batch == 0
    assert ("state-row-mismatch" in [f.code for f in told]) == (not reaches)


@pytest.mark.parametrize("batch", [2, 4, 6])
def test_the_remedy_for_the_rows_is_true(batch):
    x, y = per_step(1)
    question = call(x, y, batch_size=batch)
    _, told = findings(question)
    assert told[0].code == "state-row-mismatch"
    assert told[0].severity == "error"
    names = {"x": x, "y": y, "np": np}
    exec(told[0].remedy, names)
    assert told[0].remedy == aligning(batch)
    found, told = findings(replace(question, x=names["x"], y=names["y"]))
    assert found.timeline.kind == "aligned"
    assert [f.code for f in told] == ["gradient-cut"]


def test_the_remedy_for_the_window_is_true():
    series = np.random.default_rng(0).normal(size=80)
    x = np.lib.stride_tricks.sliding_window_view(series, 3)[5:, :, None]
    question = call(x, series[2:-5, None], stateful=False)
    found, told = findings(question)
    assert (found.needs.lag, found.timeline.kind) == (5, "windows")
    assert [f.code for f in told] == ["lag-outside-window"]
    names = {"x": question.x, "y": question.y, "np": np}
    exec(told[0].remedy, names)
    longer = replace(question, x=names["x"], y=names["y"], samples=len(names["x"]))
    found, told = findings(longer)
    assert longer.x.shape[1:] == (6, 1)
    assert len(longer.x) == len(longer.y)
    assert told == []
    assert [f.code for f in data_findings(longer, found)] == ["target-in-input"]


@pytest.mark.parametrize(("declared", "lag"), [(1, 2), (3, 1)])
def test_the_remedy_for_the_offset_is_true(declared, lag):
    values = np.random.default_rng(0).normal(size=90)
    windows = np.lib.stride_tricks.sliding_window_view(values, 5)
    question = call(windows[:, :, None], windows[:, 4 - lag], needs_lag=declared, stateful=False)
    told = data_findings(question, layout(question))
    assert told[0].code == "target-offset"
    names = {"x": question.x, "y": question.y}
    exec(told[0].remedy, names)
    mended = replace(question, x=names["x"], y=names["y"], samples=len(names["x"]))
    assert "target-offset" not in [f.code for f in data_findings(mended, layout(mended))]


def test_the_remedy_for_scrambled_windows_is_true():
    series = np.random.default_rng(0).normal(size=64)
    lagged = np.array([series[k : k + 60] for k in range(4)])
    question = call(lagged.reshape(60, 4, 1), series[4:], stateful=False)
    told = data_findings(question, layout(question))
    assert [f.code for f in told] == ["windows-scrambled"]
    names = {"x": question.x}
    exec(told[0].remedy, names)
    mended = replace(question, x=names["x"])
    assert (mended.x[:, :, 0] == lagged.T).all()
    assert data_findings(mended, layout(mended)) == []


@given(scale=st.sampled_from([1e-3, 1e3, -7.0]), lag=st.integers(0, 4))
@settings(deadline=None, max_examples=10)
def test_scale_changes_no_verdict(scale, lag):
    series = np.random.default_rng(1).normal(size=80)
    x = np.lib.stride_tricks.sliding_window_view(series, 5)[:, :, None]
    y = x[:, 4 - lag]
    plain, scaled = (
        layout(call(f * x, (f * y).astype("float32"), stateful=False)) for f in (1.0, scale)
    )
    assert plain.needs.lag == scaled.needs.lag == lag
    assert plain.timeline.kind == scaled.timeline.kind == "windows"


def test_streams_that_carry_are_told_from_samples_in_order():
    values = np.random.default_rng(0).integers(0, 9, (4, 33))
    x = np.eye(9)[values[:, 1:]].swapaxes(0, 1).reshape(-1, 1, 9)
    found, told = findings(call(x, values[:, :-1].T.ravel()))
    assert (found.timeline.kind, found.needs.lag) == ("aligned", 1)
    assert [f.code for f in told] == ["gradient-cut"]
    assert told[0].severity == "warning"


def test_shuffling_a_carried_state_is_named_first_and_alone():
    _, told = findings(call(*per_step(1), shuffle=True))
    assert [f.code for f in told] == ["shuffled-state"]


def test_without_a_copy_the_lag_is_a_guess_and_never_an_error():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 1, 1))
    y = np.roll(x[:, 0], 2) + 0.3 * rng.normal(size=(600, 1))
    question = call(x, y, batch_size=6)
    found, told = findings(question)
    assert (found.needs.lag, found.needs.how, found.needs.exact) == (2, "information", False)
    assert {f.severity for f in told} == {"warning"}
    assert "do not prove" in told[0].message


def test_noise_has_no_lag():
    rng = np.random.default_rng(0)
    found = layout(call(rng.normal(size=(400, 4, 1)), rng.normal(size=400), stateful=False))
    assert (found.needs.lag, found.needs.how, found.copy) == (None, "unknown", None)


def test_a_forecast_is_no_lag():
    series = np.random.default_rng(0).normal(size=90)
    x = np.lib.stride_tricks.sliding_window_view(series[:-1], 4)[:, :, None]
    found = layout(call(x, series[4:], stateful=False))
    assert found.copy.lag == -1
    assert found.needs.lag is None
    assert "the input 1 step later" in found.needs.detail


def test_samples_of_their_own_that_end_before_the_declared_lag():
    values = np.random.default_rng(0).normal(size=(60, 7, 1))
    question = call(values[:, -3:], values[:, 3], stateful=False)
    found, told = findings(replace(question, needs_lag=3))
    assert found.timeline.kind == "apart"
    assert [(f.code, f.severity) for f in told] == [("lag-outside-window", "error")]
    assert told[0].evidence["unreachable"] == told[0].evidence["answers"] > 0
    # One step more, and the value stands in the sample.
    longer = replace(question, x=values[:, -4:], needs_lag=3)
    assert "lag-outside-window" not in [f.code for f in findings(longer)[1]]


@pytest.mark.parametrize("time_first", [False, True])
def test_a_reshape_for_a_transpose_is_undone_in_either_direction(time_first):
    series = np.random.default_rng(0).normal(size=80)
    right = np.lib.stride_tricks.sliding_window_view(series[:-1], 6)[:, :, None].copy()
    samples, steps, features = right.shape
    if time_first:
        wrong = right.reshape(steps, samples, features).swapaxes(0, 1)
    else:
        wrong = right.swapaxes(0, 1).reshape(right.shape)
    question = call(wrong, series[6:, None], stateful=False)
    told = [f for f in data_findings(question, layout(question)) if f.code == "windows-scrambled"]
    names = {"x": wrong, "np": np}
    exec(told[0].remedy, names)
    assert np.array_equal(names["x"], right)
    whole = replace(question, x=right)
    assert "windows-scrambled" not in [f.code for f in data_findings(whole, layout(whole))]
