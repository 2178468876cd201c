"""Every error that echospan raises on purpose.

EchospanError
├── ConfigError    a setting is unknown, unused or out of range (also a ValueError)
├── DataError      the user's own numbers cannot be used as they are (also a ValueError)
├── BackendError   Keras or JAX is not in the state that echospan needs
├── MissingExtra   a package of one of echospan's extras is not installed (also an ImportError)
├── OutOfMemory    the memory does not suffice for the settings (also a MemoryError)
└── StoreError     the store cannot be read or written
    ├── RunNotFound    no run has that id
    └── CorruptRun     a run's files are damaged, truncated or not what they claim to be

The command line turns each of them into one line on standard error and exit code 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class EchospanError(Exception):
    """Base class of all errors that echospan raises on purpose.

    Example:
        >>> try:
        ...     echospan.tasks.Echo(lag=-1)
        ... except echospan.EchospanError as error:
        ...     print(error)
        task.lag must be greater than or equal to 0; got -1.
    """


class ConfigError(EchospanError, ValueError):
    """A setting is unknown, unused or out of range.

    Args:
        field: Dotted name of the setting, such as ``framing.window``.
        allowed: What may stand there, as the end of the sentence "must be ...".
        given: The value that stood there.
        hint: What to do about it, as one sentence; empty where the rest says enough.

    Example:
        >>> error = echospan.ConfigError("task.lag", "at least 0", -1)
        >>> print(error)
        task.lag must be at least 0; got -1.
        >>> error.field
        'task.lag'
    """

    def __init__(self, field: str, allowed: str, given: object, hint: str = "") -> None:
        self.field = field
        self.allowed = allowed
        self.given = given
        self.hint = hint
        # What is missing was not given: "got None" would only repeat that.
        got = "" if given is None and allowed.startswith("given") else f"; got {shown(given)}"
        text = f"{field} must be {allowed}{got}."
        super().__init__(f"{text} {hint}" if hint else text)

    def __reduce__(self) -> tuple[type[ConfigError], tuple[str, str, object, str]]:
        """Rebuild from the four arguments, so that a worker process can send it home."""
        return type(self), (self.field, self.allowed, self.given, self.hint)


MOST_LISTED = 40
"""Names that an error lists; more of them nobody reads."""


def unknown(field: str, known: Iterable[str], given: object, more: str = "") -> ConfigError:
    """A name that is none of those known, with the nearest of them.

    Args:
        field: What the name is called.
        known: The names there are.
        given: The one that stood there.
        more: What else may stand there: ", ..., or a .keras file".
    """
    names = list(known)
    listed = ", ".join(names[:MOST_LISTED])
    if len(names) > MOST_LISTED:
        listed += f" and {len(names) - MOST_LISTED} more"
    also = f", {more}" if more else ""
    return ConfigError(field, f"one of {listed}{also}", given, did_you_mean(given, names))


def did_you_mean(given: object, known: Iterable[str]) -> str:
    """The hint that names the nearest of the known names; empty where none is near."""
    import difflib

    near = difflib.get_close_matches(str(given)[:200], list(known), 1)
    return f"Did you mean {near[0]!r}?" if near else ""


def shown(given: object) -> str:
    """How an error shows what was given: its `repr` on one short line, whatever it is."""
    try:
        if isinstance(given, int) and given.bit_length() > 1000:
            return f"an integer of {given.bit_length():,} bits"
        return _one_line(repr(given))
    except Exception:
        # An object of the user's own, or one that is nested too deep.
        return f"a {type(given).__name__} that cannot be shown"


def _one_line(text: str, most: int = 120) -> str:
    """The text without line breaks, its middle left out where it is long (an array, a file)."""
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most // 2]} ... {text[-most // 4 :]}"


class DataError(EchospanError, ValueError):
    """The user's data cannot be used.

    Example:
        >>> try:
        ...     echospan.run("csv", {"task.data": "no.csv", "task.column": "sales"})
        ... except echospan.DataError as error:
        ...     print(error)
        no.csv does not exist. Check the path.
    """


class BackendError(EchospanError, RuntimeError):
    """Keras or JAX is not set up as echospan needs it.

    Example:
        >>> issubclass(echospan.BackendError, RuntimeError)
        True
    """


class MissingExtra(EchospanError, ImportError):
    """A package that this needs is not installed; the message ends in the line that installs it.

    `echospan.extras.needs` raises it, which knows the extra of each package.

    Args:
        purpose: What needs it, as the beginning of the sentence.
        packages: The packages that are missing, at least one.
        extra: The extra of echospan that brings them; empty where none does.

    Example:
        >>> print(echospan.MissingExtra("A figure", ["matplotlib"], "figures"))
        A figure needs matplotlib, which is not installed: pip install 'echospan[figures]'
    """

    def __init__(self, purpose: str, packages: Iterable[str], extra: str = "") -> None:
        self.purpose, self.packages, self.extra = purpose, tuple(packages), extra
        *most, last = self.packages
        names = f"{', '.join(most)} and {last}" if most else last
        which = "which are not installed" if most else "which is not installed"
        line = f"'echospan[{extra}]'" if extra else " ".join(self.packages)
        super().__init__(f"{purpose} needs {names}, {which}: pip install {line}", name=last)

    def __reduce__(self) -> tuple[type[MissingExtra], tuple[str, tuple[str, ...], str]]:
        """Rebuild from the arguments, so that a worker process can send it home."""
        return type(self), (self.purpose, self.packages, self.extra)


class OutOfMemory(EchospanError, MemoryError):
    """There is not enough memory for the settings.

    Args:
        detail: How much memory was requested.

    Example:
        >>> error = echospan.OutOfMemory("10 GB were requested")
        >>> str(error).startswith("10 GB were requested. Lower batch_size")
        True
    """

    def __init__(self, detail: str) -> None:
        self.detail = detail.strip().rstrip(".")
        super().__init__(
            (f"{self.detail}. " if self.detail else "Out of memory. ")
            + "Lower batch_size, length, units or symbols, or train fewer seeds at once."
        )

    def __reduce__(self) -> tuple[type[OutOfMemory], tuple[str]]:
        """Rebuild from what was said, so that a worker process can send it home."""
        return type(self), (self.detail,)


class StoreError(EchospanError):
    """The store cannot be read or written.

    Example:
        >>> try:
        ...     echospan.Store("no-such-folder", create=False)
        ... except echospan.StoreError as error:
        ...     print("There is no store at" in str(error))
        True
    """


class RunNotFound(StoreError, LookupError):
    """No run has that id.

    Example:
        >>> with echospan.Store("my-runs") as store:
        ...     try:
        ...         store.get("latest")
        ...     except echospan.RunNotFound:
        ...         print("There is no run yet.")
        There is no run yet.
    """


class CorruptRun(StoreError):
    """A run's files are damaged, truncated or not what they claim to be.

    Example:
        >>> issubclass(echospan.CorruptRun, echospan.StoreError)
        True
    """


@contextmanager
def naming_what_to_lower() -> Iterator[None]:
    """Turn JAX's and NumPy's way of saying that memory ran out into `OutOfMemory`.

    Also a decorator: `@naming_what_to_lower()`.
    """
    try:
        yield
    except OutOfMemory:
        raise
    except MemoryError as problem:
        raise OutOfMemory(str(problem)) from problem
    except RuntimeError as problem:
        # JAX has one class for all that goes wrong while a program runs; its status comes first.
        status, _, detail = str(problem).partition(": ")
        if status != "RESOURCE_EXHAUSTED":
            raise
        raise OutOfMemory(detail.splitlines()[0]) from problem
