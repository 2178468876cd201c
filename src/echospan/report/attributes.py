"""Docstrings of results name the attributes of their data."""

from __future__ import annotations

from typing import TypeVar

from echospan.results.data import Data

Kind = TypeVar("Kind", bound=Data)


def with_attributes(kind: type[Kind]) -> type[Kind]:
    """Add the attributes of the data class to the docstring of the class that shows it."""
    data = next(base for base in kind.__mro__[1:] if "Attributes:" in (base.__doc__ or ""))
    own, attributes = kind.__doc__ or "", data.__doc__ or ""
    kind.__doc__ = f"{own.rstrip()}\n\n    {attributes[attributes.index('Attributes:') :]}"
    return kind
