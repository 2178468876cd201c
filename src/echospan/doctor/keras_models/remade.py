"""Classes of the user's own that say too little to be made again by Keras itself.

A layer whose constructor takes no ``**kwargs`` refuses the name and type that Keras's configuration
holds beside its arguments. Here it is given its arguments alone.
"""

from __future__ import annotations

import inspect
from typing import Any


def of_user(kind: type) -> bool:
    """Whether a class is the user's own."""
    return not kind.__module__.startswith(("keras.", "echospan."))


def constructor(kind: type) -> tuple[list[str], bool]:
    """Names of a constructor's arguments, and whether it takes any others."""
    places = list(inspect.signature(kind.__init__).parameters.values())[1:]  # type: ignore[misc]
    named = [p.name for p in places if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    return named, any(p.kind is p.VAR_KEYWORD for p in places)


def remade(kind: type) -> Any:
    """The class, or one like it that takes its own arguments out of a configuration."""
    if not of_user(kind) or "from_config" in vars(kind):
        return kind
    names, takes_all = constructor(kind)
    if takes_all or "get_config" in vars(kind):
        return kind

    def from_config(cls: Any, config: dict[str, Any]) -> Any:
        return kind(**{name: config[name] for name in names if name in config})

    return type(kind.__name__, (kind,), {"from_config": classmethod(from_config)})
