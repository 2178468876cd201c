"""Keras on JAX: chosen where nothing else would run, imported quickly, with all of Keras there."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from without import without

LATE = """
import gc, sys
from echospan.backend import LATE, keras_on_jax
assert gc.isenabled()
keras = keras_on_jax()
assert gc.isenabled()
assert not [name for name in LATE if name in sys.modules], "imported though nothing needed them"
"""

USES = """
import os, numpy
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
for file in ("a.weights.h5", "a.h5", "a.keras"):
    (model.save_weights if "weights" in file else model.save)(file)
    again = model if "weights" in file else keras.models.load_model(file)
    again.load_weights(file) if "weights" in file else None
    assert numpy.array_equal(again.get_weights()[0], model.get_weights()[0])
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
assert plt.figure is sys.modules["matplotlib.pyplot"].figure
pictures = numpy.zeros((4, 8, 8, 3))
keras.visualization.plot_image_gallery(pictures, path="g.png", rows=2, cols=2)
assert os.path.getsize("g.png") > 100
from jax.experimental import sparse
assert callable(sparse.linalg.spsolve)
import jax.experimental.sparse.linalg as own
assert own.spsolve is sparse.linalg.spsolve
try:
    import pandas
except ModuleNotFoundError:
    sys.exit()
model.compile("sgd", "mse")
table = pandas.DataFrame({"a": [0.0, 1.0, 2.0], "b": [3.0, 4.0, 5.0]})
model.fit(table, pandas.Series([0.0, 1.0, 2.0]), verbose=0)
plain = model.predict(table.to_numpy(), verbose=0)
assert numpy.array_equal(model.predict(table, verbose=0), plain)
"""


def test_what_keras_imports_late_is_there_when_it_is_used(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LATE + USES], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def chosen(tmp_path, code="", *, config="", packages=(), **variables):
    """What `import echospan` leaves in KERAS_BACKEND, then what `code` prints."""
    home = tmp_path / "keras"
    home.mkdir()
    if config:
        (home / "keras.json").write_text(config, "utf-8")
    for name in packages:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("", "utf-8")
    kept = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import os, echospan; print(os.environ.get('KERAS_BACKEND'))\n{code}",
        ],
        env={**kept, "KERAS_HOME": str(home), "PYTHONPATH": path, **variables},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("config", ["", "no JSON", "[]", '{"backend": "no_such_backend"}'])
def test_jax_is_chosen_where_keras_could_not_run(tmp_path, config):
    assert chosen(tmp_path, config=config) == ["jax"]


def test_keras_imported_after_echospan_runs_on_jax(tmp_path):
    code = "import keras; print(keras.backend.backend())"
    assert chosen(tmp_path, code) == ["jax", "jax"]


def test_what_keras_can_run_on_is_left_alone(tmp_path):
    assert chosen(tmp_path, config='{"backend": "jax"}') == ["None"]
    (tmp_path / "other").mkdir()
    # Stands in for TensorFlow, which Keras takes where nothing else is said.
    assert chosen(tmp_path / "other", packages=["tensorflow"]) == ["None"]


def test_what_the_user_chose_is_left_alone(tmp_path):
    assert chosen(tmp_path, KERAS_BACKEND="numpy") == ["numpy"]


def test_keras_on_another_backend_says_what_to_do(tmp_path):
    code = """
import keras
from echospan.backend import keras_on_jax
try:
    keras_on_jax()
except echospan.BackendError as error:
    print(error)
"""
    said = " ".join(chosen(tmp_path, code, KERAS_BACKEND="numpy")[1:])
    assert "Keras runs on numpy in this process" in said
    assert 'os.environ["KERAS_BACKEND"] = "jax" in the first line' in said
    assert str(tmp_path / "keras" / "keras.json") in said


@pytest.mark.slow
def test_keras_without_the_backend_of_the_variable_says_what_to_do(tmp_path):
    code = "import echospan\nechospan.run('window', {'training.epochs': 1})"
    done = without(["tensorflow"], code, tmp_path, KERAS_BACKEND="tensorflow")
    assert done.returncode
    assert "BackendError" in done.stderr.splitlines()[-1]
    assert "Unset it, or set KERAS_BACKEND=jax." in done.stderr
