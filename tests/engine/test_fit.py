from __future__ import annotations

import gc
import weakref

import jax
import numpy as np
import pytest

import echospan
from echospan.engine import fit as fit_module
from echospan.engine.trainer import Program
from echospan.errors import ConfigError, DataError
from engine.models import BATCHES, ROWS, SAMPLES, data, perceptron, recurrent, same, states, weights

X, Y = data()


class TestRandomOrder:
    def train(self, keras, **settings):
        model = perceptron(keras)
        echospan.fit(model, X, Y, batch_size=2, **settings)
        return weights(model)

    def test_same_seed_same_weights_to_the_bit(self, keras):
        first = self.train(keras, epochs=5, seed=3)
        assert same(first, self.train(keras, epochs=5, seed=3))
        assert not same(first, self.train(keras, epochs=5, seed=4))
        assert not same(first, self.train(keras, epochs=5, shuffle=False))

    def test_no_seed_is_seed_0(self, keras):
        assert same(self.train(keras, epochs=5), self.train(keras, epochs=5, seed=0))

    def test_every_sample_is_used_once_an_epoch(self, keras):
        # With learning rate 0 the loss of an epoch does not depend on the order.
        model = perceptron(keras, rate=0.0)
        losses = echospan.fit(model, X, Y, batch_size=4, epochs=3).history["loss"]
        whole = echospan.evaluate(model, X, Y, batch_size=SAMPLES)["loss"]
        np.testing.assert_allclose(losses, whole, rtol=1e-5)

    def test_a_run_in_two_parts_is_the_run_in_one(self, keras):
        model = perceptron(keras)
        first = echospan.fit(model, X, Y, batch_size=2, epochs=2, seed=1)
        second = echospan.fit(model, X, Y, batch_size=2, epochs=5, initial_epoch=2, seed=1)
        assert (first.epoch, second.epoch) == ([0, 1], [2, 3, 4])
        assert same(weights(model), self.train(keras, epochs=5, seed=1))


