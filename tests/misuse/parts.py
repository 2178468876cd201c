"""Valid calls of what tasks, framings, models and layers do, and of the contracts."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np

import echospan
from echospan import framings, models, tasks
from echospan.adapters import NotCloneable, adapt
from echospan.doctor import find
from misuse.attempt import Call
from misuse.hostile import HUGE
from misuse.models import EXPERIMENT, streaming_model


def of_parts() -> Iterator[Call]:
    """What tasks, framings and models do."""
    echo = tasks.Echo(symbols=4, length=6, lag=1)
    window = framings.Window(window=2)
    plan = window.plan(echo, batch_size=None, sequences=1)
    draw = tasks.NumpyDraw(np.random.default_rng(0))
    values = echo.draw(draw, 2, {}, "train")
    few = {"sequences": HUGE, "distance": HUGE, "steps": HUGE}
    distance = {"distance": ("task.lag", "lag", "at_distance")}
    for cls in tasks.TASKS.values():
        if cls.__name__ == "SeriesEcho":
            continue
        task = cls()
        yield Call(f"{cls.__name__}.at_distance", functools.partial(lambda task: (
            task.at_distance, {"distance": task.distance}), task), skip=few,
            called={"distance": (f"task.{'pairs' if cls.__name__ == 'Recall' else 'lag'}",
                                 "task.max_lag", "task.length", "task.items", "task.blank",
                                 "distance", "task.first", "task.symbols")})  # fmt: skip
        yield Call(f"{cls.__name__}.draw", functools.partial(lambda task: (
            task.draw, {"draw": draw, "sequences": 2, "arrays": {}, "part": "train"}), task),
            skip={**few, "draw": ("everything",)})  # fmt: skip
        drawn = task.draw(draw, 2, {}, "train")
        yield Call(f"{cls.__name__}.targets", functools.partial(lambda task, drawn: (
            task.targets, {"values": drawn}), task, drawn))  # fmt: skip
    del distance
    yield Call("lagged", lambda: (tasks.lagged, {"values": values, "lag": 1}), skip={"lag": HUGE})
    yield Call("absent", lambda: (tasks.absent, {"values": values}))
    yield Call("NumpyDraw", lambda: (tasks.NumpyDraw, {"generator": np.random.default_rng(0)}))
    for name, low, high in (("integers", 0, 3), ("uniform", 0.0, 1.0)):
        yield Call(f"NumpyDraw.{name}", functools.partial(lambda name, low, high: (
            getattr(draw, name), {"low": low, "high": high, "shape": (2, 3)}), name, low, high),
        )  # fmt: skip
    size = {"batch_size": ("training.batch_size",)}
    for cls in framings.FRAMINGS.values():
        framing = cls() if cls.__name__ != "Window" else window
        task = tasks.Copy(items=2, blank=2) if cls.__name__ == "Whole" else echo
        for method, given in {
            "check": {"task": task},
            "samples": {"task": task},
            "plan": {"task": task, "batch_size": None, "sequences": 2},
            "evaluation_plan": {"task": task, "batch_size": None, "carried": False},
            "serving": {"steps": 4},
        }.items():
            yield Call(f"{cls.__name__}.{method}", functools.partial(lambda framing, method, given:
                (getattr(framing, method), dict(given)), framing, method, given),
                skip=few, called=size)  # fmt: skip
    yield Call("Plan.gather", lambda: (plan.gather, {"values": values, "positions": plan.inputs}))
    yield Call("sights", lambda: (framings.sights, {"plan": plan, "carried": True}))
    reach = {"plan": plan, "lag": 1, "carried": False}
    yield Call("reach", lambda: (framings.reach, dict(reach)), skip={"lag": HUGE})
    yield Call("Signature", lambda: (models.Signature, {
        "symbols": 4, "timesteps": 3, "outputs": "last", "target_steps": 1, "batch_size": 1}),
        more=("features",))  # fmt: skip
    signature = models.Signature(symbols=2, timesteps=3, outputs="last")
    gru = models.GRU(units=2)
    from echospan.models.init import Init

    yield Call("GRU.build", lambda: (gru.build, {"signature": signature, "init": Init(0)}))
    yield Call("GRU.check", lambda: (gru.check, {"outputs": "last", "features": None}), called={
        "outputs": ("model.kind",)})  # fmt: skip
    for method in ("input_for", "readout_for", "receptive_field_for"):
        yield Call(f"GRU.{method}", functools.partial(lambda method: (
            getattr(gru, method), {"signature": signature}), method))  # fmt: skip


def of_layers() -> Iterator[Call]:
    """The Keras layers: made, and called on an array."""
    from echospan import layers

    given: dict[str, dict[str, Any]] = {
        "LMU": {"units": 2, "memories": 1, "order": 2, "theta": 4.0},
        "LRU": {"units": 2, "shortest": 0.4, "longest": 0.9},
        "S4D": {"order": 2},
        "CausalAttention": {"heads": 1, "context": 2, "positions": "rotary"},
        "CausalConv": {},
        "IndRNN": {"units": 2},
        "MinGRU": {"units": 2},
        "MinLSTM": {"units": 2},
        "Noise": {"seed": 0},
        "Reservoir": {"units": 2, "topology": "random", "radius": 0.9, "input_scaling": 0.1,
                      "leak": 1.0, "mixing": 0.5, "activation": "tanh"},
        "SelectiveSSM": {},
        "SinusoidalPositions": {},
        "Taps": {"taps": 2},
    }  # fmt: skip
    inputs = np.zeros((2, 3, 4), "float32")

    for name, arguments in given.items():
        cls = getattr(layers, name)
        known = inspect.signature(cls.__init__).parameters
        arguments = dict(arguments)
        for each, parameter in known.items():
            if each not in ("self", "kwargs", "args") and parameter.default is not parameter.empty:
                arguments.setdefault(each, parameter.default)
        wanted = [each for each, p in known.items()
                  if each not in ("self", "kwargs", "args") and each not in arguments]  # fmt: skip
        arguments.update(dict.fromkeys(wanted, 2))

        def made(cls: Any = cls, **settings: Any) -> Any:
            return cls(**settings)(inputs)

        yield Call(f"layers.{name}", functools.partial(
            lambda made, arguments: (made, dict(arguments)), made, arguments),
            skip=dict.fromkeys(arguments, HUGE))  # fmt: skip


def of_contracts() -> Iterator[Call]:
    """The suites for other packages' parts."""
    from echospan import testing

    echo = tasks.Echo(symbols=4, length=6, lag=1)
    experiment = echospan.Experiment(**EXPERIMENT)
    fails = (AssertionError,)
    yield Call("check_task", lambda: (testing.check_task, {
        "task": echo, "sequences": 200, "seed": 0}), raises=fails, skip={"sequences": HUGE},
    )  # fmt: skip
    yield Call("check_framing", lambda: (testing.check_framing, {
        "framing": framings.Window(window=2), "task": echo, "batch_size": None, "sequences": 2,
        "seed": 0}), raises=fails, skip={"sequences": HUGE},
        called={"batch_size": ("training.batch_size",)})  # fmt: skip
    yield Call("check_model", lambda: (testing.check_model, {
        "model": models.GRU(units=2), "experiment": experiment}), raises=fails)  # fmt: skip
    yield Call("check_streaming", lambda: (testing.check_streaming, {
        "model": streaming_model(), "inputs": np.random.default_rng(0).normal(size=(2, 6, 1))}),
        raises=fails)  # fmt: skip
    yield Call("check_receptive_field", lambda: (testing.check_receptive_field, {
        "model": streaming_model(), "inputs": np.random.default_rng(0).normal(size=(2, 6, 1)),
        "field": None}), raises=fails)  # fmt: skip
    inputs = np.random.default_rng(0).normal(size=(2, 6, 1)).astype("float32")
    yield Call("check_adapter", lambda: (testing.check_adapter, {
        "adapter": adapt(streaming_model(), inputs), "inputs": [inputs]}), raises=fails,
    )  # fmt: skip
    yield Call("adapt", lambda: (adapt, {
        "model": streaming_model(), "example": inputs, "precision": "given", "training": False,
        "own_weights": True, "batch_first": True, "any_length": False}), raises=(NotCloneable,),
    )  # fmt: skip
    yield Call("find", lambda: (find, {
        "code": "no-signal", "message": "What is the matter.", "severity": "note", "exact": True,
        "remedy": "A line."}))  # fmt: skip
