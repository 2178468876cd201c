"""Valid calls of the store, its runs and the results."""

from __future__ import annotations

import contextlib
import functools
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import echospan
from echospan.errors import DataError
from misuse.attempt import Call
from misuse.hostile import HUGE
from misuse.models import EXPERIMENT, SETTINGS, X, Y, torch_module
from report.conforms import found
from report.usages import found as used


def of_store(folder: Path) -> Iterator[Call]:
    """The store and its runs."""
    place = folder / "store"
    store = echospan.Store(place)
    begin = {"recipe": "stream", "config": dict(EXPERIMENT), "fingerprint": "f", "seed": 0}
    done = store.create(**begin)
    done.save_json("note", 1)
    done.save_artifact("hidden", {"a": X})
    done.save_weights({"a": X})
    done.finish({"accuracy": 0.5})
    path = {"path": ("the store", "store", "store at")}
    yield Call("Store", lambda: (echospan.Store, {"path": place, "create": False}), called=path)
    yield Call("Store.create", lambda: (
        store.create, {**begin, "parent": done.id, "label": "a label"}), called={
            "parent": ("run id",), "config": ("zzz", "The", "config"),
        })  # fmt: skip
    yield Call("Store.get", lambda: (store.get, {"run_id": done.id, "state": None}), called={
        "run_id": ("id", "run", "runs")})  # fmt: skip
    yield Call("Store.list", lambda: (store.list, {
        "recipe": "stream", "state": "finished", "parent": done.id, "fingerprint": "f", "limit": 3,
    }))  # fmt: skip
    yield Call("Store.remove", lambda: (store.remove, {
        "run_id": store.create(**begin).id, "force": True}), called={
            "run_id": ("id",), "force": ("--force",)})  # fmt: skip
    yield Call("Store.export", lambda: (store.export, {
        "run_id": done.id, "destination": folder / "out.zip", "overwrite": True}), called={
            "run_id": ("id", "run", "runs"),
            "destination": ("there already", "written", "write"),
            "overwrite": ("--overwrite",)})  # fmt: skip
    kept = store.create(**begin)
    for name, arguments in {
        "save_result": {"result": {"accuracy": 1.0}},
        "save_history": {"history": {"loss": np.ones(3)}},
        "save_weights": {"weights": {"a": X}},
        "save_checkpoint": {"arrays": {"a": X}, "meta": {"epoch": 1}},
        "save_artifact": {"name": "hidden", "arrays": {"a": X}},
        "save_json": {"name": "note", "value": {"zzz": 1}},
        "save_environment": {"environment": {"zzz": 1}},
        "load_artifact": {"name": "hidden"},
        "load_json": {"name": "note"},
        "load_weights": {"expected": {"a": ((4, 3, 1), "float32")}},
    }.items():
        run = done if name.startswith("load") else kept
        yield Call(
            f"Run.{name}",
            functools.partial(_method_of, run, name, arguments),
            called=dict.fromkeys(arguments, IN_STORE),
        )
    yield Call("Run.finish", lambda: (store.create(**begin).finish, {"result": {"accuracy": 1.0}}),
               called={"result": ("JSON", "result.json")})  # fmt: skip
    yield Call("Run.fail", lambda: (store.create(**begin).fail, {"exception": ValueError("x")}))
    yield Call("Run.resume", lambda: (_interrupted(store, begin).resume, {"force": False}))


IN_STORE = (
    "array", "name", "arrays", "A history", "An array's name", "artifact", "JSON", ".json",
    "note.json", ".safetensors",
)  # fmt: skip
"""What messages about the contents of a run call them."""


