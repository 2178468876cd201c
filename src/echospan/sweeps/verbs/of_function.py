"""Settings of units whose model and data a function of the user's returns."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from echospan.arguments import Rule, mapping, text
from echospan.errors import ConfigError
from echospan.sweeps.verbs.reports import SETTINGS

FUNCTION = "what"

OF_FUNCTION: Mapping[str, Rule] = {
    FUNCTION: text,
    SETTINGS: mapping("arguments of the function"),
}
"""Which function it is, and what it is called with: ``"settings.units" = [8, 16]``."""

OBJECTS = ("model", "x", "y", "validation_data", "optimizer", "plan")
"""Arguments of `check` and `diagnose` that the function returns: no file can hold them."""


def subject_of(arguments: Mapping[str, Any]) -> str:
    """The function's name as it was given.

    Raises:
        ConfigError: It was not.
    """
    if FUNCTION not in arguments:
        raise ConfigError(
            FUNCTION,
            "given: FILE.py:function, which returns a dictionary with model, x and y",
            None,
        )
    return str(arguments[FUNCTION])


def call(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What the function returns.

    Raises:
        ConfigError: It returns something else than a dictionary with a model and x.
        DataError: It fails.
    """
    from echospan.doctor.sources import from_function

    return from_function(arguments[FUNCTION], arguments.get(SETTINGS))


def require_call(arguments: Mapping[str, Any]) -> None:
    """Look that there is such a function, which takes these settings. It is not called.

    Raises:
        ConfigError: There is none, or it takes others.
    """
    from echospan.doctor.sources import found_function

    function = found_function(arguments[FUNCTION], FUNCTION)
    settings = arguments.get(SETTINGS) or {}
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    named = [one.name for one in parameters if one.kind in by_name]
    if not any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters):
        for name in settings:
            if name not in named:
                allowed = f"left out: {arguments[FUNCTION]} takes {', '.join(named) or 'nothing'}"
                raise ConfigError(f"{SETTINGS}.{name}", allowed, settings[name])
    for one in parameters:
        if one.kind in by_name and one.default is one.empty and one.name not in settings:
            allowed = f"given: {arguments[FUNCTION]} has no default for it"
            raise ConfigError(f"{SETTINGS}.{one.name}", allowed, None)
