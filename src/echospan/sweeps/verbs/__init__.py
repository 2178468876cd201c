"""The verbs that a sweep can do, by the names that its file gives them."""

from __future__ import annotations

from importlib import import_module

from echospan.errors import ConfigError, unknown
from echospan.sweeps.verbs.base import Cost, Unit, Verb

__all__ = ["DEFAULT", "VERBS", "Cost", "Unit", "Verb", "verb_class"]

VERBS = {
    "run": "echospan.sweeps.verbs.run:Run",
    "span": "echospan.sweeps.verbs.span:Span",
    "check": "echospan.sweeps.verbs.check:Check",
    "conform": "echospan.sweeps.verbs.conform:Conform",
    "needs": "echospan.sweeps.verbs.needs:Needs",
    "uses": "echospan.sweeps.verbs.uses:Uses",
    "diagnose": "echospan.sweeps.verbs.diagnose:Diagnose",
}
"""Name to ``module:class``. A module is imported when its verb is asked for."""

DEFAULT = "run"


def verb_class(name: str, *, trust: bool = False) -> type[Verb]:
    """The class of a verb.

    Args:
        name: Its name, or ``module:Class`` of one that another package brings.
        trust: Whether such a class is imported.

    Raises:
        ConfigError: There is none of that name, or it names code that is not trusted.
    """
    if ":" in name and not trust:
        raise ConfigError(
            "verb",
            f"one of {', '.join(VERBS)}, where the file is not trusted",
            name,
            "Pass --trust (Python: trust=True) if you know what code it names.",
        )
    if ":" not in name and name not in VERBS:
        raise unknown("verb", VERBS, name)
    module, _, kind = VERBS.get(name, name).partition(":")
    made: type[Verb] = getattr(import_module(module), kind)
    return made
