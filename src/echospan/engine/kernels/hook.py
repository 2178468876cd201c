"""Where Keras's recurrent layers find the kernels: their `inner_loop`, for a while.

Keras 3.15.1 has a place for cuDNN's kernels inside the `inner_loop` of LSTM and GRU, but it is
not told of `zero_output_for_mask`, and SimpleRNN has none. So `inner_loop` itself is the place.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_inside: ContextVar[bool] = ContextVar("echospan_fused", default=False)
_lock = threading.Lock()
_users = 0
_remove: Callable[[], None] | None = None


@contextmanager
def fused() -> Iterator[None]:
    """Let recurrent layers that are traced inside, in this thread, use the fused kernels.

    A layer whose settings no kernel covers takes Keras's own path.
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
    from echospan.engine.kernels.layers import ADAPTERS

    before = {kind: vars(kind).get("inner_loop") for kind in ADAPTERS}
    for kind, adapter in ADAPTERS.items():
        kind.inner_loop = _asking_first(adapter, kind.inner_loop)

    def remove() -> None:
        for kind, own in before.items():
            if own is None:
                del kind.inner_loop
            else:
                kind.inner_loop = own

    return remove


def _asking_first(adapter: Callable[..., Any], original: Callable[..., Any]) -> Callable[..., Any]:
    def inner_loop(
        self: Any, sequences: Any, initial_state: Any, mask: Any, training: bool = False
    ) -> Any:
        if _inside.get():
            try:
                return adapter(self, sequences, initial_state, mask, training)
            except NotImplementedError:
                pass
        return original(self, sequences, initial_state, mask, training=training)

    return inner_loop
