"""What all tests share: Keras on JAX, a cache of compiled programs, small trained runs."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

# A worker of the tests runs on each core. Threads of torch and LightGBM that wait for a core that
# another worker holds make a test take up to ten times as long.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from echospan.backend import use_compilation_cache

# A machine that is busy is no reason to fail, and what passes once passes again.
settings.register_profile(
    "tests", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "tests"))

# What they print is compared: no colours and one width, whatever terminal or machine asks for.
for _name in ("CLICOLOR_FORCE", "FORCE_COLOR", "GITHUB_ACTIONS", "PY_COLORS", "TTY_COMPATIBLE"):
    os.environ.pop(_name, None)
os.environ["COLUMNS"] = "80"

# Tests compare with Keras's own fit, and that of Keras 3.7 to 3.9 asks JAX for a mode in which
# JAX 0.10 always is. echospan's own training doesn't need it.
with contextlib.suppress(ImportError):
    import jax

    if not hasattr(jax, "spmd_mode"):
        jax.spmd_mode = lambda mode: contextlib.nullcontext()

# A shell ignores Ctrl-C for what it starts in the background, and so would what the tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Before anything imports Keras; processes that tests start inherit both.
os.environ["KERAS_BACKEND"] = "jax"
_own_cache = None
if "ECHOSPAN_CACHE" not in os.environ:
    _own_cache = tempfile.mkdtemp(prefix="echospan-tests-")
    os.environ["ECHOSPAN_CACHE"] = _own_cache

# echospan keeps compiled programs only in a process whose Keras it imported itself. Test files
# import Keras first, and the suite would compile the same programs again and again.
with contextlib.suppress(ImportError):
    use_compilation_cache()


def pytest_unconfigure() -> None:
    if _own_cache is not None:
        shutil.rmtree(_own_cache, ignore_errors=True)


@pytest.fixture(autouse=True)
def _same_draws_each_time() -> None:
    """Seed what draws without a seed: Keras takes its layers' seeds from `random`."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)


@pytest.fixture
def counted(record_property: Callable[[str, object], None]) -> Callable[[int, int], None]:
    """Tell `make accidents` how many attempts a test makes, and how many of them end badly."""

    def tell(tried: int, failed: int) -> None:
        record_property("tried", tried)
        record_property("failed", failed)

    return tell


SMALL_STREAM = {
    "task.symbols": 5,
    "task.length": 8,
    "model.units": 16,
    "training.epochs": 150,
}
SMALL_WINDOW = {
    "task.symbols": 5,
    "task.length": 10,
    "framing.window": 3,
    "training.batch_size": 7,
    "model.units": 12,
    "training.epochs": 300,
    "training.learning_rate": 0.02,
}


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one small trained run each of `stream` and `window`. Only to be read."""
    from echospan.recipe import find
    from echospan.runner import Session, run_recipe
    from echospan.store import Store

    folder = tmp_path_factory.mktemp("trained") / "runs"
    with Store(folder) as store:
        session = Session(store)
        run_recipe(session, find("stream"), SMALL_STREAM)
        run_recipe(session, find("window"), SMALL_WINDOW)
    return folder
