"""The base of every result: frozen data with names, to plain values and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar, Self

from echospan.errors import DataError

_adapters: dict[type, Any] = {}
"""Made once for a class: to make one takes longer than to use it."""


class Data:
    """Base of frozen dataclasses whose fields are plain values or `Data`.

    Attributes:
        computed: Properties that `to_dict` adds; `from_dict` computes them again.
    """

    computed: ClassVar[tuple[str, ...]] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON; the keys are the names of the attributes."""
        names = [field.name for field in fields(self)]  # type: ignore[arg-type]
        return {name: plain(getattr(self, name)) for name in (*names, *self.computed)}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Make the object again from what `to_dict` returned. Unknown keys are left out.

        Raises:
            DataError: A key is missing, or its value is of another type.
        """
        from pydantic import ValidationError

        try:
            made = _adapter(cls).validate_python(dict(content))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise DataError(
                f"{cls.__name__}.from_dict needs what to_dict returned; {place or 'content'}: "
                f"{first['msg']}."
            ) from None
        return made  # type: ignore[no-any-return]


def _adapter(kind: type) -> Any:
    if kind not in _adapters:
        from pydantic import TypeAdapter

        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def plain(value: Any) -> Any:
    """Return the value as JSON knows it: dictionaries, lists, text, numbers, None."""
    if isinstance(value, Data):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def finite(value: Any) -> Any:
    """Return the same tree with null in place of numbers that JSON does not have."""
    if isinstance(value, Mapping):
        return {str(name): finite(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
