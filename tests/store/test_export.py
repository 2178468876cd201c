from __future__ import annotations

import errno
import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load

from echospan.errors import CorruptRun, RunNotFound, StoreError
from echospan.store import Run, Store

from .helpers import CONFIG, begin, weights


@pytest.fixture
def run(store: Store) -> Run:
    made = begin(store)
    made.save_weights(weights())
    made.save_history({"epoch": np.arange(2.0)})
    made.save_environment({"python": "3.11"})
    made.save_artifact("hidden", {"a": np.zeros(2)})
    made.save_json("vocabulary", [1, 2])
    made.finish({"accuracy": 0.5})
    return made


def test_the_zip_holds_the_run(tmp_path: Path, store: Store, run: Run) -> None:
    path = store.export(run.id, tmp_path / "out.zip")
    assert path == tmp_path / "out.zip"
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        inside = {
            name.removeprefix(f"{run.id}/"): archive.read(name) for name in archive.namelist()
        }
    assert set(inside) == {
        "summary.json",
        "config.json",
        "result.json",
        "environment.json",
        "history.safetensors",
        "weights.safetensors",
        "artifacts/hidden.safetensors",
        "json/vocabulary.json",
    }
    assert json.loads(inside["config.json"]) == CONFIG
    assert json.loads(inside["summary.json"]) == run.summary.to_json()
    np.testing.assert_array_equal(
        load(inside["weights.safetensors"])["lstm/bias"], weights()["lstm/bias"]
    )


def test_a_folder_as_destination(tmp_path: Path, store: Store, run: Run) -> None:
    assert store.export("latest", tmp_path) == tmp_path / f"{run.id}.zip"


def test_exporting_twice_gives_the_same_bytes(tmp_path: Path, store: Store, run: Run) -> None:
    one, two = (store.export(run.id, tmp_path / name) for name in ("1.zip", "2.zip"))
    assert one.read_bytes() == two.read_bytes()


def test_a_file_that_is_there_is_kept(tmp_path: Path, store: Store, run: Run) -> None:
    path = tmp_path / "out.zip"
    path.write_text("mine")
    with pytest.raises(StoreError, match=r"is there already. Choose another destination"):
        store.export(run.id, path)
    assert path.read_text() == "mine"
    store.export(run.id, path, overwrite=True)
    assert zipfile.is_zipfile(path)


@pytest.mark.parametrize("name", ["weights.safetensors", "config.json", "json/vocabulary.json"])
def test_a_damaged_run_is_not_exported(tmp_path: Path, store: Store, run: Run, name: str) -> None:
    os.truncate(run.path / name, 7)
    with pytest.raises(CorruptRun, match=name.replace(".", r"\.")):
        store.export(run.id, tmp_path / "out.zip")
    assert not (tmp_path / "out.zip").exists()


def test_without_a_config_there_is_no_export(tmp_path: Path, store: Store, run: Run) -> None:
    (run.path / "config.json").unlink()
    with pytest.raises(CorruptRun, match=r"config\.json is missing"):
        store.export(run.id, tmp_path / "out.zip")


def test_nothing_from_outside_is_exported(tmp_path: Path, store: Store, run: Run) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key.json").write_text('"secret"')
    (run.path / "notes.txt").write_text("not a file of a run")
    (run.path / "json" / "vocabulary.json").unlink()
    (run.path / "json").rmdir()
    (run.path / "json").symlink_to(secret)
    with zipfile.ZipFile(store.export(run.id, tmp_path / "1.zip")) as archive:
        assert not [name for name in archive.namelist() if "key" in name or "notes" in name]
    (run.path / "environment.json").unlink()
    (run.path / "environment.json").symlink_to(secret / "key.json")
    with pytest.raises(CorruptRun, match="links are not followed"):
        store.export(run.id, tmp_path / "2.zip")


def test_a_running_run_is_exported_without_its_checkpoint(tmp_path: Path, store: Store) -> None:
    run = begin(store)
    run.save_checkpoint(weights(), {})
    with zipfile.ZipFile(store.export(run.id, tmp_path)) as archive:
        names = [name.removeprefix(f"{run.id}/") for name in archive.namelist()]
    assert names == ["summary.json", "config.json"]


def test_a_destination_that_cannot_be_written(
    tmp_path: Path, store: Store, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StoreError, match="Choose another destination"):
        store.export(run.id, tmp_path / "no" / "folder" / "out.zip")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "out").mkdir()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match=r"the disk is full. Free some space, or choose another d"):
        store.export(run.id, tmp_path / "out" / "run.zip")
    assert list((tmp_path / "out").iterdir()) == []


def test_no_such_run(tmp_path: Path, store: Store) -> None:
    with pytest.raises(RunNotFound):
        store.export("window", tmp_path)
