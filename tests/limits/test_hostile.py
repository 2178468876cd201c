"""Hostile numbers in every numeric option, hostile files in every place, with little memory."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from limits import files, generated

TRAIN = """
def arguments():
    import keras
    import numpy as np

    x = np.random.default_rng(0).normal(size=(64, 5, 1)).astype("float32")
    model = keras.Sequential([keras.Input((5, 1)), keras.layers.LSTM(4), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return {"model": model, "x": x, "y": x[:, 0]}
"""


Counted = Callable[[int, int], None]


def ended(lines: list[list[Any]], folder: Path, store: Path) -> list[dict[str, Any]]:
    """How each command line ended, in one process with little memory."""
    tests = Path(__file__).parents[1]
    environment = {
        **os.environ,
        "ECHOSPAN_STORE": str(shutil.copytree(store, folder / "runs")),
        "COLUMNS": "100",
        "PYTHONPATH": os.pathsep.join([str(tests), os.environ.get("PYTHONPATH", "")]),
    }
    done = subprocess.run(
        [sys.executable, "-m", "limits.child"],
        input=json.dumps(lines),
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        check=True,
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(lines)
    return found


def badly(one: dict[str, Any]) -> bool:
    """Whether a command ended in something else than what it is for, or one line."""
    if one["code"] in (0, 1):
        return False
    said = [line for line in one["err"].splitlines() if not line.startswith("warning")]
    one_line = len(said) == 1 or (said and said[0].startswith("Usage"))
    return one["code"] != 2 or not one_line or "Traceback" in one["err"]


@pytest.mark.slow
def test_no_number_gets_through(trained: Path, tmp_path: Path, counted: Counted) -> None:
    (tmp_path / "train.py").write_text(TRAIN)
    (tmp_path / "rides.csv").write_text("stops\n" + "3\n5\n3\n4\n" * 50)
    (tmp_path / "sweep.toml").write_text('recipe = "stream"\n[sweep]\nseed = [0, 1]\n')
    lines = [[line, None] for line in generated.options(("-1", "1000000000000", "1e308", "nan"))]
    lines += [[line, None] for line in generated.texts()]
    # A number may be sound: a seed, a batch of all samples, a budget that is never used up.
    bad = [one for one in ended(lines, tmp_path, trained) if badly(one)]
    counted(len(lines), len(bad))
    assert bad == []


@pytest.mark.slow
def test_no_file_gets_through(trained: Path, tmp_path: Path, counted: Counted) -> None:
    """Broken, giant and lying files, and no files at all, in every place for one."""
    lines = list(lines_of_files(tmp_path))
    bad = [one for one in ended(lines, tmp_path, trained) if badly(one) or one["late"]]
    counted(len(lines), len(bad))
    assert bad == []


def lines_of_files(folder: Path) -> Iterator[list[Any]]:
    """A command line for each hostile file in each place, with the file for standard input."""
    sound = folder / "sound.npz"
    np.savez(sound, x=np.zeros((8, 5, 1), "f4"), y=np.zeros((8, 1), "f4"))
    import keras

    model = str(folder / "sound.keras")
    made = keras.Sequential([keras.Input((5, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
    made.compile("sgd", "mse")
    made.save(model)
    for name, packed in files.ARCHIVES.items():
        path = folder / f"archive-{name}.npz"
        path.write_bytes(packed())
        yield [["check", "--model", model, "--data", str(path)], None]
    for name, content in files.HEADERS.items():
        path = folder / f"header-{name}.npy"
        path.write_bytes(content)
        yield [["check", "--model", model, "--data", str(path)], None]
    for name, config in files.configs().items():
        path = files.keras_file(folder / f"model-{name}.keras", config, model__weights__h5=b"")
        yield [["check", "--model", str(path), "--data", str(sound)], None]
        yield [["span", str(path), "--budget", "10 updates"], None]
    for name, text in files.TEXTS.items():
        path = folder / f"text-{name}"
        path.write_bytes(text())
        yield from _readers(path, folder, model)
    for place in ("npz", "keras", "csv", "toml"):
        (folder / place).mkdir()
        for path in files.no_files(folder / place, f".{place}").values():
            yield from _readers(path, folder, model)


def _readers(path: Path, folder: Path, model: str) -> Iterator[list[Any]]:
    """Every command that reads a file of a user, with this one."""
    own, sound = str(path), str(folder / "sound.npz")
    if not path.suffix:
        for suffix in (".csv", ".toml", ".keras", ".npz"):
            copy = path.with_suffix(suffix)
            copy.write_bytes(path.read_bytes())
            yield from _readers(copy, folder, model)
    elif path.suffix == ".csv":
        yield [["data", own, "--column", "stops"], None]
        yield [["run", "csv", "--data", own, "--column", "stops", "--epochs", "1"], None]
        yield [["predict", "latest:stream", "--data", own, "--column", "stops"], None]
        if path.is_file() and path.stat().st_size < 10**8:
            yield [["predict", "latest:stream"], own]
    elif path.suffix == ".toml":
        for verb in ("run", "show"):
            yield [[verb, own], None]
    elif path.suffix == ".keras":
        yield [["check", "--model", own, "--data", sound], None]
        yield [["span", own, "--budget", "10 updates"], None]
    else:
        yield [["check", "--model", model, "--data", own], None]
