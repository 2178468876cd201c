"""The base of every setting object: frozen, validated, one sentence per mistake.

A *spec* is plain data (a task, a framing, a model, a training schedule). It goes to and from
dictionaries without loss, and a wrong one raises `ConfigError` when it is made, never later.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from numbers import Integral
from typing import Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from echospan.errors import ConfigError, EchospanError

SpecT = TypeVar("SpecT", bound="Spec")


class Spec(BaseModel):
    """A frozen group of settings, called `section` in error messages and TOML files.

    Types are strict: neither "10" nor true nor 10.0 stands for 10.

    Raises:
        ConfigError: A setting is unknown, missing, of another type or out of range.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        use_attribute_docstrings=True,
        allow_inf_nan=False,
    )

    section: ClassVar[str] = ""

    def __init__(self, /, **settings: Any) -> None:
        try:
            super().__init__(**{name: _plain(value) for name, value in settings.items()})
        except ValidationError as error:
            raise _one_sentence(type(self), error.errors()[0]) from None

    @classmethod
    def settings(cls) -> dict[str, str]:
        """Name and one-sentence meaning of each setting."""
        return {name: info.description or "" for name, info in cls.model_fields.items()}

    def to_dict(self) -> dict[str, Any]:
        """Plain values only; settings left at None are left out (TOML has no null)."""
        return self.model_dump(mode="json", exclude_none=True)

    def replace(self, **changes: Any) -> Self:
        """A validated copy with some settings changed."""
        return type(self)(**{**self.model_dump(), **changes})


def _plain(value: object) -> object:
    """NumPy's integers as Python's, which strict validation asks for."""
    return int(value) if isinstance(value, Integral) and not isinstance(value, bool) else value


def choose(table: Mapping[str, type[SpecT]], section: str, given: object) -> SpecT:
    """Make the spec that ``given["kind"]`` names in ``table``.

    Args:
        table: The package's explicit name table.
        section: What is being chosen ("task", "framing", "model"), for messages.
        given: A mapping with `kind` and that kind's settings, or a finished spec.

    Raises:
        ConfigError: No such kind, or a setting that this kind does not have.
    """
    if isinstance(given, tuple(table.values())):
        return given  # type: ignore[return-value]
    if not isinstance(given, Mapping):
        raise ConfigError(section, "a table of settings", given)
    if "kind" not in given:
        raise ConfigError(f"{section}.kind", f"one of {', '.join(table)}", None)
    cls = table.get(str(given["kind"]))
    if cls is None:
        near = difflib.get_close_matches(str(given["kind"]), table, 1)
        hint = f"Did you mean {near[0]!r}?" if near else ""
        raise ConfigError(f"{section}.kind", f"one of {', '.join(table)}", given["kind"], hint)
    unknown = [name for name in given if name not in cls.model_fields]
    if unknown:
        raise _unused(table, section, cls, unknown[0], given[unknown[0]])
    return cls(**given)


def _unused(
    table: Mapping[str, type[SpecT]], section: str, cls: type[SpecT], name: str, value: object
) -> ConfigError:
    kind = cls.model_fields["kind"].default
    others = [other for other, spec in table.items() if name in spec.model_fields]
    hint = f"{name!r} is a setting of {section} kind {', '.join(others)}." if others else ""
    return _unknown(f"{section}.{name}", cls, f"{section} {kind!r}", value, hint)


def _unknown(field: str, cls: type[Spec], owner: str, value: object, hint: str = "") -> ConfigError:
    names = [name for name in cls.model_fields if name != "kind"]
    if not hint:
        near = difflib.get_close_matches(field.rpartition(".")[2], names, 1)
        hint = f"Did you mean {near[0]!r}?" if near else ""
    known = f"the settings {', '.join(names)}" if names else "no settings"
    return ConfigError(field, f"left out: {owner} has {known}", value, hint)


def _one_sentence(cls: type[Spec], details: ErrorDetails) -> EchospanError:
    """Pydantic's first complaint in the words of `ConfigError`."""
    cause = details.get("ctx", {}).get("error")
    if isinstance(cause, EchospanError):
        return cause
    place = ".".join(str(part) for part in details["loc"])
    field = ".".join(part for part in (cls.section, place) if part)
    if details["type"] == "extra_forbidden":
        return _unknown(field, cls, cls.section or cls.__name__.lower(), details["input"])
    if details["type"] == "missing":
        return ConfigError(field, "given", None)
    if details["type"] in ("model_type", "dict_type"):
        return ConfigError(field, "a table of settings", details["input"])
    allowed = details["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return ConfigError(field, allowed, details["input"])
