"""What all contracts have in common."""

from __future__ import annotations

from typing import Any

from echospan.spec import Spec


def require(holds: Any, otherwise: str) -> None:
    """Raise `AssertionError` with that sentence unless it holds; `python -O` keeps it."""
    if not bool(holds):
        raise AssertionError(otherwise)


def check_settings(spec: Spec) -> None:
    """A spec has a kind, explains its settings and goes to plain values and back."""
    kind = getattr(spec, "kind", None)
    require(isinstance(kind, str) and kind, "`kind` must be a name")
    require(
        type(spec).model_fields["kind"].default == kind,
        "the default of `kind` must be its one value",
    )
    require(type(spec)(**spec.to_dict()) == spec, "to_dict() and back gives something else")
    for name, meaning in type(spec).settings().items():
        require(name == "kind" or meaning, f"setting {name} has no docstring")
    for name, info in type(spec).model_fields.items():
        # TOML has no null: a setting at None is left out, so it must come back as None.
        lost = getattr(spec, name) is None and info.default is not None
        require(not lost, f"setting {name} is None, which is not its default")