def _method_of(owner: Any, name: str, arguments: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    return getattr(owner, name), dict(arguments)


def _interrupted(store: Any, begin: dict[str, Any]) -> Any:
    run = store.create(**begin)
    run.interrupt()
    return run


def of_results(folder: Path) -> Iterator[Call]:
    """What the verbs return."""
    from rich.console import Console

    sheet = echospan.span("last-value", symbols=4, lags=[0], seeds=1)
    other = echospan.compare(["last-value", "chance"], symbols=4, lags=[0], seeds=1)
    report = echospan.check_torch(torch_module(), X, Y)
    result = echospan.run("stream", SETTINGS, store=folder / "results")
    for each in (sheet, other, report, result, found(), used()):
        name = type(each).__name__
        yield Call(f"{name}.save", functools.partial(lambda each: (
            each.save, {"path": folder / "out.json"}), each))  # fmt: skip
        yield Call(f"{name}.print", functools.partial(lambda each: (
            each.print, {"console": Console(file=io.StringIO())}), each))  # fmt: skip
        yield Call(f"{name}.from_dict", functools.partial(lambda each: (
            type(each).from_dict, {"content": each.to_dict()}), each), called={
                "content": ("from_dict",)})  # fmt: skip
    yield Call("ConformReport.script", lambda: (found().script, {"check": "chunks"}))


def of_serving(folder: Path) -> Iterator[Call]:
    """A trained run in use."""
    from echospan.serve import Stepper, load

    place = folder / "serving"
    echospan.run("stream", SETTINGS, store=place)
    store = echospan.Store(place)
    run = store.get("latest")
    trained = load(run)
    numbers = {"values": ("numbers",), "context": ("numbers",)}
    yield Call("load", lambda: (load, {"run": run, "trust": False}))
    yield Call("Trained.predict", lambda: (
        trained.predict, {"values": ["0", "1"]}), called=numbers)  # fmt: skip
    yield Call("Trained.forecast", lambda: (
        trained.forecast, {"steps": 2, "context": ["0", "1"]}), called=numbers,
        skip={"steps": HUGE})  # fmt: skip
    yield Call("Trained.encode", lambda: (trained.encode, {"texts": ["0", "1"]}), called={
        "texts": ("numbers",)})  # fmt: skip
    yield Call("Trained.show", lambda: (trained.show, {"symbol": 1}))
    yield Call("Trained.stepper", lambda: (trained.stepper, {"rows": 1}), skip={"rows": HUGE})
    yield Call("Stepper", lambda: (Stepper, {"loaded": trained, "rows": 1}), skip={"rows": HUGE})
    yield Call("Stepper.step", lambda: (functools.partial(_stepped, trained), {
        "symbols": np.array([1], "int32")}))  # fmt: skip
    yield Call("answers", lambda: (functools.partial(_answered, trained), {
        "symbols": np.array([1, 0], "int32")}))  # fmt: skip
    yield Call("Trained.export", lambda: (trained.export, {
        "path": folder / "model.keras", "overwrite": True}), called={
            "path": ("Cannot write", "cannot be written", "there already"),
            "overwrite": ("--overwrite",)})  # fmt: skip


def _stepped(trained: Any, symbols: Any) -> None:
    with trained.stepper() as stepper:
        stepper.step(symbols)


def _answered(trained: Any, symbols: Any) -> None:
    from echospan.serve import answers

    list(answers(trained, symbols))


SHOWN = (".json", ".html", ".md", ".tex", ".csv")
"""Forms of a result that are made in memory."""


def of_shown() -> Iterator[Call]:
    """Results that are read from what another wrote, and shown in every way."""
    sheet = echospan.span("last-value", symbols=4, lags=[0, 1], seeds=1)
    other = echospan.compare(["last-value", "chance"], symbols=4, lags=[0], seeds=1)
    report = echospan.check_torch(torch_module(), X, Y)
    with tempfile.TemporaryDirectory() as place:
        result = echospan.run("stream", SETTINGS, store=place)
    for each in (sheet, other, report, result, found(), used()):
        content = each.to_dict()
        names = {key: ("from_dict", *_inner(value)) for key, value in content.items()}
        yield Call(f"{type(each).__name__}, read and shown", functools.partial(
            lambda kind, content: (functools.partial(_read, kind), dict(content)),
            type(each), content), called=names)  # fmt: skip


def _inner(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, dict) else ()


def _read(kind: Any, **content: Any) -> None:
    made = kind.from_dict(content)
    with contextlib.suppress(DataError):
        made.figure()
    assert str(made)
    assert repr(made)
    assert made._repr_html_()
    made.to_frame()
    for suffix in SHOWN:
        made._bytes(suffix)
