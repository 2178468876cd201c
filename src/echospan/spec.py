"""The base of every setting object: frozen, validated, one sentence per mistake.

A *spec* is plain data (a task, a framing, a model, a training schedule). It goes to and from
dictionaries without loss, and a wrong one raises `ConfigError` when it is made, never later.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from functools import cache
from itertools import pairwise
from typing import Any, ClassVar, Self, TypeGuard, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from echospan.arguments import plain, readable
from echospan.errors import ConfigError, EchospanError, did_you_mean, unknown
from echospan.registry import Registry

SpecT = TypeVar("SpecT", bound="Spec")

_OF_PYTHON = (bool, int, float, str, type(None))


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
        allow_inf_nan=False,
    )

    section: ClassVar[str] = ""

    def __init__(self, /, **settings: Any) -> None:
        try:
            super().__init__(**{name: self._read(name, settings[name]) for name in settings})
        except ValidationError as error:
            raise _one_sentence(type(self), error.errors()[0]) from None
        except TypeError:
            # A table inside that has a number or None as a key; Python refuses to pass it on.
            allowed = "settings whose names are texts"
            raise ConfigError(self.section or "settings", allowed, settings) from None

    @classmethod
    def _read(cls, name: str, value: Any) -> Any:
        """The value with NumPy's numbers as Python's, which strict validation asks for."""
        if type(value) in _OF_PYTHON:
            return value
        field = f"{cls.section}.{name}" if cls.section else name
        found = plain(readable(field, value))
        for key in found if isinstance(found, Mapping) else ():
            if not isinstance(key, str):
                raise ConfigError(field, "a table whose names are texts", key)
        return found

    @classmethod
    def settings(cls) -> dict[str, str]:
        """Name and one-sentence meaning of each setting."""
        return meanings(cls)

    def to_dict(self) -> dict[str, Any]:
        """Plain values only; settings left at None are left out (TOML has no null)."""
        return self.model_dump(mode="json", exclude_none=True)

    def replace(self, **changes: Any) -> Self:
        """A validated copy with some settings changed."""
        own = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self)(**{**own, **changes})


def meanings(model: type[BaseModel]) -> dict[str, str]:
    """Name and meaning of each field: its description, or else the text below it in the source.

    Pydantic would read all sources while it makes the classes, which takes a tenth of a second
    at each start.
    """
    found: dict[str, str] = {}
    for cls in reversed(model.__mro__):
        if issubclass(cls, BaseModel) and cls is not BaseModel:
            found.update(_below_fields(cls))
    return {
        name: about.description or found.get(name, "") for name, about in model.model_fields.items()
    }


@cache
def _below_fields(cls: type[BaseModel]) -> dict[str, str]:
    """The texts that stand below annotated names in the source of a class; none without one."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except (OSError, TypeError, SyntaxError):
        return {}
    body = getattr(tree.body[0], "body", [])
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def choose(table: Mapping[str, type[SpecT]], section: str, given: object) -> SpecT:
    """Make the spec that ``given["kind"]`` names in ``table``.

    Args:
        table: The package's table of names; a `Registry` knows those of other packages, too.
        section: What is being chosen ("task", "framing", "model"), for messages.
        given: A mapping with `kind` and that kind's settings, a finished spec, or its class.

    Raises:
        ConfigError: No such kind, or a setting that this kind does not have.
    """
    if isinstance(given, Spec) and is_kind(table, type(given)):
        return given  # type: ignore[return-value]
    cls: type[SpecT]
    if isinstance(given, type) and is_kind(table, given):
        made: SpecT = given()
        return made
    if not isinstance(given, Mapping):
        raise ConfigError(section, "a table of settings", given)
    kind = given.get("kind")
    if isinstance(kind, type) and is_kind(table, kind):
        cls = kind
    elif kind is None:
        raise ConfigError(f"{section}.kind", f"one of {', '.join(table)}", None)
    elif isinstance(table, Registry):
        cls = table.find(str(kind))
    elif str(kind) in table:
        cls = table[str(kind)]
    else:
        raise unknown(f"{section}.kind", table, kind)
    for name in given:
        if name not in cls.model_fields:
            raise _unused(table, section, cls, name, given[name])
    own = cls.model_fields["kind"].default
    return cls(**{**given, "kind": own})


def subclass_of(base: type[Spec]) -> Callable[[object], str]:
    """Says what is wrong with a class of another package that should stand beside `base`'s."""

    def problem(given: object) -> str:
        if not isinstance(given, type) or not issubclass(given, base):
            name = given.__name__ if isinstance(given, type) else f"a {type(given).__name__}"
            return f"{name} is no subclass of {base.__module__.rpartition('.')[0]}.{base.__name__}"
        left_out = sorted(getattr(given, "__abstractmethods__", ()))
        if left_out:
            return f"{given.__name__} does not define {', '.join(left_out)}"
        if "kind" in base.model_fields and given.model_fields["kind"].is_required():
            return f'{given.__name__} has no `kind: Literal["..."] = "..."`, which names it'
        return ""

    return problem


def is_kind(table: Mapping[str, type[SpecT]], cls: type) -> TypeGuard[type[SpecT]]:
    """Whether the class may stand where the table's stand; one of others is noted by its name."""
    if cls in table.values():
        return True
    if not isinstance(table, Registry) or table.problem_with(cls):
        return False
    table.admit(cls)
    return True


def _unused(
    table: Mapping[str, type[SpecT]], section: str, cls: type[SpecT], name: str, value: object
) -> ConfigError:
    kind = cls.model_fields["kind"].default
    others = [other for other, spec in table.items() if name in spec.model_fields]
    hint = f"{name!r} is a setting of {section} kind {', '.join(others)}." if others else ""
    return _unknown(f"{section}.{name}", cls, f"{section} {kind!r}", value, hint)


def _unknown(field: str, cls: type[Spec], owner: str, value: object, hint: str = "") -> ConfigError:
    names = [name for name in cls.model_fields if name != "kind"]
    hint = hint or did_you_mean(field.rpartition(".")[2], names)
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
        about = cls.settings().get(place, "").strip()
        return ConfigError(field, "given", None, about and f"It is: {about[:1].lower()}{about[1:]}")
    if details["type"] in ("model_type", "dict_type"):
        return ConfigError(field, "a table of settings", details["input"])
    allowed = details["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return ConfigError(field, allowed, details["input"])
