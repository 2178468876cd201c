"""Where Keras finds the kernels: in three layers' `inner_loop`, a `call` and two functions.

Keras 3.15.1 has a place for cuDNN's kernels inside the `inner_loop` of LSTM and GRU, but it is
not told of `zero_output_for_mask`, and SimpleRNN has none. So `inner_loop` itself is the place.
Losses and metrics find `scores` where they ask the backend.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

from echospan.engine import keras_internals as internals

_inside: ContextVar[bool] = ContextVar("echospan_fused", default=False)
_lock = threading.Lock()
_users = 0
_remove: Callable[[], None] | None = None


@contextmanager
def fused() -> Iterator[None]:
    """Let layers, losses and metrics traced inside, in this thread, use the fused kernels.

    What no kernel covers takes Keras's own path.
    """
    global _users, _remove
    with _lock:
        if _users == 0:
            _remove = _install()
        _users += 1
    token = _inside.set(True)
    try:
        yield
    finally:
        _inside.reset(token)
        with _lock:
            _users -= 1
            if _users == 0 and _remove is not None:
                _remove()


def _install() -> Callable[[], None]:
    import keras

    from echospan.engine.kernels import dense, scores
    from echospan.engine.kernels.layers import ADAPTERS

    backend = internals.backend_functions()
    places: list[tuple[Any, str, Callable[..., Any]]] = [
        *((kind, "inner_loop", adapter) for kind, adapter in ADAPTERS.items()),
        (keras.layers.Dense, "call", dense.call),
        (backend.nn, "sparse_categorical_crossentropy", scores.sparse_categorical_crossentropy),
        (backend.numpy, "argmax", scores.argmax),
    ]
    before = [vars(owner).get(name) for owner, name, _ in places]
    for owner, name, ours in places:
        setattr(owner, name, _asking_first(ours, getattr(owner, name)))

    def remove() -> None:
        for (owner, name, _), own in zip(places, before, strict=True):
            if own is None:
                delattr(owner, name)
            else:
                setattr(owner, name, own)

    return remove


def _asking_first(ours: Callable[..., Any], original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def either(*arguments: Any, **named: Any) -> Any:
        if _inside.get():
            try:
                return ours(*arguments, **named)
            except NotImplementedError:
                pass
        return original(*arguments, **named)

    return either
