"""Names of tasks, framings, models and findings: those built in, and those of other packages.

A `Registry` is a table of the built-in ones that also finds what other packages bring: by the name
of an entry point, or as ``package.module:Class``. Entry points are loaded when their name is used,
never before. Text that comes from a file imports nothing that is not registered: see `reading`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from echospan.errors import ConfigError, unknown
from echospan.foreign import one_line, text_of

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

T = TypeVar("T")

_may_import: ContextVar[bool] = ContextVar("echospan_may_import", default=True)


@contextmanager
def reading(*, trust: bool) -> Iterator[None]:
    """Read data: names of code in it are refused unless `trust`, or an outer reading trusts less.

    A name that the user typed or passed needs no such block.
    """
    token = _may_import.set(trust and _may_import.get())
    try:
        yield
    finally:
        _may_import.reset(token)


@dataclass(frozen=True)
class Plugin:
    """What an entry point of another package brings.

    Attributes:
        name: The name that it is used by.
        reference: ``package.module:Class``.
        package: The distribution that brings it, with its version.
        problem: Why it cannot be used, as one line; empty where it can.
    """

    name: str
    reference: str
    package: str
    problem: str = ""


class Registry(Mapping[str, T], Generic[T]):
    """A table of the built-in classes by name, open to those of other packages.

    As a mapping it holds the built-in ones only. `find` knows the others, too.

    Args:
        what: What it names, such as "task". Entry points stand in the group ``echospan.tasks``.
        rows: The built-in ones.
        accepts: Says of an object from elsewhere what is wrong with it; empty where nothing is.
        field: What the name is called in errors; left out, ``task.kind``.
    """

    def __init__(
        self,
        what: str,
        rows: Mapping[str, T],
        accepts: Callable[[object], str] = lambda found: "",
        field: str = "",
    ) -> None:
        self.what = what
        self.group = f"echospan.{what}s"
        self.field = field or f"{what}.kind"
        self._rows = dict(rows)
        self._accepts = accepts
        self._in_hand: dict[str, T] = {}
        self._loaded: dict[str, T] = {}
        self._named: dict[str, str] = {}

    def __getitem__(self, name: str) -> T:
        return self._rows[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def names(self) -> list[str]:
        """Every name that `find` knows: the built-in ones, then those of other packages."""
        return [*self._rows, *self._usable()]

    def find(self, name: str) -> T:
        """What `name` stands for.

        Args:
            name: A built-in name, an entry point's, or ``package.module:Class``.

        Raises:
            ConfigError: There is no such thing, it cannot be imported, or it stands in data that
                is not trusted.
        """
        if name in self._rows:
            return self._rows[name]
        if ":" in name:
            return self._by_reference(name)
        entry = self._usable().get(name)
        if entry is None:
            several = [each.value for each in self._entries() if each.name == name]
            if several:
                hint = f"Write {' or '.join(several)}."
                raise ConfigError(self.field, "a name that one package brings", name, hint)
            raise unknown(self.field, self.names(), name, "or package.module:Class")
        return self._load(entry)

    def problem_with(self, given: object) -> str:
        """Why an object from elsewhere cannot stand here; empty where it can."""
        return self._accepts(given)

    def admit(self, given: T) -> str:
        """Note an object that the user holds, so that data may name it; the name it then has.

        That is the built-in name, that of the entry point which leads to it, or
        ``package.module:Class``.
        """
        for name, own in self._rows.items():
            if own is given:
                return name
        reference = reference_to(given)
        if self._in_hand.get(reference) is given and reference in self._named:
            return self._named[reference]
        self._in_hand[reference] = given
        self._named[reference] = self._name(given, reference)
        return self._named[reference]

    def _name(self, given: T, reference: str) -> str:
        package = reference.partition(".")[0].partition(":")[0]
        for name, entry in self._usable().items():
            if entry.value == reference or self._loaded.get(name) is given:
                return name
            # Its package is imported already: whoever holds the object has done that.
            if entry.module.partition(".")[0] == package and self._tried(entry.load)[0] is given:
                return name
        return reference

    def plugins(self) -> list[Plugin]:
        """What other packages bring, each tried out: what cannot be imported says why."""
        listed, usable = [], self._usable()
        for entry in self._entries():
            problem = ""
            if entry.name in self._rows:
                problem = f"not used: {entry.name!r} is built in"
            elif entry.name not in usable:
                problem = "not used: two packages bring this name"
            else:
                problem = self._tried(entry.load)[1]
            listed.append(Plugin(entry.name, entry.value, _package(entry), problem))
        return listed

    def _entries(self) -> list[EntryPoint]:
        from importlib.metadata import entry_points

        return sorted(entry_points(group=self.group), key=lambda entry: entry.name)

    def _usable(self) -> dict[str, EntryPoint]:
        """By name, without those that would hide a built-in one or another's."""
        named: dict[str, list[EntryPoint]] = {}
        for entry in self._entries():
            named.setdefault(entry.name, []).append(entry)
        return {
            name: entries[0]
            for name, entries in named.items()
            # One package may be found twice, installed and beside the user.
            if name not in self._rows and len({entry.value for entry in entries}) == 1
        }

    def _by_reference(self, name: str) -> T:
        for own in self._rows.values():
            if name in (reference_to(own), f"echospan.{self.what}s:{getattr(own, '__name__', '')}"):
                return own
        if name in self._in_hand:
            return self._in_hand[name]
        for entry in self._usable().values():
            if entry.value == name:
                return self._load(entry)
        if not _may_import.get():
            raise ConfigError(
                self.field,
                f"one of {', '.join(self.names())}, unless you trust where it comes from",
                name,
                "It names code that would be imported: add --trust (Python: trust=True).",
            )
        loaded = self._checked(name, lambda: _imported(name))
        self._in_hand[name] = loaded
        return loaded

    def _load(self, entry: EntryPoint) -> T:
        if entry.name not in self._loaded:
            where = f" (entry point {entry.value} of {_package(entry)})"
            self._loaded[entry.name] = self._checked(entry.name, entry.load, where)
        return self._loaded[entry.name]

    def _checked(self, name: str, load: Callable[[], Any], where: str = "") -> T:
        loaded, problem = self._tried(load)
        if problem:
            place, _, own = name.partition(":")
            hint = f"Write {place[:-3]}:{own}, in the folder of {place}." if ".py" in place else ""
            raise ConfigError(
                self.field, f"a {self.what} that can be used{where}: {problem}", name, hint
            )
        kept: T = loaded
        return kept

    def _tried(self, load: Callable[[], Any]) -> tuple[Any, str]:
        """What is loaded, and what is wrong with it as one line; empty where nothing is."""
        try:
            loaded = load()
        # Whatever the code of others raises when it is imported must not end other commands.
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            said = f"importing it raised {type(error).__name__}: {text_of(error)}"
            return None, one_line(said)
        return loaded, self._accepts(loaded)


def reference_to(given: object) -> str:
    """``package.module:Class`` of a class or a function."""
    return f"{getattr(given, '__module__', '')}:{getattr(given, '__qualname__', '')}"


def _imported(reference: str) -> Any:
    module, _, path = reference.partition(":")
    target: Any = import_module(module)
    for name in path.split("."):
        target = getattr(target, name)
    return target


def _package(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else "a package"