class TestState:
    def test_carried_through_the_epoch_and_written_back(self, keras):
        model = recurrent(keras, rate=0.0)
        echospan.fit(model, X, Y, batch_size=ROWS, epochs=2, shuffle=False)
        carried = states(model)
        echospan.predict(model, X, batch_size=ROWS)
        np.testing.assert_allclose(carried, states(model), rtol=1e-5, atol=1e-6)
        echospan.fit(model, X, Y, batch_size=ROWS, shuffle=False, reset_state="batch")
        assert not np.allclose(carried, states(model))

    def test_never_reset_starts_from_what_the_layers_hold(self, keras):
        one, two = recurrent(keras), recurrent(keras)
        settings = {"batch_size": ROWS, "shuffle": False, "reset_state": "never"}
        losses = echospan.fit(one, X, Y, epochs=3, **settings).history["loss"]
        apart = [echospan.fit(two, X, Y, **settings).history["loss"][0] for _ in range(3)]
        np.testing.assert_allclose(losses, apart, rtol=1e-6)
        assert same(states(one), states(two))

    @pytest.mark.slow
    def test_a_model_not_built_yet(self, keras):
        keras.utils.set_random_seed(4)
        layers = [keras.layers.LSTM(3, stateful=True, dropout=0.3, seed=2), keras.layers.Dense(1)]
        unbuilt = keras.Sequential(layers)
        keras.utils.set_random_seed(4)
        built = keras.Sequential(
            [
                keras.Input(batch_shape=(ROWS, *X.shape[1:])),
                keras.layers.LSTM(3, stateful=True, dropout=0.3, seed=2),
                keras.layers.Dense(1),
            ]
        )
        losses = []
        for model in (unbuilt, built):
            model.compile("sgd", "mse")
            history = echospan.fit(
                model, X, Y, batch_size=ROWS, epochs=2, shuffle=False, reset_state="never"
            )
            losses.append(history.history["loss"])
        np.testing.assert_allclose(*losses, rtol=1e-6)
        np.testing.assert_allclose(states(unbuilt), states(built), rtol=1e-6, atol=1e-6)

    def test_left_out_the_batch_size_is_the_layers_own(self, keras):
        assert echospan.fit(recurrent(keras), X, Y, shuffle=False).params["steps"] == BATCHES

    def test_validation_starts_from_zero_and_leaves_training_alone(self, keras):
        other = data(seed=9, samples=4)
        plain, watched = recurrent(keras), recurrent(keras)
        settings = {"batch_size": ROWS, "epochs": 3, "shuffle": False, "reset_state": "never"}
        losses = echospan.fit(plain, X, Y, **settings).history["loss"]
        history = echospan.fit(
            watched, X, Y, validation_data=other, validation_batch_size=1, **settings
        ).history
        np.testing.assert_array_equal(history["loss"], losses)
        assert same(weights(plain), weights(watched))
        assert same(states(plain), states(watched))
        score = echospan.evaluate(watched, *other, batch_size=1)
        assert history["val_loss"][-1] == pytest.approx(score["loss"])
        assert history["val_mae"][-1] == pytest.approx(score["mae"])
        uncarried = echospan.evaluate(watched, *other, batch_size=4)
        assert score["loss"] != pytest.approx(uncarried["loss"])

    def test_shuffling_is_refused(self, keras):
        with pytest.raises(ConfigError, match="shuffle must be False for a model with stateful"):
            echospan.fit(recurrent(keras), X, Y, shuffle=True)

    def test_left_out_samples_of_stateful_models_keep_their_order(self, keras):
        models = [recurrent(keras), recurrent(keras)]
        losses = [
            echospan.fit(model, X, Y, epochs=2, **settings).history["loss"]
            for model, settings in zip(
                models, ({}, {"shuffle": False, "reset_state": "epoch"}), strict=True
            )
        ]
        assert losses[0] == losses[1]
        assert same(weights(models[0]), weights(models[1]))

    def test_a_batch_size_that_leaves_samples_over_names_the_nearest(self, keras):
        model = keras.Sequential([keras.layers.LSTM(2, stateful=True), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        with pytest.raises(ConfigError, match=r"divisor of the 6 samples \(nearest: 3 or 6\)"):
            echospan.fit(model, X, Y, batch_size=4, shuffle=False)
        assert not model.built

    def test_another_batch_size_than_built_for(self, keras):
        with pytest.raises(ConfigError, match="batch_size must be 2, the batch size that"):
            echospan.fit(recurrent(keras), X, Y, batch_size=3, shuffle=False)

    def test_samples_that_are_no_whole_number_of_batches(self, keras):
        with pytest.raises(DataError, match="leave out the last 1, or add 1"):
            echospan.fit(recurrent(keras), X[:5], Y[:5], shuffle=False)

    def test_validation_samples_left_over(self, keras):
        with pytest.raises(ConfigError, match="validation_batch_size must be a divisor of the 3"):
            echospan.fit(recurrent(keras), X, Y, shuffle=False, validation_data=data(samples=3))


class TestPrograms:
    def compilations(self, run):
        events = []

        def listen(event, seconds, **_):
            if "compile" in event:
                events.append(event)

        jax.monitoring.register_event_duration_secs_listener(listen)
        try:
            return run(), events
        finally:
            jax.monitoring.unregister_event_duration_listener(listen)

    def test_a_second_fit_compiles_nothing(self, keras):
        model = perceptron(keras)
        settings = {"batch_size": 2, "validation_data": data(seed=1)}
        first = echospan.fit(model, X, Y, epochs=2, **settings)
        assert first.seconds["compile"] > 0
        before = weights(model)
        model.optimizer.learning_rate = 0.0
        second, events = self.compilations(
            lambda: echospan.fit(model, X + 1, Y, epochs=7, seed=5, **settings)
        )
        assert events == []
        assert second.seconds["compile"] == 0
        assert same(before, weights(model))

    def test_another_shape_is_another_program(self, keras):
        model = perceptron(keras)
        echospan.fit(model, X, Y, batch_size=2)
        history, events = self.compilations(lambda: echospan.fit(model, X, Y, batch_size=3))
        assert events
        assert history.seconds["compile"] > 0

    def test_compiling_the_model_anew_counts(self, keras):
        model = perceptron(keras, rate=0.0)
        squared = echospan.fit(model, X, Y, batch_size=SAMPLES).history["loss"][0]
        model.compile(model.optimizer, "mae")
        error = np.abs(echospan.predict(model, X) - Y)
        absolute = echospan.fit(model, X, Y, batch_size=SAMPLES).history["loss"][0]
        assert absolute == pytest.approx(error.mean(), rel=1e-5)
        assert squared == pytest.approx((error**2).mean(), rel=1e-5)

    def test_freezing_a_layer_counts(self, keras):
        model = perceptron(keras)
        echospan.fit(model, X, Y, batch_size=2)
        model.layers[1].trainable = False
        with pytest.raises(ConfigError, match="compiled after its layers"):
            echospan.fit(model, X, Y, batch_size=2)
        model.compile("sgd", "mse")
        frozen = np.array(model.layers[1].kernel.value)
        free = np.array(model.layers[2].kernel.value)
        echospan.fit(model, X, Y, batch_size=2)
        assert np.array_equal(model.layers[1].kernel.value, frozen)
        assert not np.array_equal(model.layers[2].kernel.value, free)

    @pytest.mark.slow
    def test_kept_programs_keep_no_model(self, keras):
        model = recurrent(keras)
        echospan.fit(model, X, Y, shuffle=False, validation_data=(X, Y))
        echospan.evaluate(model, X, Y, batch_size=1)
        echospan.predict(model, X, batch_size=1)
        gone = weakref.ref(model)
        del model
        gc.collect()
        assert gone() is None


class TestInterrupt:
    def test_the_model_keeps_the_last_completed_call(self, keras, monkeypatch):
        find, calls = fit_module.find, []

        def interrupted(*arguments):
            program = find(*arguments)

            def call(*values):
                calls.append(values)
                if len(calls) == 3:
                    raise KeyboardInterrupt
                return program.call(*values)

            return Program(program.results, call)

        model, whole = recurrent(keras), recurrent(keras)
        with monkeypatch.context() as patch:
            patch.setattr(fit_module, "find", interrupted)
            with pytest.raises(KeyboardInterrupt):
                echospan.fit(model, X, Y, epochs=100_000, shuffle=False)
        done = model.history.epoch
        assert done == list(range(len(done)))
        assert len(done) >= 2
        echospan.fit(whole, X, Y, epochs=len(done), shuffle=False)
        assert same(weights(model), weights(whole))
        assert same(states(model), states(whole))
        assert int(model.optimizer.iterations.value) == BATCHES * len(done)

    def test_in_a_callback(self, keras):
        class Impatient(keras.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                if epoch == 1:
                    raise KeyboardInterrupt

        model, whole = perceptron(keras), perceptron(keras)
        with pytest.raises(KeyboardInterrupt):
            echospan.fit(model, X, Y, batch_size=2, epochs=9, callbacks=[Impatient()])
        echospan.fit(whole, X, Y, batch_size=2, epochs=2)
        assert same(weights(model), weights(whole))


class TestValidation:
    def test_split_takes_the_last_samples(self, keras):
        split, given = perceptron(keras), perceptron(keras)
        weight = np.linspace(1, 2, SAMPLES)
        one = echospan.fit(split, X, Y, epochs=2, validation_split=0.3, sample_weight=weight)
        two = echospan.fit(
            given,
            X[:4],
            Y[:4],
            epochs=2,
            sample_weight=weight[:4],
            validation_data=(X[4:], Y[4:], weight[4:]),
        )
        assert one.history == two.history
        assert set(one.history) == {"loss", "val_loss"}

    @pytest.mark.parametrize(("frequency", "count"), [(1, 5), (2, 2), ([1, 5], 2), ([9], 0)])
    def test_as_often_as_asked(self, keras, frequency, count):
        history = echospan.fit(
            perceptron(keras), X, Y, epochs=5, validation_data=(X, Y), validation_freq=frequency
        ).history
        assert len(history["loss"]) == 5
        assert len(history.get("val_loss", [])) == count

    @pytest.mark.parametrize("share", [1.0, -0.1, 0.99, 1e-20, "half"])
    def test_a_share_that_leaves_nothing(self, keras, share):
        with pytest.raises(ConfigError, match="validation_split"):
            echospan.fit(perceptron(keras), X, Y, validation_split=share)

    @pytest.mark.parametrize("given", [X, (X,), {"x": X}])
    def test_no_pair(self, keras, given):
        with pytest.raises(ConfigError, match="validation_data must be"):
            echospan.fit(perceptron(keras), X, Y, validation_data=given)


class TestHistory:
    def test_no_epochs(self, keras):
        model = perceptron(keras)
        before = weights(model)
        history = echospan.fit(model, X, Y, epochs=0)
        assert (history.epoch, history.history) == ([], {})
        assert same(before, weights(model))

    def test_lines_tell_the_last_epoch(self, keras, capsys):
        history = echospan.fit(perceptron(keras), X, Y, epochs=12, verbose=1)
        last = capsys.readouterr().out.splitlines()[-1]
        assert last == f"epoch 12/12  loss {history.history['loss'][-1]:.4g}"
        echospan.fit(perceptron(keras), X, Y)
        assert capsys.readouterr().out == ""

    def test_belongs_to_the_model(self, keras):
        model = perceptron(keras)
        history = echospan.fit(model, X, Y, epochs=3, batch_size=4)
        assert history.model is model
        assert model.history is history
        assert history.params == {"epochs": 3, "steps": 2, "verbose": 0}
        assert set(history.seconds) == {"compile", "train"}


class TestRefused:
    @pytest.mark.parametrize(
        ("setting", "value"),
        [
            ("batch_size", 0),
            ("batch_size", 2.5),
            ("batch_size", True),
            ("epochs", -1),
            ("epochs", "many"),
            ("initial_epoch", -1),
            ("reset_state", "sometimes"),
            ("seed", -1),
            ("verbose", 7),
            ("validation_freq", 0),
            ("validation_freq", [0]),
            ("callbacks", [print]),
        ],
    )
    def test_settings(self, keras, setting, value):
        model = perceptron(keras)
        before = weights(model)
        with pytest.raises(ConfigError, match=setting):
            echospan.fit(model, X, Y, **{"validation_data": (X, Y), setting: value})
        assert same(before, weights(model))

    def test_no_model(self, keras):
        with pytest.raises(ConfigError, match=r"model must be a keras\.Model; got 'dict'"):
            echospan.fit({}, X, Y)

    def test_not_compiled(self, keras):
        model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1)])
        with pytest.raises(ConfigError, match=r"Call model\.compile"):
            echospan.fit(model, X, Y)

    def test_no_optimizer(self, keras):
        model = perceptron(keras)
        model.compile(None, "mse")
        with pytest.raises(ConfigError, match="compiled with an optimizer"):
            echospan.fit(model, X, Y)

    def test_no_loss(self, keras):
        model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1)])
        model.compile("sgd")
        with pytest.raises(ConfigError, match="compiled with a loss"):
            echospan.fit(model, X, Y)

    def test_eager(self, keras):
        model = perceptron(keras)
        model.compile("sgd", "mse", run_eagerly=True)
        with pytest.raises(ConfigError, match="run_eagerly"):
            echospan.fit(model, X, Y)

    def test_a_train_step_of_its_own(self, keras):
        class Own(keras.Sequential):
            def train_step(self, state, data):
                raise NotImplementedError

        model = Own([keras.layers.Flatten(), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        with pytest.raises(ConfigError, match="without a train_step of its own"):
            echospan.fit(model, X, Y)

    def test_lengths(self, keras):
        with pytest.raises(DataError, match="x 6, y 5"):
            echospan.fit(perceptron(keras), X, Y[:5])

    def test_both_kinds_of_weights(self, keras):
        with pytest.raises(ConfigError, match="class_weight must be left out if sample_weight"):
            echospan.fit(perceptron(keras), X, Y, class_weight={0: 1}, sample_weight=np.ones(6))
