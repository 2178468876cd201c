"""In a process that was forked after JAX had run, every verb refuses; none waits for ever."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")

SCRIPT = """
import json, os, sys, tempfile
import jax.numpy as jnp
import numpy as np

x = np.zeros((8, 4, 2), "float32")
y = np.zeros((8, 1), "float32")

{before}

import keras

# To build it is to run JAX.
model = keras.Sequential([keras.Input((4, 2)), keras.layers.LSTM(2), keras.layers.Dense(1)])
model.compile("sgd", "mse")

def verbs():
    import echospan
    folder = tempfile.mkdtemp()
    yield "fit", lambda: echospan.fit(model, x, y)
    yield "check", lambda: echospan.check(model, x, y)
    yield "run", lambda: echospan.run("stream", store=folder)
    yield "span", lambda: echospan.span("lstm", budget="1s")
    yield "check of functions", lambda: echospan.check((jnp.sin, jnp.sin), x, y)

pid = os.fork()
if pid:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
said = {{}}
for name, verb in verbs():
    try:
        verb()
    except Exception as error:
        said[name] = [type(error).__name__, str(error)]
print(json.dumps(said), flush=True)
os._exit(0)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "before",
    ["", "import echospan.backend"],
    ids=["imported after the fork", "imported before the fork"],
)
def test_every_verb_refuses_in_a_forked_process(before, counted):
    script = textwrap.dedent(SCRIPT).format(before=before)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    bad = [
        text
        for kind, text in said.values()
        if kind != "BackendError" or 'get_context("spawn")' not in text
    ]
    counted(5, len(bad) + 5 - len(said))
    assert len(said) == 5
    assert bad == []
