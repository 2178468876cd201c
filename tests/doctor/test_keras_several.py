"""Models with several inputs and outputs, and inputs that are symbols."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import echospan
from doctor.bench.several_cases import encoded, melody, player
from echospan.errors import DataError


@pytest.fixture(scope="module")
def checked():
    x, y = melody(5, 2)
    model = player(5)
    weights = model.get_weights()
    report = echospan.check(model, x, y, batch_size=8)
    assert all((a == b).all() for a, b in zip(weights, model.get_weights(), strict=True))
    return report


@pytest.mark.slow
def test_each_input_is_probed_by_name(checked):
    reach = {(lag.input, lag.lag): (lag.forward, lag.gradient) for lag in checked.reach}
    for name in ("height", "name"):
        assert all(reach[name, lag] == (True, True) for lag in range(5))
        assert reach[name, 5] == (False, False)
    assert {name for name, _ in reach} == {"height", "name"}
    assert "input 'place' has no time axis and is kept constant" in checked.looked
    assert checked.skipped == ()


@pytest.mark.slow
def test_the_needed_lag_is_that_of_the_input_which_the_targets_copy(checked):
    assert [(lag.input, lag.lag) for lag in checked.reach if lag.needed] == [("height", 2)]
    assert checked.codes == ("target-in-input",)
    found = checked.findings[0]
    assert found.evidence["input"] == "height"
    assert found.remedy.startswith('x["height"] = x["height"][:, :2]')
    told = checked.to_dict()["reach"][0]
    assert (told["input"], told["needed"]) == ("height", False)


@pytest.mark.slow
def test_the_report_has_a_table_and_tiles_for_each_input(checked):
    text = str(checked)
    assert "Reach map, input 'height'" in text
    assert "Reach map, input 'name'" in text
    assert text.count("(needed)") == 1
    assert [axes.get_title(loc="left") for axes in checked.figure().axes] == [
        "Reach map, input 'height'",
        "Reach map, input 'name'",
    ]


@pytest.mark.slow
def test_the_gradient_of_symbols_is_that_of_the_vectors_they_become():
    x = np.random.default_rng(0).integers(0, 9, (40, 5))
    reports = [
        echospan.check(encoded("Embedding", stop=stop), x, x[:, 2], batch_size=8)
        for stop in (False, True)
    ]
    assert [lag.gradient for lag in reports[0].reach[:5]] == [True] * 5
    assert [lag.gradient for lag in reports[1].reach[:5]] == [True, *[False] * 4]
    assert [lag.forward for lag in reports[1].reach[:5]] == [True] * 5
    assert all(lag.strength for lag in reports[0].reach[:5])
    assert reports[1].codes == ("state-detached-inside", "target-in-input")


X, Y = melody(5, 2)


@pytest.mark.parametrize(
    ("x", "y", "says"),
    [
        ({"height": X["height"], "name": X["name"]}, Y, "must hold 3 arrays for this model"),
        ({**X, "place": X["place"][:-3]}, Y, r'equally many samples in each array; got x\["h'),
        ({**X, "height": X["height"].swapaxes(1, 2)}, Y, r'x\["height"\] = x\["height"\].swapaxes'),
        ({**X, "place": X["place"] * np.nan}, Y, r'x\["place"\] holds .* NaN'),
        (X, Y[:-1], "differ by one"),
        (X, [Y, Y[:-5]], r"y\[1\] has 75 targets"),
        (X, {"hight": Y}, "y must name outputs of the model"),
        ([X["height"].tolist(), X["name"].tolist(), X["place"].tolist()], Y, "numpy.asarray"),
    ],
)
def test_bad_inputs_are_one_clear_sentence_with_their_name(x, y, says):
    with pytest.raises(DataError, match=says) as caught:
        echospan.check(player(5), x, y, batch_size=8)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_columns_may_be_time_steps_and_inputs_without_any_are_refused():
    parts = [keras.Input((3,)), keras.Input(())]
    body = keras.layers.Concatenate()([parts[0], keras.ops.expand_dims(parts[1], 1)])
    model = keras.Model(parts, keras.layers.LSTM(2)(keras.ops.expand_dims(body, 1)))
    report = echospan.check(model, [np.ones((8, 3)) * 0.5, np.ones(8)], np.ones(8), batch_size=4)
    # Columns may be time steps: what has any is looked at.
    assert {lag.input for lag in report.reach} == {"0"}
    single = keras.Model(parts[1], parts[1] * 2)
    with pytest.raises(DataError, match="axes"):
        echospan.check(single, [np.ones(8)], np.ones(8), batch_size=4)
