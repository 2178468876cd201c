"""Sheets and comparisons beside runs: their kind, what came out, and their parts."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from echospan.errors import RunNotFound, StoreError
from echospan.store import Store

from .helpers import begin


def test_a_kind_and_an_outcome_are_listed_and_outlive_the_index(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        begin(store, "window").finish({"accuracy": 0.5})
        begin(store, "span-lstm", kind="span").finish({"span": 17}, "span 17")
        begin(store, "compare-a-b", kind="compare").interrupt("a 3")
        listed = [(item.kind, item.state, item.outcome) for item in store.list()]
        assert listed == [
            ("compare", "interrupted", "a 3"),
            ("span", "finished", "span 17"),
            ("run", "finished", ""),
        ]
        assert [item.recipe for item in store.list(kind="span")] == ["span-lstm"]
    (tmp_path / "index.sqlite").unlink()
    with Store(tmp_path) as store:
        assert [(item.kind, item.state, item.outcome) for item in store.list()] == listed


def test_the_newest_of_a_kind_is_no_part_of_another(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        sheet = begin(store, "span-lstm", kind="span")
        both = begin(store, "compare-lstm-gru", kind="compare")
        begin(store, "span-gru", kind="span", parent=both.id)
        run = begin(store, "window")
        assert store.get("latest").id == run.id
        assert store.get("latest", kind="span").id == sheet.id
        assert store.get("latest:span").id == sheet.id
        assert store.get("latest:compare").id == both.id
        assert store.get("latest:span-lstm", kind="span").id == sheet.id
        with pytest.raises(
            RunNotFound, match=r"no sheet of the recipe .window.\. There are sheets"
        ):
            store.get("latest:window", kind="span")
        with pytest.raises(
            StoreError, match=f"{sheet.id} is a sheet, not a run. `echospan runs sh"
        ):
            store.get(sheet.id, kind="run")


def test_parts_are_whole_until_the_run_has_finished(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        run = begin(store, "span-lstm", kind="span")
        assert run.parts() == []
        run.save_part("one", {"a": np.arange(3)}, {"best": math.inf})
        run.save_part("two", {}, {"n": 1})
        run.interrupt()
        (run.path / "parts" / ".half.safetensors.tmp").write_bytes(b"half")
        run.resume()
        assert run.parts() == ["one", "two"]
        arrays, meta = run.load_part("one")
        assert arrays["a"].tolist() == [0, 1, 2]
        assert meta == {"best": math.inf}
        assert not (run.path / "parts" / ".half.safetensors.tmp").exists()
        with pytest.raises(StoreError, match="has no part 'three'"):
            run.load_part("three")
        run.finish({"span": 1})
        assert not (run.path / "parts").exists()
        assert run.parts() == []
