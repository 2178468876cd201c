from __future__ import annotations

import keras
import numpy as np
import pytest

import echospan
from doctor.bench.reviewed_cases import batches
from doctor.bench.several_cases import melody, player
from echospan.errors import ConfigError


def case():
    series = np.random.default_rng(0).normal(size=60)
    x = np.lib.stride_tricks.sliding_window_view(series, 3)[3:, :, None]
    model = keras.Sequential([keras.Input((3, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    return model, x, series[2:-3, None]


def test_in_a_plain_fit_it_reads_data_and_settings_and_training_goes_on(capsys):
    model, x, y = case()
    checking = echospan.FramingCheck()
    history = model.fit(x, y, batch_size=11, epochs=2, verbose=0, callbacks=[checking])
    assert len(history.history["loss"]) == 2
    assert checking.report.codes[0] == "lag-outside-window"
    assert "batches of 11" in checking.report.looked[0]
    assert "lag-outside-window" in capsys.readouterr().out


def test_it_can_stop_the_training_and_works_in_our_own_fit():
    model, x, y = case()
    before = model.get_weights()
    with pytest.raises(ConfigError, match="lag-outside-window"):
        echospan.fit(
            model,
            x,
            y,
            batch_size=11,
            callbacks=[echospan.FramingCheck(stop=True, show=False)],
        )
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))


def test_outside_a_fit_it_says_what_to_do():
    checking = echospan.FramingCheck()
    checking.set_model(case()[0])
    with pytest.raises(ConfigError, match=r"Call echospan\.check"):
        checking.on_train_begin()


@pytest.mark.slow
def test_several_inputs_and_data_sets_are_read_from_the_call_too():
    x, y = melody(5, 7)
    checking = echospan.FramingCheck(show=False)
    player(5).fit(x, y, batch_size=8, verbose=0, callbacks=[checking])
    assert checking.report.codes[0] == "lag-outside-window"
    assert checking.report.findings[0].evidence["input"] == "height"
    checking = echospan.FramingCheck(show=False)
    case()[0].fit(batches(3, 5), verbose=0, callbacks=[checking])
    assert checking.report.codes[0] == "lag-outside-window"
    assert "batches of 16" in checking.report.looked[0]
