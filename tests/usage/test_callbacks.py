"""How far back a model looks, logged during training."""

from __future__ import annotations

import math
from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import pytest

import echospan
from echospan.errors import ConfigError
from echospan.usage.training_log import TrainingLog

X = np.random.default_rng(0).normal(size=(256, 6, 1)).astype("float32")
Y = X[:, -3]
FEW = {"windows": 128, "donors": 2}


@pytest.mark.slow
def test_keras_logs_the_steps_used_every_few_epochs(capsys):
    import keras

    def trained(**more):
        keras.utils.set_random_seed(1)
        model = keras.Sequential(
            [keras.Input((6, 1)), keras.layers.Flatten(), keras.layers.Dense(1)]
        )
        model.compile(keras.optimizers.Adam(0.1), "mse")
        history = model.fit(X, Y, epochs=6, verbose=0, **more)
        return model, history.history

    watch = echospan.UsesLog(every=3, **FEW)
    model, history = trained(callbacks=[watch], validation_data=(X, Y))
    assert sorted(watch.reports) == [3, 6]
    assert watch.reports[6].uses == 3
    assert [math.isnan(each) for each in history["uses"]] == [True, True, False] * 2
    assert history["uses"][5] == 3
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 2
    assert told[1].startswith("epoch 6: uses the newest 3 steps")
    # The training is the same as without.
    alone, plain = trained(validation_data=(X, Y))
    assert plain["loss"] == history["loss"]
    assert all(
        (a == b).all() for a, b in zip(model.get_weights(), alone.get_weights(), strict=True)
    )


def test_keras_without_held_out_data_says_so():
    import keras

    model = keras.Sequential([keras.Input((6, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    with pytest.raises(ConfigError, match="x must be given, or validation_data"):
        model.fit(X, Y, verbose=0, callbacks=[echospan.UsesLog()])


@pytest.mark.skipif(find_spec("torch") is None, reason="no torch")
def test_a_model_at_chance_or_one_that_fails_does_not_stop_the_training(capsys):
    import torch

    log = TrainingLog(1, True, {"loss": torch.nn.MSELoss(), **FEW})
    assert log.epoch_ended(Silent(), 1, X, Y)
    assert log.epoch_ended(object(), 2, X, Y)
    assert log.reports == {1: None, 2: None}
    assert log.reasons[1] == "at chance"
    assert log.reasons[2].startswith("model must be")
    assert math.isnan(log.last)
    assert capsys.readouterr().out.startswith("epoch 1: at chance\nepoch 2: model must be")
    assert log.epoch_ended(Newest(), 3, X, X[:, -1])
    assert log.last == 1


def test_an_argument_of_uses_is_checked_when_the_callback_is_made():
    with pytest.raises(ConfigError, match="margin must be"):
        echospan.UsesLog(X, Y, margin=2)
    with pytest.raises(ConfigError, match="every must be"):
        echospan.UsesLog(X, Y, every=0)


if find_spec("torch") is not None:
    import torch

    class Silent(torch.nn.Module):
        def forward(self, x):
            return 0 * x[:, -1]

    class Newest(torch.nn.Module):
        def forward(self, x):
            return x[:, -1]


@pytest.mark.skipif(find_spec("lightning") is None, reason="no lightning")
def test_lightning_logs_the_steps_used():
    import echospan.lightning

    watch = echospan.lightning.UsesLog(X, X[:, -1], loss=torch.nn.MSELoss(), show=False, **FEW)
    logged = {}
    module = Newest()
    module.log = logged.__setitem__
    watch.on_train_start(SimpleNamespace(), module)
    watch.on_train_epoch_end(SimpleNamespace(current_epoch=0), module)
    assert watch.reports[1].uses == 1
    assert logged == {"uses": 1.0}
    with pytest.raises(ConfigError, match="x must be given"):
        echospan.lightning.UsesLog().on_train_start(SimpleNamespace(), module)


@pytest.mark.skipif(find_spec("transformers") is None, reason="no transformers")
def test_the_trainer_of_transformers_gets_a_row_in_its_log():
    import echospan.transformers

    watch = echospan.transformers.UsesLog(
        X, X[:, -1], loss=torch.nn.MSELoss(), every=2, show=False, **FEW
    )
    state = SimpleNamespace(epoch=1.0, global_step=7, log_history=[])
    watch.on_train_begin(None, state, None)
    watch.on_epoch_end(None, state, None, model=Newest())
    state.epoch = 2.0
    watch.on_epoch_end(None, state, None, model=Newest())
    assert state.log_history == [{"epoch": 2, "step": 7, "uses": 1}]
