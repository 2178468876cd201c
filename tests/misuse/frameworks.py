"""Valid calls of what takes models and arrays: `fit`, `check`, the callbacks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import echospan
from misuse.attempt import Call
from misuse.hostile import HUGE
from misuse.models import SERIES, X, Y, keras_model, torch_module


def of_keras() -> Iterator[Call]:
    """`fit`, `evaluate`, `predict`, `check`, the callback."""
    model = {"x": ("All arrays", "loader", "tf.data.Dataset"), "y": ("All arrays", "class_weight")}
    yield Call(
        "fit",
        lambda: (
            echospan.fit,
            {
                "model": keras_model(), "x": X, "y": Y, "batch_size": 2, "epochs": 1,
                "shuffle": False, "reset_state": "epoch", "validation_data": (X, Y),
                "validation_batch_size": 2, "validation_freq": 1, "callbacks": [],
                "initial_epoch": 0, "seed": 0, "verbose": 0,
            },
        ),
        more=("sample_weight",),
        skip={"epochs": HUGE, "batch_size": HUGE},
        called=model,
    )  # fmt: skip
    yield Call(
        "fit with weights of classes",
        lambda: (
            echospan.fit,
            {
                "model": keras_model(), "x": X, "y": np.array([0, 1, 0, 1]),
                "class_weight": {0: 1.0, 1: 2.0}, "validation_split": 0.5,
            },
        ),
        more=("sample_weight",),
        called=model,
    )  # fmt: skip
    yield Call(
        "evaluate",
        lambda: (
            echospan.evaluate,
            {
                "model": keras_model(), "x": X, "y": Y, "batch_size": 2,
                "sample_weight": np.ones(4), "reset_state": "epoch", "return_dict": True,
            },
        ),
        skip={"batch_size": HUGE},
        called=model,
    )  # fmt: skip
    yield Call(
        "predict",
        lambda: (
            echospan.predict,
            {"model": keras_model(), "x": X, "batch_size": 2, "reset_state": "epoch"},
        ),
        skip={"batch_size": HUGE},
        called=model,
    )
    yield Call(
        "check of a Keras model",
        lambda: (
            echospan.check,
            {
                "model": keras_model(), "x": X, "y": Y, "batch_size": 2, "shuffle": False,
                "reset_state": "epoch", "needs_lag": 1, "stride": 1, "validation_data": (X, Y),
                "validation_split": 0.1, "predict_batch_size": 2, "trainer": "keras", "epochs": 1,
                "thorough": False, "verbose": 0,
            },
        ),
        more=("plan", "loss", "optimizer", "batch_first", "sample_weight", "callbacks", "nonsense"),
        called=model,
    )  # fmt: skip
    yield Call(
        "UsesLog",
        lambda: (
            echospan.UsesLog,
            {"x": X, "y": Y, "every": 2, "show": False, "donors": 2, "windows": 16, "seed": 0},
        ),
        more=("loss", "stride", "margin", "window", "padding", "nonsense"),
    )
    yield Call(
        "FramingCheck",
        lambda: (
            echospan.FramingCheck,
            {"needs_lag": 1, "reset_state": "never", "stop": False, "show": False},
        ),
        more=("nonsense",),
    )


def of_torch() -> Iterator[Call]:
    """`check`, `check_torch`, `uses`, `watch_torch`, of modules and of JAX functions."""
    import jax.numpy as jnp
    import torch

    class Newest(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            return x[:, -1]

    settings = {"batch_size": 2, "shuffle": False, "reset_state": "batch", "needs_lag": 1}
    called = {"x": ("loader", "tf.data.Dataset")}
    yield Call(
        "check of a torch module",
        lambda: (
            echospan.check,
            {
                "model": torch_module(), "x": X, "y": Y, **settings, "stride": 1, "epochs": 1,
                "batch_first": True, "validation_data": (X, Y), "loss": torch.nn.MSELoss(),
                "optimizer": torch.optim.SGD(torch_module().parameters(), 0.01),
                "thorough": False,
            },
        ),
        more=("plan", "validation_split", "predict_batch_size", "trainer", "verbose", "nonsense"),
        called=called,
    )  # fmt: skip
    yield Call(
        "check of JAX functions",
        lambda: (
            echospan.check,
            {
                "model": (
                    lambda key: {"w": jnp.ones((1, 1))},
                    lambda params, x: x[:, -1] @ params["w"],
                ),
                "x": X, "y": Y, **settings, "validation_data": (X, Y),
            },
        ),
        more=("plan", "loss", "epochs", "optimizer", "batch_first", "verbose"),
        called=called,
    )  # fmt: skip
    yield Call(
        "check_torch",
        lambda: (echospan.check_torch, {"model": torch_module(), "x": X, "y": Y, **settings}),
        more=("nonsense",),
        called=called,
    )
    yield Call("uses", lambda: (echospan.uses, {
        "model": Newest(), "x": SERIES, "y": SERIES[:, -1], "loss": torch.nn.MSELoss(), "stride": 5,
        "donors": 2, "windows": 32, "seed": 0, "margin": 0.1, "padding": 0.0, "replace": True,
        "batch_first": True, "stop": lambda: False,
    }), more=("window", "classes", "observer"), skip={
        "stop": ("raising call", "function", "own class", "everything"), "windows": HUGE,
    }, called={**called, "padding": ("model",), "loss": ("outputs",)})  # fmt: skip
    yield Call(
        "watch_torch",
        lambda: (
            echospan.watch_torch,
            {"model": torch_module(), "needs_lag": 1, "timesteps": 3, "updates": 2},
        ),
    )
