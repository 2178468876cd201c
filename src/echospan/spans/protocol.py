"""Protocols: named, machine-independent rules for measuring a span, as TOML files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from echospan.errors import ConfigError, unknown
from echospan.formats import read_toml
from echospan.given import read_given_text
from echospan.limits import sizes
from echospan.spec import Spec

FORMAT = 1
"""Version of the files' form that is read here."""

STANDARD = ("standard-1", "quick-1")
"""Protocols that come with echospan; the first is the default."""


class Sequences(Spec):
    """How long sequences are, and how many are scored. For echo; other tasks have their own."""

    section: ClassVar[str] = "protocol.sequences"

    shortest: int = Field(ge=16, le=65_536)
    """Steps of the shortest training sequences."""
    times_lag: int = Field(ge=2, le=100)
    """A training sequence is at least this many times the lag, rounded up to a power of two."""
    evaluated: int = Field(ge=4, le=65_536)
    """Sequences in one evaluation."""
    evaluated_times: int = Field(ge=1, le=100)
    """Evaluation sequences are this many times longer than training sequences."""


class Protocol(Spec):
    """The rules by which a span is measured. They count updates, never seconds.

    Example:
        >>> from echospan.spans.protocol import find_protocol
        >>> protocol = find_protocol("quick-1")
        >>> protocol.seeds, protocol.updates
        (3, 4000)
    """

    section: ClassVar[str] = "protocol"

    format: Literal[1]
    """Version of the file's form."""
    name: str = Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    """Name of the protocol."""
    version: int = Field(ge=1)
    """Version of its rules."""
    about: str = ""
    """What it is for, in a sentence."""
    task: str | dict[str, Any]
    """The task: a name, or a table with `kind` and settings."""
    symbols: int | None = Field(default=None, ge=2, le=10_000)
    """Number of distinct symbols; left out, the task's own."""
    lags: list[int] | None = None
    """The lags to test and no others; left out, they are chosen from the results."""
    first: list[int] = Field(min_length=1)
    """Lags that are tested first."""
    growth: float = Field(gt=1, le=100)
    """After those, each lag is about this many times the one before."""
    largest: int = Field(ge=1, le=100_000)
    """Largest lag."""
    resolution: float = Field(ge=0, le=1)
    """How far beyond the span the first failed lag may be, as a share of the span."""
    seeds: int = Field(ge=1, le=1000)
    """Seeds at each lag; the median decides."""
    seed: int = Field(ge=0, le=2**31 - 1001)
    """The first seed."""
    rates: list[float] = Field(min_length=1)
    """Learning rates, in rising order."""
    batch_size: int = Field(ge=2, le=100_000)
    """Sequences in one update."""
    updates: int = Field(ge=10)
    """Most updates of one training."""
    most_updates: int = Field(ge=10)
    """The limit doubles up to this, if the loss still falls at the first failed lag."""
    total_updates: int | None = Field(default=None, ge=10)
    """Most updates of all trainings together."""
    look_every: int = Field(ge=10)
    """Updates between two looks at the loss."""
    patience: int = Field(ge=10)
    """Updates without progress after which the learning rate falls, or the training ends."""
    drops: int = Field(ge=0, le=20)
    """How often the learning rate falls to a third before the training ends."""
    beyond: list[float]
    """Multiples of the first failed lag that are tested, too."""
    threshold: float = Field(gt=0, lt=1)
    """A lag is solved if the interval of the median seed is above this."""
    confidence: float = Field(gt=0.5, lt=1)
    """Confidence of all intervals."""
    falling: Literal["failed", "undecided"]
    """What a lag is whose loss still falls when all updates are used."""
    sequences: Sequences
    """Lengths and numbers of sequences."""

    @model_validator(mode="after")
    def _in_order(self) -> Protocol:
        for name in ("first", "lags", "rates"):
            values = getattr(self, name)
            if values is not None and (not values or list(values) != sorted(set(values))):
                raise ConfigError(f"protocol.{name}", "numbers in rising order", values)
        smallest = min(self.first + (self.lags or []))
        if smallest < 0:
            raise ConfigError("protocol.lags", "whole numbers from 0 on", smallest)
        if not 0 < self.rates[0] <= self.rates[-1] <= 10:
            raise ConfigError("protocol.rates", "numbers above 0, at most 10", self.rates)
        if self.most_updates < self.updates:
            allowed = f"at least protocol.updates ({self.updates})"
            raise ConfigError("protocol.most_updates", allowed, self.most_updates)
        if any(factor <= 1 for factor in self.beyond):
            raise ConfigError("protocol.beyond", "numbers above 1", self.beyond)
        return self

    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that depend on all rules, but not on `about`."""
        content = self.to_dict()
        content.pop("about")
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]


@cache
def _own(name: str) -> Protocol:
    text = (resources.files("echospan") / "protocols" / f"{name}.toml").read_text("utf-8")
    return _made(read_toml(text, f"{name}.toml"))


def find_protocol(given: str | Path | Mapping[str, Any] | Protocol) -> Protocol:
    """The protocol of a name, of the TOML file at a path, or of a table of settings.

    Args:
        given: "standard-1" or "quick-1"; a path that ends in ``.toml``; settings; or a protocol.

    Raises:
        ConfigError: No protocol has that name, a setting is wrong, or the file is of a newer form.
        DataError: The file is not there, cannot be read or is not valid TOML.
    """
    if isinstance(given, Protocol):
        made = given
    elif isinstance(given, Mapping):
        made = _made(given)
    elif isinstance(given, str | Path):
        name = str(given)
        if not name.endswith(".toml"):
            if name in STANDARD:
                return _own(name)
            raise unknown("protocol", STANDARD, name, "or the path of a .toml file")
        made = _made(read_toml(read_given_text(name, "a TOML file", sizes.SETTINGS_FILE), name))
    else:
        allowed = "a name, the path of a .toml file, or a table of settings"
        raise ConfigError("protocol", allowed, given)
    if made.name in STANDARD and made.fingerprint() != _own(made.name).fingerprint():
        raise ConfigError(
            "protocol.name", "another name where the rules are not those of that protocol",
            made.name,
        )  # fmt: skip
    return made


def is_standard(protocol: Protocol) -> bool:
    """Whether it is one that comes with echospan."""
    return protocol.name in STANDARD and protocol.fingerprint() == _own(protocol.name).fingerprint()


def _made(content: Mapping[str, Any]) -> Protocol:
    form = content.get("format")
    if isinstance(form, int) and not isinstance(form, bool) and form > FORMAT:
        raise ConfigError(
            "protocol.format",
            f"{FORMAT}, the newest form that this version of echospan reads",
            form,
            "Use a newer echospan, or write the protocol in this form.",
        )
    return Protocol(**_as_numbers(content))


def _as_numbers(content: Mapping[str, Any]) -> dict[str, Any]:
    """With 1 as 1.0 where a share or a factor is meant, as TOML allows one to write it."""
    floats = ("growth", "resolution", "threshold", "confidence")
    made = dict(content)
    for name in floats:
        if isinstance(made.get(name), int) and not isinstance(made[name], bool):
            made[name] = float(made[name])
    for name in ("rates", "beyond"):
        if isinstance(made.get(name), list | tuple):
            made[name] = [
                float(one) if isinstance(one, int) and not isinstance(one, bool) else one
                for one in made[name]
            ]
    return made
