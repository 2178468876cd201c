"""Everything that a look into a model could change without meaning to, put back as it was."""

from __future__ import annotations

import copy
import logging
import random
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from echospan.engine import keras_internals as internals


@contextmanager
def untouched() -> Iterator[None]:
    """Random generators of Python, NumPy and the frameworks in use, and Keras's count of names.

    The user's model is not among them, for a look leaves it as it is. No framework is imported.
    """
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 (the user's own)
    keras, backend = _keras_state(), _backend_state()
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            # What a clone on random numbers warns of is none of the user's concern.
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002
        if keras is not None:
            _restore_keras(*keras)
        _restore(backend)


def _keras_state() -> tuple[Any, Any, Any] | None:
    if "keras" not in sys.modules:
        return None
    import keras

    names = copy.copy(internals.global_value("object_name_uids"))
    generator = internals.global_value("global_seed_generator")
    seeds = None if generator is None else np.array(keras.ops.convert_to_numpy(generator.state))
    return names, generator, seeds


def _restore_keras(names: Any, generator: Any, seeds: Any) -> None:
    internals.set_global_value("object_name_uids", names)
    internals.set_global_value("global_seed_generator", generator)
    if generator is not None:
        generator.state.assign(seeds)


def _backend_state() -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "torch" in sys.modules:
        import torch

        found["torch"] = torch.get_rng_state()
        if torch.cuda.is_available():
            found["cuda"] = torch.cuda.get_rng_state_all()
    if "tensorflow" in sys.modules:
        from tensorflow.python.eager import context

        eager = context.context()
        found["tensorflow"] = (eager, eager._seed, copy.deepcopy(getattr(eager, "_rng", None)))
    return found


def _restore(found: dict[str, Any]) -> None:
    if "torch" in found:
        import torch

        torch.set_rng_state(found["torch"])
        if "cuda" in found:
            torch.cuda.set_rng_state_all(found["cuda"])
    if "tensorflow" in found:
        eager, seed, rng = found["tensorflow"]
        eager._seed = seed
        if rng is not None:
            eager._rng = rng
