"""Waiting for JAX in such a way that Ctrl-C and a request to stop are heard meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from echospan.engine import keras_internals as internals
from echospan.observer import Halted, asked, heeding

if TYPE_CHECKING:
    import jax

_draws: ContextVar[bool] = ContextVar("draws", default=False)

SHORT = 0.5
"""A call that is known to end within so many seconds is simply waited for."""

GRACE = 1.0
"""Seconds that a call is waited for after a request to stop, since it may be about to end."""

LOOK_EVERY = 0.002
"""Most seconds between two looks; the first come sooner, since most calls are short."""


def wait(tree: Any, stop: Callable[[], bool] | None = None, expected: float | None = None) -> None:
    """Wait until the arrays that one call of a compiled program gives are there.

    JAX hands out arrays before they are computed. Python hears no signal while it blocks on one.

    Args:
        tree: What the call gave.
        stop: Asked while it runs; left out, as `observer.heeding` says.
        expected: Seconds that it is known to take; None where that is not known.

    Raises:
        Halted: `stop` said so, and the call did not end soon. It is computed to its end unseen.
    """
    import jax

    leaves = jax.tree.leaves(tree)
    if expected is None or expected > SHORT:
        _look_until(lambda: all(leaf.is_ready() for leaf in leaves), stop)
    jax.block_until_ready(leaves)


@contextmanager
def drawing(stop: Callable[[], bool] | None = None) -> Iterator[None]:
    """Hear Ctrl-C and a request to stop while Keras draws orthogonal matrices inside the block.

    A wide one takes minutes, and the next operation would block on it without hearing anything.

    Args:
        stop: Asked meanwhile; left out, as `observer.heeding` says.

    Raises:
        Halted: `stop` said so.
    """
    internals.after_orthogonal(_drawn)
    token = _draws.set(True)
    try:
        with heeding(stop):
            yield
    finally:
        _draws.reset(token)


def _drawn(matrix: Any) -> None:
    import jax

    if _draws.get() and not isinstance(matrix, jax.core.Tracer):
        wait(matrix)


def compiled(lowered: jax.stages.Lowered, stop: Callable[[], bool] | None = None) -> Any:
    """Compile a traced program.

    Raises:
        Halted: `stop` said so, and the compilation did not end soon. It goes on unseen.
    """
    if threading.current_thread() is not threading.main_thread():
        return lowered.compile()
    ended: list[Any] = []

    def work() -> None:
        try:
            ended.append((lowered.compile(), None))
        except BaseException as error:
            ended.append((None, error))

    # Signals reach the main thread alone, and the compiler keeps the thread that calls it.
    thread = threading.Thread(target=work, daemon=True, name="echospan-compile")
    thread.start()
    since = -1.0
    while thread.is_alive():
        thread.join(0.05)
        since = _asked(stop, since)
    program, error = ended[0]
    if error is not None:
        raise error
    return program


def _look_until(there: Callable[[], bool], stop: Callable[[], bool] | None) -> None:
    since, pause = -1.0, LOOK_EVERY / 64
    while not there():
        since = _asked(stop, since)
        time.sleep(pause)
        pause = min(2 * pause, LOOK_EVERY)


def _asked(stop: Callable[[], bool] | None, before: float) -> float:
    """When `stop` was first found to say so; -1 where it has not."""
    if not (stop or asked)():
        return -1.0
    now = time.monotonic()
    if before < 0:
        return now
    if now - before > GRACE:
        raise Halted("Stopped.")
    return before
