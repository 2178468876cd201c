"""A sweep's file as a plan: its verb, and its units one after another."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from echospan.errors import ConfigError, EchospanError
from echospan.formats import read_toml
from echospan.given import read_given_text
from echospan.limits import require_at_most, sizes
from echospan.observer import halt_if
from echospan.sweeps.grid import Grid, Settings, grid_of
from echospan.sweeps.verbs import DEFAULT, Unit, Verb, verb_class

SWEEP, VERB, EXECUTOR = "sweep", "verb", "executor"

LONGEST_PATH = 4096

NAMED = 10
"""Units that an error names."""


@dataclass(frozen=True)
class Plan:
    """What a sweep is to do.

    Attributes:
        verb: What is done with each unit.
        verb_name: What the file calls it.
        grid: The settings of the units.
        options: The tables ``[executor.NAME]``, by name.
        source: The file.
    """

    verb: Verb
    verb_name: str
    grid: Grid
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    source: Path = Path("sweep.toml")

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.source.stem if self.source.suffix == ".toml" else self.verb.name

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that are swept."""
        return self.grid.fields

    def units(self) -> Iterator[Unit]:
        """All units, which are known to be right."""
        for settings in self.grid:
            yield self.verb.unit(settings)

    def check(
        self,
        seen: Callable[[Unit], None] = lambda unit: None,
        stop: Callable[[], bool] | None = None,
    ) -> int:
        """Look at every unit before anything starts; how many there are.

        Args:
            seen: Is told of each.
            stop: Asked between two of them.

        Raises:
            ConfigError: Some can't be done. It names the first ten, and why.
            Halted: `stop` said so.
        """  # fmt: skip
        require_at_most("sweep", sizes.UNITS, self.grid.most, "Each point is a unit of its own.")
        refused: list[tuple[Settings, EchospanError]] = []
        found = array("q")
        wrong = count = 0
        for settings in self.grid:
            halt_if(stop)
            count += 1
            try:
                unit = self.verb.unit(settings)
            except EchospanError as error:
                wrong += 1
                if len(refused) < NAMED:
                    refused.append((settings, error))
                continue
            found.append(hash(unit.fingerprint))
            if not wrong:
                seen(unit)
        if wrong:
            raise self._refusal(refused, wrong, count)
        self._require_different(found)
        if not count:
            raise ConfigError("sweep", "made of at least one unit", None, "All are excluded.")
        return count

    def _require_different(self, found: array[int]) -> None:
        """Refuse points that come to the same unit; of a million, eight bytes each are kept.

        Raises:
            ConfigError: There are such. It names two of them.
        """
        # Two texts may have one hash; then the points are looked at once more for nothing.
        if len(np.unique(np.frombuffer(found, np.int64))) == len(found):
            return
        known: dict[str, Settings] = {}
        for unit in self.units():
            same = known.setdefault(unit.fingerprint, unit.settings)
            if same is not unit.settings:
                raise ConfigError(
                    "sweep",
                    "made of points that differ",
                    _Words(f"{self.label(same)}, and {self.label(unit.settings)}"),
                    "They are one and the same unit. Leave one of them out.",
                )

    def _refusal(
        self, refused: list[tuple[Settings, EchospanError]], wrong: int, count: int
    ) -> EchospanError:
        kinds = {_kind(error) for _, error in refused}
        if len(kinds) == 1 and wrong == count:
            # What is wrong with all of them is no matter of one unit.
            return refused[0][1]
        told = "; ".join(
            f"{self.label(settings)}: {str(error).rstrip('.')}" for settings, error in refused
        )
        more = f" (and {wrong - len(refused)} more)" if wrong > len(refused) else ""
        return ConfigError(
            "sweep", "made of units that can all be done",
            _Words(f"{wrong:,} of {count:,} that can't"), f"{told}{more}",
        )  # fmt: skip

    def label(self, settings: Settings) -> str:
        """A unit's swept settings on one line: ``training.epochs=300, seed=1``."""
        return label(self.fields, settings)


def _kind(error: EchospanError) -> object:
    """What an error is about: equal for a field that does not exist, whatever its value."""
    return (error.field, error.allowed) if isinstance(error, ConfigError) else str(error)


def label(fields: tuple[str, ...], settings: Settings) -> str:
    """Settings on one line, those of the fields that apply."""
    shown = [f"{name}={_shown(settings[name])}" for name in fields if name in settings]
    return ", ".join(shown) or "the only unit"


def read_plan(what: str | Path | Mapping[str, Any], *, trust: bool = False) -> Plan:
    """The plan that a file holds, or settings of the same form.

    Args:
        what: The path of a TOML file, or what one holds.
        trust: Import what it names as ``package.module:Class``, too.

    Raises:
        ConfigError: A setting does not exist.
        DataError: The file can't be read, or is not valid TOML.
    """
    if isinstance(what, Mapping):
        content, source = dict(what), Path("sweep")
    else:
        if len(str(what)) > LONGEST_PATH:
            raise ConfigError("what", "the path of a TOML file", what)
        text = read_given_text(what, "a TOML file of a sweep", sizes.SETTINGS_FILE)
        content, source = read_toml(text, str(what)), Path(what)
    table = content.pop(SWEEP, {})
    if not isinstance(table, Mapping):
        raise ConfigError(SWEEP, "a table: [sweep]", table)
    name = content.pop(VERB, DEFAULT)
    options = content.pop(EXECUTOR, {})
    if not isinstance(options, Mapping) or not all(
        isinstance(each, Mapping) for each in options.values()
    ):
        raise ConfigError(EXECUTOR, "tables such as [executor.slurm]", options)
    kind = verb_class(str(name), trust=trust)
    verb = kind(content, source, trust=trust)
    return Plan(verb, str(name), grid_of(table, verb.base, verb.beneath), dict(options), source)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


class _Words(str):
    """Text that an error shows without quotation marks."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)
