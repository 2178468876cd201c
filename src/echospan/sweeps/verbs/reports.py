"""Units that are reports of a function of echospan's: its arguments, swept."""

from __future__ import annotations

import hashlib
import inspect
import json
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from echospan.arguments import Rule
from echospan.errors import ConfigError, DataError, did_you_mean
from echospan.store.claims import Wanted
from echospan.store.detached import DetachedRun
from echospan.store.names import slug
from echospan.sweeps.grid import Settings, flat
from echospan.sweeps.verbs.base import Cost, Unit, Verb
from echospan.sweeps.verbs.keeping import keep_each
from echospan.sweeps.verbs.sources import digests, is_code, placed

if TYPE_CHECKING:
    from echospan.report.kept import Report

SETTINGS = "settings"

NOT_SWEPT = ("store", "observer", "stop", "trust", "yes")
"""Arguments that say nothing about what comes out."""


class Reported(Verb):
    """Reports, kept as the command of the verb's name keeps them.

    Paths begin where the sweep's file lies. What a unit reads belongs to its fingerprint: a file
    whose content changed makes another unit.
    """

    files: ClassVar[tuple[str, ...]]
    """Settings that name a file of data."""
    codes: ClassVar[tuple[str, ...]]
    """Settings that name a model or a function, which may be code."""

    def __init__(self, content: Mapping[str, Any], source: Path, *, trust: bool = False) -> None:
        """As `Verb`.

        Args:
            content: Arguments of the function, by name.
            source: The sweep's file; its folder is where paths begin.
            trust: Import what the settings name as code.
        """
        self._base = flat(content)
        self._folder, self._trust = source.parent, trust
        self._rules = self.rules()
        self._defaults = self.defaults()
        self._seen: set[str] = set()
        self._digests: dict[tuple[str, str], dict[str, str]] = {}

    @classmethod
    @abstractmethod
    def rules(cls) -> Mapping[str, Rule]:
        """What each setting may be."""

    @classmethod
    @abstractmethod
    def function(cls) -> Callable[..., Any]:
        """The function, for its defaults."""

    @abstractmethod
    def require(self, arguments: Mapping[str, Any], *, trust: bool) -> None:
        """Look that a report of these arguments can be made, without making it.

        Raises:
            EchospanError: It can't.
        """

    @classmethod
    @abstractmethod
    def measure(
        cls, arguments: Mapping[str, Any], stop: Callable[[], bool], *, trust: bool
    ) -> Report:
        """Make the report."""

    @classmethod
    @abstractmethod
    def subject(cls, arguments: Mapping[str, Any]) -> str:
        """What is measured, for tables.

        Raises:
            ConfigError: No setting says what is measured.
        """

    @classmethod
    def decisive(cls, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """The arguments that `require` looks at; the same ones are looked at once."""
        return arguments

    @classmethod
    def defaults(cls) -> Mapping[str, Any]:
        """What arguments are that are left out."""
        parameters = inspect.signature(cls.function()).parameters.values()
        empty = inspect.Parameter.empty
        return {one.name: None if one.default is empty else one.default for one in parameters}

    @property
    def name(self) -> str:
        """What the reports are about."""
        told = next(
            (self._base[name] for name in self.codes + self.files if name in self._base), ""
        )
        return f"{self.kind}-{told}" if isinstance(told, str) and told else self.kind

    @property
    def base(self) -> Settings:
        """See `Verb.base`."""
        return self._base

    @property
    def beneath(self) -> Settings:
        """See `Verb.beneath`."""
        return {name: one for name, one in self._defaults.items() if name in self._rules}

    def unit(self, settings: Settings) -> Unit:
        """See `Verb.unit`."""
        arguments = self._arguments(settings)
        subject = self.subject(arguments)
        sources = self._sources(arguments)
        self._require(arguments, sources)
        told = [self.kind, {**self._plain_defaults(), **arguments}, sources]
        text = json.dumps(told, sort_keys=True, default=str)
        return Unit(settings, hashlib.sha256(text.encode()).hexdigest()[:16], subject)

    def wanted(self, unit: Unit) -> Wanted:
        """See `Verb.wanted`."""
        arguments = self._arguments(unit.settings)
        subject = self.subject(arguments)
        config = {
            "name": subject,
            "settings": arguments,
            "folder": str(self._folder.absolute()),
            "sources": self._sources(arguments),
        }
        recipe = f"{self.kind}-{slug(subject) or 'report'}"
        return Wanted(unit.fingerprint, recipe, config, seed=arguments.get("seed") or 0)

    def key_of(self, config: Mapping[str, Any], *, trust: bool) -> str:
        """See `Verb.key_of`; reports on one model, or one file, take about as long."""
        return str(config.get("name"))

    def cost(self, result: Mapping[str, Any], seconds: float | None) -> Cost | None:
        """See `Verb.cost`."""
        return None if seconds is None else Cost(0.0, seconds)

    @classmethod
    def work(cls, runs: Sequence[DetachedRun], stop: Callable[[], bool], *, trust: bool) -> None:
        """See `Verb.work`."""
        keep_each(runs, stop, lambda run: cls.measured(run.config, stop, trust=trust))

    @classmethod
    def measured(
        cls, config: Mapping[str, Any], stop: Callable[[], bool], *, trust: bool
    ) -> Report:
        """Make the report of a stored unit, once it is known that its files are what they were.

        Raises:
            DataError: They are not.
        """
        arguments = cls._placed(config["settings"], Path(config["folder"]))
        for name in (*cls.files, *cls.codes):
            now = digests(arguments.get(name), code=name in cls.codes, field=name)
            for file, digest in now.items():
                if config["sources"].get(file, digest) != digest:
                    raise DataError(
                        f"{file} was changed after the sweep looked at it. Start the sweep again; "
                        "it makes other units of it."
                    )
        return cls.measure(arguments, stop, trust=trust)

    def _require(self, arguments: Mapping[str, Any], sources: Mapping[str, str]) -> None:
        decisive = self.decisive(arguments)
        key = json.dumps([decisive, sources], sort_keys=True, default=str)
        if key not in self._seen:
            placed_here = self._placed(arguments, self._folder)
            self.require(placed_here, trust=self._trust)
            self._seen.add(key)

    def _plain_defaults(self) -> dict[str, Any]:
        """The defaults as a file would give them, so that one that is written out is the same."""
        found = {name: self._defaults.get(name) for name in self._rules}
        return {name: list(one) if isinstance(one, tuple) else one for name, one in found.items()}

    def _sources(self, arguments: Mapping[str, Any]) -> dict[str, str]:
        found: dict[str, str] = {}
        here = self._placed(arguments, self._folder)
        for name in (*self.files, *self.codes):
            key = (name, str(here.get(name)))
            if key not in self._digests:
                self._digests[key] = digests(here.get(name), code=name in self.codes, field=name)
            found.update(self._digests[key])
        return found

    @classmethod
    def _placed(cls, arguments: Mapping[str, Any], folder: Path) -> dict[str, Any]:
        found = dict(arguments)
        for name in (*cls.files, *cls.codes):
            if isinstance(found.get(name), str):
                found[name] = placed(found[name], folder, code=name in cls.codes)
        return found

    def _arguments(self, settings: Settings) -> dict[str, Any]:
        """The arguments that these settings give, each looked at by its rule.

        Raises:
            ConfigError: One does not exist, or has another value than it may have.
        """
        found: dict[str, Any] = {}
        for field, value in settings.items():
            table, _, inner = field.partition(".")
            if inner and table == SETTINGS and SETTINGS in self._rules:
                found.setdefault(SETTINGS, {})[inner] = value
                continue
            if field not in self._rules:
                known = list(self._rules)
                allowed = f"left out: the settings of {self.kind} are {', '.join(known)}"
                raise ConfigError(field, allowed, value, did_you_mean(field, known))
            taken = self._rules[field](field, value)
            found[field] = list(taken) if isinstance(taken, tuple) else taken
        for name in self.codes:
            if is_code(found.get(name)) and not self._trust:
                raise ConfigError(
                    name, "no code, where the file is not trusted", found[name],
                    "Pass --trust (Python: trust=True) if you know what code it names.",
                )  # fmt: skip
        return found
