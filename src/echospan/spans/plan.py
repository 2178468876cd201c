"""What to measure by: a protocol with the changes that the user asked for, and its task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from echospan.adapters.trainable import PIECE
from echospan.memory_tasks.base import MemoryTask
from echospan.memory_tasks.choose import memory_task_of
from echospan.memory_tasks.echo import Lengths
from echospan.results.data import plain
from echospan.results.protocol import ProtocolUse
from echospan.spans.protocol import Protocol, find_protocol, is_standard
from echospan.spans.search.budget import Budget
from echospan.spans.search.trial import Rules
from echospan.spec import Spec
from echospan.tasks import Echo


@dataclass(frozen=True)
class Plan:
    """A protocol as it is used.

    Attributes:
        base: The protocol that was named.
        used: The same with what was changed.
        task: The task to train on.
        budget: The user's cap, as given; None without one.
    """

    base: Protocol
    used: Protocol
    task: MemoryTask
    budget: str | float | None = None

    @property
    def rules(self) -> Rules:
        """When a trial ends."""
        used = self.used
        return Rules(
            updates=_pieces(used.updates),
            most_updates=_pieces(used.most_updates),
            every=_pieces(used.look_every),
            patience=used.patience,
            threshold=used.threshold,
            confidence=used.confidence,
            drops=used.drops,
            falling_fails=used.falling == "failed",
        )

    def purse(self) -> Budget:
        """A new budget: what the user allows, and never more than the protocol does."""
        purse = Budget() if self.budget is None else Budget.parse(self.budget)
        most = self.used.total_updates
        if most is not None:
            purse.updates = min(most, most if purse.updates is None else purse.updates)
        return purse

    @property
    def budget_text(self) -> str:
        """The user's cap in words."""
        return "none" if self.budget is None else str(Budget.parse(self.budget))

    @property
    def capped(self) -> bool:
        """Whether the user's cap ends a search before the protocol's own."""
        if self.budget is None:
            return False
        given, most = Budget.parse(self.budget), self.used.total_updates
        return given.updates is None or most is None or given.updates < most

    def use(self, *, interrupted: bool) -> ProtocolUse:
        """How a measurement followed the protocol.

        Args:
            interrupted: Whether the user ended it early.
        """
        before, after = _flat(self.base.to_dict()), _flat(self.used.to_dict())
        names = [name for name in Protocol.model_fields if name in before or name in after]
        names += [name for name in before if "." in name]
        changed = {
            name: [before.get(name), after.get(name)]
            for name in names
            if before.get(name) != after.get(name)
        }
        if self.budget is not None:
            changed["budget"] = [None, self.budget_text]
        return ProtocolUse(
            name=self.base.name,
            version=self.base.version,
            fingerprint=self.base.fingerprint(),
            standard=is_standard(self.base) and not changed and not interrupted,
            changed=changed,
        )


def make_plan(
    protocol: str | Path | Mapping[str, Any] | Protocol,
    *,
    task: Any = None,
    symbols: int | None = None,
    lags: Sequence[int] | None = None,
    largest: int | None = None,
    updates: int | None = None,
    rates: Sequence[float] | None = None,
    budget: str | float | None = None,
    **others: Any,
) -> Plan:
    """Lay what the user asked for over a protocol.

    Args:
        protocol: What `find_protocol` takes.
        task: Another task; None for the protocol's.
        symbols: Another number of symbols.
        lags: The lags to try and no others.
        largest: Another largest lag.
        updates: Most updates of one training, which then does not grow.
        rates: Other learning rates.
        budget: A cap on seconds or updates.
        **others: Further settings of the protocol under their own names; None where not given.

    Raises:
        ConfigError: A setting is wrong, or the task doesn't exist at these lags.
    """
    base = find_protocol(protocol)
    if budget is not None:
        Budget.parse(budget)
    changes = {name: value for name, value in others.items() if value is not None}
    if lags is not None:
        changes["lags"] = sorted(set(lags))
    if rates is not None:
        changes["rates"] = sorted({float(rate) for rate in rates})
    if updates is not None:
        changes["updates"] = changes["most_updates"] = updates
    if largest is not None:
        changes["largest"] = largest
    used = base.replace(**changes)
    lengths = Lengths(**used.sequences.to_dict())
    given = used.task if task is None else task
    if given is Echo or isinstance(given, Echo):
        given = "echo" if given is Echo else {"kind": "echo", "symbols": given.symbols}
    same = isinstance(given, str | Mapping) and _kind(given) == _kind(base.task)
    if symbols is None and same and not _names_symbols(given):
        symbols = used.symbols
    # A protocol's largest lag is for its own task: the alphabet of another one may have to grow.
    most = used.largest if same else largest
    if isinstance(given, MemoryTask):
        made = given
    else:
        made = memory_task_of(given, symbols, most, used.lags, lengths)
    seen: dict[str, Any] = {"task": _described(given, made), "symbols": made.symbols}
    if seen["task"] != base.task and symbols is None:
        # What another task brings along is part of that change.
        seen["symbols"] = base.symbols
    return Plan(base, used.replace(**seen), made, budget)


def _pieces(updates: int) -> int:
    return max(PIECE, updates // PIECE * PIECE)


def _flat(content: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by name, those of `sequences` with a dot; `about` is no rule."""
    inner = content["sequences"]
    flat = {name: value for name, value in content.items() if name not in ("sequences", "about")}
    return {**flat, **{f"sequences.{name}": value for name, value in inner.items()}}


def _kind(task: str | Mapping[str, Any]) -> Any:
    """The task's name where it has no settings of its own; else its settings."""
    if isinstance(task, str):
        return task
    settings = {name: value for name, value in task.items() if name != "symbols"}
    return settings.get("kind", "echo") if len(settings) < 2 else settings


def _names_symbols(task: Any) -> bool:
    return isinstance(task, Mapping) and "symbols" in task


def _described(given: Any, made: MemoryTask) -> str | dict[str, Any]:
    """The task as a protocol's file would have it."""
    if made.echoes or isinstance(given, str):
        return made.name if made.echoes else str(given)
    if isinstance(given, Mapping):
        kind = _kind({**given, "kind": made.name})
        return kind if isinstance(kind, str) else dict(plain(kind))
    if isinstance(given, Spec):
        settings = given.to_dict()
        settings.pop("symbols", None)
        return settings
    return made.name
