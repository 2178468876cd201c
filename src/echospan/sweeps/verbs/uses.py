"""Units that are reports of `echospan.uses`: how far back trained models look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from echospan.arguments import Rule, text
from echospan.errors import ConfigError
from echospan.store.record import Kind
from echospan.sweeps.verbs.of_function import FUNCTION, OF_FUNCTION, call, require_call
from echospan.sweeps.verbs.reports import NOT_SWEPT, SETTINGS, Reported

if TYPE_CHECKING:
    from echospan.report.kept import Report

MODEL, DATA = "model", "data"


class Uses(Reported):
    """Reports: ``what = "own.py:trained"``, or ``model = ["a.keras", "b.keras"]`` and ``data``."""

    kind: ClassVar[Kind] = "uses"
    columns: ClassVar[Mapping[str, str]] = {
        "uses": "Int64",
        "uses_low": "Int64",
        "uses_high": "Int64",
        "by": "String",
        "gain_95": "Int64",
        "warm_up": "Int64",
        "window": "Int64",
        "full_loss": "Float64",
        "constant_loss": "Float64",
        "uses_seconds": "Float64",
    }
    score: ClassVar[str] = "uses"
    packs: ClassVar[bool] = False
    files: ClassVar[tuple[str, ...]] = (DATA,)
    codes: ClassVar[tuple[str, ...]] = (FUNCTION, MODEL)

    @classmethod
    def rules(cls) -> Mapping[str, Rule]:
        """See `Reported.rules`."""
        from echospan.usage.uses import OF_USES

        apart = (*NOT_SWEPT, "x", "y")
        rules = {name: rule for name, rule in OF_USES.items() if name not in apart}
        return {**OF_FUNCTION, **rules, **dict.fromkeys((MODEL, DATA, "loss", "classes"), text)}

    @classmethod
    def function(cls) -> Callable[..., Any]:
        """See `Reported.function`."""
        from echospan.usage.uses import uses

        return uses

    @classmethod
    def subject(cls, arguments: Mapping[str, Any]) -> str:
        """See `Reported.subject`."""
        given = [name for name in (MODEL, DATA) if name in arguments]
        if (FUNCTION in arguments) == bool(given):
            allowed = f"given as FILE.py:function, or else {MODEL} and {DATA}"
            raise ConfigError(FUNCTION, allowed, arguments.get(FUNCTION))
        if len(given) == 1:
            other = DATA if given == [MODEL] else MODEL
            raise ConfigError(other, f"given together with {given[0]}", None)
        return str(arguments[FUNCTION] if not given else arguments[MODEL])

    @classmethod
    def decisive(cls, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """See `Reported.decisive`."""
        return {n: arguments[n] for n in (FUNCTION, SETTINGS, MODEL, DATA) if n in arguments}

    def require(self, arguments: Mapping[str, Any], *, trust: bool) -> None:
        """See `Reported.require`. A function may train a model; it is called by the worker."""
        if FUNCTION in arguments:
            require_call(arguments)
        elif SETTINGS in arguments:
            raise ConfigError(SETTINGS, f"left out without {FUNCTION}", arguments[SETTINGS])
        else:
            _from_files(arguments, trust=trust)

    @classmethod
    def measure(
        cls, arguments: Mapping[str, Any], stop: Callable[[], bool], *, trust: bool
    ) -> Report:
        """See `Reported.measure`."""
        from echospan.doctor.check import OF_CHECK, OF_FIT
        from echospan.usage.sources import held_out
        from echospan.usage.uses import uses

        given = call(arguments) if FUNCTION in arguments else _from_files(arguments, trust=trust)
        found, _ = held_out(given, (*OF_CHECK, *OF_FIT))
        apart = (FUNCTION, SETTINGS, MODEL, DATA)
        found.update({name: one for name, one in arguments.items() if name not in apart})
        return uses(found.pop("model"), found.pop("x"), found.pop("y", None), **found, stop=stop)

    def row(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """See `Verb.row`."""
        low, high = result.get("uses_interval") or (None, None)
        return {
            **{name: result.get(name) for name in self.columns},
            "uses_low": low,
            "uses_high": high,
            "uses_seconds": result.get("seconds"),
        }


def _from_files(arguments: Mapping[str, Any], *, trust: bool) -> dict[str, Any]:
    from echospan.doctor.sources import from_files
    from echospan.usage.sources import HF, from_folder

    model, data = str(arguments[MODEL]), Path(arguments[DATA])
    if model.startswith(HF):
        return from_folder(model, data)
    return from_files(model, data, trust=trust)
