"""An experiment: task, framing, model, training and seed, as one frozen, validated value."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, SerializeAsAny, model_validator

from echospan.arguments import flag, instance, mapping, text, validated
from echospan.errors import ConfigError
from echospan.formats import read_json, read_toml, write_toml
from echospan.framings import FRAMINGS, Framing, Plan
from echospan.models import MODELS, Model, Signature
from echospan.registry import Registry, reading
from echospan.spec import Spec, choose
from echospan.tasks import TASKS, Task

ResetState = Literal["batch", "epoch", "never"]


class Training(Spec):
    """How a model learns."""

    section: ClassVar[str] = "training"

    epochs: int = Field(default=500, ge=0, le=10_000_000)
    """Passes, each over newly drawn sequences."""
    sequences: int = Field(default=1, ge=1, le=1_000_000)
    """Sequences drawn for one epoch."""
    batch_size: int | None = Field(default=None, ge=1)
    """Samples in one update; left out, an epoch is one batch."""
    learning_rate: float = Field(default=0.001, gt=0, le=10)
    """Step size of the optimizer."""
    optimizer: Literal["adam", "sgd", "rmsprop"] = "adam"
    """Keras's optimizer of that name, with its other settings at Keras's defaults."""
    clip_norm: float | None = Field(default=None, gt=0)
    """Largest global norm of the gradients; by default, they are not clipped."""
    shuffle: bool = False
    """Draw the samples of an epoch in random order."""
    reset_state: ResetState | None = None
    """When carried state returns to zero; only for models that carry it (then: each epoch)."""
    patience: int | None = Field(default=None, ge=1)
    """Stop when the loss on validation sequences has not fallen for this many checks (one every
    `validate_every` epochs); by default, all epochs are run."""
    validate_every: int = Field(default=100, ge=1)
    """Epochs between two looks at the validation loss."""


class Evaluation(Spec):
    """How a trained model is judged, on sequences that training never sees."""

    section: ClassVar[str] = "evaluation"

    sequences: int = Field(default=200, ge=200, le=1_000_000)
    """New sequences to judge on."""
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    """Confidence of every interval."""


TABLES: dict[str, Registry[Any]] = {"task": TASKS, "framing": FRAMINGS, "model": MODELS}
"""The parts of an experiment that have a kind, with the names of their kinds."""


class Experiment(Spec):
    """A task, a framing, a model, training settings and a seed: all that decides a result.

    Goes to a dictionary, TOML or JSON and back without loss; `fingerprint` names its content.

    Example:
        >>> experiment = echospan.Experiment(
        ...     task=echospan.tasks.Echo(symbols=10, length=20, lag=3),
        ...     framing={"kind": "stream"},
        ...     model={"kind": "lstm", "units": 16},
        ... )
        >>> experiment.task.chance
        0.1
        >>> longer = experiment.with_settings({"task.lag": 5, "training.epochs": 100})
        >>> longer.task.lag
        5
        >>> echospan.Experiment.from_toml(longer.to_toml()) == longer
        True
    """

    name: str = "experiment"
    """What it is called; not part of the fingerprint."""
    task: Annotated[SerializeAsAny[Task], BeforeValidator(lambda v: choose(TASKS, "task", v))]
    """What is asked."""
    framing: Annotated[
        SerializeAsAny[Framing], BeforeValidator(lambda v: choose(FRAMINGS, "framing", v))
    ]
    """How sequences become samples."""
    model: Annotated[SerializeAsAny[Model], BeforeValidator(lambda v: choose(MODELS, "model", v))]
    """What answers."""
    training: Training = Training()
    """How it learns."""
    evaluation: Evaluation = Evaluation()
    """How it is judged."""
    seed: int = Field(default=0, ge=0, lt=2**31)
    """Names all random streams: data, initial weights, dropout, evaluation."""

    @model_validator(mode="after")
    def _parts_fit(self) -> Experiment:
        self.framing.check(self.task)
        self.model.check(self.framing.outputs, self.task.features)
        if self.training.reset_state is not None and not self.model.carries_state:
            raise ConfigError(
                "training.reset_state",
                "left out: this model carries no state",
                self.training.reset_state,
                "Set model.stateful=true, or drop reset_state.",
            )
        if self.model.carries_state and self.training.shuffle:
            raise ConfigError(
                "training.shuffle",
                "false for a model that carries state: row j of a batch must follow row j of the "
                "batch before",
                True,
            )
        return self

    @property
    def reset_state(self) -> ResetState:
        """When carried state returns to zero."""
        return self.training.reset_state or "epoch"

    def plan(self) -> Plan:
        """The layout of a training epoch."""
        return self.framing.plan(
            self.task, batch_size=self.training.batch_size, sequences=self.training.sequences
        )

    def evaluation_plan(self) -> Plan:
        """The layout of one judged sequence."""
        return self.framing.evaluation_plan(
            self.task, batch_size=self.training.batch_size, carried=self.model.carries_state
        )

    @validated(plan=instance("an echospan.framings.Plan", "echospan.framings.plan:Plan"))
    def signature(self, plan: Plan | None = None) -> Signature:
        """The shape that the framing asks of the model."""
        plan = plan or self.plan()
        return Signature(
            symbols=self.task.width,
            timesteps=plan.timesteps,
            outputs=plan.outputs,
            target_steps=self.task.target_steps,
            batch_size=plan.rows,
            features=self.task.features,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values only; settings left at None are left out (TOML has no null).

        A part of another package has the name as `kind` that finds it again: its entry point's, or
        ``package.module:Class``.
        """
        content = super().to_dict()
        for section, table in TABLES.items():
            content[section]["kind"] = table.admit(type(getattr(self, section)))
        return content

    @classmethod
    @validated(content=mapping("settings"), trust=flag)
    def from_dict(cls, content: Mapping[str, Any], *, trust: bool = False) -> Self:
        """An experiment from data, such as a stored run's settings.

        Args:
            content: As `to_dict` gives it.
            trust: Import what the data names as ``package.module:Class``, too.

        Raises:
            ConfigError: A setting is unknown, missing, of another type or out of range, or names
                code that is not trusted.
        """
        with reading(trust=trust):
            return cls(**content)

    def to_toml(self) -> str:
        """All settings as TOML."""
        return write_toml(self.to_dict())

    @classmethod
    @validated(text=text, source=text, trust=flag)
    def from_toml(cls, text: str, source: str = "the experiment", *, trust: bool = False) -> Self:
        """An experiment from TOML.

        Args:
            text: As `to_toml` gives it.
            source: What errors call the text.
            trust: Import what the text names as ``package.module:Class``, too.

        Raises:
            ConfigError: As `from_dict`.
            DataError: A syntax error, with line and column.
        """
        return cls.from_dict(read_toml(text, source), trust=trust)

    def to_json(self) -> str:
        """All settings as JSON."""
        return json.dumps(self.to_dict(), indent=2)

    @classmethod
    @validated(text=text, source=text, trust=flag)
    def from_json(cls, text: str, source: str = "the experiment", *, trust: bool = False) -> Self:
        """An experiment from JSON; as `from_toml`."""
        return cls.from_dict(read_json(text, source), trust=trust)

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that depend on every setting but the name."""
        return fingerprint_of(self.to_dict())

    @validated(settings=mapping("dotted settings"))
    def with_settings(self, settings: Mapping[str, Any]) -> Self:
        """A validated copy with dotted settings changed: ``{"task.lag": 3}``.

        Setting a part's `kind` to another one starts that part afresh.

        Raises:
            ConfigError: No such setting, or a value that it cannot take.
        """
        return type(self)(**apply_settings(self.to_dict(), with_names(settings)))


def fingerprint_of(content: Mapping[str, Any]) -> str:
    """The fingerprint of an experiment, from what `Experiment.to_dict` gives."""
    named = {key: value for key, value in content.items() if key != "name"}
    canonical = json.dumps(named, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


_PLAIN = ("name", "seed")
_PARTS = ", ".join(name for name in Experiment.model_fields if name not in _PLAIN)
_DOTTED = f"a dotted name such as framing.window, from the parts {_PARTS}, or seed"


def apply_settings(config: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted settings laid over a nested configuration, which stays as it was.

    Raises:
        ConfigError: A name that is no part's and no plain setting's. The settings of a part are
            checked when the experiment is made.
    """
    changed: dict[str, Any] = {
        key: dict(value) if isinstance(value, Mapping) else value for key, value in config.items()
    }
    # A part's kind comes first: it decides which of the part's other settings there are.
    for field, value in sorted(settings.items(), key=lambda item: not item[0].endswith(".kind")):
        section, _, name = field.partition(".")
        if not name:
            if field not in _PLAIN:
                raise ConfigError(field, _in_full(field, config) or _DOTTED, value)
            changed[field] = value
            continue
        if section in _PLAIN:
            raise ConfigError(field, f"written as {section}=VALUE", value)
        if section not in Experiment.model_fields:
            raise ConfigError(field, _DOTTED, value)
        part = changed.setdefault(section, {})
        if not isinstance(part, dict):
            raise ConfigError(section, "a table of settings", part)
        if name == "kind" and part.get("kind") != value:
            changed[section] = {"kind": value}
        else:
            part[name] = value
    return changed


