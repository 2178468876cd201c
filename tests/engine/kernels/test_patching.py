"""The context changes Keras for its own thread and its own time only."""

from __future__ import annotations

import threading

import keras
import numpy as np
import pytest

from echospan.engine.kernels import fused, layers

KINDS = [keras.layers.LSTM, keras.layers.GRU, keras.layers.SimpleRNN]


def own():
    return [vars(kind).get("inner_loop") for kind in KINDS]


def test_keras_is_left_as_it_was_after_an_error():
    before = own()

    def fail():
        with fused():
            assert all(now is not then for now, then in zip(own(), before, strict=True))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert own() == before


def test_one_context_inside_another():
    before = own()
    with fused():
        once = own()
        with fused():
            assert own() == once
        assert own() == once
    assert own() == before


def test_another_thread_keeps_kerass_path_and_outlives_the_context(monkeypatch):
    ran, before = [], own()
    original = layers.recur
    monkeypatch.setattr(
        layers, "recur", lambda *args: ran.append(threading.current_thread()) or original(*args)
    )
    layer = keras.layers.SimpleRNN(2)
    x = np.ones((1, 2, 3), "float32")
    layer(x)
    inside, leave = threading.Event(), threading.Event()

    def work():
        with fused():
            layer(x)
            inside.set()
            leave.wait(60)
            layer(x)

    thread = threading.Thread(target=work)
    with fused():
        thread.start()
        assert inside.wait(60)
    layer(x)
    leave.set()
    thread.join(60)
    assert ran == [thread, thread]
    assert own() == before
