"""One misuse of a public function: tried, and judged by how it ended."""

from __future__ import annotations

import contextlib
import io
import re
import signal
import warnings
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from echospan.errors import EchospanError
from misuse.hostile import VALUES

LIMIT = 60
"""Seconds of the processor after which an attempt hangs; ten times as many on the clock."""

LONGEST = 1000
"""Characters of a useful message."""

OF_KERAS_AND_NUMPY = "__array__ implementation doesn't accept a copy"
"""Keras 3.15.1 reads its own variables so; no fault of the attempt."""


@dataclass(frozen=True)
class Call:
    """A valid call of something public.

    Attributes:
        name: What it is, such as "span".
        make: Returns the callable and its arguments by name, made anew.
        more: Arguments that can be given, too, and are left out in the valid call.
        skip: By argument, hostile values that are sound there and would take long.
        called: By argument, what else a message may call it.
        raises: Errors that tell the user enough: a contract's AssertionError.
    """

    name: str
    make: Callable[[], tuple[Callable[..., Any], dict[str, Any]]]
    more: tuple[str, ...] = ()
    skip: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    called: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    raises: tuple[type[Exception], ...] = ()

    def arguments(self) -> list[str]:
        """Names of its arguments."""
        return [*self.make()[1], *self.more]

    def misuses(self) -> Iterator[tuple[str, str]]:
        """Each argument with each hostile value's name."""
        for argument in self.arguments():
            left_out = self.skip.get(argument, ())
            for value in VALUES:
                if value not in left_out:
                    yield argument, value

    def pairs(self) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
        """Two arguments at once: each misuse with one of another argument, the same each time."""
        every = list(self.misuses())
        for one in every:
            others = [other for other in every if other[0] != one[0]]
            if others:
                place = zlib.crc32(f"{self.name} {one}".encode()) % len(others)
                yield one, others[place]


class Hangs(BaseException):
    """The attempt took too long."""


@contextlib.contextmanager
def _limited(seconds: int) -> Iterator[None]:
    def ring(number: int, frame: FrameType | None) -> None:
        raise Hangs

    before = {each: signal.signal(each, ring) for each in (signal.SIGALRM, signal.SIGPROF)}
    # On a busy machine much time passes in which nothing is done.
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.alarm(10 * seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
        for each, handler in before.items():
            signal.signal(each, handler)


def attempt(call: Call, changes: Mapping[str, Any], *positional: Any) -> str:
    """What is wrong with how a call ends with these arguments changed; empty where nothing is."""
    function, arguments = call.make()
    arguments.update(changes)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        problem = _tried(function, positional, arguments, call, tuple(changes))
    for each in warned:
        if OF_KERAS_AND_NUMPY not in str(each.message) and not problem:
            problem = f"warned: {each.category.__name__}: {str(each.message)[:200]}"
    return problem


def _tried(
    function: Callable[..., Any],
    positional: tuple[Any, ...],
    arguments: dict[str, Any],
    call: Call,
    changed: tuple[str, ...],
) -> str:
    quiet = contextlib.redirect_stdout(io.StringIO())
    try:
        with _limited(LIMIT), quiet, contextlib.redirect_stderr(io.StringIO()):
            function(*positional, **arguments)
    except Hangs:
        return f"took more than {LIMIT} seconds"
    except (EchospanError, TypeError, ValueError, *call.raises) as error:
        return _message(error, call, changed)
    except BaseException as error:
        return f"{type(error).__name__}: {_short(error)}"
    return ""


def _message(error: Exception, call: Call, changed: tuple[str, ...]) -> str:
    try:
        text = str(error)
    except Exception as own:
        return f"{type(error).__name__} whose text raises {type(own).__name__}"
    if len(text) > LONGEST or text.count("\n") > 4:
        return f"{type(error).__name__} of {len(text):,} characters: {_short(error)}"
    if isinstance(error, call.raises):
        return ""
    own = isinstance(error, EchospanError)
    if not own and _from_elsewhere(error):
        return f"{type(error).__name__} from elsewhere: {_short(error)}"
    names = {name for each in changed for name in (each, *call.called.get(each, ()))}
    names |= {name for each in changed for name in (f"{each}s",)}
    if any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in names):
        return ""
    return f"{type(error).__name__} without {changed}: {_short(error)}"


def _from_elsewhere(error: Exception) -> bool:
    """Whether it was raised by other code than the package's; the arguments went that far."""
    trace, last = error.__traceback__, ""
    while trace is not None:
        last, trace = trace.tb_frame.f_code.co_filename, trace.tb_next
    return "echospan" not in last and "/misuse/" not in last


def _short(error: BaseException) -> str:
    try:
        return " ".join(str(error).split())[:200]
    except Exception:
        return "(no text)"