def _in_full(field: str, config: Mapping[str, Any]) -> str:
    """What is allowed for a setting without its part's name: its whole name; else empty."""
    owners = [part for part in ("training", "evaluation") if field in _settings_of(part, None)]
    for part in TABLES:
        given = config.get(part)
        kind = given.get("kind") if isinstance(given, Mapping) else None
        if field in _settings_of(part, kind):
            owners.append(part)
    names = " or ".join(f"{part}.{field}" for part in owners)
    return f"a dotted name, written {names}" if owners else ""


def _settings_of(part: str, kind: object) -> Iterable[str]:
    if part == "training":
        return Training.model_fields
    if part == "evaluation":
        return Evaluation.model_fields
    spec: Any = TABLES[part].get(str(kind))
    return () if spec is None else spec.model_fields


def with_names(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted settings as plain values: objects and classes by the names that find them again.

    Args:
        settings: The user's own, so what they name as ``package.module:Class`` is imported. A
            part may also be given whole: ``{"task": MyTask(lag=3)}``, or by its class.

    Raises:
        ConfigError: What is named cannot be imported, or is no such part.
    """
    plain: dict[str, Any] = {}
    for field, value in settings.items():
        part, _, name = field.partition(".")
        if part in TABLES and not name and isinstance(value, Spec | type):
            spec = choose(TABLES[part], part, value)
            own = {**spec.to_dict(), "kind": TABLES[part].admit(type(spec))}
            plain.update({f"{part}.{key}": each for key, each in own.items()})
        elif part in TABLES and name == "kind" and isinstance(value, type):
            plain[field] = TABLES[part].admit(type(choose(TABLES[part], part, value)))
        else:
            if part in TABLES and name == "kind" and ":" in str(value):
                TABLES[part].find(str(value))
            plain[field] = value
    return plain
