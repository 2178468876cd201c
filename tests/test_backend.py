"""Keras on JAX: imported quickly, with everything of Keras still there."""

from __future__ import annotations

import subprocess
import sys

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
"""


def test_what_keras_imports_late_is_there_when_it_is_used(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LATE + USES], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
