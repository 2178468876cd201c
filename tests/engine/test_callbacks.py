from __future__ import annotations

import csv

import numpy as np
import pytest

import echospan
from echospan.errors import ConfigError
from engine.models import data, perceptron, recurrent, same, states, weights

X, Y = data()


def both(keras, callbacks, **settings):
    """Ours and Keras's history and model, trained alike; `callbacks` makes the callbacks."""
    ours, theirs = perceptron(keras), perceptron(keras)
    settings = {"batch_size": 3, "epochs": 6, "shuffle": False, **settings}
    got = echospan.fit(ours, X, Y, callbacks=callbacks(), **settings)
    want = theirs.fit(X, Y, callbacks=callbacks(), verbose=0, **settings)
    return (got, ours), (want, theirs)


def assert_alike(one, two):
    (got, ours), (want, theirs) = one, two
    assert got.epoch == want.epoch
    assert set(got.history) == set(want.history)
    for name, values in want.history.items():
        np.testing.assert_allclose(got.history[name], values, rtol=1e-5)
    for a, b in zip(weights(ours), weights(theirs), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_early_stopping_restores_the_best_weights(keras):
    def callbacks():
        return [
            keras.callbacks.EarlyStopping(
                monitor="loss", mode="max", patience=2, restore_best_weights=True
            ),
        ]

    # The loss falls, so in mode "max" the first epoch is the best.
    one, two = both(keras, callbacks, validation_data=data(samples=4))
    assert_alike(one, two)
    assert one[0].epoch == [0, 1, 2]
    first = perceptron(keras)
    echospan.fit(first, X, Y, batch_size=3, shuffle=False)
    assert same(weights(one[1]), weights(first))


def test_learning_rates_set_by_callbacks_take_effect(keras):
    def callbacks():
        return [
            keras.callbacks.LearningRateScheduler(lambda epoch, rate: float(rate) * 0.5),
            keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=1, mode="max", factor=0.1),
        ]

    one, two = both(keras, callbacks)
    assert_alike(one, two)
    rates = one[0].history["learning_rate"]
    assert rates[0] == pytest.approx(0.05)
    assert rates[-1] < 0.05 * 0.5**5


def test_weights_changed_by_a_callback_take_effect(keras):
    class Zeroing(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 3:
                self.model.set_weights([np.zeros_like(w) for w in self.model.get_weights()])

        def on_epoch_end(self, epoch, logs=None):
            if epoch == 4:
                self.model.layers[-1].bias.assign([2.0])

    assert_alike(*both(keras, lambda: [Zeroing()]))


def test_callbacks_are_called_as_keras_calls_them(keras):
    calls = []

    class Listening(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            calls.append(("train begin", self.params["epochs"], self.params["steps"]))

        def on_epoch_begin(self, epoch, logs=None):
            calls.append(("epoch begin", epoch))

        def on_test_begin(self, logs=None):
            calls.append(("test begin",))

        def on_test_end(self, logs=None):
            calls.append(("test end", sorted(logs)))

        def on_epoch_end(self, epoch, logs=None):
            calls.append(("epoch end", epoch, sorted(logs), len(self.model.history.epoch)))
            self.model.stop_training = epoch == 2

        def on_train_end(self, logs=None):
            calls.append(("train end", sorted(logs)))

    settings = {"validation_data": (X, Y), "validation_freq": 2, "initial_epoch": 1}
    both(keras, lambda: [Listening()], **settings)
    half = len(calls) // 2
    assert calls[:half] == calls[half:]
    assert calls[0] == ("train begin", 6, 2)
    assert calls[half - 1] == ("train end", ["loss"])


def test_averaged_weights_swapped_in_for_validation(keras):
    def trained(fit):
        model = perceptron(keras)
        optimizer = keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5)
        model.compile(optimizer, "mse")
        callbacks = [keras.callbacks.SwapEMAWeights()]
        settings = {"batch_size": 3, "epochs": 3, "shuffle": False, "callbacks": callbacks}
        return fit(model, X, Y, validation_data=(X, Y), **settings), model

    assert_alike(
        trained(echospan.fit),
        trained(lambda model, *arrays, **rest: model.fit(*arrays, verbose=0, **rest)),
    )


def test_files(keras, tmp_path):
    log, best = tmp_path / "log.csv", tmp_path / "best.weights.h5"
    model = perceptron(keras)
    history = echospan.fit(
        model,
        X,
        Y,
        epochs=3,
        validation_data=(X, Y),
        callbacks=[
            keras.callbacks.CSVLogger(log),
            keras.callbacks.ModelCheckpoint(
                best, save_weights_only=True, save_best_only=True, monitor="val_loss"
            ),
        ],
    )
    rows = list(csv.DictReader(log.read_text().splitlines()))
    assert [float(row["val_loss"]) for row in rows] == history.history["val_loss"]
    other = perceptron(keras, rate=0.0)
    other.load_weights(best)
    assert same(weights(other), weights(model))


def test_carried_state_goes_on_between_epochs(keras):
    settings = {"epochs": 3, "shuffle": False, "reset_state": "never"}
    alone, watched = recurrent(keras), recurrent(keras)
    echospan.fit(alone, X, Y, **settings)
    echospan.fit(watched, X, Y, callbacks=keras.callbacks.Callback(), **settings)
    assert same(weights(alone), weights(watched))
    assert same(states(alone), states(watched))


@pytest.mark.slow
def test_a_backup_is_gone_on_from(keras, tmp_path):
    class Failing(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise RuntimeError("power cut")

    def backup():
        return keras.callbacks.BackupAndRestore(tmp_path)

    whole, cut, resumed = (perceptron(keras) for _ in range(3))
    settings = {"batch_size": 3, "epochs": 4}
    echospan.fit(whole, X, Y, **settings)
    with pytest.raises(RuntimeError, match="power cut"):
        echospan.fit(cut, X, Y, callbacks=[backup(), Failing()], **settings)
    history = echospan.fit(resumed, X, Y, callbacks=[backup()], **settings)
    assert history.epoch == [2, 3]
    assert same(weights(whole), weights(resumed))


class TestBatchHooks:
    @pytest.mark.parametrize(
        "hook", ["on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end"]
    )
    def test_are_refused(self, keras, hook):
        each = type("Each", (keras.callbacks.Callback,), {hook: lambda self, batch, logs: None})
        with pytest.raises(ConfigError, match=f"Each.{hook}.*compiled program; on_epoch_begin"):
            echospan.fit(perceptron(keras), X, Y, callbacks=[each()])

    def test_of_keras_are_refused_where_they_would_do_something(self, keras, tmp_path):
        checkpoint = keras.callbacks.ModelCheckpoint(tmp_path / "m.keras", save_freq=2)
        for callback in (
            checkpoint,
            keras.callbacks.TerminateOnNaN(),
            keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None),
        ):
            with pytest.raises(ConfigError, match="compiled program"):
                echospan.fit(perceptron(keras), X, Y, callbacks=[callback])

    def test_of_validation_are_refused_where_there_is_validation(self, keras):
        class Each(keras.callbacks.Callback):
            def on_test_batch_end(self, batch, logs=None):
                raise AssertionError

        model = perceptron(keras)
        assert echospan.fit(model, X, Y, callbacks=[Each()]).epoch == [0]
        with pytest.raises(ConfigError, match="on_test_batch_end"):
            echospan.fit(model, X, Y, callbacks=[Each()], validation_split=0.5)
