"""A writer killed with SIGKILL, at chosen points and at any point."""

from __future__ import annotations

import time

import numpy as np
import pytest

from echospan.store import Store

from .helpers import python, said

# The child saves checkpoint 1, then stops for ever at the chosen point of its second save or end.
CHOSEN = """
import os, sys, time
import numpy as np
from echospan.store import Store
from echospan.store.index import Index

point, action = sys.argv[2:]

def stop(*_):
    print("stopped", flush=True)
    time.sleep(60)

def stopping(real, before):
    def call(*given, **named):
        if before:
            stop()
        real(*given, **named)
        stop()
    return call

with Store(sys.argv[1]) as store:
    run = store.create(recipe="echo", config={"a": 1}, fingerprint="", seed=0)
    run.save_checkpoint({"a": np.full(1000, 1.0)}, {"k": 1})
    if point == "before fsync":
        os.fsync = stopping(os.fsync, True)
    elif point == "before replace":
        os.replace = stopping(os.replace, True)
    elif point == "after replace":
        os.replace = stopping(os.replace, False)
    elif point == "before row":
        Index.put = stopping(Index.put, True)
    elif point == "before commit":
        Index.put = stopping(Index.put, False)
    if action == "checkpoint":
        run.save_checkpoint({"a": np.full(1000, 2.0)}, {"k": 2})
    elif action == "finish":
        run.finish({"accuracy": 1.0})
    else:
        store.create(recipe="second", config={"b": 2}, fingerprint="", seed=0)
"""


def kill(store: Store, point: str, action: str) -> None:
    with python(CHOSEN, store.path, point, action) as process:
        assert said(process) == "stopped"
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("point", "kept"), [("before fsync", 1), ("before replace", 1), ("after replace", 2)]
)
def test_killed_while_it_saves_a_checkpoint(store: Store, point: str, kept: int) -> None:
    kill(store, point, "checkpoint")
    run = store.get("latest")
    assert run.state == "interrupted"
    loaded = run.load_checkpoint()
    assert loaded is not None
    assert loaded[1] == {"k": kept}
    np.testing.assert_array_equal(loaded[0]["a"], np.full(1000, float(kept)))
    half = [name for name in run.files() if name.endswith(".tmp")]
    assert len(half) == (0 if point == "after replace" else 1)
    run.resume()
    assert sorted(run.files()) == ["checkpoint.safetensors", "config.json", "run.json"]
    run.finish({"accuracy": 0.5})
    assert store.list()[0].state == "finished"


@pytest.mark.parametrize("point", ["before fsync", "before replace"])
def test_killed_before_the_result_is_there(store: Store, point: str) -> None:
    kill(store, point, "finish")
    run = store.get("latest")
    assert run.state == "interrupted"
    assert "result.json" not in run.files()
    assert run.load_checkpoint() is not None


@pytest.mark.parametrize("point", ["before row", "before commit"])
def test_killed_with_the_result_there(store: Store, point: str) -> None:
    """run.json was written as finished, and the row was not: the folder decides."""
    kill(store, point, "finish")
    run = store.get("latest")
    assert run.state == "finished"
    assert run.load_result() == {"accuracy": 1.0}
    assert store.list()[0].accuracy == 1.0


@pytest.mark.parametrize("point", ["before fsync", "before replace", "before row", "before commit"])
def test_killed_while_it_creates_a_run(store: Store, point: str) -> None:
    kill(store, point, "create")
    # The first run is untouched; of the second there is all or nothing.
    assert [(item.recipe, item.state) for item in store.list()] == [("echo", "interrupted")]
    store.rebuild_index()
    for item in store.list():
        assert store.get(item.run_id).config in ({"a": 1}, {"b": 2})
    made = store.create(recipe="third", config={}, fingerprint="", seed=0)
    assert store.list()[0].run_id == made.id


ENDLESS = """
import itertools, sys
import numpy as np
from echospan.store import Store
with Store(sys.argv[1]) as store:
    run = store.create(recipe="echo", config={}, fingerprint="", seed=0)
    for k in itertools.count(1):
        run.save_checkpoint({"a": np.full(20000, float(k)), "b": np.full(3, float(k))}, {"k": k})
        run.save_json("k", k)
        if k == 1:
            print("going", flush=True)
"""


@pytest.mark.parametrize("wait", [0.0, 0.03, 0.11, 0.2])
def test_killed_at_any_moment_arrays_and_meta_belong_together(store: Store, wait: float) -> None:
    with python(ENDLESS, store.path) as process:
        assert said(process) == "going"
        time.sleep(wait)
        process.kill()
        process.wait()
    run = store.get("latest")
    assert run.state == "interrupted"
    loaded = run.load_checkpoint()
    assert loaded is not None
    arrays, meta = loaded
    assert set(arrays["a"]) == set(arrays["b"]) == {float(meta["k"])}
    assert run.load_json("k") in (meta["k"], meta["k"] - 1)
